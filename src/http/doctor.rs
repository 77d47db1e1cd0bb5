//! The daemon looks at itself; and a mail by which the way in is tried.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};

use super::api::ApiState;
use super::probes::checks;
use super::problem::Failed;
use super::queue::{LETTERS_MAX, letters};
use super::types::Check;
use super::types::doctor::{Diagnosis, Finding, ProbeAsked, ProbeOutcome, Verdict};
use crate::address::Address;
use crate::case::change::{Letter, LetterState};
use crate::directory::model::Directory;
use crate::ports::{CaseQuery, Greeted, Page, ProbeState, Query, RecipientVerdict};
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token::probe::{self, Probe};

/// A letter that waits for so long is late; for so long, it is in trouble.
const LATE: Duration = Duration::from_secs(3600);
const TOO_LATE: Duration = Duration::from_secs(24 * 3600);
/// With room for fewer mails of the largest sort the disk is about to be full.
const ROOM_MAILS: u64 = 20;
/// So far may the newest case lie in the future.
const SKEW_MAX: Duration = Duration::from_secs(60);

pub(super) async fn look(State(state): State<ApiState>) -> Result<Json<Diagnosis>, Failed> {
    let (world, now) = (&state.world, state.world.clock.now());
    let (policy, directory) = (world.policy(), world.store.directory());
    let checks = checks(world, &state.life);
    let control = policy.ours.control_address();
    let accepts = control.as_ref().map(|address| state.reception.recipient(address));
    let greeted = world.transport.greet().await;
    let letters = letters(&state, None, LETTERS_MAX).await.ok();
    let query = CaseQuery { max: 1, ..CaseQuery::default() };
    let newest = match world.store.page(Query::Cases(query)).await {
        Ok(Page::Cases { cases, .. }) => cases.first().map(|case| case.opened),
        _ => None,
    };
    let room = |mails: u64| state.reception.has_room(mails * state.mail_bytes_max as u64);
    let mut findings = vec![ready(&checks), operators(&directory), users(&directory), reply_domain(control, accepts)];
    findings.extend(smarthosts(&greeted));
    findings.extend([queue(letters.as_deref(), now), disk(room(1), room(ROOM_MAILS)), keys(&policy.ours, now)]);
    findings.push(clock(newest, now));
    Ok(Json(Diagnosis { findings }))
}

pub(super) async fn probe(State(state): State<ApiState>) -> Result<Json<ProbeAsked>, Failed> {
    let probe = state.reception.probe().ok_or_else(|| Failed::unavailable("the way in cannot be tried here"))?;
    Ok(Json(ProbeAsked { number: probe.number, to: probe.to.to_string(), mail: probe.mail }))
}

pub(super) async fn probed(
    State(state): State<ApiState>,
    Path(number): Path<u32>,
) -> Result<Json<ProbeOutcome>, Failed> {
    let outcome = |arrived, believed, came_along| Ok(Json(ProbeOutcome { arrived, believed, came_along }));
    match state.reception.probed(number) {
        ProbeState::Unknown => Err(Failed::not_found("there is no such probe, or it was long ago")),
        ProbeState::Awaited => outcome(false, false, false),
        ProbeState::Arrived { believed, came_along } => outcome(true, believed, came_along),
    }
}

fn finding(check: &str, verdict: Verdict, says: impl Into<String>, advice: &str) -> Finding {
    let advice = if verdict == Verdict::Ok { String::new() } else { advice.to_owned() };
    Finding { check: check.to_owned(), verdict, says: says.into(), advice }
}

fn ready(checks: &[Check]) -> Finding {
    let bad: Vec<&str> = checks.iter().filter(|check| !check.ok).map(|check| check.detail.as_str()).collect();
    match bad.is_empty() {
        true => finding("ready", Verdict::Ok, "the daemon takes mail", ""),
        false => finding(
            "ready",
            Verdict::Fail,
            bad.join("; "),
            "mail is put off (451) until that is mended: see `henvend status`",
        ),
    }
}

