use super::*;
use crate::mail::parse::{Limits, parse};

fn read(fields: &str, text: &str) -> Mail {
    let head = "From: Kari Kunde <kari@kunde.no>\r\nTo: orakel@uni.no\r\nMessage-ID: <k@kunde.no>\r\n";
    parse(format!("{head}{}\r\n{text}", fields.replace('\n', "\r\n")).as_bytes(), &Limits::default())
}

#[test]
fn headers_decide_the_kind() {
    for (fields, want) in [
        ("", Kind::Person),
        ("Auto-Submitted: no\n", Kind::Person),
        ("Auto-Submitted: auto-replied (vacation)\n", Kind::AutoReply),
        ("Auto-Submitted: auto-generated\n", Kind::Bulk),
        ("Auto-Submitted: auto-generated\nIn-Reply-To: <x@y>\n", Kind::AutoReply),
        ("Auto-Submitted: auto-notified\n", Kind::Bulk),
        ("X-Autoreply: yes\n", Kind::AutoReply),
        ("X-Autoreply: no\n", Kind::Person),
        ("X-Autorespond: Ferie\n", Kind::AutoReply),
        ("Precedence: auto_reply\n", Kind::AutoReply),
        ("Precedence: bulk\n", Kind::Bulk),
        ("Precedence: never-bounce\nPrecedence: junk\n", Kind::Bulk),
        ("Precedence: list\n", Kind::List),
        ("Precedence: first-class\n", Kind::Person),
        ("List-Id: <x.y>\n", Kind::List),
        ("List-Unsubscribe: <mailto:x@y>\n", Kind::Bulk),
        ("X-Auto-Response-Suppress: OOF\n", Kind::Bulk),
        ("X-Auto-Response-Suppress: DR, RN, NRN\n", Kind::Person),
        ("X-Auto-Response-Suppress: DR, AutoReply\n", Kind::Bulk),
        // A rule that redirects people's mail writes this one too.
        ("X-MS-Exchange-Inbox-Rules-Loop: kari@kunde.no\n", Kind::Person),
        ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n", Kind::AutoReply),
        ("X-Apple-Action: VACATION\n", Kind::AutoReply),
        ("Delivered-To: Autoresponder\n", Kind::AutoReply),
        ("Return-Path: <>\n", Kind::AutoReply),
        ("Return-Path: <kari@kunde.no>\n", Kind::Person),
        ("Message-Context: voice-message\n", Kind::Voicemail),
        ("X-CallingTelephoneNumber: +47 22 22 22 22\n", Kind::Voicemail),
        ("X-CallingTelephoneNumber: IPM.Note\nX-VoiceMessageDuration: 1\n", Kind::Person),
        ("X-Henvend-Loop: uni.no\n", Kind::Loop),
        ("X-Spam-Flag: YES\n", Kind::Person),
        ("Content-Type: text/calendar; method=REPLY\n", Kind::Calendar),
        ("Subject: Automatic reply: Skriver\n", Kind::Person),
        ("Subject: Out of office\nList-Id: <x.y>\n", Kind::List),
    ] {
        let mail = read(fields, "Hei\r\n");
        assert_eq!(mail.kind, want, "{fields}");
        assert_eq!(mail.kind_signals.is_empty(), want == Kind::Person && !mail.unclear, "{fields}");
    }
}

