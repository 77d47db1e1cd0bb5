//! A disk of its own for henvend, small enough to fill.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::kit::wait_until;
use crate::load::client::Session;
use crate::load::mails::{Order, Post};
use crate::load::no_beat;
use crate::load::program::{House, Settings, TO};
use crate::load::smarthost::Smarthost;

/// Room for the store of a few mails, and something to fill.
const DISK: &str = "size=32m";
/// What is free again for a while.
const CREVICE_BYTES: u64 = 512 << 10;
const MAIL_BYTES: usize = 100_000;
const MAILS_MAX: u64 = 500;

/// A file system in memory; gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "henvend-e2e"]).arg(folder.path()).status();
        assert!(
            mounted.as_ref().is_ok_and(|status| status.success()),
            "the end-to-end tests mount a file system in memory, which only root can, and not in every container: {mounted:?}"
        );
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes until there is no room left at all.
    fn fill(&self) -> File {
        let mut ballast = OpenOptions::new().create(true).append(true).open(self.path().join("ballast")).unwrap();
        for chunk in [vec![0; 1 << 20], vec![0; 4096], vec![0; 1]] {
            while ballast.write_all(&chunk).is_ok() {}
        }
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: after a failed test the program may still have files open.
        let gone = Command::new("umount").arg("-l").arg(self.path()).stderr(Stdio::inherit()).status();
        if !gone.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.path().display());
        }
    }
}

fn post(number: u64) -> Post {
    Order { run: "full", number, bytes: MAIL_BYTES, to: TO }.opening()
}

#[test]
fn a_full_disk_puts_mail_off_and_loses_none() {
    let disk = SmallDisk::mount();
    let smarthost = Smarthost::start(std::sync::Arc::new(drop), no_beat()).unwrap();
    let binary = env!("CARGO_BIN_EXE_henvend");
    let house = House::new(binary, disk.path().to_str().unwrap(), smarthost.address, &Settings::default()).unwrap();
    let running = house.start().unwrap();
    house.move_in().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let deliver = |number: u64| -> String {
        let delivered = async { Session::open(&house.lmtp(), no_beat()).await?.deliver(&post(number)).await };
        runtime.block_on(delivered).unwrap().reply
    };
    let put_off = |reply: &str| reply.starts_with("451 ") || reply.starts_with("452 ");
    assert!(deliver(1).starts_with("250 "));

    // Not a byte free: nothing is begun. The index of words is written behind the mails, and may give room back.
    let (mut taken, mut refused) = (1, 0);
    let mut ballast = disk.fill();
    while refused < 3 {
        assert!(taken < MAILS_MAX, "the disk does not fill");
        let reply = deliver(taken + 1);
        if reply.starts_with("250 ") {
            (taken, refused, ballast) = (taken + 1, 0, disk.fill());
        } else {
            assert!(put_off(&reply), "{reply}");
            refused += 1;
        }
    }
    // Some room, until that is gone too.
    ballast.set_len(ballast.metadata().unwrap().len() - CREVICE_BYTES).unwrap();
    refused = 0;
    while refused < 3 {
        assert!(taken < MAILS_MAX, "the disk does not fill");
        let reply = deliver(taken + 1);
        match &reply[..4] {
            "250 " => taken += 1,
            _ if put_off(&reply) => {
                refused += 1;
                std::thread::park_timeout(Duration::from_millis(50));
            }
            _ => panic!("{reply}"),
        }
    }

    // Room again: all is well by itself.
    ballast.set_len(0).unwrap();
    for number in taken + 1..taken + 6 {
        wait_until("mail to be taken again", || {
            let reply = deliver(number);
            assert!(put_off(&reply) || reply.starts_with("250 "), "{reply}");
            if put_off(&reply) { Err(reply) } else { Ok(()) }
        });
    }
    assert_eq!(house.highest_case().unwrap(), taken + 5, "each mail on a case, once");
    assert!(running.stop().unwrap().success(), "{}", house.log_tail());
    let running = house.start().unwrap();
    assert_eq!(house.highest_case().unwrap(), taken + 5, "and so it is found again");
    assert!(running.stop().unwrap().success());
}
