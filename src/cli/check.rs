//! `check`: is the configuration right, and what does the mail server in front need?

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use super::Exit;
use super::args::Front;
use super::show::Form;
use crate::config::model::API_SOCKET;
use crate::config::place::Place;
use crate::config::{Config, Problem, Problems, read};
use crate::daemon::problems_in_files;

/// Reads the configuration; a file that cannot be read is a problem like any other.
pub(super) fn load(path: &Path) -> Result<Config, Problems> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => read(&name, &text),
        Err(error) => {
            let (key, found) = ("file".to_owned(), error.to_string());
            Err(Problems(vec![Problem { file: name, key, found, wanted: "a readable file".to_owned() }]))
        }
    }
}

/// The same, and what it names of other files is looked at too.
pub(super) fn load_whole(path: &Path) -> Result<Config, Problems> {
    let config = load(path)?;
    let problems = problems_in_files(&path.display().to_string(), &config);
    if problems.0.is_empty() { Ok(config) } else { Err(problems) }
}

/// Where the daemon's API listens. With a broken configuration the daemon may still run with the one before, so a
/// client goes on with the default.
pub(super) fn api_socket(config: &Path) -> PathBuf {
    load(config).map_or_else(|_| PathBuf::from(API_SOCKET), |config| config.http.api)
}

#[derive(Serialize)]
struct Checked {
    ok: bool,
    problems: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    file: String,
    key: String,
    found: String,
    wanted: String,
}

pub(super) fn run(path: &Path, print: Option<Front>, form: Form) -> Result<Exit> {
    let config = match load_whole(path) {
        Ok(config) => config,
        Err(Problems(problems)) => {
            let found = |Problem { file, key, found, wanted }: Problem| Found { file, key, found, wanted };
            let text = Problems(problems.clone()).to_string();
            let checked = Checked { ok: false, problems: problems.into_iter().map(found).collect() };
            form.print(&checked, |_, _| text)?;
            return Ok(Exit::Config);
        }
    };
    match print {
        Some(Front::Postfix) => {
            let lines = postfix(&config);
            form.print(&serde_json::json!({ "postfix": &lines }), |_, _| lines.clone())?;
        }
        None => {
            let good = format!("{}: good\n", path.display());
            form.print(&Checked { ok: true, problems: Vec::new() }, |_, _| good)?;
        }
    }
    Ok(Exit::Done)
}

/// What Postfix needs to hand us mail over LMTP: a transport of its own, outside its chroot, asked before it accepts.
fn postfix(config: &Config) -> String {
    let Config { reply_domain, limits, listen, .. } = config;
    let next_hop = match &listen.lmtp {
        Some(Place::Unix(path)) => format!("unix:{}", path.display()),
        Some(Place::Tcp(address)) => format!("inet:{}:{}", bracketed(address), address.port()),
        None => return "# listen.lmtp is off: there is nothing for Postfix to hand mail to\n".to_owned(),
    };
    let access = match &listen.lmtp {
        Some(Place::Unix(_)) => "# once, so that Postfix may open the socket: usermod -aG henvend postfix\n\n",
        _ => "",
    };
    format!(
        "{access}# /etc/postfix/master.cf: add. Not chrooted (the fifth column), as the socket lies outside.\n\
         henvend   unix  -       -       n       -       20      lmtp\n\
         \x20   -o lmtp_send_xforward_command=yes\n\
         \n\
         # /etc/postfix/main.cf: set, or add to what is there.\n\
         # Postfix asks us at RCPT whether an address exists, and bounces nothing later.\n\
         relay_domains = $mydestination {reply_domain}\n\
         transport_maps = hash:/etc/postfix/transport\n\
         recipient_delimiter = +\n\
         smtpd_recipient_restrictions = permit_mynetworks permit_sasl_authenticated reject_unauth_destination\n\
         \x20   reject_unverified_recipient\n\
         unverified_recipient_reject_code = 550\n\
         address_verify_poll_delay = 1s\n\
         henvend_destination_recipient_limit = {recipients}\n\
         message_size_limit = {bytes}\n\
         \n\
         # /etc/postfix/transport: these, a line for each shared address, then: postmap /etc/postfix/transport\n\
         {reply_domain}    henvend:{next_hop}\n\
         # hjelp@your.domain    henvend:{next_hop}\n\
         {submission}",
        recipients = limits.recipients_max,
        bytes = limits.mail_bytes_max,
        submission = postfix_submission(config),
    )
}

