//! Mails as files, beside each what must be read from it. `UPDATE_EXPECT=1` writes the expectations anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use henvend::address::Mailbox;
use henvend::mail::parse::{Contents, Limits, parse};
use henvend::mail::{Kind, Mail, MessageId};

/// All fixtures, sorted by path.
pub fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).expect("the folder of fixtures") {
        let folder = folder.expect("a folder").path();
        for file in std::fs::read_dir(folder).expect("a folder of fixtures") {
            found.push(file.expect("a file").path());
        }
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    found.sort();
    found
}

/// A fixture as it comes over the wire: CRLF line ends.
pub fn wire(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a fixture");
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 30);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn show(mail: &Mail) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            writeln!(out, "{name}: {value}").expect("to memory");
        }
    };
    let ids = |ids: &[MessageId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    line("kind", format!("{} {}", mail.kind.as_str(), mail.kind_signals.join(", ")).trim().to_owned());
    line("from", mailboxes(&mail.from));
    line("from irregular", if mail.from_irregular { "yes" } else { "" }.to_owned());
    line("reply-to", mailboxes(&mail.reply_to));
    line("to", mailboxes(&mail.to));
    line("cc", mailboxes(&mail.cc));
    line("delivered to", mail.delivered_to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    line("date", mail.date.map(|date| date.to_string()).unwrap_or_default());
    line("subject", mail.subject.clone());
    line("message-id", ids(mail.message_id.as_slice()));
    line("in-reply-to", ids(&mail.in_reply_to));
    line("references", ids(&mail.references));
    line("thread-topic", mail.thread_topic.clone().unwrap_or_default());
    for file in &mail.attachments {
        let place = if file.inline { " inline" } else { "" };
        line("attachment", format!("{:?} {} {}{place}", file.name, file.content_type, file.bytes));
    }
    if let Some(report) = &mail.report {
        let all =
            report.recipients.iter().map(|r| format!("{} {:?}", r.address, r.status)).collect::<Vec<_>>().join(", ");
        line("report", format!("{:?} {all} {:?}", report.state, report.original_message_id));
    }
    mail.problems.iter().for_each(|problem| line("problem", problem.clone()));
    if let Some(forwarded) = &mail.forwarded {
        let address = forwarded.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = forwarded.name.as_deref().unwrap_or_default();
        line("forwarded", format!("{} <{address}> {}", name, forwarded.subject));
    }
    line("quoted cut", if mail.quoted_cut { "yes" } else { "" }.to_owned());
    mail.new_text.lines().for_each(|text| writeln!(out, "| {text}").expect("to memory"));
    // What an invitation says below its text is not new text.
    let calendar = mail.text.find("\n[calendar").map(|at| &mail.text[at + 1..]).filter(|_| mail.kind == Kind::Calendar);
    calendar.unwrap_or_default().lines().for_each(|text| writeln!(out, "& {text}").expect("to memory"));
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn mailboxes(list: &[Mailbox]) -> String {
    let one = |m: &Mailbox| match &m.name {
        Some(name) => format!("{name} <{}>", m.address),
        None => m.address.to_string(),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_fixture_is_read_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    let all = fixtures();
    assert!(all.len() >= 25, "only {} fixtures found", all.len());
    for path in all {
        let expect = path.with_extension("expect");
        let got = show(&parse(&wire(&path), &Limits::default()));
        if update {
            std::fs::write(&expect, &got).expect("the expectation can be written");
        } else if std::fs::read_to_string(&expect).unwrap_or_default() != got {
            wrong.push(format!("{}\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Both are true for every mail there is.
fn check_invariants(raw: &[u8]) {
    let mail = parse(raw, &Limits::default());
    let mut lines = mail.text.lines();
    for line in mail.new_text.lines() {
        // Its end may have been a client's: `yes On Tuesday, Ola wrote:`.
        assert!(lines.any(|other| other.starts_with(line)), "{line:?} is not a line of the text, or out of order");
    }
    let contents = Contents::of(raw);
    for file in &mail.attachments {
        assert_eq!(contents.part(file.part).map(|bytes| bytes.len()), Some(file.bytes));
    }
    assert!(!mail.subject.chars().any(char::is_control));
    assert!(mail.from.iter().all(|m| !m.name.iter().any(|name| name.chars().any(char::is_control))));
}

#[test]
fn a_changed_octet_breaks_nothing() {
    // Every fixture, cut at some places and with octets changed at some: a fixed pattern, so that a failure stays. Many
    // more changes are made by dice, in `tests/fuzz`.
    for path in fixtures() {
        let raw = wire(&path);
        let step = (raw.len() / 15).max(1);
        for at in (0..raw.len()).step_by(step) {
            check_invariants(&raw[..at]);
            for octet in [0, b'\n', b'-', b'"', b'<', b'=', 0xFF] {
                let mut changed = raw.clone();
                changed[at] = octet;
                check_invariants(&changed);
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn any_octets_are_read(raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000)) {
        check_invariants(&raw);
    }

    #[test]
    fn any_structure_is_read(lines in proptest::collection::vec(proptest::sample::select(LINES.to_vec()), 0..60)) {
        check_invariants(lines.concat().as_bytes());
    }
}

/// Shapes that make careless matching quadratic, plain or in a page.
#[rustfmt::skip]
const HOSTILE: &[(&str, &str)] = &[
    ("plain", " "), ("plain", ">"), ("plain", "> > >\n"), ("plain", "\n"), ("plain", "x"), ("plain", "On "), ("plain", "x On 3 "),
    ("plain", "On Tue, 3 Nov 2026 10:00 a@b.no wrote:\n"), ("plain", "On Tue, 3 Nov 2026 10:00 a@b.no wrote:\n> x\n"),
    ("plain", "On Tue, 3 Nov 2026\n"), ("plain", "From: a@b.no\nDate: 3 Nov 2026 10:00\n"), ("plain", "From: a\nSent: b\n"), ("plain", "Fra:\n\n"),
    ("plain", "> From: a\n> Sent: b\n> To: c\n> Subject: Fwd: x\n"), ("plain", "-----Original Message-----\n"), ("plain", "---- a wrote ----\n"),
    ("plain", "________________________________\n"), ("plain", "-- \na\n"), ("plain", "-a\n\n"), ("plain", "a\n> b\n"), ("plain", "##- x\n"),
    ("html", "<blockquote type=cite>"), ("html", "<blockquote>x"), ("html", "<div class=gmail_quote>"), ("html", "<div id=appendonsend>"),
    ("html", "<div>x"), ("html", "<p>&gt; x</p>"), ("html", "<br>"), ("html", "<td>"), ("html", "<ul><li>x"), ("html", "<a href=x"), ("html", "&"),
];

/// What this thread has worked so far.
fn own_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

/// Eight times as much takes eight times as long; squared, it would take sixty-four times.
#[test]
fn eight_times_the_text_takes_no_more_than_some_eight_times_as_long() {
    const SMALL: usize = 16 * 1024;
    const FLOOR: Duration = Duration::from_micros(500);
    let fastest = |kind: &str, shape: &str, bytes: usize| {
        let body = shape.repeat(bytes / shape.len());
        let raw = format!("From: a@b.no\r\nContent-Type: text/{kind}\r\n\r\n{}", body.replace('\n', "\r\n"));
        let run = || {
            let begun = own_time();
            parse(raw.as_bytes(), &Limits::default());
            own_time() - begun
        };
        (0..3).map(|_| run()).min().unwrap()
    };
    for (kind, shape) in HOSTILE {
        // What else runs on the machine may slow one measurement down, but not each of them.
        let fits = (0..5).any(|_| fastest(kind, shape, SMALL * 8) < fastest(kind, shape, SMALL).max(FLOOR) * 32);
        assert!(fits, "{shape:?} as {kind} takes longer than its length says");
    }
}

/// Lines that mails are made of; put together at random they give every kind of broken mail.
#[rustfmt::skip]
const LINES: &[&str] = &[
    "\r\n", "From: a@b.no\r\n", "From: \"x\r\n", "Subject: =?utf-8?q?a\r\n", "Subject: =?utf-8?b?w6U=?=\r\n", " =?utf-8?q?=C3?=\r\n",
    "Content-Type: multipart/mixed; boundary=a\r\n", "Content-Type: multipart/alternative; boundary=b\r\n", "--a\r\n", "--a--\r\n",
    "--b\r\n", "--b--\r\n", "Content-Type: message/rfc822\r\n", "Content-Type: multipart/digest; boundary=a\r\n",
    "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "Content-Type: text/html\r\n",
    "Content-Type: text/plain; charset=utf-7\r\n", "Content-Disposition: attachment; filename*0*=x''%E5\r\n", "Content-Type: message/delivery-status\r\n",
    "Final-Recipient: rfc822;a@b.no\r\n", "Action: failed\r\n", "<blockquote type=cite>\r\n", "</blockquote>\r\n", "<div id=appendonsend>\r\n", "&#x0;&amp\r\n",
    "> quoted\r\n", ">\r\n", "On Mon, 3 Nov 2026 at 10:00 A <a@b.no> wrote:\r\n", "-- \r\n", "##- x -##\r\n", "Fra: a@b.no\r\nSendt: 3. nov\r\nTil: x\r\nEmne: y\r\n",
    "________________________________\r\n", "-----Original Message-----\r\n", "hei\r\n", "SGVpIQ==\r\n", "=E5=\r\n", "References: <a@b> <c\r\n", "\u{e5}\u{202e}\r\n",
];
