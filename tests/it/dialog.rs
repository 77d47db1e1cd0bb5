//! Dialogs: `C:`/`S:` scripts on the bare session and on a live socket; the same files.

pub mod bare;
pub mod daemon;
pub mod house;
pub mod live;

pub mod script;

use std::sync::Arc;
use std::time::Duration;

use house::House;
use proptest::prelude::*;
use script::{Script, Settings, Step};

/// What a script is played on.
pub trait Wire {
    /// The client says this, in one segment.
    async fn say(&mut self, bytes: &[u8]);
    /// The next line that the server says; `None` when it is silent or has hung up.
    async fn hear(&mut self) -> Option<String>;
    /// Nothing waits to be heard. A live socket can't know, and says yes.
    async fn silent(&mut self) -> bool;
    /// The server has said all and hung up.
    async fn closed(&mut self) -> bool;
    /// The client hangs up and connects anew.
    async fn hangup(&mut self);
    /// Time passes.
    async fn pass(&mut self, time: Duration);
    /// We are asked to go down.
    async fn drain(&mut self);
}

/// Plays a script; says what was not as written. What was taken is looked at where the house is ours.
pub async fn play(script: &Script, wire: &mut impl Wire, house: Option<&Arc<House>>) -> Result<(), String> {
    let mut segment = usize::MAX;
    for (number, step) in script.steps.iter().enumerate() {
        let held = match step {
            Step::Segment(octets) => {
                segment = *octets;
                Ok(())
            }
            Step::Say(bytes) => {
                for part in bytes.chunks(segment) {
                    wire.say(part).await;
                }
                Ok(())
            }
            Step::Hear(want) => wire.hear().await.map_or_else(|| Err("nothing".to_owned()), |line| fits(&line, want)),
            Step::Silent => truth(wire.silent().await, "something was said"),
            Step::Closed => truth(wire.closed().await, "not closed"),
            Step::Hangup => {
                wire.hangup().await;
                Ok(())
            }
            Step::Wait(seconds) => {
                wire.pass(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            Step::Drain => {
                wire.drain().await;
                Ok(())
            }
            look => match house {
                Some(house) => look_at(house, look).await,
                None => Ok(()),
            },
        };
        held.map_err(|got| format!("{} step {}: {step:?}\n   got: {got}", script.name, number + 1))?;
    }
    truth(wire.silent().await, "something was said").map_err(|got| format!("{} at its end: {got}", script.name))
}

fn truth(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn same(got: &str, want: &str) -> Result<(), String> {
    truth(got == want, got)
}

fn fits(line: &str, want: &str) -> Result<(), String> {
    match want.strip_suffix('…') {
        Some(start) => truth(line.starts_with(start), line),
        None => same(line, want),
    }
}

async fn look_at(house: &Arc<House>, look: &Step) -> Result<(), String> {
    match look {
        Step::Taken(count) => {
            let mut told = house.count.subscribe();
            let enough = told.wait_for(|taken| taken >= count);
            let waited = tokio::time::timeout(Duration::from_secs(20), enough).await.is_ok();
            let taken = *house.count.borrow();
            truth(waited && taken == *count, &format!("{taken} taken"))
        }
        Step::Mail(want) => truth(house.mail() == *want, &house.mail().escape_ascii().to_string()),
        Step::Sender(want) => same(&house.sender(), want),
        Step::To(want) => same(&house.to(), want),
        Step::Dsn(want) => same(&house.dsn(), want),
        Step::QueueId(want) => same(&house.queue_id(), want),
        other => Err(format!("{other:?} is nothing to look at")),
    }
}

#[tokio::test]
async fn every_script_holds_on_the_bare_session() {
    let scripts = Script::all();
    assert!(scripts.len() >= 45, "{} scripts", scripts.len());
    let mut broken = Vec::new();
    for script in scripts {
        let house = Arc::new(House::new(&script.settings));
        let mut bare = bare::Bare::new(&script.settings, house.clone());
        broken.extend(play(&script, &mut bare, Some(&house)).await.err());
    }
    assert!(broken.is_empty(), "{} scripts do not hold\n{}", broken.len(), broken.join("\n"));
}

#[tokio::test]
async fn every_script_holds_on_a_live_socket() {
    let scripts: Vec<Script> = Script::all().into_iter().filter(|script| !script.settings.bare_only).collect();
    assert!(scripts.len() >= 45, "{} scripts", scripts.len());
    let mut broken = Vec::new();
    for script in scripts {
        broken.extend(live::serve_and_play(&script).await.err());
    }
    assert!(broken.is_empty(), "{} scripts do not hold\n{}", broken.len(), broken.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_script_holds_on_the_daemon() {
    let scripts: Vec<Script> = Script::all().into_iter().filter(|script| daemon::plays(&script.settings)).collect();
    assert!(scripts.len() >= 45, "{} scripts", scripts.len());
    let mut broken = Vec::new();
    for script in scripts {
        broken.extend(daemon::start_and_play(&script).await.err());
    }
    assert!(broken.is_empty(), "{} scripts do not hold\n{}", broken.len(), broken.join("\n"));
}

fn wild_client() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "LHLO c\r\n",
        "EHLO c\r\n",
        "MAIL FROM:<kari@example.net>\r\n",
        "MAIL FROM:<> SIZE=9 SMTPUTF8\r\n",
        "RCPT TO:<orakel@example.org>\r\n",
        "RCPT TO:<ukjent@example.org> NOTIFY=NEVER\r\n",
        "DATA\r\n",
        "hei\r\n",
        ".\r\n",
        "\r\n.\r\n",
        "..\r\n",
        "RSET\r\n",
        "NOOP\r\n",
        "QUIT\r\n",
        "BDAT 5\r\n",
        "XFORWARD IDENT=1\r\n",
        "\r",
        "\n",
        ".",
        "\r\r\n",
        "FROB\r\n",
        "x",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => (0usize..3000).prop_map(|times| vec![b'x'; times]),
    ];
    let opening = Just(b"LHLO c\r\nMAIL FROM:<kari@example.net>\r\nRCPT TO:<orakel@example.org>\r\nDATA\r\n".to_vec());
    let opening = prop_oneof![opening, Just(Vec::new())];
    (opening, prop::collection::vec(piece, 0..40)).prop_map(|(opening, pieces)| [opening, pieces.concat()].concat())
}

/// What a session says to these bytes in segments of these lengths, over and over, and how many mails it took.
fn answers(client: &[u8], segments: &[usize], settings: &Settings) -> (Vec<u8>, usize) {
    let house = Arc::new(House::new(settings));
    let mut bare = bare::Bare::new(settings, house.clone());
    let mut rest = client;
    for length in segments.iter().cycle() {
        let (segment, tail) = rest.split_at((*length).min(rest.len()));
        bare.feed(segment);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    (bare.said().to_vec(), *house.count.borrow())
}

proptest! {
    #[test]
    fn segments_make_no_difference_to_a_session(client in wild_client(), segments in prop::collection::vec(1usize..50, 1..8)) {
        let mut settings = Settings::lmtp();
        settings.limits.mail_bytes_max = 200;
        settings.limits.text_line_bytes_max = 100;
        settings.limits.errors_max = 20;
        prop_assert_eq!(answers(&client, &segments, &settings), answers(&client, &[usize::MAX], &settings));
    }
}
