//! Every metric and every label, in one table.
//!
//! Job: count, for Prometheus. A [`Metrics`] owns its registry: two in one process know nothing of each other.
//! Absent on purpose: labels from outside. A label's value is a variant of an enum, so a peer can never make a series;
//! each series is there from the start, at zero, so that rates and alerts see the first event.
//!
//! Names are `henvend_<room>_<thing>_<unit>`, or `…_total` for what is counted; seconds and bytes are the only units.

use prometheus::{Registry, TextEncoder};

use crate::case::change::{Became, LetterKind};
use crate::case::event::AckWithheld;
use crate::case::held::HeldReason;
use crate::envelope::Listener;
use crate::mail::Kind;
use crate::smtp::reply::{self, Reply};
use crate::verify::Ignored;

mod instrument;

use instrument::Instrument;
pub use instrument::{Counter, Counters, Gauge, Gauges, Held, Seconds, Sizes, Timer};

/// An enum whose variants are the values of one label.
pub trait Label: Copy + Send + Sync + 'static {
    /// The label's name.
    const NAME: &'static str;
    /// Every value.
    const ALL: &'static [Self];
    /// The value as Prometheus sees it.
    fn value(self) -> &'static str;
}

macro_rules! table {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal,)+) => {
        /// Everything that is counted.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $($(#[doc = $help])+ pub $field: $kind,)+
        }

        /// Name and meaning of each metric.
        pub const METRICS: &[(&str, &str)] = &[$(($name, concat!($($help),+)),)+];

        impl Metrics {
            /// All metrics, at zero.
            pub fn new() -> Self {
                let registry = Registry::new();
                $(let $field = <$kind as Instrument>::register(&registry, $name, concat!($($help),+));)+
                Self { registry, $($field),+ }
            }
        }
    };
}

table! {
    /// Mails taken (250), by what became of them; a mail for several customers counts for each.
    mails: Counters<Became> = "henvend_intake_mails_total",
    /// Mails read, by kind.
    kinds: Counters<Kind> = "henvend_intake_kinds_total",
    /// Time from the end of a mail's data to its receipt.
    intake_seconds: Seconds = "henvend_intake_receive_seconds",
    /// Mails with Authentication-Results in our mail server's name that were not believed, by reason.
    results_ignored: Counters<Ignored> = "henvend_intake_results_ignored_total",
    /// Replies of 4xx and 5xx, by reply.
    refusals: Counters<&'static Reply> = "henvend_net_refusals_total",
    /// Sessions open now, by listener.
    sessions: Gauges<Listener> = "henvend_net_sessions_current",
    /// Changes committed together by one sync.
    commit_batch: Sizes = "henvend_store_commit_changes",
    /// Time of one commit, syncs included.
    commit_seconds: Seconds = "henvend_store_commit_seconds",
    /// Requests that the store could not carry out, by failure.
    store_failures: Counters<StoreFailure> = "henvend_store_failures_total",
    /// Letters handed over to the smarthost, by kind.
    letters_sent: Counters<LetterKind> = "henvend_outbound_letters_sent_total",
    /// Letters given up, by kind.
    letters_failed: Counters<LetterKind> = "henvend_outbound_letters_failed_total",
    /// Attempts to send that did not end with every recipient taken, by failure.
    attempts_failed: Counters<AttemptFailure> = "henvend_outbound_attempts_failed_total",
    /// Letters waiting to be sent.
    letters_queued: Gauge = "henvend_outbound_letters_current",
    /// Age of the oldest letter waiting to be sent.
    letters_oldest_seconds: Gauge = "henvend_outbound_oldest_letter_seconds",
    /// Acknowledgements due and not sent, by reason.
    acks_withheld: Counters<AckWithheld> = "henvend_rules_acks_withheld_total",
    /// Mails in a user's name that were held, by reason.
    mails_held: Counters<HeldReason> = "henvend_rules_mails_held_total",
    /// Letters to users that did not arrive, by a report or by the smarthost's word on the user.
    user_failures: Counter = "henvend_rules_user_failures_total",
    /// Active users to whom mail is paused, because too much of it came back.
    users_paused: Gauge = "henvend_directory_users_paused_current",
    /// Active categories that take mail, and of which no member is reached: nobody is told of it.
    categories_unattended: Gauge = "henvend_directory_categories_unattended_current",
    /// Active operators to whom mail is not paused.
    operators_reached: Gauge = "henvend_directory_operators_reached_current",
    /// Mails of proven users that were refused because of a line that could not be carried out.
    commands_refused: Counter = "henvend_rules_commands_refused_total",
    /// Users whose answer addresses on a case were revoked because somebody outside used one.
    tokens_revoked: Counter = "henvend_rules_tokens_revoked_total",
    /// Mails added to a case whose writer is no part of it.
    outsider_mails: Counter = "henvend_rules_outsider_mails_total",
    /// Letters stopped by the last look because they still held something internal.
    guard_stops: Counter = "henvend_letter_guard_stops_total",
    /// Mails on which the parser panicked.
    parser_panics: Counter = "henvend_mail_parser_panics_total",
    /// Mails quarantined without being read.
    mails_unread: Counter = "henvend_mail_unread_total",
    /// Cases opened.
    cases_opened: Counter = "henvend_case_opened_total",
    /// Settled cases opened again.
    cases_reopened: Counter = "henvend_case_reopened_total",
    /// Deadlines that came and were acted on.
    deadlines: Counter = "henvend_sweep_deadlines_total",
    /// HTTP requests answered, by class of status.
    http_requests: Counters<HttpAnswer> = "henvend_http_requests_total",
    /// 1 while the daemon can take mail, else 0.
    ready: Gauge = "henvend_daemon_ready_current",
    /// Always 1; the label tells the version.
    build: Gauges<Build> = "henvend_daemon_build_info",
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All of it in Prometheus' text form.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text) {
            Ok(()) => text,
            // Part of a page would look like series that went away.
            Err(error) => format!("# {error}\n"),
        }
    }
}