#[test]
fn words_need_a_subject_and_a_text_that_agree() {
    for (subject, text, want) in [
        ("Automatic reply: Skriver", "I am on vacation until Monday.", Kind::AutoReply),
        ("Automatisk svar: Skriver", "Jeg er ikke på kontoret.", Kind::AutoReply),
        ("Autosvar", "Jag är på semester.", Kind::AutoReply),
        ("Abwesenheitsnotiz: Drucker", "Ich bin im Urlaub.", Kind::AutoReply),
        ("Kari Kunde is out of the office.", "I will return Monday. Automated reply.", Kind::AutoReply),
        ("[liste] Out of Office: x", "I am out of the office.", Kind::AutoReply),
        ("Re: Automatic reply: Skriver", "I know you are on vacation, but", Kind::Person),
        ("Ferie", "Hvem passer skriveren?", Kind::Person),
        ("Ferie", "Jeg har ferie til gode fra i fjor, og vil ta den ut i mai.", Kind::Person),
        ("Ferie\nIn-Reply-To: <x@y>", "Jeg har ferie til mandag.", Kind::AutoReply),
        ("Out of the office (was: Skriver)", "Do not send \"out of the office\" to us.\r\n\r\n> Hei", Kind::Person),
        ("Réponse automatique", "Je suis absent.\r\n\r\n> Bonjour", Kind::AutoReply),
        ("Skriver", "I am on vacation, but the printer is broken.", Kind::Person),
        ("Automatiske dører", "Døren er ute av drift, og jeg er på ferie.", Kind::Person),
        ("Skriver", "This is an automatic reply.", Kind::AutoReply),
        ("Skriver", "Hva er dette?\r\n\r\n> This is an automatic reply.", Kind::Person),
    ] {
        let subject_field = format!("Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n");
        assert_eq!(read(&subject_field, text).kind, want, "{subject}: {text}");
    }
}

#[test]
fn what_may_be_a_machines_is_unclear() {
    for (fields, text, want) in [
        ("Subject: Skriver\n", "Hei", false),
        ("Subject: Automatic reply: Skriver\n", "Hei", true),
        ("Subject: Re: Automatic reply: Skriver\n", "Ring meg", true),
        ("X-RT-Loop-Prevention: annet.no\n", "Hei", true),
        ("X-Powered-By: Znuny (https://znuny.example)\n", "Hei", true),
        ("X-Mailer: Zendesk Mailer\n", "Hei", true),
        ("X-Mailer: Apple Mail (2.3445)\n", "Hei", false),
        ("Subject: Fwd: Returned mail: see transcript\n", "> 550 user unknown", true),
        ("Subject: Fwd: Returned mail: see transcript\n", "Se her", false),
        ("Subject: Returflasker\n", "Posten sier user unknown", false),
        ("Subject: Re: Skriver\n", "Takk. Jeg er ikke på kontoret før mandag.", true),
        ("Subject: Re: Skriver\n", "Jeg er på ferie. Kan Ola ta den?", false),
        ("Content-Type: text/calendar; method=REPLY\n", "BEGIN:VCALENDAR", true),
        ("Content-Type: text/calendar; method=REQUEST\n", "BEGIN:VCALENDAR", false),
    ] {
        let charset = if fields.contains("Content-Type") { "" } else { "Content-Type: text/plain; charset=utf-8\n" };
        let mail = read(&format!("{fields}{charset}"), text);
        assert_eq!(mail.unclear, want, "{fields} {:?}", mail.kind_signals);
        assert!(mail.kind.is_personal(), "{fields} {:?}", mail.kind_signals);
    }
}

#[test]
fn recordings_are_told_by_subject_and_sender() {
    for (from, subject, name, want) in [
        ("asterisk@pbx.no", "[PBX]: New message 1 in mailbox 200", "msg0000.wav", Kind::Voicemail),
        ("unityconnection@cucm.no", "Message from Ola (2001)", "VoiceMessage.wav", Kind::Voicemail),
        ("noreply@telefoni.no", "Ny talemelding fra 22222222", "melding.mp3", Kind::Voicemail),
        ("kari@kunde.no", "Voicemail fra kunden", "opptak.wav", Kind::Person),
        ("kari@kunde.no", "Opptak av møtet", "msg0001.wav", Kind::Person),
        ("asterisk@pbx.no", "[PBX]: New message 1 in mailbox 200", "notat.txt", Kind::Person),
    ] {
        let raw = format!(
            "From: {from}\nTo: orakel@uni.no\nSubject: {subject}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHei\n--b\nContent-Type: application/octet-stream; name=\"{name}\"\n\nx\n--b--\n"
        );
        assert_eq!(parse(raw.as_bytes(), &Limits::default()).kind, want, "{from} {subject}");
    }
}

#[test]
fn a_report_from_nobody_is_one_when_the_envelope_says_so() {
    let mut mail = read("Subject: Mail could not be delivered\n", "Your mail was not delivered to:\r\n<ola@b.no>\r\n");
    assert_eq!((mail.kind, mail.report.is_some(), mail.report_if_null.is_some()), (Kind::Person, false, true));
    classify(&mut mail, &Context { reverse_path: Reverse::Null, ..Context::default() });
    assert_eq!((mail.kind, mail.report.is_some()), (Kind::Bounce, true));
}

