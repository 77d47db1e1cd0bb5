//! Who may hand in mail by login: accounts of Cyrus SASL, and what Postfix must know of them.
//!
//! As in a house whose people send all their mail by this door: whatever is not for henvend goes out as any other mail,
//! and what is for it goes to henvend's own listener for people who have logged in. Nothing else reaches that one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::place::{AASE, DEDICATED_DOMAIN, JORGEN, REPLY_DOMAIN, SHARED_ADDRESSES};
use super::postfix::write;
use super::printed::Printed;

/// Somebody's name and password.
#[derive(Clone, Copy, Debug)]
pub struct Login {
    pub name: &'static str,
    pub password: &'static str,
}

/// The realm of all names.
const REALM: &str = "byen.example";

/// Accounts, and the one address that each may write from.
const ACCOUNTS: [(Login, &str); 2] = [
    (Login { name: "aasebo", password: "Blåbær på 7 tinder" }, AASE),
    (Login { name: "jorgen", password: "en hest er en hest" }, JORGEN),
];

/// The account of whoever has this address.
pub fn account(address: &str) -> Login {
    let found = ACCOUNTS.iter().find(|(_, of)| *of == address);
    found.unwrap_or_else(|| panic!("{address} cannot log in")).0
}

/// Writes accounts and tables into Postfix' own directory, and gives the lines of `master.cf` for this port.
pub fn door(etc: &Path, port: u16, printed: &Printed) -> String {
    let sasl = etc.join("sasl");
    fs::create_dir_all(&sasl).expect("the directory is ours");
    let database = sasl.join("accounts");
    for (login, _) in &ACCOUNTS {
        make_account(&database, *login);
    }
    // Postfix looks into it as its own user.
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).expect("the file is ours");
    let conf = format!(
        "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {}\n",
        database.display()
    );
    write(&sasl.join("smtpd.conf"), &conf);
    write(
        &etc.join("logins"),
        &ACCOUNTS.map(|(login, address)| format!("{address} {}@{REALM}\n", login.name)).concat(),
    );
    write(&etc.join("submitting"), &submitting(printed.file("submitting")));
    write(&etc.join("submitted"), printed.file("submitted"));
    let options: String = printed.submission().iter().map(|option| format!("\n  -o {option}")).collect();
    format!(
        "{port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o mynetworks=
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=cyrus
  -o smtpd_sasl_path=smtpd
  -o smtpd_sasl_local_domain={REALM}
  -o cyrus_sasl_config_path={sasl}{options}
",
        sasl = sasl.display()
    )
}

/// What an operator adds: a line for each shared address, as the printed one for the reply domain.
fn submitting(printed: &str) -> String {
    let reply_domain = REPLY_DOMAIN.replace('.', "\\.");
    let (dedicated, shared) = (format!(".+@{DEDICATED_DOMAIN}"), SHARED_ADDRESSES.iter().map(|at| (*at).to_owned()));
    let others = [dedicated].into_iter().chain(shared).map(|what| what.replace('.', "\\.").replace("\\.+", ".+"));
    let line = printed.lines().find(|line| line.contains(&reply_domain)).expect("one for the reply domain");
    let added = others.map(|what| line.replace(&format!(".+@{reply_domain}"), &what) + "\n");
    added.fold(printed.to_owned(), |lines, line| lines + &line)
}

fn make_account(database: &Path, login: Login) {
    let mut tool = Command::new("saslpasswd2");
    tool.args(["-p", "-c", "-u", REALM, "-f"]).arg(database).arg(login.name).stdin(Stdio::piped());
    let mut running = tool.spawn().unwrap_or_else(|error| {
        panic!("this test needs saslpasswd2, of Debian's package sasl2-bin ({error}): run tests/run, which installs it")
    });
    running.stdin.take().expect("a pipe").write_all(login.password.as_bytes()).expect("it reads");
    let ended = running.wait().expect("it ends");
    assert!(ended.success(), "saslpasswd2: {ended:?}");
}
