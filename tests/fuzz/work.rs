//! Four times as much input is about four times as much work: processor time of this thread, which others do not add
//! to. Only the ratio counts, at its best of several tries: what squares comes out at sixteen, every time.

use std::time::Duration;

/// The short input, in octets; the long one is four times as long.
const BYTES: usize = 48 * 1024;
/// Between four and sixteen, with room for caches and a busy machine.
const RATIO_MAX: f64 = 9.0;
const TRIES_MAX: usize = 6;
/// Less than this is no measure.
const FLOOR: Duration = Duration::from_millis(2);

fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn spent(work: &dyn Fn(&[u8]), input: &[u8]) -> Duration {
    let begun = now();
    work(input);
    now() - begun
}

/// Repeats a piece behind a head until the input is long, and compares with four times as long.
pub fn is_linear(what: &str, head: &[u8], piece: &[u8], work: &dyn Fn(&[u8])) {
    if piece.is_empty() {
        return;
    }
    let of = |bytes: usize| [head, &piece.repeat(bytes / piece.len() + 1)].concat();
    let (short, long) = (of(BYTES), of(4 * BYTES));
    let (mut least_short, mut least_long) = (Duration::MAX, Duration::MAX);
    for _ in 0..TRIES_MAX {
        least_short = least_short.min(spent(work, &short));
        least_long = least_long.min(spent(work, &long));
        let ratio = least_long.as_secs_f64() / least_short.max(FLOOR).as_secs_f64();
        if ratio <= RATIO_MAX {
            return;
        }
    }
    panic!("{what}: {least_short:?} became {least_long:?} for four times of {:?}", String::from_utf8_lossy(piece));
}

#[test]
fn what_squares_is_seen() {
    let squares = |octets: &[u8]| {
        let steps: usize =
            octets.iter().step_by(64).map(|octet| octets.iter().step_by(64).filter(|o| *o == octet).count()).sum();
        assert!(steps > 0);
    };
    let seen = std::panic::catch_unwind(|| is_linear("squares", b"", b"a", &squares));
    assert!(seen.is_err());
    is_linear("passes", b"", b"ab", &|octets| assert!(octets.iter().filter(|octet| **octet == b'a').count() > 0));
}
