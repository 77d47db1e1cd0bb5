//! `doctor`: is a running site well, and does its mail server remove what others write in its name?

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tokio::time::{sleep, timeout};

use super::Exit;
use super::args::Doctor;
use super::check::load;
use super::client::{Client, Content};
use super::show::{Form, Paint, safe};
use crate::config::place::Place;
use crate::http::types::doctor::{Diagnosis, Finding, ProbeAsked, ProbeOutcome, Verdict};
use wire::Wire;

mod wire;

/// How often the daemon is asked for the probe.
const ASK_PAUSE: Duration = Duration::from_millis(500);
/// Longest wait for a whole conversation with a mail server.
const TALK_MAX: Duration = Duration::from_secs(60);

/// Exit code 65 when something does not work.
pub(super) async fn run(client: &Client, config: &Path, asked: Doctor, form: Form) -> Result<Exit> {
    let mut diagnosis: Diagnosis = client.get("/v1/doctor").await?;
    diagnosis.findings.push(way_in(client, config).await?);
    if let Some(via) = &asked.via {
        diagnosis.findings.push(forged(client, via, Duration::from_secs(asked.wait)).await?);
    }
    form.print(&diagnosis, render)?;
    let fails = diagnosis.findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    Ok(if fails { Exit::Data } else { Exit::Done })
}

fn found(check: &str, verdict: Verdict, says: String, advice: &str) -> Finding {
    Finding { check: check.to_owned(), verdict, says, advice: advice.to_owned() }
}

/// Does the listener to which the mail server hands mail take it for an address that nobody but us can make?
async fn way_in(client: &Client, config: &Path) -> Result<Finding> {
    let listen = load(config).map(|config| config.listen);
    let place = listen.ok().and_then(|listen| {
        let smtp = listen.smtp.map(|place| (place, "EHLO"));
        listen.lmtp.map(|place| (place, "LHLO")).or(smtp)
    });
    let Some((place, hello)) = place else {
        let says = "no LMTP or SMTP listener is named in the configuration that can be read here".to_owned();
        return Ok(found("way in", Verdict::Warn, says, "run this where the daemon runs, with its --config"));
    };
    let probe: ProbeAsked = client.post("/v1/doctor/probe", Content::none()).await?;
    let tried = timeout(TALK_MAX, ask(&place, hello, &probe.to)).await.unwrap_or_else(|_| Err(slow()));
    Ok(match tried {
        Ok(()) => found("way in", Verdict::Ok, format!("{place} takes mail for us, and for nobody else"), ""),
        Err(why) => found(
            "way in",
            Verdict::Fail,
            format!("{place}: {why}"),
            "the mail server in front cannot hand over mail: see `listen` in the configuration, and who may open it",
        ),
    })
}

async fn ask(place: &Place, hello: &str, to: &str) -> Result<(), String> {
    let mut wire = Wire::to(place).await?;
    wire.greeted(hello).await?;
    wire.say("MAIL FROM:<>", 250).await?;
    wire.say(&format!("RCPT TO:<{to}>"), 250).await?;
    let nobody = to.replacen("probe+", "probe+a", 1);
    wire.say(&format!("RCPT TO:<{nobody}>"), 550).await?;
    wire.leave().await;
    Ok(())
}

fn slow() -> String {
    "it took too long".to_owned()
}

/// A mail that lies in the mail server's name, sent as anybody outside would send it.
async fn forged(client: &Client, via: &str, wait: Duration) -> Result<Finding> {
    let probe: ProbeAsked = client.post("/v1/doctor/probe", Content::none()).await?;
    let sent = timeout(TALK_MAX, send(via, &probe)).await.unwrap_or_else(|_| Err(slow()));
    let outcome = match sent {
        Ok(()) => arrival(client, probe.number, wait).await?,
        Err(why) => return Ok(lost(format!("{via} did not take it: {why}"))),
    };
    Ok(judged(via, outcome, wait))
}