/// What it needs to tell us who has logged in. A mail to several is parted: a content filter would hand us the recipients
/// elsewhere too, and an answer that an agent also sends to the contact would not reach them.
fn postfix_submission(config: &Config) -> String {
    let Some(Place::Unix(socket)) = &config.listen.submission else { return String::new() };
    let reply_domain = config.reply_domain.as_str().replace('.', "\\.");
    format!(
        "\n\
         # /etc/postfix/master.cf: mail of those who have logged in comes to a socket of its own. Add this, and to the\n\
         # submission service (in logins: an address, and who may write from it):\n\
         #   -o cleanup_service_name=submitting\n\
         #   -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n\
         #   -o smtpd_sender_login_maps=hash:/etc/postfix/logins\n\
         #   -o smtpd_sender_restrictions=reject_sender_login_mismatch\n\
         submitting unix n       -       n       -       0       cleanup\n\
         \x20   -o virtual_alias_maps=regexp:/etc/postfix/submitting\n\
         submitted unix  -       -       n       -       20      lmtp\n\
         \x20   -o lmtp_send_xforward_command=yes\n\
         \x20   -o lmtp_generic_maps=regexp:/etc/postfix/submitted\n\
         \n\
         # /etc/postfix/main.cf: add.\n\
         submitted_destination_recipient_limit = {recipients}\n\
         \n\
         # /etc/postfix/submitting: these, and a line for each shared address.\n\
         /^(.+@{reply_domain})$/    ${{1}}.submitted.invalid\n\
         # /^(hjelp@your\\.domain)$/    ${{1}}.submitted.invalid\n\
         \n\
         # /etc/postfix/submitted: this.\n\
         /^(.+)\\.submitted\\.invalid$/    ${{1}}\n\
         \n\
         # /etc/postfix/transport: add, then: postmap /etc/postfix/transport\n\
         .submitted.invalid    submitted:unix:{socket}\n",
        recipients = config.limits.recipients_max,
        socket = socket.display(),
    )
}

fn bracketed(address: &std::net::SocketAddr) -> String {
    if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postfix_is_pointed_at_the_listener() {
        let mut config = Config::default();
        let lines = postfix(&config);
        assert!(lines.contains("\nreply.example.org    henvend:unix:/run/henvend/lmtp.sock\n"), "{lines}");
        assert!(lines.contains("usermod"), "{lines}");
        config.listen.lmtp = Place::parse("[::1]:24");
        let lines = postfix(&config);
        assert!(lines.contains("\nreply.example.org    henvend:inet:[::1]:24\n"), "{lines}");
        assert!(!lines.contains("usermod"), "{lines}");
        assert!(!lines.contains("submitt"), "{lines}");
        config.listen.submission = Place::parse("unix:/run/henvend/submission.sock");
        let lines = postfix(&config);
        for line in [
            "submitting unix n       -       n       -       0       cleanup",
            "    -o lmtp_generic_maps=regexp:/etc/postfix/submitted",
            "/^(.+@reply\\.example\\.org)$/    ${1}.submitted.invalid",
            "/^(.+)\\.submitted\\.invalid$/    ${1}",
            ".submitted.invalid    submitted:unix:/run/henvend/submission.sock",
        ] {
            assert!(lines.lines().any(|printed| printed == line), "{line} in\n{lines}");
        }
        config.listen.lmtp = None;
        assert!(postfix(&config).starts_with("# listen.lmtp is off"));
    }
}