fn operators(directory: &Directory) -> Finding {
    match (directory.has_operator(), directory.reached_operators().count()) {
        (false, _) => finding(
            "operators",
            Verdict::Fail,
            "nobody is an operator",
            "name one in the directory file: `henvend directory apply`",
        ),
        (true, 0) => finding(
            "operators",
            Verdict::Fail,
            "mail to every operator came back and is paused: nobody sees what lands in quarantine",
            "mend a mailbox, then `henvend user resume ADDR`",
        ),
        (true, count) => finding("operators", Verdict::Ok, format!("{count} reached by mail"), ""),
    }
}

fn users(directory: &Directory) -> Finding {
    match directory.paused_users().count() {
        0 => finding("users", Verdict::Ok, "mail is paused to nobody", ""),
        count => finding(
            "users",
            Verdict::Warn,
            format!("mail to {count} came back and is paused"),
            "`henvend status` names them; it ends when they write, or by `henvend user resume ADDR`",
        ),
    }
}

fn reply_domain(control: Option<Address>, accepts: Option<RecipientVerdict>) -> Finding {
    let name = control.map_or_else(String::new, |address| address.domain().to_string());
    match accepts {
        Some(RecipientVerdict::Accept) => finding("reply domain", Verdict::Ok, format!("{name} is ours"), ""),
        _ => finding(
            "reply domain",
            Verdict::Fail,
            format!("mail for {name} is not taken now"),
            "answers of agents cannot come in: see what else fails here, and `reply_domain` in the configuration",
        ),
    }
}

fn smarthosts(greeted: &[Greeted]) -> Vec<Finding> {
    let advice = "letters wait in the queue: see `outbound.smarthost` in the configuration, and that server's log";
    let one = |greeted: &Greeted| match &greeted.trouble {
        None => finding("smarthost", Verdict::Ok, format!("{} greets us as it is to", greeted.host), ""),
        Some(why) => finding("smarthost", Verdict::Fail, format!("{}: {why}", greeted.host), advice),
    };
    if greeted.is_empty() {
        return vec![finding(
            "smarthost",
            Verdict::Fail,
            "there is none",
            "nothing leaves: configure `outbound.smarthost`",
        )];
    }
    greeted.iter().map(one).collect()
}

fn queue(letters: Option<&[Letter]>, now: Timestamp) -> Finding {
    let advice = "`henvend queue list` shows the smarthost's words";
    let Some(letters) = letters else {
        return finding("queue", Verdict::Fail, "it cannot be read", "see the daemon's log");
    };
    let queued = letters.iter().filter(|letter| letter.state == LetterState::Queued);
    // What is kept until morning does not wait for the smarthost yet.
    let since = queued.map(|letter| if letter.attempts == 0 { letter.next_try } else { letter.created }).min();
    let age = since.filter(|since| *since < now).map_or(Duration::ZERO, |since| now.since(since));
    let stopped = letters.iter().filter(|letter| letter.state == LetterState::Stopped).count();
    let says =
        format!("{} letters, the oldest waits for {} minutes, {stopped} stopped", letters.len(), age.as_secs() / 60);
    let verdict = match () {
        () if age >= TOO_LATE => Verdict::Fail,
        () if age >= LATE || stopped > 0 => Verdict::Warn,
        () => Verdict::Ok,
    };
    finding("queue", verdict, says, advice)
}

fn disk(one: bool, many: bool) -> Finding {
    let advice = "make room where `data_directory` is";
    match (one, many) {
        (false, _) => finding("disk", Verdict::Fail, "too little is free: mail is put off (452)", advice),
        (true, false) => finding("disk", Verdict::Warn, "it is nearly full", advice),
        (true, true) => finding("disk", Verdict::Ok, "there is room", ""),
    }
}

