//! Mails that somebody has signed or encrypted: what can be read goes on, what cannot be read leaves for nobody.

use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{DIRECTORY, House, Sent, to};

const OLA: &str = "ola@uni.example";

/// Header and body of a fixture in `tests/corpus/packed`, as Ola sends it, with a name in the text replaced.
fn olas(fixture: &str, from: &str) -> String {
    let path = format!("{}/tests/corpus/packed/{fixture}.eml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let fields = text.find("MIME-Version:").unwrap();
    format!("From: {from}\nTo: orakel@uni.example\nSubject: Re: x\nMessage-ID: <{fixture}@x>\n{}", &text[fields..])
}

/// An agent's mail with these parts.
fn parts(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!(
        "From: {OLA}\nTo: x\nSubject: Re: x\nMessage-ID: <deler@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n"
    )
}

const TEXT: &str = "Content-Type: text/plain; charset=utf-8\n\nHer er skjemaet.\n";
const EMPTY: &str = "Content-Type: text/plain; charset=utf-8\n\n\n";
const PDF: &str = "Content-Type: application/pdf; name=skjema.pdf\nContent-Disposition: attachment\n\nPDF\n";
const P7M: &str = "Content-Type: application/octet-stream; name=smime.p7m\nContent-Disposition: attachment\n\nxyz\n";
const ARMOUR: &str =
    "Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=AbCd\n-----END PGP MESSAGE-----\n";

async fn answered(answer: &str, language: &str) -> (&'static str, House, Vec<Sent>) {
    let house = house().await;
    let directory = DIRECTORY.replacen("at.uni = {}", &format!("language = \"{language}\"\nat.uni = {{}}"), 1);
    house.apply(&directory).await.unwrap();
    let token = to(&opened(&house).await, OLA).reply_to();
    let became = house.deliver(OLA, &[&token], answer).await[0].0;
    let sent = house.send().await;
    (became, house, sent)
}

#[tokio::test]
async fn an_answer_that_nobody_can_open_leaves_for_nobody_and_its_writer_hears_why() {
    let smime = olas("smime-encrypted", OLA);
    let pgp = olas("pgp-encrypted-parts", OLA);
    let beside = parts(&[TEXT, P7M]);
    let armour = parts(&[ARMOUR]);
    let table = [
        (&smime, "nb", "er kryptert og kan ikke åpnes her"),
        (&smime, "nn", "er kryptert og kan ikkje opnast her"),
        (&smime, "en", "is encrypted and cannot be opened here"),
        (&pgp, "nb", "er kryptert og kan ikke åpnes her"),
        (&beside, "nb", "er kryptert og kan ikke åpnes her"),
        (&armour, "nb", "er kryptert og kan ikke åpnes her"),
    ];
    for (answer, language, said) in table {
        let (became, house, sent) = answered(answer, language).await;
        assert_eq!((became, sent.len()), ("held", 1), "{answer:.200}");
        let told = to(&sent, OLA);
        assert!(told.mail.text.contains(said), "{}", told.mail.text);
        assert!(told.mail.attachments.is_empty(), "nor does it go back");
        assert_eq!(house.events(1).await[1], "CommandsRefused");
        let kept = house.journal(1).await[1].mail().unwrap().raw;
        assert_eq!(kept.bytes, answer.replace('\n', "\r\n").len() as u64, "a copy is on the case");
    }
}

#[tokio::test]
async fn a_file_speaks_for_itself_and_a_picture_alone_may_be_a_signatures() {
    const PICTURE: &str =
        "Content-Type: image/png; name=\"logo.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n";
    for (language, said) in
        [("nb", "bilder og ingen tekst"), ("nn", "bilete og ingen tekst"), ("en", "pictures and no text")]
    {
        let (became, _, sent) = answered(&parts(&[EMPTY, PICTURE]), language).await;
        assert_eq!((became, sent.len()), ("held", 1));
        assert!(to(&sent, OLA).mail.text.contains(said), "{}", to(&sent, OLA).mail.text);
    }
    let (became, _, sent) = answered(&parts(&[EMPTY, PDF]), "nb").await;
    assert_eq!((became, to(&sent, CUSTOMER).mail.attachments.len()), ("added", 1));
    let (became, _, sent) = answered(&parts(&[TEXT, PDF]), "nb").await;
    assert_eq!(became, "added");
    assert_eq!(to(&sent, CUSTOMER).mail.attachments[0].name.as_deref(), Some("skjema.pdf"));
    let note = EMPTY.replace("\n\n\n", "\n\n/notat\n");
    let (became, house, sent) = answered(&parts(&[&note, PDF]), "nb").await;
    assert_eq!((became, all_to(&sent, CUSTOMER).len()), ("added", 0), "a file for colleagues speaks for itself");
    assert!(house.events(1).await[1].starts_with("NoteWritten"));
}

#[tokio::test]
async fn what_is_signed_is_sent_as_what_it_says() {
    let (became, _, sent) = answered(&olas("smime-signed-and-wrapped", OLA), "nb").await;
    assert_eq!(became, "added");
    let answer = to(&sent, CUSTOMER);
    assert!(answer.mail.text.starts_with("Signert bestilling: to pærer."), "{}", answer.mail.text);
    let names: Vec<_> = answer.mail.attachments.iter().filter_map(|file| file.name.clone()).collect();
    assert_eq!(names, ["bestilling.csv"]);
    assert!(!String::from_utf8_lossy(&answer.data).contains("p7m"));
}

#[tokio::test]
async fn an_answer_to_what_was_encrypted_may_quote_it() {
    let quoting = "Kan du sende det uten kryptering?\n\nFra: Kåre Kunde\nSendt: 18. november 2026 12:00\n\
                   Til: Orakel\nEmne: Fortrolig\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----";
    let (became, _, sent) = answered(&mail("2", OLA, "Re: x", "", quoting), "nb").await;
    assert_eq!(became, "added");
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Kan du sende det uten kryptering?"));
}

#[tokio::test]
async fn a_contacts_encrypted_mail_is_on_the_case_and_agents_hear_that_it_stays_closed() {
    for fixture in ["smime-encrypted", "pgp-encrypted-parts"] {
        let house = house().await;
        let closed = olas(fixture, CUSTOMER);
        assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &closed).await, [("new", 1)], "{fixture}");
        let sent = house.send().await;
        let told = to(&sent, OLA);
        assert!(told.mail.text.contains("E-posten er kryptert og kan ikke leses her"), "{}", told.mail.text);
        assert_eq!(told.mail.attachments.len(), 1, "for whoever has the key");
        let kept = house.journal(1).await[0].mail().unwrap().raw;
        assert_eq!(kept.bytes, closed.replace('\n', "\r\n").len() as u64);
    }
}