#[test]
fn what_the_caller_knows_comes_first() {
    let mut mail = read("", "Hei\r\n");
    let null = Context { reverse_path: Reverse::Null, ..Context::default() };
    classify(&mut mail, &null);
    assert_eq!(mail.kind, Kind::AutoReply);
    classify(&mut mail, &Context { own: Own::Ours, ..Context::default() });
    assert_eq!(mail.kind, Kind::Loop);

    let believed = read("Return-Path: <>\n", "Hei\r\n");
    assert_eq!(kind(&believed, &Context { reverse_path: Reverse::Mailbox, ..Context::default() }).0, Kind::Person);
    let marked = read("X-Spam-Flag: YES\n", "Kjøp\r\n");
    let marks = [SpamMark::parse("x-spam-flag: yes").expect("a mark")];
    assert_eq!(kind(&marked, &Context { spam_marks: &marks, ..Context::default() }).0, Kind::Spam);
    let clean = read("X-Spam-Flag: NO\n", "Hei\r\n");
    assert_eq!(kind(&clean, &Context { spam_marks: &marks, ..Context::default() }).0, Kind::Person);
    let forged = read("X-Henvend-Loop: x\n", "Hei\r\n");
    assert_eq!(kind(&forged, &Context { own: Own::Foreign, ..Context::default() }).0, Kind::Person);
}

#[test]
fn our_ids_are_known_by_their_form() {
    for (id, want) in [
        ("hv.1.2.3.aeaqcaibaeaqcaibaeaqcaibaeaqc@x.no", true),
        ("HV.1.2.3.AEAQCAIBAEAQCAIBAEAQCAIBAEAQC@x.no", true),
        ("hv.1.2.3.short@x.no", false),
        ("hv.a.2.3.aeaqcaibaeaqcaibaeaqcaibaeaqc@x.no", false),
        ("x.1.2.3.aeaqcaibaeaqcaibaeaqcaibaeaqc@x.no", false),
        ("", false),
    ] {
        assert_eq!(has_own_form(id), want, "{id}");
    }
}

#[test]
fn gestures_are_told_from_words() {
    use crate::mail::Gesture::{Reaction, Recall};
    let re = "Re: [HV-1] Skriver";
    for (subject, text, want) in [
        (re, "[like]  Kari Kunde reacted to your message:", Some(Reaction)),
        (re, "Kari Kunde reagerte på meldingen din: \u{1F44D}", Some(Reaction)),
        (re, "\u{1F44D}\nKari Kunde reacted via Gmail\n<https://www.google.com/gmail/about/>", Some(Reaction)),
        (re, "Jeg reagerte på meldingen din", None),
        (re, "Who reacted to your message?", None),
        (re, "Kari Kunde reacted to your message: she wants it done today", None),
        (re, "Vi så at Kari reagerte på meldingen din, og har nå fikset det.", None),
        (re, "Liked “It blinks”", Some(Reaction)),
        (re, "Elsket «Den virker»", Some(Reaction)),
        (re, "Reacted \u{1F602} to “It blinks”", Some(Reaction)),
        (re, "Removed a like from “It blinks”", Some(Reaction)),
        (re, "Liked it. “It blinks” is what I see", None),
        (re, "Liked “It blinks” and “It beeps”", None),
        (re, "\u{1F44D}", None),
        ("Recall: Skriver", "Kari Kunde would like to recall the message, \"Skriver\".", Some(Recall)),
        ("Tilbakekall: Skriver", "Kari Kunde vil tilbakekalle meldingen, Skriver.", Some(Recall)),
        ("Recall: Toyota", "Is my car among those that they recall?", None),
        ("Hei", "Jeg ønsker å tilbakekalle meldingen fra i går", None),
    ] {
        let mail = read(&format!("Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n"), text);
        assert_eq!(mail.gesture, want, "{subject}: {text}");
        assert_eq!(mail.kind.is_personal(), want.is_none(), "{subject}: {text}");
        assert_eq!(mail.kind_signals.is_empty(), want.is_none(), "{subject}: {text}");
    }
}