fn keys(ours: &Ours, now: Timestamp) -> Finding {
    let made = Probe { number: 1, until: Timestamp::from_secs(now.millis() / 1000) };
    let address = probe::issue(&ours.keys, made, &ours.reply_domain);
    let known = address.and_then(|address| probe::check(&ours.keys, &address, &ours.reply_domain, made.until));
    match known == Some(made) {
        true => finding("keys", Verdict::Ok, "what is signed is known again", ""),
        false => {
            finding("keys", Verdict::Fail, "what is signed is not known again", "see `keys.toml` in the data directory")
        }
    }
}

fn clock(newest: Option<Timestamp>, now: Timestamp) -> Finding {
    let ahead = newest.filter(|newest| *newest > now).map_or(Duration::ZERO, |newest| newest.since(now));
    match ahead > SKEW_MAX {
        false => finding("clock", Verdict::Ok, format!("it is {now}"), ""),
        true => finding(
            "clock",
            Verdict::Fail,
            format!("it is {now}, and the newest case was opened {} s later", ahead.as_secs()),
            "deadlines, tokens and certificates depend on the clock: is time synchronisation on?",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::change::LetterKind;
    use crate::directory::model::OPERATORS;
    use crate::id::{CaseId, EntryNo, LetterId};

    #[test]
    fn a_letter_is_late_when_the_smarthost_has_had_it_for_long() {
        let now = Timestamp::from_secs(1_000_000);
        let letter = |created: i64, next_try: i64, attempts| Letter {
            id: LetterId { case: CaseId::new(1), entry: EntryNo::new(1), copy: 1 },
            kind: LetterKind::Notification,
            category: OPERATORS,
            to: Vec::new(),
            created: Timestamp::from_secs(created),
            state: LetterState::Queued,
            next_try: Timestamp::from_secs(next_try),
            attempts,
            last_error: None,
            lease: None,
        };
        let stopped = Letter { state: LetterState::Stopped, ..letter(0, 0, 1) };
        let table = [
            (vec![], Verdict::Ok),
            (vec![letter(0, 2_000_000, 0)], Verdict::Ok),
            (vec![letter(999_000, 1_000_100, 2)], Verdict::Ok),
            (vec![letter(996_000, 1_000_100, 2)], Verdict::Warn),
            (vec![stopped], Verdict::Warn),
            (vec![letter(0, 1_000_100, 9)], Verdict::Fail),
        ];
        for (letters, want) in table {
            assert_eq!(queue(Some(&letters), now).verdict, want, "{letters:?}");
        }
        assert_eq!(queue(None, now).verdict, Verdict::Fail);
    }

    #[test]
    fn each_check_says_what_to_do_when_it_does_not_pass() {
        let now = Timestamp::from_secs(1_000_000);
        let later = |seconds| Some(now.plus(Duration::from_secs(seconds)));
        let dead = Greeted { host: "mx:25".to_owned(), trouble: Some("connect: refused".to_owned()) };
        let well = Greeted { host: "mx:25".to_owned(), trouble: None };
        let table = [
            (operators(&Directory::default()), Verdict::Fail),
            (users(&Directory::default()), Verdict::Ok),
            (reply_domain(None, None), Verdict::Fail),
            (smarthosts(&[]).remove(0), Verdict::Fail),
            (smarthosts(&[well.clone(), dead]).remove(1), Verdict::Fail),
            (smarthosts(&[well]).remove(0), Verdict::Ok),
            (disk(false, false), Verdict::Fail),
            (disk(true, false), Verdict::Warn),
            (disk(true, true), Verdict::Ok),
            (keys(&Ours::for_tests(), now), Verdict::Ok),
            (clock(None, now), Verdict::Ok),
            (clock(later(60), now), Verdict::Ok),
            (clock(later(61), now), Verdict::Fail),
        ];
        for (found, want) in table {
            assert_eq!(found.verdict, want, "{found:?}");
            assert_eq!(found.advice.is_empty(), want == Verdict::Ok, "{found:?}");
        }
    }
}
