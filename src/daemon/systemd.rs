//! What systemd is told. Without systemd nobody listens, and that is fine.

use std::time::Duration;

use sd_notify::NotifyState;
use tracing::debug;

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!(%error, "systemd was not told");
    }
}

/// Mail is taken.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The configuration is read again.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => debug!(%error, "systemd was not told"),
    }
}

/// Starting takes longer than usual, but goes on.
pub fn still_starting() {
    tell(&[NotifyState::ExtendTimeoutUsec(30_000_000)]);
}

/// Something was really done.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often systemd wants to hear that we are alive, if it does.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}
