use super::*;

fn read(raw: &str) -> Mail {
    parse(raw.as_bytes(), &Limits::default())
}

#[test]
fn what_is_beyond_the_limits_is_noted_and_left_out() {
    let fields = format!("From: a@b.no\r\n{}\r\nHei\r\n", "X: 1\r\n".repeat(2000));
    let addresses = format!("From: a@b.no\r\nTo: {}\r\n\r\nHei\r\n", "c@d.no,".repeat(5000));
    let header = format!("From: a@b.no\r\nSubject: {}\r\n\r\nHei\r\n", "x\r\n ".repeat(200_000));
    let unclosed: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let unclosed = format!("From: a@b.no\r\n{unclosed}");
    let parts =
        format!("From: a@b.no\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(5000));
    let text = format!("From: a@b.no\r\n\r\n{}", "x".repeat(3 << 20));
    for (raw, problem) in [
        (fields, "the header is longer"),
        (addresses, "more than 1000 addresses"),
        (header, "the header is longer"),
        (unclosed, "nested deeper than 32"),
        (parts, "more than 1000 parts"),
        (text, "a text part is longer"),
    ] {
        let mail = read(&raw);
        assert!(mail.problems.iter().any(|p| p.contains(problem)), "{problem}: {:?}", mail.problems);
        assert_eq!(mail.from.len(), 1, "{problem}");
        assert!(mail.fields.len() <= 1000 && mail.to.len() <= 1000 && mail.text.len() <= 1 << 20, "{problem}");
        assert!(mail.attachments.len() <= 1000, "{problem}");
    }
}

#[test]
fn a_cut_header_that_may_hold_another_sender_proves_nobody() {
    let raw = format!("From: a@b.no\r\n{}From: c@d.no\r\n\r\n", "X: 1\r\n".repeat(2000));
    assert_eq!(read(&raw).only_from(), None);
    let many = format!("{}{}\r\n", "X: 1\r\n".repeat(1000), "From: a@b.no\r\n".repeat(17));
    assert_eq!(read(&many).only_from(), None, "more than are looked for");
    let long = format!("From: a@b.no\r\n{}From: {} <c@d.no>\r\n\r\n", "X: 1\r\n".repeat(1000), "x".repeat(5000));
    assert_eq!(read(&long).only_from(), None, "nor is one looked into that is too long");
    let own = format!("From: a@b.no, {}c@d.no\r\n\r\n", " ".repeat(300_000));
    assert_eq!(read(&own).only_from(), None);
}

#[test]
fn a_header_that_is_too_long_still_says_who_wrote_it_and_that_a_machine_did() {
    let filler = [format!("X: {}\r\n", "x\r\n ".repeat(100_000)), "X: 1\r\n".repeat(2000)];
    for filler in filler {
        for raw in [format!("From: a@b.no\r\n{filler}\r\nHei"), format!("{filler}From: a@b.no\r\n\r\nHei")] {
            let mail = read(&raw);
            assert_eq!(mail.only_from().map(|from| from.address.to_string()).as_deref(), Some("a@b.no"));
            assert_eq!((mail.kind, mail.text.as_str()), (crate::mail::Kind::Person, "Hei"));
            assert!(mail.problems.iter().any(|problem| problem.contains("header is longer")));
        }
        let machine = read(&format!("From: a@b.no\r\n{filler}Auto-Submitted: auto-replied\r\n\r\nHei"));
        assert_eq!(machine.kind, crate::mail::Kind::AutoReply);
    }
}

#[test]
fn outlooks_thread_fields_are_read() {
    let mail = read("Thread-Index: AdFuZ6XxOH+qH5H+R76f2odV/Vn8MQAAAAAA\r\nThread-Topic: =?utf-8?q?bl=C3=A5?=\r\n\r\n");
    assert_eq!(mail.thread_index.map(|index| index[..4].to_vec()), Some(vec![0x01, 0xD1, 0x6E, 0x67]));
    assert_eq!(mail.thread_topic.as_deref(), Some("blå"));
    assert_eq!(read("Thread-Index: AdFu\r\n\r\n").thread_index, None);
}

#[test]
fn a_value_is_cut_between_signs_and_what_stands_in_front_is_read() {
    let index = format!("AdFuZ6XxOH+qH5H+R76f2odV/Vn8MQAAAAAA{}", "ø".repeat(2000));
    let mail = read(&format!("Date: Wed, 18 Nov 2026 12:00:00 +0100 ({})\r\n\r\n", "ø".repeat(200)));
    assert_eq!(mail.date, Some(Timestamp::from_secs(1_794_999_600)));
    for value in [index.clone(), format!("A{index}")] {
        assert!(read(&format!("Thread-Index: {value}\r\n\r\n")).thread_index.is_some());
    }
}

#[test]
fn dates_are_read_in_their_zones() {
    for (date, want) in [
        ("Tue, 3 Nov 2026 10:00:00 +0100", Some("2026-11-03T09:00:00Z")),
        ("3 Nov 2026 10:00 -0500", Some("2026-11-03T15:00:00Z")),
        ("Tue, 3 Nov 2026 10:00:00 EST", Some("2026-11-03T15:00:00Z")),
        ("in the evening", None),
        ("", None),
    ] {
        let mail = read(&format!("Date: {date}\r\n\r\n"));
        assert_eq!(mail.date.map(|date| date.to_string()).as_deref(), want, "{date}");
    }
}

/// One hostile shape, `octets` long.
fn hostile(octets: usize) -> Vec<(&'static str, String)> {
    let from = "From: a@b.no\r\n";
    let mixed = format!("{from}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    let fill = |unit: &str| unit.repeat(octets / unit.len());
    let count = |length: usize, unit: &dyn Fn(usize) -> String| (0..octets / length).map(unit).collect::<String>();
    let declared = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n");
    vec![
        ("nested mails", format!("{from}{}Hei\r\n", fill("Content-Type: message/rfc822\r\n\r\n"))),
        (
            "nested mails in a digest",
            format!("{from}{}", fill("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n")),
        ),
        ("nested containers", format!("{from}{}", count(54, &|n| declared(n) + &format!("--b{n}\r\n")))),
        ("unclosed containers", format!("{from}{}", count(47, &declared))),
        ("containers side by side", format!("{mixed}{}", count(52, &|n| "--b\r\n".to_owned() + &declared(n)))),
        ("parts", format!("{mixed}{}", fill("--b\r\n\r\nx\r\n"))),
        ("parts without headers", format!("{mixed}{}", fill("--b\r\n"))),
        ("base64 parts", format!("{mixed}{}", fill("--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAA!A\r\n"))),
        ("dashes", format!("{mixed}--b\r\n\r\n{}", fill("--\n\n"))),
        (
            "boundary of dashes",
            format!("{from}Content-Type: multipart/mixed; boundary=\"-\"\r\n\r\n{}", fill("\n\n---")),
        ),
        ("fields of a part", format!("{mixed}--b\r\n{}\r\nHei", fill("X:\n"))),
        (
            "pieces of a parameter",
            format!("{mixed}--b\r\nContent-Type: a/b{}\r\n\r\n", count(16, &|n| format!("; name*{n}=xxxx"))),
        ),
        (
            "languages of parameters",
            format!("{mixed}--b\r\nContent-Type: a/b{}\r\n\r\n", count(16, &|n| format!("; a{n}*=''x''y"))),
        ),
        ("open words", format!("{from}Subject: {}\r\n\r\nHei", fill("=?"))),
        ("open words with a charset", format!("{from}To: {}\r\n\r\nHei", fill("=?utf-8?q?x"))),
        ("open words in a name", format!("{mixed}--b\r\nContent-Type: a/b; name={}\r\n\r\n", fill(" =?utf-8?b?x"))),
        ("fields", format!("{from}{}\r\nHei", fill("X: 1\r\n"))),
        ("folds", format!("{from}Subject: {}\r\n\r\nHei", fill("x\r\n "))),
        ("addresses", format!("{from}To: {}\r\n\r\nHei", fill("c@d.no,"))),
        ("comments", format!("{from}To: {}\r\n\r\nHei", fill("("))),
        ("comments in a type", format!("{mixed}--b\r\nContent-Type: a/b; {}\r\n\r\n", fill("("))),
        ("groups", format!("{from}To: {}\r\n\r\nHei", fill("a:"))),
        ("quotes", format!("{from}To: {}\r\n\r\nHei", fill("\"\\"))),
    ]
}

#[test]
fn hostile_mails_are_read_and_dropped_on_a_small_stack() {
    const STACK: usize = 512 * 1024;
    let read_all = || {
        for (shape, raw) in hostile(1 << 20) {
            let mail = read(&raw);
            assert_eq!(mail.from.len(), 1, "{shape}");
            assert!(mail.fields.len() <= 1000 && mail.to.len() <= 1000 && mail.text.len() <= 1 << 20, "{shape}");
            assert!(mail.attachments.len() <= 1000 && mail.problems.len() <= 20, "{shape}");
        }
    };
    std::thread::Builder::new().stack_size(STACK).spawn(read_all).expect("a thread").join().expect("all are read");
}

#[test]
fn a_mail_in_a_mail_is_one_part_however_it_is_wrapped() {
    let inner = "Subject: deep\r\nContent-Type: message/rfc822\r\n\r\n".repeat(40_000);
    let coded = data_encoding::BASE64_MIME.encode(inner.as_bytes());
    for (encoding, body) in [("8bit", inner.as_str()), ("base64", coded.as_str())] {
        for written in ["message/rfc822", "Message / RFC822", "\"message\"/global"] {
            let raw = format!(
                "From: a@b.no\r\nContent-Type: {written}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
            );
            let mail = read(&raw);
            let [file] = mail.attachments.as_slice() else { panic!("{written}: {:?}", mail.attachments) };
            assert_eq!(file.bytes, inner.len(), "{written} {encoding}");
            assert_eq!(Contents::of(raw.as_bytes()).part(file.part).as_deref(), Some(inner.as_bytes()), "{written}");
        }
    }
}

#[test]
fn everyday_mails_never_meet_a_limit() {
    let attached: String = (0..100)
        .map(|n| format!("--d\r\nContent-Type: message/rfc822\r\n\r\nSubject: {n}\r\nContent-Type: multipart/alternative; boundary=a{n}\r\n\r\n--a{n}\r\n\r\nx\r\n--a{n}--\r\n"))
        .collect();
    let digest = format!(
        "From: a@b.no\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nTopics\r\n--m\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n{attached}--d--\r\n--m--\r\n"
    );
    let mail = read(&digest);
    assert_eq!((mail.attachments.len(), mail.text.trim(), mail.problems.as_slice()), (100, "Topics", &[][..]));
    assert_eq!(mail.attachments[99].name.as_deref(), Some("99.eml"));

    let quoted = "Content-Type: multipart/mixed; boundary=\"q\"\r\n--q\r\nContent-Type: message/rfc822\r\n-- note\r\na: b*c\r\n\r\n";
    let text = format!(
        "From: a@b.no\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n{}\r\n--m\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1\r\n--m--\r\n",
        quoted.repeat(500)
    );
    let mail = read(&text);
    assert_eq!(mail.text.matches("message/rfc822\n-- note\na: b*c").count(), 500);
    assert_eq!((mail.attachments.len(), mail.problems.as_slice()), (1, &[][..]));
}