macro_rules! labels {
    ($($type:ident $name:literal $as_str:expr => [$($variant:ident),+];)+) => {
        $(impl Label for $type {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn value(self) -> &'static str {
                $as_str(self)
            }
        })+
    };
}

labels! {
    Became "outcome" Became::as_str => [New, Added, Reopened, Linked, Duplicate, Held, Quarantined];
    Kind "kind" Kind::as_str =>
        [Person, AutoReply, Bounce, List, Bulk, Loop, Calendar, Feedback, Voicemail, Spam, Receipt];
    LetterKind "kind" LetterKind::as_str => [Answer, Acknowledgement, Notification, Receipt, Digest];
    AckWithheld "reason" AckWithheld::as_str =>
        [NotAPerson, SwitchedOff, SenderBudget, CategoryBudget, SiteBudget, Unverified];
    HeldReason "reason" HeldReason::as_str =>
        [NoToken, ForeignFrom, NoChannelProof, ExpiredToken, InactiveUser, Automatic, NotConfirmed, RevokedToken];
    Ignored "reason" Ignored::as_str => [Below, UntrustedPeer, Malformed, Contradicting];
    Listener "listener" listener_word => [Lmtp, Smtp, Submission, Pipe];
}

impl Label for &'static Reply {
    const NAME: &'static str = "reply";
    const ALL: &'static [Self] = reply::ALL;
    fn value(self) -> &'static str {
        self.name
    }
}

fn listener_word(listener: Listener) -> &'static str {
    match listener {
        Listener::Lmtp => "lmtp",
        Listener::Smtp => "smtp",
        Listener::Submission => "submission",
        Listener::Pipe => "pipe",
    }
}

macro_rules! own_labels {
    ($($(#[$doc:meta])* $type:ident $name:literal { $($(#[$each:meta])* $variant:ident $value:expr,)+ })+) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type {
            $($(#[$each])* $variant,)+
        }

        impl Label for $type {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn value(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }
        })+
    };
}

own_labels! {
    /// How a request to the store failed.
    StoreFailure "failure" {
        /// Try again later.
        Unavailable "unavailable",
        /// What is on disk contradicts itself.
        Corrupt "corrupt",
        /// Not our store.
        Foreign "foreign",
        /// A sync failed.
        Sync "sync",
    }
    /// How an attempt to send failed.
    AttemptFailure "failure" {
        /// Try again later.
        Temporary "temporary",
        /// Never.
        Permanent "permanent",
        /// The reply after the final dot was lost.
        Unknown "unknown",
    }
    /// The class of an HTTP status.
    HttpAnswer "status" {
        /// 200 to 399.
        Done "2xx",
        /// The asker's fault.
        Client "4xx",
        /// Ours.
        Server "5xx",
    }
    /// This build.
    Build "version" {
        /// The only one.
        This env!("CARGO_PKG_VERSION"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_there_from_the_start() {
        let metrics = Metrics::new();
        let text = metrics.text();
        for (name, help) in METRICS {
            assert!(text.contains(&format!("# HELP {name} {}\n", help.trim())), "{name}");
            assert!(text.contains(&format!("\n{name}")), "{name} has no series");
        }
        for series in [
            "henvend_intake_mails_total{outcome=\"quarantined\"} 0",
            "henvend_net_sessions_current{listener=\"submission\"} 0",
            "henvend_outbound_letters_sent_total{kind=\"answer\"} 0",
            concat!("henvend_daemon_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        ] {
            assert!(text.contains(series), "{series}\n{text}");
        }
    }

    #[test]
    fn names_keep_to_the_form() {
        for (name, _) in METRICS {
            let end = name.rsplit('_').next().expect("a last word");
            assert!(name.starts_with("henvend_"), "{name}");
            assert!(["total", "seconds", "bytes", "current", "changes", "info"].contains(&end), "{name}");
        }
    }

    #[test]
    fn two_in_one_process_are_two() {
        let (one, other) = (Metrics::new(), Metrics::new());
        one.mails.count(Became::New);
        let held = one.sessions.hold(Listener::Lmtp);
        assert_eq!((one.mails.get(Became::New), other.mails.get(Became::New)), (1, 0));
        assert_eq!(one.sessions.get(Listener::Lmtp), 1);
        drop(held);
        assert_eq!(one.sessions.get(Listener::Lmtp), 0);
    }
}
