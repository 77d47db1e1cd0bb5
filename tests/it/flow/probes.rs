//! A mail by which an operator tries whether forged results of authentication are believed.

use std::time::Duration;

use henvend::envelope::Listener;
use henvend::ports::{ProbeMail, ProbeState, Reception, RecipientVerdict};

use super::{house, house_that_checks, mail};
use crate::kit::house::{House, address};

const RECEIVED: &str = "Received: from outside by mx.uni.example; Wed, 18 Nov 2026 12:00:00 +0100\n";
const BELIEVED: ProbeState = ProbeState::Arrived { believed: true, came_along: true };
const CAME_ALONG: ProbeState = ProbeState::Arrived { believed: false, came_along: true };
const REMOVED: ProbeState = ProbeState::Arrived { believed: false, came_along: false };

/// The probe, as the mail server in front hands it over: what becomes of it.
async fn through(house: &House, probe: &ProbeMail, server: impl Fn(&str) -> String) -> ProbeState {
    let to = probe.to.to_string();
    assert_eq!(house.intake.recipient(&probe.to), RecipientVerdict::Accept);
    assert_eq!(house.deliver("", &[&to], &server(&probe.mail)).await, [], "on no case");
    house.intake.probed(probe.number)
}

/// Nothing of it is kept, and nothing is sent.
async fn leaves_no_trace(house: &House) {
    assert!(house.send().await.is_empty());
    assert_eq!(house.world.store.case(henvend::id::CaseId::new(1)).await, Ok(None));
}

fn without_results(mail: &str) -> String {
    mail.split_once("From: ").map(|(_, rest)| format!("{RECEIVED}From: {rest}")).unwrap()
}

#[tokio::test]
async fn what_the_mail_server_does_with_the_lie_is_seen() {
    let house = house_that_checks().await;
    // It writes nothing of its own above what comes in: the lie stands where the truth would.
    let probe = house.intake.probe().unwrap();
    assert_eq!(house.intake.probed(probe.number), ProbeState::Awaited);
    assert_eq!(through(&house, &probe, str::to_owned).await, BELIEVED);
    // It writes its Received above, and lets the lie stand.
    let probe = house.intake.probe().unwrap();
    assert_eq!(through(&house, &probe, |mail| format!("{RECEIVED}{mail}")).await, CAME_ALONG);
    // Its own results above that are no lie, whatever they say.
    let probe = house.intake.probe().unwrap();
    let own = "Authentication-Results: mx.uni.example; dkim=none; spf=none; dmarc=none\n";
    assert_eq!(through(&house, &probe, |mail| format!("{own}{}", without_results(mail))).await, REMOVED);
    assert_eq!(house.intake.probed(probe.number + 1), ProbeState::Unknown);
    leaves_no_trace(&house).await;
}

#[tokio::test]
async fn each_configured_name_is_lied_in() {
    let house = house_that_checks().await;
    let probe = house.intake.probe().unwrap();
    assert!(
        probe.mail.starts_with("Authentication-Results: mx.uni.example;\r\n dkim=pass header.d=probe-"),
        "{}",
        probe.mail
    );
    // Where nobody is believed, it is still seen whether the mail comes.
    let house = super::house().await;
    let probe = house.intake.probe().unwrap();
    assert!(probe.mail.starts_with("Authentication-Results: henvend.example;"), "{}", probe.mail);
    assert_eq!(through(&house, &probe, str::to_owned).await, CAME_ALONG);
}

#[tokio::test]
async fn an_address_counts_once_for_minutes_and_for_nobody_else() {
    let house = house().await;
    let probe = house.intake.probe().unwrap();
    let other = probe.to.to_string().replacen("probe+", "probe+a", 1);
    let accepts = |to: &str| house.intake.recipient(&address(to)) == RecipientVerdict::Accept;
    assert!(accepts(&probe.to.to_string()) && !accepts(&other) && !accepts("probe@svar.example"));
    through(&house, &probe, str::to_owned).await;
    assert!(!accepts(&probe.to.to_string()), "it was used");
    let expired = house.intake.probe().unwrap();
    house.clock.pass(Duration::from_secs(601));
    assert!(!accepts(&expired.to.to_string()));
    assert_eq!(house.intake.probed(expired.number), ProbeState::Awaited);
    // Another house, or this one after a restart, has asked for none of them.
    let again = super::house().await;
    let fresh = house.intake.probe().unwrap();
    assert_eq!(again.intake.recipient(&fresh.to), RecipientVerdict::Unknown);
    leaves_no_trace(&house).await;
}

#[tokio::test]
async fn a_mail_that_is_more_than_a_probe_is_kept_like_any_other() {
    let house = house().await;
    let probe = house.intake.probe().unwrap();
    let to = probe.to.to_string();
    let both = mail("1", "kunde@post.example", "Hei", "", "Til begge.");
    let became = house.deliver("kunde@post.example", &["orakel@uni.example", &to], &both).await;
    assert_eq!(became[0], ("new", 1));
    assert_eq!(became.len(), 2, "both recipients are on a case");
    assert_eq!(house.intake.probed(probe.number), ProbeState::Awaited);
    // Two of them at once, past RCPT: one is the probe, the other is kept.
    through(&house, &probe, str::to_owned).await;
    assert_eq!(house.deliver("", &[&to], &probe.mail).await[0].0, "quarantined");
}

#[tokio::test]
async fn only_the_last_few_are_remembered() {
    let house = house().await;
    let first = house.intake.probe().unwrap();
    let last = (0..16).map(|_| house.intake.probe().unwrap()).last().unwrap();
    assert_eq!(house.intake.probed(first.number), ProbeState::Unknown);
    assert_eq!(house.intake.recipient(&first.to), RecipientVerdict::Unknown);
    assert_eq!(house.intake.probed(last.number), ProbeState::Awaited);
    let unread = house.receive_by(Listener::Smtp, "", &[&last.to.to_string()], "").await.unwrap();
    assert_eq!(unread.outcomes, [], "an empty mail is one that came");
    assert_eq!(house.intake.probed(last.number), REMOVED);
}
