use super::*;
use crate::address::{Mailbox, ReversePath};
use crate::directory::apply::apply;
use crate::directory::event::DirectoryEvent;
use crate::directory::model::Language;
use crate::id::UserId;
use crate::mail::Field;

fn envelope(listener: Listener, trusted: bool) -> Envelope {
    Envelope {
        listener,
        trusted,
        peer: "unix".to_owned(),
        hello: "mx".to_owned(),
        queue_id: None,
        client: None,
        reverse_path: ReversePath::Null,
        recipients: Vec::new(),
        smtputf8: false,
        dsn_return: None,
        envelope_id: None,
    }
}

fn mail(fields: &[(&str, &str)]) -> Mail {
    let from = Mailbox { name: None, address: Address::parse("ola@uni.no").expect("address") };
    let fields = fields.iter().map(|(name, value)| Field { name: (*name).to_owned(), value: (*value).to_owned() });
    Mail { from: vec![from], fields: fields.collect(), ..Mail::default() }
}

fn check(fields: &[(&str, &str)]) -> bool {
    let policy = TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], ..TrustPolicy::default() };
    let judged =
        judge(&policy, &Directory::default(), &envelope(Listener::Lmtp, true), &mail(fields), &Evidence::default());
    matches!(judged.channel, Channel::Domain(domain) if domain.as_str() == "uni.no")
}

type Fields<'a> = &'a [(&'a str, &'a str)];

#[test]
fn results_count_when_believed_aligned_and_undisputed() {
    const AR: &str = "Authentication-Results";
    let table: &[(Fields<'_>, bool)] = &[
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), ("Received", "x")], true),
        (&[(AR, "MX.UNI.NO; dmarc=pass header.from=uni.no")], true),
        (&[(AR, "mx.uni.no; spf=pass smtp.mailfrom=a@uni.no")], true),
        (&[(AR, "mx.uni.no; dkim=pass header.i=@uni.no")], true),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), (AR, "mx.uni.no; spf=fail smtp.mailfrom=x@uni.no")], true),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), (AR, "mx.uni.no; dkim=pass header.d=uni.no")], true),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no; dmarc=none header.from=uni.no")], true),
        (
            &[(AR, "mx.uni.no; dkim=pass header.d=uni.no header.s=rsa; dkim=permerror header.d=uni.no header.s=ed")],
            true,
        ),
        (&[(AR, "mx.uni.no; dkim=pass header.d=no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=evil.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=evil-uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no header.d=evil.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass")], false),
        (&[(AR, "mx.uni.no; dkim=bestguesspass header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim/2=pass header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; auth=pass smtp.auth=ola@uni.no")], false),
        (&[(AR, "mx.uni.no; dmarc=pass header.from=no.uni.no")], false),
        (&[(AR, "mx.uni.no; none")], false),
        (&[(AR, "evil.no; dkim=pass header.d=uni.no")], false),
        (&[("ARC-Authentication-Results", "i=1; mx.uni.no; dkim=pass header.d=uni.no")], false),
        (&[("Received", "x"), (AR, "mx.uni.no; dkim=pass header.d=uni.no")], false),
        (
            &[
                (AR, "mx.uni.no; dkim=fail header.d=uni.no"),
                ("Received", "x"),
                (AR, "mx.uni.no; dkim=pass header.d=uni.no"),
            ],
            false,
        ),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), (AR, "mx.uni.no; dkim=fail header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=none"), (AR, "mx.uni.no; dkim=pass header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no; dkim=fail header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no; dmarc=fail header.from=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass (header.d=uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), ("To", "a@uni.no"), ("To", "b@uni.no")], false),
        (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), ("Subject", "a"), ("subject", "b")], false),
        (&[], false),
    ];
    for (fields, want) in table {
        assert_eq!(check(fields), *want, "{fields:?}");
    }
}

#[test]
fn of_more_results_than_are_compared_none_counts() {
    let one = format!("mx.uni.no{}", "; dkim=pass header.d=uni.no".repeat(64));
    let many = |fields: usize| vec![("Authentication-Results", one.as_str()); fields];
    assert!(check(&many(4)));
    assert!(!check(&many(5)));
}

#[test]
fn only_trusted_peers_bring_results_and_only_submission_proves_a_person() {
    let policy = TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], ..TrustPolicy::default() };
    let good = mail(&[("Authentication-Results", "mx.uni.no; dkim=pass header.d=uni.no")]);
    let none = Evidence::default();
    assert!(matches!(
        judge(&policy, &Directory::default(), &envelope(Listener::Smtp, false), &good, &none).channel,
        Channel::Nothing(_)
    ));
    let ola = Address::parse("ola@uni.no").expect("address");
    let submitted =
        Envelope { reverse_path: ReversePath::Mailbox(ola.clone()), ..envelope(Listener::Submission, true) };
    assert_eq!(
        judge(&TrustPolicy::default(), &Directory::default(), &submitted, &good, &none).channel,
        Channel::Person(ola)
    );
    let two = Mail { from: vec![good.from[0].clone(), good.from[0].clone()], ..good };
    assert!(matches!(judge(&policy, &Directory::default(), &submitted, &two, &none).channel, Channel::Nothing(_)));
}

#[test]
fn a_login_proves_nobody_but_the_sender_in_the_envelope() {
    let mail = mail(&[]);
    let submitted = |sender: &str| {
        let reverse_path = Address::parse(sender).map_or(ReversePath::Null, ReversePath::Mailbox);
        let envelope = Envelope { reverse_path, ..envelope(Listener::Submission, true) };
        judge(&TrustPolicy::default(), &Directory::default(), &envelope, &mail, &Evidence::default()).channel
    };
    assert!(matches!(submitted("Ola@UNI.no"), Channel::Person(_)));
    for other in ["kari@uni.no", "ola@sub.uni.no", ""] {
        assert!(matches!(submitted(other), Channel::Nothing(_)), "{other}");
    }
}

