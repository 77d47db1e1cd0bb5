//! How fast mail is read, on one core: the whole reading half (parts, addresses, text, kind, new words, ids), beside
//! the bare parser on the same mails in the same run.
//!
//! `cargo bench --bench reading` takes some twenty seconds; `-- --quick` some three, with figures that are worth less.
//! `-- page` measures the mails that have it in their name alone.
//! The two take turns, so that what else the machine does meets both. Nothing here fails for being slow.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "this measures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use henvend::mail::parse::{Limits, parse};
use mail_parser::MessageParser;

/// What we want to stay within.
const GOAL: f64 = 3.0;
const TURNS: usize = 12;

/// A class of mails.
struct Class {
    name: &'static str,
    mail: Vec<u8>,
}

const HEADER: &str = "Received: from mx.nord.example by hub.nord.example with LMTP id 4711; Mon, 23 Nov 2026 10:00:00 +0100\r\n\
    Message-ID: <3f2a-77@mail.kunde.example>\r\nIn-Reply-To: <hv.1@svar.nord.example>\r\n\
    References: <a1@kunde.example> <a2@kunde.example>\r\n\t<hv.1@svar.nord.example>\r\n\
    From: =?utf-8?Q?K=C3=A5re_Lund?= <kare@kunde.example>\r\nTo: Orakelet <orakel@nord.example>\r\n\
    Cc: \"Berg, Kari\" <kari@kunde.example>\r\nSubject: =?utf-8?Q?SV:_[HV-1042]_Nytt_passord_p=C3=A5_l=C3=A5nt_maskin?=\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n";

/// Sentences in Norwegian, as many octets as asked for, a line each.
fn lines(bytes: usize, before: &str, behind: &str) -> String {
    let sentences = [
        "Takk for hjelpen så langt.",
        "Maskinen ber meg om å bytte passord hver gang jeg logger inn.",
        "Jeg er på jobb til klokka fire.",
    ];
    let mut out = String::with_capacity(bytes + 100);
    while out.len() < bytes {
        let sentence = sentences[out.len() % sentences.len()];
        out.push_str(&format!("{before}{sentence}{behind}\r\n"));
    }
    out
}

fn base64(octets: usize) -> String {
    let line = "iVBORw0KGgoAAAANSUhEUgAAABsAAAAbCAMAAAC6CgRnAAADAFBMVEX///8AAAgAABAAABgA\r\n";
    line.repeat(octets / 57)
}

fn page(bytes: usize) -> String {
    let style = "<html><head><style>p {margin: 0}</style></head><body>";
    let rows = lines(bytes / 2, "<p class=\"MsoNormal\"><span style=\"font-size:11.0pt\">", "</span></p>");
    let cite = lines(bytes / 2, "<p>", "</p>");
    format!("{style}{rows}<div id=\"appendonsend\"></div><blockquote type=\"cite\">{cite}</blockquote></body></html>")
}

fn classes() -> Vec<Class> {
    let text = |text: String| format!("{HEADER}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}").into_bytes();
    let quoted = format!(
        "{}\r\nDen 20. nov. 2026 kl. 09.00 skrev Orakelet <orakel@nord.example>:\r\n{}",
        lines(600, "", ""),
        lines(3000, "> ", "")
    );
    let both = |bytes: usize| {
        let plain = lines(bytes / 4, "", "");
        let page = page(bytes * 3 / 4);
        format!(
            "{HEADER}Content-Type: multipart/alternative; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n--b1--\r\n"
        )
        .into_bytes()
    };
    let only_page = format!("{HEADER}Content-Type: text/html; charset=utf-8\r\n\r\n{}", page(30_000)).into_bytes();
    let files = |bytes: usize| {
        format!(
            "{HEADER}Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n--b1\r\nContent-Type: image/png; name=\"skjerm.png\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"skjerm.png\"\r\n\r\n{}\r\n--b1--\r\n",
            lines(1000, "", ""),
            base64(bytes)
        )
        .into_bytes()
    };
    let class = |name: &'static str, mail: Vec<u8>| Class { name, mail };
    vec![
        class("short text", text(lines(800, "", ""))),
        class("answer with quote", text(quoted)),
        class("text and page", both(12_000)),
        class("page only", only_page),
        class("long text and page", both(100_000)),
        class("file of 300 KiB", files(300 << 10)),
        class("file of 8 MiB", files(8 << 20)),
    ]
}

/// Mails a second, reading one over and over for so long.
fn rate(lasting: Duration, mut read: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut count = 0.0;
    while begun.elapsed() < lasting {
        read();
        count += 1.0;
    }
    count / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    // `cargo test --benches` asks for nothing but that it runs.
    let tested = std::env::args().any(|argument| argument == "--test");
    let turn = Duration::from_millis(if tested {
        1
    } else if quick {
        15
    } else {
        120
    });
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_meant = |name: &str| named.is_empty() || named.iter().any(|wanted| name.contains(wanted.as_str()));
    let limits = Limits::default();
    println!("{:<20} {:>9} {:>12} {:>12} {:>8} {:>8}", "mail", "octets", "read/s", "bare/s", "MiB/s", "times");
    for Class { name, mail } in classes().into_iter().filter(|class| is_meant(class.name)) {
        let (mut ours, mut bare, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let read = rate(turn, || drop(black_box(parse(black_box(&mail), &limits))));
            let parsed = rate(turn, || drop(black_box(MessageParser::default().parse(black_box(&mail)))));
            times.push(parsed / read);
            ours.push(read);
            bare.push(parsed);
        }
        let (ours, bare, times) = (median(ours), median(bare), median(times));
        let speed = ours * mail.len() as f64 / f64::from(1 << 20);
        let mark = if times <= GOAL { "" } else { "  beyond the goal" };
        println!("{name:<20} {:>9} {ours:>12.0} {bare:>12.0} {speed:>8.0} {times:>8.2}{mark}", mail.len());
    }
    println!("\ntimes: how many mails the bare parser reads while we read one; the goal is {GOAL:.0}");
}
