//! Answers as pages, with pictures and files.

use super::{opens, write};
use crate::conversation::{AASE, JORGEN, Person};
use crate::kit::compose::Program;
use crate::kit::place::Place;

const LIV: Person = ("Liv Skår", "liv@kunde.example");

/// The eight octets that every PNG begins with, and some more.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n.\r\n..\r\n\x00\xff\xe6\xf8\xe5";

#[test]
fn an_answer_keeps_its_looks_its_picture_and_its_files() {
    let place = Place::open();
    let case = opens(&place, LIV, "Hvor er inngangen?");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    let text = "/ta\n\nHei Liv!\n\nBruk den blå døra:\n[cid:kart@01DA]\n\n- ring på\n- vent på Åse\n";
    let page = "<div>/ta</div><p>Hei <b>Liv</b>!</p><p>Bruk den <i>blå</i> døra:<br><img src=\"cid:kart@01DA\" \
                alt=\"kart\"></p><ul><li>ring på</li><li>vent på Åse</li></ul>";
    let mail = write(Program::Gmail, AASE).text(text).page(page).picture("kart@01DA", PNG);
    let mail = mail.attach("blåbærsøknad på ære.pdf", b"%PDF-1.7\n.\n%%EOF").answering(&told);
    place.send(AASE.1, &mail.recipients(), &mail.bytes());

    let answer = place.sink.newest(LIV.1, 2);
    let (text, page) = (answer.text(), answer.html());
    assert!(text.starts_with("Hei Liv!\n\nBruk den blå døra:"), "{text}");
    for wanted in ["<b>Liv</b>", "<i>blå</i>", "<li>ring på</li>", "alt=\"kart\"", "Studieveiledningen i Østfold"] {
        assert!(page.contains(wanted), "{wanted} in\n{page}");
    }
    for inside in ["/ta", "skrev", "HV-", "Ansvarlig", "gmail_quote"] {
        assert!(!text.contains(inside) && !page.contains(inside), "“{inside}” in\n{text}\n{page}");
    }
    // The picture stands where its writer put it, under an id that tells nothing of their computer.
    let id = page.split_once("src=\"cid:").and_then(|(_, rest)| rest.split_once('"')).expect("a picture").0;
    assert!(!id.contains("01DA"), "{id}");
    assert!(answer.show().contains(&format!("<{id}>")), "{}", answer.show());
    let files = answer.files();
    let mut seen: Vec<(&str, &[u8])> = files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("blåbærsøknad på ære.pdf", &b"%PDF-1.7\n.\n%%EOF"[..]), ("kart@01DA.png", PNG)]);

    // A colleague sees what was sent.
    let told = place.told(JORGEN.1, &format!("{case} answered"), 1);
    assert!(told.text().contains("Bruk den blå døra:"), "{}", told.text());
    assert_eq!(place.daemon.case(&case).owner(), AASE.0);
    place.close();
}
