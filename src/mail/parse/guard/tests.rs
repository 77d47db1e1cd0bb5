use super::super::fields::{HeaderLimits, scan};
use super::*;

const PARTS_MAX: usize = 100;

fn guarded(raw: &str) -> Guarded {
    let header = scan(raw.as_bytes(), 0, HeaderLimits { bytes_max: 64 * 1024, fields_max: 100 });
    copy(raw.as_bytes(), &header, None, PARTS_MAX)
}

fn shown(raw: &str) -> String {
    String::from_utf8(guarded(raw).octets).expect("text").replace("\r\n", "|")
}

#[test]
fn only_what_hurts_is_overwritten() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let front = "Content-Type: multipart/mixed; boundary=b||";
    for (body, want) in [
        ("--b\r\n\r\nx\r\n--b--\r\n", "--b||x|--b--|"),
        ("--b\r\n\r\nx --b y\r\n--bc\r\n--b--\r\n", "--b||x -~b y|~-bc|--b--|"),
        ("--b\r\nContent-Type: Message/rfc822\r\n\r\n", "--b|Content-Type: Message~rfc822||"),
        ("--b\r\nContent-Type: multipart/Digest; x\r\n\r\n", "--b|Content-Type: multipart/~igest; x||"),
        ("--b\r\nContent-Type: text/plain; a=b/c\r\n\r\n", "--b|Content-Type: text/plain; a=b/c||"),
        // The empty line behind a header, and the end of an inner container.
        ("--b\r\nX: 1\r\n--b--\r\n", "--b|X: 1||--b--|"),
        ("--b\r\nboundary=c\r\n\r\n--c\r\n\r\nx\r\n--b\r\n\r\ny", "--b|boundary=c||--c||x|--c--|--b||y"),
        // Boundaries that never come, or only behind an outer one.
        ("--b\r\nboundary=c\r\n\r\nx\r\n--b--\r\n\r\n", "--b|~oundary=c||x|--b--||"),
        ("--b\r\nboundary=c\r\n\r\n--b\r\n\r\n--c\r\n\r\n", "--b|~oundary=c||--b||--c||"),
    ] {
        assert_eq!(shown(&format!("{mixed}{body}")), format!("{front}{want}"), "{body}");
    }
}

#[test]
fn places_are_counted_back() {
    let raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nboundary=c\r\n\r\n--c\r\n\r\nx\r\n--b\r\n\r\nyz";
    let guarded = guarded(raw);
    let body = &raw.as_bytes()[guarded.front..];
    let copied = |text: &str| memmem::find(&guarded.octets, text.as_bytes()).expect("it is there");
    for text in ["yz", "--b\r\n\r\ny", "x\r\n"] {
        assert_eq!(Some(guarded.place(copied(text))), memmem::find(body, text.as_bytes()), "{text}");
    }
    // A part that ends at a line put in ends where the line before it does.
    assert_eq!(Some(guarded.place(copied("\r\n--b\r\n\r\ny"))), memmem::find(body, b"\r\n--b\r\n\r\ny"));
}

/// What costs the library more than one look: searches that can fail, lines that make a part, signs that make fields.
fn work(raw: &str) -> [usize; 4] {
    let octets = guarded(raw).octets;
    let declared = declarations(&octets);
    let line = |value: &[u8]| [b"\n--", value].concat();
    let failing = declared
        .iter()
        .filter(|d| d.value.as_deref().is_none_or(|value| memmem::find(&octets[d.at..], &line(value)).is_none()));
    let messages = memmem::find_iter(&octets, "message/").count();
    let stars = memchr_iter(b'*', &octets).count();
    let mut copy = octets.clone();
    [failing.count() + messages, dash_lines(&mut copy).len(), memchr_iter(b':', &octets).count().min(COLONS_MAX), stars]
}

#[test]
fn twice_as_much_is_no_more_work() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    for (shape, unit) in [
        ("nested mails", "Content-Type: message/rfc822\r\n\r\n"),
        ("boundaries that never come", "Content-Type: multipart/mixed; boundary=c#\r\n\r\n"),
        ("boundaries of their own", "Content-Type: multipart/mixed; boundary=c#\r\n\r\n--c#\r\n"),
        ("odd boundaries", "Content-Type: multipart/mixed; boundary*0=c#\r\n\r\n--c#\r\n"),
        ("parts", "--b\r\n\r\n"),
        ("parts without headers", "--b\r\n"),
        ("lines that look like boundaries", "--c\r\n"),
        ("fields", "X:\r\n"),
        ("pieces", " x*#=y;"),
    ] {
        let of = |count: usize| -> [usize; 4] {
            work(&format!("{mixed}{}", (0..count).map(|n| unit.replace('#', &n.to_string())).collect::<String>()))
        };
        let (once, twice) = (of(60_000), of(120_000));
        assert_eq!(once, twice, "{shape}");
        assert!(
            once[0] <= ODD_BOUNDARIES_MAX && once[1] <= 3 * PARTS_MAX && once[3] <= (once[1] + 1) * PART_STARS_MAX,
            "{shape}: {once:?}"
        );
    }
}
