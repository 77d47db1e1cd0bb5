//! Cases and mails that belong elsewhere.

use std::sync::Arc;

use henvend::case::model::Status;
use henvend::id::CaseId;
use henvend::store::redb::{OpenConfig, RedbStore};

use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{House, Sent, to};

/// Two cases of two contacts; gives Ola's tokens for both.
async fn two_cases(house: &House) -> (String, String) {
    let one = to(&opened(house).await, "ola@uni.example").reply_to();
    let second = mail("b1", "Bente <bente@post.example>", "Skriveren i tredje", "", "Hei, skriveren er gåen.");
    assert_eq!(house.deliver("bente@post.example", &["orakel@uni.example"], &second).await, [("new", 2)]);
    (one, to(&house.send().await, "ola@uni.example").reply_to())
}

#[tokio::test]
async fn a_merged_case_leads_to_its_target_and_both_contacts_get_the_answer() {
    let house = house().await;
    let (_, second) = two_cases(&house).await;
    let merge = mail("m", "ola@uni.example", "Re: x", "", "/slå-sammen HV-1");
    assert_eq!(house.deliver("ola@uni.example", &[&second], &merge).await, [("added", 2)]);
    let sent = house.send().await;
    assert!(to(&sent, "ola@uni.example").mail.text.contains("HV-2 er slått sammen med denne saken"));
    assert_eq!(house.case(2).await.status, Status::Merged(CaseId::new(1)));
    assert_eq!(house.case(1).await.participants.len(), 2);

    let more = mail("b2", "bente@post.example", "Re: [HV-2] Skriveren i tredje", "", "Noe nytt?");
    assert_eq!(house.deliver("bente@post.example", &["orakel@uni.example"], &more).await, [("added", 1)]);
    let sent = house.send().await;
    let answer = mail("a", "ola@uni.example", "Re: x", "", "Nå virker den.");
    let token = to(&sent, "ola@uni.example").reply_to();
    assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("added", 1)]);
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).to, [CUSTOMER, "bente@post.example"]);
}

#[tokio::test]
async fn a_merge_is_undone_by_splitting_it_off_again() {
    let house = house().await;
    let (_, second) = two_cases(&house).await;
    let merge = mail("m", "ola@uni.example", "Re: x", "", "/merge 1");
    house.deliver("ola@uni.example", &[&second], &merge).await;
    let told = house.send().await;
    let kari = all_to(&told, "kari@uni.example");
    let absorbed = kari.iter().find(|mail| mail.mail.field("X-Henvend-Case") == Some("HV-1")).unwrap();
    let undo = mail("u", "kari@uni.example", "Re: x", "", "/del");
    assert_eq!(house.deliver("kari@uni.example", &[&absorbed.reply_to()], &undo).await, [("added", 1)]);
    assert_eq!(house.case(2).await.status, Status::Open);
    assert_eq!(house.case(1).await.participants.len(), 1, "the other's people go with it");
}

#[tokio::test]
async fn a_mail_that_is_about_something_else_becomes_a_case_of_its_own() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let other = mail("2", CUSTOMER, "Re: Ny stol", &format!("In-Reply-To: {ack}\n"), "Og så trenger jeg en ny stol.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &other).await, [("added", 1)]);
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    let split = mail("3", "ola@uni.example", "Re: x", "", "/del");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &split).await, [("added", 1)]);
    let case = house.case(2).await;
    assert_eq!((case.title.as_str(), case.status), ("Ny stol", Status::New));
    assert_eq!(case.contact.as_ref().unwrap().address.to_string(), CUSTOMER);
    let sent = house.send().await;
    let told = all_to(&sent, "kari@uni.example");
    let fresh = told.iter().find(|mail| mail.mail.field("X-Henvend-Case") == Some("HV-2")).unwrap();
    assert!(fresh.mail.text.contains("jeg en ny stol"), "{}", fresh.mail.text);
    // What answers the mail follows it.
    let more = mail("4", CUSTOMER, "Re: Ny stol", "In-Reply-To: <2@post.example>\n", "Helst en blå.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("added", 2)]);
    let answer = mail("5", "ola@uni.example", "Re: x", "", "Den kommer i morgen.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("added", 2)], "it is elsewhere already");
    assert!(to(&house.send().await, CUSTOMER).mail.subject.contains("[HV-2]"));
}

#[tokio::test]
async fn a_mail_is_moved_to_the_case_that_it_belongs_to() {
    let house = house().await;
    two_cases(&house).await;
    let more = mail("b2", "bente@post.example", "Re: [HV-2] Skriveren", "", "Dette gjelder Kåres sak.");
    house.deliver("bente@post.example", &["orakel@uni.example"], &more).await;
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    let away = mail("3", "ola@uni.example", "Re: x", "", "/flytt HV-1");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &away).await, [("added", 2)]);
    assert!(house.case(1).await.participants.iter().any(|party| party.address.to_string() == "bente@post.example"));
    assert!(house.events(1).await[1].starts_with("MailTaken ParticipantAdded"));
    let reply = mail("b3", "bente@post.example", "Re: x", "In-Reply-To: <b2@post.example>\n", "Hallo?");
    assert_eq!(house.deliver("bente@post.example", &["orakel@uni.example"], &reply).await, [("added", 1)]);
}

