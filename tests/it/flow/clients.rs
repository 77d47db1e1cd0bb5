//! What agents' mail programs make of an answer, from the corpus, brought to a case: the commands are done, the words
//! leave as they were written, and nothing that was quoted does.

use henvend::case::model::{Priority, Status};
use henvend::mail::parse::html_page;

use super::{CUSTOMER, all_to, house, opened};
use crate::kit::house::{House, Sent, to};

const OLA: &str = "ola@uni.example";
/// Programs of which there is an answer with commands on top, and one without.
const PROGRAMS: [&str; 4] = ["zimbra-web-nb", "yahoo-nb", "roundcube-nb", "outlook-mobile-html-nb"];
/// Where the answers in the corpus go.
const WRITTEN_TO: &str = "reply+geaqaaaaaquaaaabaaaaaba2x3aaaaaaaaaaaaaaaaaaaaaaaa@svar.uni.example";

/// The answer of this program, as it comes to Ola's address on case 1.
async fn answered(program: &str, which: &str) -> (House, Vec<Sent>) {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let path = format!("{}/tests/corpus/clients/{program}-{which}.eml", env!("CARGO_MANIFEST_DIR"));
    let answer = std::fs::read_to_string(path).unwrap();
    let of = |address: &str| (address.to_owned(), address.replace('+', "%2B"));
    let ((plain, encoded), (old, old_encoded)) = (of(&token), of(WRITTEN_TO));
    assert!(answer.contains(&old) && answer.contains(&old_encoded), "{program}: nothing to hide");
    let answer = answer.replace(&old, &plain).replace(&old_encoded, &encoded);
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("added", 1)], "{program}");
    let sent = house.send().await;
    (house, sent)
}

/// The mail to the contact says this, as text and as HTML where there is any, and nothing that we had written.
fn says(program: &str, sent: &[Sent], words: &str) {
    let answer = to(sent, CUSTOMER);
    assert_eq!(answer.mail.text.trim(), format!("{words}\n\n-- \nHilsen Orakel"), "{program}");
    let page = html_page(&answer.data).unwrap_or_else(|| panic!("{program}: its page was left behind"));
    for line in words.lines().filter(|line| !line.is_empty()) {
        assert!(page.contains(line), "{program}: {line} in {page}");
    }
    let whole = format!("{}{page}", String::from_utf8_lossy(&answer.data)).to_lowercase();
    for quoted in ["hv-1042", "annet", "andre etasje", "svar over", "reply+", "%2b", "ola@uni", "aka.ms", "hv-card"] {
        assert!(!whole.contains(quoted), "{program}: {quoted} in {whole}");
    }
}

#[tokio::test]
async fn a_plain_answer_leaves_as_it_was_written() {
    for program in PROGRAMS {
        let (house, sent) = answered(program, "plain").await;
        says(program, &sent, "Hei, vi kommer innom i ettermiddag.\n\nTa gjerne bort papiret først.");
        assert_eq!(house.case(1).await.status, Status::Waiting, "{program}");
    }
}

#[tokio::test]
async fn commands_on_top_are_done_and_do_not_leave() {
    for program in PROGRAMS {
        let (house, sent) = answered(program, "command").await;
        says(program, &sent, "Hei, vi kommer innom i ettermiddag.");
        let case = house.case(1).await;
        assert!(case.owner.is_some() && case.priority == Priority::High, "{program}");
        assert!(all_to(&sent, OLA).is_empty(), "whoever wrote an answer needs no transcript");
    }
}