async fn send(via: &str, probe: &ProbeAsked) -> Result<(), String> {
    let mut wire = Wire::to_host(via).await?;
    wire.greeted("EHLO").await?;
    wire.say("MAIL FROM:<>", 250).await?;
    wire.say(&format!("RCPT TO:<{}>", probe.to), 250).await?;
    wire.say("DATA", 354).await?;
    // No line of it begins with a dot: it is ours.
    wire.say(&format!("{}.", probe.mail), 250).await?;
    wire.leave().await;
    Ok(())
}

/// `None`: it has not come in time.
async fn arrival(client: &Client, number: u32, wait: Duration) -> Result<Option<ProbeOutcome>> {
    for _ in 0..wait.as_millis().div_ceil(ASK_PAUSE.as_millis()) {
        let outcome: ProbeOutcome = client.get(&format!("/v1/doctor/probe/{number}")).await?;
        if outcome.arrived {
            return Ok(Some(outcome));
        }
        sleep(ASK_PAUSE).await;
    }
    Ok(None)
}

fn lost(says: String) -> Finding {
    let advice =
        "mail for the reply domain must come from that server to us: see its log, and `henvend check --print postfix`";
    found("forged results", Verdict::Fail, says, advice)
}

fn judged(via: &str, outcome: Option<ProbeOutcome>, wait: Duration) -> Finding {
    match outcome {
        None => lost(format!("{via} took the mail, and it did not arrive within {} s", wait.as_secs())),
        Some(ProbeOutcome { believed: true, .. }) => found(
            "forged results",
            Verdict::Fail,
            "a stranger's Authentication-Results in your mail server's name were believed: anybody can write as anybody".to_owned(),
            "let the mail server remove such fields from what comes in; does `trust.received_above` fit it?",
        ),
        Some(ProbeOutcome { came_along: true, .. }) => found(
            "forged results",
            Verdict::Warn,
            "a stranger's Authentication-Results in your mail server's name came along, and were not believed".to_owned(),
            "the mail server should remove fields that come in with its own name (RFC 8601 §5)",
        ),
        Some(_) => found("forged results", Verdict::Ok, format!("{via} removes what others write in its name"), ""),
    }
}

fn render(diagnosis: &Diagnosis, paint: Paint) -> String {
    let mut text = String::new();
    for Finding { check, verdict, says, advice } in &diagnosis.findings {
        let word = match verdict {
            Verdict::Ok => "OK  ".to_owned(),
            Verdict::Warn => paint.bold("WARN"),
            Verdict::Fail => paint.bold("FAIL"),
        };
        let _ = writeln!(text, "{word}  {check:15}{}", safe(says));
        if !advice.is_empty() {
            let _ = writeln!(text, "{:21}{advice}", "");
        }
    }
    text
}

/// A host and a port.
pub(super) fn via(text: &str) -> Result<String, String> {
    let (host, port) = text.rsplit_once(':').ok_or("wanted HOST:PORT")?;
    let good = !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
    if good { Ok(text.to_owned()) } else { Err("wanted HOST:PORT".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_the_lie_is_told() {
        let outcome = |believed, came_along| Some(ProbeOutcome { arrived: true, believed, came_along });
        let table = [
            (None, Verdict::Fail, "did not arrive within 7 s"),
            (outcome(true, true), Verdict::Fail, "believed: anybody"),
            (outcome(true, false), Verdict::Fail, "believed: anybody"),
            (outcome(false, true), Verdict::Warn, "not believed"),
            (outcome(false, false), Verdict::Ok, "removes"),
        ];
        for (outcome, want, says) in table {
            let found = judged("mx:25", outcome.clone(), Duration::from_secs(7));
            assert!(found.verdict == want && found.says.contains(says), "{outcome:?}: {found:?}");
        }
        for (text, good) in
            [("mx.uni.no:25", true), ("[::1]:25", true), ("mx.uni.no", false), (":25", false), ("x:0", false)]
        {
            assert_eq!(via(text).is_ok(), good, "{text}");
        }
    }
}
