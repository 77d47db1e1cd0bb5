//! Real mail, by LMTP into the real program: each mail is taken, kept byte for byte, and ends nothing.
//!
//! The project's own fixtures always; also the folder that `HENVEND_CORPUS` names, where it names one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::kit::daemon::Daemon;
use crate::kit::lmtp::Lmtp;
use crate::kit::mails::{FoundMail, under};
use crate::kit::place::{self, STUDY};
use crate::kit::sink::Sink;

/// Most memory that the daemon may ever have held, in KiB: the bodies of a few mails, the store's cache, and itself.
const MEMORY_KIB_MAX: u64 = 512 << 10;

#[test]
fn every_mail_is_taken_and_kept_byte_for_byte() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let given = std::env::var_os("HENVEND_CORPUS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let mails: Vec<FoundMail> = [Some(own), given].iter().flatten().flat_map(|folder| under(folder)).collect();
    assert!(!mails.is_empty());
    let directory = tempfile::tempdir().expect("a directory for the test");
    let sink = Sink::open();
    let mut daemon = Daemon::start(directory.path(), &place::config(directory.path(), sink.port()));
    daemon.apply(place::DIRECTORY);
    daemon.wait_ready();
    let mut connection = Lmtp::connect(&directory.path().join("lmtp.sock"));
    let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut refused = Vec::new();
    for (nth, mail) in mails.iter().enumerate() {
        let said = connection.deliver(&format!("sender-{nth}@client.example"), STUDY, &mail.bytes);
        match said.split(' ').collect::<Vec<_>>()[..] {
            // A second copy of a mail that is there is not kept again.
            ["250", "2.0.0", _, _, "duplicate"] => {}
            ["250", "2.0.0", _, case, _] => {
                let id = blake3::hash(&mail.bytes).to_hex().to_string();
                kept.entry(case.to_owned()).or_default().insert(id);
            }
            _ => refused.push(format!("{}: {said}", mail.name)),
        }
    }
    assert!(refused.is_empty(), "not taken:\n{}", refused.join("\n"));
    println!("{} mails, on {} cases", mails.len(), kept.len());
    for (case, ids) in &kept {
        let here = daemon.kept_mails(case);
        let missing: Vec<&String> = ids.difference(&here).collect();
        assert!(missing.is_empty(), "{case} does not hold {missing:?}");
    }
    let peak = daemon.memory_peak_kib();
    println!("most memory held: {peak} KiB");
    assert!(peak <= MEMORY_KIB_MAX, "{peak} KiB");
    daemon.stop();
}
