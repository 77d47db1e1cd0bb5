//! Whole mails, and the text and the pages in them.

use henvend::mail::html::{self, part::part};
use henvend::mail::machine::{self, Context, Own, Reverse, SpamMark};
use henvend::mail::parse::{Contents, Limits, parse};
use henvend::mail::text::{Readable, split};

use crate::dice::Dice;
use crate::rounds;
use crate::seeds::{MAIL_WORDS, mails};
use crate::work::is_linear;

fn changed(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut mail = dice.pick(seeds).clone();
    let other = dice.pick(seeds).clone();
    dice.change(&mut mail, MAIL_WORDS, &other);
    mail
}

/// A line of the new text is one of the text, or begins it: a client's "NN wrote" may follow on the writer's own line.
/// PGP may have put a dash in front.
fn is_subsequence(new_text: &str, text: &str) {
    let mut lines = text.lines();
    for line in new_text.lines() {
        assert!(
            lines.any(|other| other.starts_with(line)
                || other.strip_prefix("- ").is_some_and(|other| other.starts_with(line))),
            "{line:?} is not a line of the text, or out of order"
        );
    }
}

/// What holds for every mail there is.
fn check_mail(raw: &[u8]) {
    let limits = Limits::default();
    let mail = parse(raw, &limits);
    is_subsequence(&mail.new_text, &mail.text);
    assert!(mail.text.len() <= limits.text_bytes_max + 4096);
    assert!(mail.attachments.len() <= limits.parts_max);
    // Of those beyond the limit, a few that say who wrote it.
    assert!(mail.fields.len() <= limits.header_fields_max + 16);
    assert!(mail.problems.len() <= 2 * limits.parts_max);
    assert!(!mail.subject.chars().any(char::is_control));
    let contents = Contents::of(raw);
    let mut bytes = 0;
    for file in &mail.attachments {
        assert_eq!(contents.part(file.part).map(|octets| octets.len()), Some(file.bytes));
        let name = file.name.as_deref().unwrap_or("x");
        assert!(!name.is_empty() && name.len() <= 255, "{name:?}");
        assert!(!name.chars().any(|sign| sign.is_control() || "/\\:\u{202e}".contains(sign)), "{name:?}");
        bytes += file.bytes;
    }
    // Unpacking makes copies, of at most three levels of what is there.
    assert!(bytes <= 4 * raw.len() + 4096, "{bytes} of {}", raw.len());
}

#[test]
fn any_mail_is_read() {
    let seeds = mails();
    rounds("mail", 30_000, |dice| check_mail(&changed(dice, &seeds)));
}

#[test]
fn what_is_marked_as_automatic_is_never_acknowledged() {
    let seeds = mails();
    let marks = [SpamMark::parse("X-Spam-Flag: YES").unwrap()];
    rounds("kind", 12_000, |dice| {
        let mut raw = b"Auto-Submitted: auto-replied\r\n".to_vec();
        raw.extend(changed(dice, &seeds));
        let mail = parse(&raw, &Limits::default());
        let context = Context {
            reverse_path: *dice.pick(&[Reverse::Unknown, Reverse::Null, Reverse::Mailbox]),
            own: *dice.pick(&[Own::Unchecked, Own::Ours, Own::Foreign]),
            spam_marks: if dice.below(2) == 0 { &[] } else { &marks },
        };
        let (kind, signals) = machine::kind(&mail, &context);
        assert!(!kind.is_personal(), "{kind:?} by {signals:?}");
    });
}

#[test]
fn any_text_and_any_page_is_split() {
    let seeds = mails();
    rounds("text", 30_000, |dice| {
        let octets = changed(dice, &seeds);
        let text = String::from_utf8_lossy(&octets);
        for readable in [Readable::plain(&text), html::to_text(&text)] {
            is_subsequence(&split(&readable).new_text, &readable.text);
            assert!(readable.text.len() <= 24 * text.len() + 64);
        }
    });
}

#[test]
fn more_input_is_no_more_than_more_work() {
    let seeds = mails();
    let read = |raw: &[u8]| {
        drop(parse(raw, &Limits { html_bytes_max: 1 << 30, text_bytes_max: 1 << 30, ..Limits::default() }))
    };
    let texts = |octets: &[u8]| {
        let text = String::from_utf8_lossy(octets);
        split(&Readable::plain(&text));
        split(&html::to_text(&text));
    };
    rounds("work", 400, |dice| {
        let mail = changed(dice, &seeds);
        // A piece that repeats: a word, a few words, or part of a mail.
        let piece = match dice.below(3) {
            0 => dice.pick(MAIL_WORDS).as_bytes().to_vec(),
            1 => (0..=dice.below(4)).flat_map(|_| dice.pick(MAIL_WORDS).as_bytes().to_vec()).collect(),
            _ => {
                let start = dice.below(mail.len());
                mail[start..mail.len().min(start + 1 + dice.below(400))].to_vec()
            }
        };
        let head: &[u8] = match dice.below(4) {
            0 => b"",
            1 => b"Content-Type: text/html\r\n\r\n",
            2 => b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
            _ => b"From: a@b.example\r\n\r\n",
        };
        is_linear("mail", head, &piece, &read);
        is_linear("text", b"", &piece, &texts);
    });
}

#[test]
fn a_page_is_compared_with_its_text_in_one_pass() {
    let compare = |page: &[u8]| assert_eq!(part(&String::from_utf8_lossy(page), "", "Hei du"), None);
    for piece in
        ["&nbsp;<!---->", "&nbsp;</b>", "<br>", "<br>&nbsp;", "<br>.", " <br>\t", ".", "[", "<p>", "<img alt=x>"]
    {
        for head in ["Hei", "<pre>Hei", "<blockquote type=cite>Hei"] {
            is_linear("part", head.as_bytes(), piece.as_bytes(), &compare);
        }
    }
}
