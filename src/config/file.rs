//! `henvend.toml` as written. Every key has a default but `host_name` and `reply_domain`; unknown keys are errors.
//!
//! Numbers are wide and signed here so that a wrong one is told with its key instead of ending the reading.

use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    pub(super) host_name: Option<String>,
    pub(super) reply_domain: Option<String>,
    pub(super) data_directory: Option<String>,
    pub(super) listen: Listen,
    pub(super) http: Http,
    pub(super) store: Store,
    pub(super) cases: Cases,
    pub(super) acknowledgements: Acknowledgements,
    pub(super) outbound: Outbound,
    pub(super) trust: Trust,
    pub(super) limits: Limits,
    pub(super) log: Log,
    pub(super) time: Time,
    pub(super) notifications: Notifications,
}

macro_rules! section {
    ($name:ident { $($key:ident: $kind:ty),* $(,)? }) => {
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $key: Option<$kind>,)*
        }
    };
}

section!(Listen {
    lmtp: String,
    smtp: String,
    submission: String,
    unix_mode: String,
    trusted_peers: Vec<String>,
});

section!(Http { probes: String, api: String });

section!(Store { cache_bytes: i64 });

section!(Cases { prefix: String, legacy_tags: Vec<String>, reopen_days: i64, reply_token_days: i64, undo_seconds: i64 });

section!(Acknowledgements {
    per_sender_day_max: i64,
    per_category_minute_max: i64,
    site_minute_max: i64,
    unverified: String,
});

section!(Outbound {
    smarthost: Vec<Smarthost>,
    connections_max: i64,
    retry_minutes: Vec<i64>,
    retry_wait_minutes_max: i64,
    retry_age_hours_max: i64,
    acknowledgement_age_hours_max: i64,
});

section!(Smarthost { host: String, port: i64, tls: String, ca_file: String, user: String, password_file: String });

section!(Trust {
    authserv_ids: Vec<String>,
    received_above: i64,
    own_check: bool,
    name_server: String,
    require: String,
    domain: std::collections::BTreeMap<String, TrustDomain>,
    spam_marks: Vec<String>,
});

section!(TrustDomain { binds_sender: bool });

section!(Limits {
    mail_bytes_max: i64,
    recipients_max: i64,
    line_bytes_max: i64,
    text_line_bytes_max: i64,
    header_bytes_max: i64,
    header_fields_max: i64,
    addresses_max: i64,
    mime_depth_max: i64,
    mime_parts_max: i64,
    errors_max: i64,
    sessions_max: i64,
    connections_max: i64,
    connections_per_peer_max: i64,
    inflight_bytes_max: i64,
    idle_seconds: i64,
    data_bytes_per_second_min: i64,
    disk_free_factor: i64,
});

section!(Log { format: String, level: String });

section!(Time { zone: String });

section!(Notifications { digest_at: String, quiet_hours: String, overdue_hours: i64 });
