use super::*;

const FULL: Offer = Offer { pipelining: true, eight_bit: true, smtputf8: true, dsn: true, size: Some(1000) };

fn message(recipients: &[&str]) -> Message {
    Message {
        reverse_path: ReversePath::Mailbox(Address::parse("return+x@reply.example.org").expect("good")),
        recipients: recipients.iter().map(|text| Address::parse(text).expect("good")).collect(),
        data: Bytes::from_static(b".Subject: x\r\n\r\nhei\n.\nslutt"),
        envelope_id: "7.1.0".to_owned(),
    }
}

/// Plays a server that says these lines one after the other; gives what was written and what became of the mail.
fn play(mut delivery: Delivery, says: &[&str]) -> (Vec<String>, Outcome, Delivery) {
    let mut says = says.iter();
    let mut written = Vec::new();
    loop {
        match delivery.step() {
            Step::Write(bytes) => written.push(String::from_utf8(bytes.to_vec()).expect("text")),
            Step::Read(_) => match says.next() {
                Some(line) => delivery.hear(&mut BytesMut::from(format!("{line}\r\n").as_str())),
                None => {
                    let copy = Delivery::new(message(&["a@b.no"]), FULL);
                    return (written, delivery.lost("connection lost", 0), copy);
                }
            },
            Step::Done(fates) => return (written, Outcome::Each(fates), delivery),
        }
    }
}

fn permanent(status: &str, detail: &str) -> Fate {
    Fate::Permanent { status: Some(status.to_owned()), detail: detail.to_owned() }
}

#[test]
fn commands_go_out_together_when_they_may() {
    let delivery = Delivery::new(message(&["a@b.no", "c@d.no"]), FULL);
    let (written, outcome, delivery) =
        play(delivery, &["250 ok", "250 ok", "550 5.1.1 who", "354 go", "250 2.0.0 mine"]);
    assert_eq!(
        written,
        [
            "MAIL FROM:<return+x@reply.example.org> SIZE=26 RET=HDRS ENVID=7.1.0\r\n\
             RCPT TO:<a@b.no> NOTIFY=FAILURE,DELAY\r\nRCPT TO:<c@d.no> NOTIFY=FAILURE,DELAY\r\nDATA\r\n",
            "..Subject: x\r\n\r\nhei\r\n..\r\nslutt\r\n.\r\n",
        ]
    );
    let who = Fate::Refused { status: Some("5.1.1".to_owned()), detail: "550 5.1.1 who".to_owned() };
    assert_eq!(outcome, Outcome::Each(vec![Fate::Taken, who]));
    assert!(delivery.reusable());
}

#[test]
fn commands_go_out_one_by_one_when_they_must() {
    let offer = Offer { eight_bit: true, ..Offer::default() };
    let (written, outcome, _) =
        play(Delivery::new(message(&["a@b.no"]), offer), &["250 ok", "250 ok", "354 go", "451 4.3.0 later"]);
    assert_eq!(written[..3], ["MAIL FROM:<return+x@reply.example.org>\r\n", "RCPT TO:<a@b.no>\r\n", "DATA\r\n"]);
    assert_eq!(outcome, Outcome::Each(vec![Fate::Temporary("451 4.3.0 later".to_owned())]));
}

#[test]
fn refusals_end_it_without_a_mail() {
    let plain = Offer::default();
    let table: [(Offer, &[&str], usize); 6] = [
        (FULL, &["550 5.7.1 no", "503 5.5.1 x", "503 5.5.1 x"], 1),
        (FULL, &["250 ok", "550 5.1.1 who", "554 5.5.1 nobody"], 1),
        (FULL, &["250 ok", "550 5.1.1 who", "354 go"], 1),
        (FULL, &["250 ok", "250 ok", "550 5.7.1 no"], 1),
        (plain, &["550 5.7.1 no"], 1),
        (plain, &["250 ok", "550 5.1.1 who"], 2),
    ];
    for (offer, says, writes) in table {
        let (written, outcome, delivery) = play(Delivery::new(message(&["a@b.no"]), offer), says);
        assert_eq!(written.len(), writes, "{says:?}");
        let Outcome::Each(fates) = outcome else { panic!("{says:?}") };
        let refused = says.contains(&"550 5.1.1 who");
        assert_eq!(matches!(fates[..], [Fate::Refused { .. }]), refused, "{says:?}");
        assert_eq!(matches!(fates[..], [Fate::Permanent { .. }]), !refused, "{says:?}");
        assert!(!delivery.reusable(), "{says:?}");
    }
}