#[tokio::test]
async fn what_cannot_be_moved_stays_and_is_told() {
    let house = house().await;
    let (first, _) = two_cases(&house).await;
    let foreign = mail("å1", "olga@post.example", "Hei", "", "Blåbær");
    assert_eq!(house.deliver("olga@post.example", &["kundar@bla.example"], &foreign).await, [("new", 3)]);
    house.send().await;
    let tries = [
        ("/slå-sammen HV-1", "det er saken du skriver i"),
        ("/slå-sammen HV-99", "ingen slik sak"),
        ("/slå-sammen HV-3", "ingen slik sak"),
        ("/lenke HV-3", "ingen slik sak"),
        ("/flytt HV-2", "kan flyttes"),
        ("/del", "kan flyttes"),
        ("/slå-sammen HV-2\nHei!", "uklart hvem"),
        ("/slå-sammen tulleball", "kan ikke leses"),
    ];
    for (number, (body, verdict)) in tries.iter().enumerate() {
        let text = mail(&format!("t{number}"), "ola@uni.example", "Re: x", "", body);
        assert_eq!(house.deliver("ola@uni.example", &[&first], &text).await, [("held", 1)], "{body}");
        let sent = house.send().await;
        let told = &to(&sent, "ola@uni.example").mail.text;
        assert!(told.contains(verdict), "{verdict} in {told}");
    }
    let link = mail("l", "ola@uni.example", "Re: x", "", "/lenke HV-2");
    assert_eq!(house.deliver("ola@uni.example", &[&first], &link).await, [("added", 1)]);
    assert_eq!(house.case(1).await.links, [CaseId::new(2)]);
}

#[tokio::test]
async fn an_answer_to_what_is_part_of_another_case_waits_as_its_writer_may_not_know_that_one() {
    let house = house().await;
    let (_, second) = two_cases(&house).await;
    let merge = mail("m", "ola@uni.example", "Re: x", "", "/slå-sammen HV-1");
    house.deliver("ola@uni.example", &[&second], &merge).await;
    house.send().await;
    let answer = mail("a", "ola@uni.example", "Re: x", "", "Nå virker den.");
    assert_eq!(house.deliver("ola@uni.example", &[&second], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    let told = to(&sent, "ola@uni.example");
    assert!(told.mail.text.contains("Skriveren") && told.mail.text.contains("/send"), "{}", told.mail.text);
    let send = mail("s", "ola@uni.example", "Re: x", "", "/send");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &send).await, [("added", 1)]);
    assert_eq!(all_to(&house.send().await, CUSTOMER).len(), 1);
}

#[tokio::test]
async fn a_mail_to_two_cases_that_merges_them_does_it_once() {
    let house = house().await;
    let (first, second) = two_cases(&house).await;
    let merge = mail("m", "ola@uni.example", "Re: x", "", "/slå-sammen HV-1");
    let became = house.deliver("ola@uni.example", &[&first, &second], &merge).await;
    assert!(became.iter().all(|(became, _)| *became == "held"), "{became:?}");
    assert_eq!(house.case(2).await.status, Status::New);
    let sent = house.send().await;
    assert!(all_to(&sent, "ola@uni.example").len() == 2, "each says why");
}

#[tokio::test]
async fn who_gives_a_case_away_is_told_that_replies_are_over() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let moved = mail("m", "ola@uni.example", "Re: x", "", "/kategori resepsjon");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &moved).await, [("added", 1)]);
    let sent = house.send().await;
    let told = &to(&sent, "ola@uni.example").mail.text;
    assert!(told.contains("ikke lenger med denne saken") && !told.contains("sendes svaret til"), "{told}");
}

/// What Kari has been told of this case, the latest.
fn karis(sent: &[Sent], case: &str) -> String {
    let theirs = all_to(sent, "kari@uni.example");
    let about = theirs.iter().rev().find(|mail| mail.mail.field("X-Henvend-Case") == Some(case));
    about.unwrap_or_else(|| panic!("nothing about {case}")).reply_to()
}

