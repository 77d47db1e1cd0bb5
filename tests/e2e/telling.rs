//! What the daemon tells Prometheus, judged by Prometheus' own tool.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::conversation::{KARI, inquiry};
use crate::kit::place::{Place, STUDY};

#[test]
fn prometheus_understands_the_metrics_and_the_alerts_use_no_others() {
    let place = Place::open();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Måling på målebrevet").bytes());
    place.sink.wait(KARI.1, 1);
    place.settle();
    let metrics = place.daemon.metrics();
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = tool.spawn().unwrap_or_else(|error| {
        panic!("this test needs promtool, of Debian's package prometheus ({error}): run tests/run, which installs it")
    });
    running.stdin.take().expect("a pipe").write_all(metrics.as_bytes()).expect("it reads");
    let judged = running.wait_with_output().expect("it ends");
    assert!(judged.status.success(), "{judged:?}\n{metrics}");
    let told: BTreeSet<&str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(first_word).collect();
    let alerts = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/alerts.yml"));
    let alerts = alerts.expect("the alerts ship with the program");
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let exprs = alerts.lines().filter(|line| !line.trim_start().starts_with('#'));
    let used = exprs.flat_map(|line| line.split(word)).filter(|name| name.starts_with("henvend_"));
    let parts = |name: &str| ["_bucket", "_sum", "_count"].iter().find_map(|part| told.get(name.strip_suffix(part)?));
    let unknown: Vec<&str> = used.filter(|name| !told.contains(name) && parts(name).is_none()).collect();
    assert!(unknown.is_empty(), "alerts use what is not told: {unknown:?}; told: {told:?}");
    place.close();
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}