#[test]
fn a_refusal_at_rcpt_is_the_recipients_unless_its_code_speaks_of_something_else() {
    let table = [
        ("550 no such user", true),
        ("550 5.1.1 no such user", true),
        ("552 5.2.2 mailbox full", true),
        ("550 5.0.0 no", true),
        ("554 5.7.1 relay access denied", false),
        ("550 5.4.4 no route", false),
        ("501 5.5.4 what", false),
    ];
    for (says, refused) in table {
        let (_, outcome, _) = play(Delivery::new(message(&["a@b.no"]), FULL), &["250 ok", says, "554 5.5.1 nobody"]);
        let Outcome::Each(fates) = outcome else { panic!("{says}") };
        assert_eq!(matches!(fates[..], [Fate::Refused { .. }]), refused, "{says}");
        assert_eq!(matches!(fates[..], [Fate::Permanent { .. }]), !refused, "{says}");
    }
}

#[test]
fn a_lost_connection_is_unknown_only_after_the_final_dot() {
    let until_dot: [&[&str]; 5] =
        [&[], &["250 ok"], &["250 ok", "250 ok"], &["250 ok", "250 ok", "421 bye"], &["hello"]];
    for says in until_dot {
        let (_, outcome, _) = play(Delivery::new(message(&["a@b.no"]), FULL), says);
        assert!(matches!(&outcome, Outcome::Each(fates) if matches!(fates[..], [Fate::Temporary(_)])), "{says:?}");
    }
    let (written, outcome, _) = play(Delivery::new(message(&["a@b.no"]), FULL), &["250 ok", "250 ok", "354 go"]);
    assert_eq!((written.len(), outcome), (2, Outcome::Unknown("connection lost".to_owned())));

    let mut half = Delivery::new(message(&["a@b.no"]), FULL);
    assert!(half.untouched() && matches!(half.step(), Step::Write(_)));
    half.hear(&mut BytesMut::from("250 ok\r\n250 ok\r\n354 go\r\n"));
    assert!(!half.untouched() || matches!(half.step(), Step::Write(_)));
    let _ = half.step();
    assert_eq!(half.lost("gone", 3), Outcome::Each(vec![Fate::Temporary("gone".to_owned())]));
}

#[test]
fn what_a_server_cannot_take_is_not_sent_to_it() {
    let mut wide = message(&["kåre@b.no", "a@b.no"]);
    let offer = Offer { eight_bit: true, ..Offer::default() };
    let (written, outcome, _) = play(Delivery::new(wide.clone(), offer), &["250 a", "250 b", "354 c", "250 d"]);
    assert_eq!(written[1], "RCPT TO:<a@b.no>\r\n");
    let refused = permanent("5.6.7", "server does not offer SMTPUTF8");
    assert_eq!(outcome, Outcome::Each(vec![refused, Fate::Taken]));
    assert!(play(Delivery::new(wide.clone(), FULL), &[]).0[0].contains(" SMTPUTF8 "));

    wide.data = Bytes::from("Subject: x\r\n\r\nblåbær");
    assert!(play(Delivery::new(wide.clone(), FULL), &[]).0[0].contains(" BODY=8BITMIME "));
    assert!(play(Delivery::new(wide.clone(), Offer::default()), &[]).0.is_empty());
    wide.data = Bytes::from(vec![b'x'; 1001]);
    let (written, outcome, _) = play(Delivery::new(wide, FULL), &[]);
    assert!(written.is_empty() && matches!(outcome, Outcome::Each(fates) if fates.len() == 2));
}

#[test]
fn a_mail_without_sender_asks_for_no_report() {
    let mut report = message(&["a@b.no"]);
    report.reverse_path = ReversePath::Null;
    let (written, _, _) = play(Delivery::new(report, FULL), &[]);
    assert!(written[0].starts_with("MAIL FROM:<> ") && written[0].contains("RCPT TO:<a@b.no> NOTIFY=NEVER\r\n"));
}
