//! What is changed: the fixtures of the other tests.

use std::path::{Path, PathBuf};

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of fixtures") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
}

/// All fixtures below a folder of tests, in order.
fn read(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder), ending, &mut paths);
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a fixture")).collect()
}

/// Mails with CRLF line ends.
pub fn mails() -> Vec<Vec<u8>> {
    let wire = |mail: Vec<u8>| {
        let mut out = Vec::with_capacity(mail.len() * 21 / 20);
        for octet in mail.into_iter().filter(|octet| *octet != b'\r') {
            if octet == b'\n' {
                out.push(b'\r');
            }
            out.push(octet);
        }
        out
    };
    read("corpus", "eml").into_iter().map(wire).collect()
}

/// What clients say in the dialogs.
pub fn dialogs() -> Vec<Vec<u8>> {
    let said = |script: Vec<u8>| {
        let script = String::from_utf8_lossy(&script).into_owned();
        let lines = script.lines().filter_map(|line| line.strip_prefix("C: "));
        lines.flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
    };
    read("dialog", "txt").into_iter().map(said).collect()
}

/// Words that the readers look for, in the forms that hurt.
#[rustfmt::skip]
pub const MAIL_WORDS: &[&str] = &[
    "\r\n", "\r\n\r\n", "\n", "\r", "\0", "--", "\r\n--a\r\n", "\r\n--a--\r\n", "Content-Type: multipart/mixed; boundary=a\r\n",
    "Content-Type: multipart/alternative; boundary=\"b\"\r\n", "Content-Type: message/rfc822\r\n\r\n", "Content-Type: text/html\r\n",
    "Content-Type: application/ms-tnef; name=winmail.dat\r\n", "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n",
    "Content-Type: text/calendar; method=REQUEST\r\n", "Content-Type: text/plain; charset=utf-7; format=flowed; delsp=yes\r\n",
    "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "Content-Disposition: attachment; filename*0*=x''%E5\r\n",
    "Content-ID: <a@b>\r\n", "charset=iso-2022-jp", "charset=utf-16", "charset=hz-gb-2312", "\x1b$B%O\x1b(B", "~{VP~}", "+AOU-", "=?utf-8?q?=C3?= ", "=?utf-8?b?", "?=",
    "begin 644 x\r\n#2&5I\r\n`\r\nend\r\n", "-----BEGIN PGP SIGNED MESSAGE-----\r\n", "BEGIN:VEVENT\r\nSUMMARY:x\r\nDTSTART:20261124T100000Z\r\n", "x\u{9f}>\"", "\u{d}\u{1}\u{30}\u{80}",
    "<blockquote type=cite>", "</blockquote>", "<div id=appendonsend>", "<div class=gmail_quote>", "<table><tr><td>", "</td></tr></table>", "<li>", "<ol start=9999>", "<pre>", "<!--", "-->",
    "<img src=cid:a@b>", "[cid:a@b]", "<a href=\"https://x.example/", "\">", "&aring;", "&#", "&#x10FFFF;", "<p style=\"display:none\">", "<style>", "</style>",
    "> ", ">> ", "> > > ", "\r\nOn Mon, 3 Nov 2026 at 10:00 A <a@b.example> wrote:\r\n", "\r\nDen 3. nov. 2026 kl. 10.00 skrev A <a@b.example>:\r\n", "\r\n-- \r\n",
    "##- svar over -##", "\r\nFra: a@b.example\r\nSendt: 3. nov\r\nTil: x\r\nEmne: y\r\n", "\r\n-----Original Message-----\r\n", "________________________________\r\n",
    "From: a@b.example\r\n", "From: \"", "Subject: Re: AW: SV: [HV-1]\r\n", "References: <a@b> <c\r\n", "In-Reply-To: Your mail of <a@b>\r\n", "Message-ID: <a@b>\r\n",
    "Final-Recipient: rfc822;a@b.example\r\n", "Action: failed\r\n", "Status: 5.1.1\r\n", "Content-Type: multipart/report; report-type=delivery-status; boundary=a\r\n",
    "Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Id: <x>\r\n", "\u{e5}", "\u{202e}", "\u{200b}", "\u{feff}", "\u{1f642}", "                                        ",
];