#[test]
fn a_login_proves_its_user_by_whichever_address() {
    let user = |id: u32, texts: &[&str]| DirectoryEvent::UserAdded {
        id: UserId::new(id),
        name: "X".to_owned(),
        addresses: texts.iter().filter_map(|text| Address::parse(text)).collect(),
        language: Language::Nb,
    };
    let mut directory = Directory::default();
    apply(&mut directory, &user(1, &["ola@uni.no", "ola.nordmann@uni.no", "ola@privat.no"]));
    apply(&mut directory, &user(2, &["kari@uni.no", "kari@privat.no"]));
    let submitted = |sender: &str, from: &str| {
        let from = Mailbox { name: None, address: Address::parse(from).expect("address") };
        let mail = Mail { from: vec![from], ..Mail::default() };
        let reverse_path = Address::parse(sender).map_or(ReversePath::Null, ReversePath::Mailbox);
        let envelope = Envelope { reverse_path, ..envelope(Listener::Submission, true) };
        judge(&TrustPolicy::default(), &directory, &envelope, &mail, &Evidence::default()).channel
    };
    for (sender, from, proven) in [
        ("ola@uni.no", "ola@uni.no", true),
        ("ola@uni.no", "Ola.Nordmann@uni.no", true),
        ("ola@privat.no", "ola@uni.no", true),
        ("gjest@uni.no", "gjest@uni.no", true),
        ("ola@uni.no", "kari@uni.no", false),
        ("kari@privat.no", "ola@privat.no", false),
        ("ola@uni.no", "gjest@uni.no", false),
        ("gjest@uni.no", "ola@uni.no", false),
        ("gjest@uni.no", "vert@uni.no", false),
        ("", "ola@uni.no", false),
    ] {
        let person = Address::parse(from).filter(|_| proven).map(Channel::Person);
        let channel = submitted(sender, from);
        assert_eq!(matches!(channel, Channel::Person(_)).then_some(channel), person, "{sender} as {from}");
    }
}

#[test]
fn what_is_not_believed_is_told() {
    const AR: &str = "Authentication-Results";
    let pass = "mx.uni.no; dkim=pass header.d=uni.no";
    let table: &[(Fields<'_>, bool, &[Ignored])] = &[
        (&[(AR, pass), ("Received", "x"), (AR, "elsewhere.no; dkim=pass header.d=uni.no")], true, &[]),
        (&[(AR, pass), ("Received", "x"), (AR, pass), (AR, pass)], true, &[Ignored::Below]),
        (&[(AR, pass)], false, &[Ignored::UntrustedPeer]),
        (&[(AR, "mx.uni.no; dkim"), ("Received", "x"), (AR, "mx.uni.no; dkim")], true, &[Ignored::Malformed]),
        (&[(AR, pass), (AR, "mx.uni.no; dkim=none")], true, &[Ignored::Contradicting]),
    ];
    let policy = TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], ..TrustPolicy::default() };
    for (fields, trusted, want) in table {
        let judged = judge(
            &policy,
            &Directory::default(),
            &envelope(Listener::Smtp, *trusted),
            &mail(fields),
            &Evidence::default(),
        );
        assert_eq!(judged.ignored, *want, "{fields:?}");
    }
    let unconfigured = judge(
        &TrustPolicy::default(),
        &Directory::default(),
        &envelope(Listener::Smtp, true),
        &mail(table[1].0),
        &Evidence::default(),
    );
    assert_eq!(unconfigured.ignored, [], "no name is ours");
}

#[test]
fn a_filter_that_writes_below_its_servers_received_can_be_believed() {
    const AR: &str = "Authentication-Results";
    let pass = "mx.uni.no; dkim=pass header.d=uni.no";
    let policy =
        TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], received_above: 1, ..TrustPolicy::default() };
    let channel = |fields: &[(&str, &str)]| {
        judge(&policy, &Directory::default(), &envelope(Listener::Lmtp, true), &mail(fields), &Evidence::default())
            .channel
    };
    assert!(matches!(channel(&[("Received", "us"), (AR, pass), ("Received", "them")]), Channel::Domain(_)));
    assert!(matches!(channel(&[("Received", "us"), ("Received", "them"), (AR, pass)]), Channel::Nothing(_)));
}

#[test]
fn own_checks_prove_a_domain_unless_dmarc_failed() {
    let domain = |text| Domain::parse(text).expect("domain");
    let policy = TrustPolicy { own_check: Some(OwnCheck::default()), ..TrustPolicy::default() };
    let found = Evidence { dkim_pass: vec![domain("evil.no"), domain("uni.no")], ..Evidence::default() };
    let check = |evidence: &Evidence| {
        judge(&policy, &Directory::default(), &envelope(Listener::Smtp, false), &mail(&[]), evidence).channel
    };
    assert_eq!(check(&found), Channel::Domain(domain("uni.no")));
    assert_eq!(
        check(&Evidence { spf_pass: Some(domain("uni.no")), ..Evidence::default() }),
        Channel::Domain(domain("uni.no"))
    );
    let dmarc = |pass| Evidence { dmarc_pass: Some(pass), ..Evidence::default() };
    assert_eq!(check(&dmarc(true)), Channel::Domain(domain("uni.no")));
    assert!(matches!(check(&Evidence { dkim_pass: found.dkim_pass.clone(), ..dmarc(false) }), Channel::Nothing(_)));
    assert!(matches!(check(&Evidence::default()), Channel::Nothing(_)));
}