/// A mail of Bente's on HV-2 is moved to HV-1, on to HV-3, and back; what answers it follows it each time.
async fn moved_about(house: &House) {
    two_cases(house).await;
    let third = mail("c1", "Cato <cato@post.example>", "Toner", "", "Den er tom.");
    assert_eq!(house.deliver("cato@post.example", &["orakel@uni.example"], &third).await, [("new", 3)]);
    let more = mail("b2", "bente@post.example", "Re: [HV-2] Skriveren", "", "Dette gjelder en annen sak.");
    house.deliver("bente@post.example", &["orakel@uni.example"], &more).await;
    let sent = house.send().await;
    let first = all_to(&sent, "ola@uni.example").into_iter().find(|mail| mail.mail.text.contains("annen sak")).unwrap();
    let mut token = first.reply_to();
    for (number, (from, to)) in [(2, 1), (1, 3), (3, 2), (2, 1)].into_iter().enumerate() {
        // Who moves a mail hears of it by the transcript; the other one can move it on.
        let (mover, other) = if number % 2 == 0 { ("ola", "kari") } else { ("kari", "ola") };
        let (mover, other) = (format!("{mover}@uni.example"), format!("{other}@uni.example"));
        let away = mail(&format!("m{number}"), &mover, "Re: x", "", &format!("/flytt HV-{to}"));
        assert_eq!(house.deliver(&mover, &[&token], &away).await, [("added", from)], "{from} to {to}");
        let sent = house.send().await;
        let taken = format!("HV-{to}");
        let told = all_to(&sent, &other).into_iter().find(|mail| mail.mail.field("X-Henvend-Case") == Some(&taken));
        token = told.unwrap_or_else(|| panic!("{other} hears of {from} to {to}")).reply_to();
        let fields = "In-Reply-To: <b2@post.example>\n";
        let reply = mail(&format!("r{number}"), "bente@post.example", "Re: x", fields, &format!("Hallo {number}?"));
        assert_eq!(house.deliver("bente@post.example", &["orakel@uni.example"], &reply).await, [("added", to)]);
        let note = mail(&format!("n{number}"), "ola@uni.example", "Re: x", "", "/notat\nJeg ser på det.");
        assert_eq!(house.deliver("ola@uni.example", &[&first.reply_to()], &note).await, [("added", to)]);
        house.send().await;
    }
    let people = async |case: u64| house.case(case).await.participants.len();
    assert_eq!((people(1).await, people(2).await, people(3).await), (2, 1, 1), "nobody stays where a mail only passed");
}

#[tokio::test]
async fn a_mail_that_is_moved_about_is_followed_to_where_it_is() {
    moved_about(&house().await).await;
    let directory = tempfile::tempdir().unwrap();
    let store = RedbStore::open(OpenConfig::new(directory.path())).unwrap();
    moved_about(&House::open(Arc::new(store)).await.unwrap()).await;
}

#[tokio::test]
async fn a_mail_that_was_moved_becomes_a_case_of_its_own_that_is_merged() {
    let house = house().await;
    two_cases(&house).await;
    let more = mail("b2", "bente@post.example", "Re: [HV-2] Skriveren", "", "Dette gjelder Kåres sak.");
    house.deliver("bente@post.example", &["orakel@uni.example"], &more).await;
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    let away = mail("m1", "ola@uni.example", "Re: x", "", "/flytt HV-1");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &away).await, [("added", 2)]);
    let token = karis(&house.send().await, "HV-1");
    let split = mail("m2", "kari@uni.example", "Re: x", "", "/del");
    assert_eq!(house.deliver("kari@uni.example", &[&token], &split).await, [("added", 1)]);
    let own = all_to(&house.send().await, "ola@uni.example").iter().map(|mail| mail.reply_to()).next_back().unwrap();
    let follow = |id: &str| mail(id, "bente@post.example", "Re: x", "In-Reply-To: <b2@post.example>\n", id);
    let shared = ["orakel@uni.example"];
    assert_eq!(house.deliver("bente@post.example", &shared, &follow("r1")).await, [("added", 3)]);
    let merge = mail("m3", "ola@uni.example", "Re: x", "", "/slå-sammen HV-2");
    assert_eq!(house.deliver("ola@uni.example", &[&own], &merge).await, [("added", 3)]);
    assert_eq!(house.deliver("bente@post.example", &shared, &follow("r2")).await, [("added", 2)]);
}
