//! Events as lines that a person reads before saying yes: `+` comes, `-` goes, `~` changes.

use super::apply::apply;
use super::event::DirectoryEvent;
use super::export::{name_word, role_word, tag_word};
use super::model::{Category, CategorySettings, Customer, Directory, Language, Role, User};
use super::personal::{Digest, Personal, QuietChoice};
use crate::address::Address;
use crate::id::{CategoryId, CustomerId, UserId};

/// One line or more for each event, in order; `directory` is what the first event finds.
pub fn describe(directory: &Directory, events: &[DirectoryEvent]) -> Vec<String> {
    let mut then = directory.clone();
    let mut lines = Vec::new();
    for event in events {
        lines.extend(lines_of(&then, event));
        apply(&mut then, event);
    }
    lines
}

fn lines_of(then: &Directory, event: &DirectoryEvent) -> Vec<String> {
    use DirectoryEvent as E;
    match event {
        E::CustomerAdded { key, name, language, .. } => vec![format!("+ customer {key} \"{name}\" ({language})")],
        E::CustomerChanged { id, name, language } => customer_changed(then.customer(*id), name, *language),
        E::CustomerActivated { id, active } => vec![switched("customer", &customer_key(then, *id), *active)],
        E::CategoryAdded { customer, path, name, language, settings, .. } => {
            let language = language.map_or(String::new(), |language| format!(" ({language})"));
            let own = changed_settings(&CategorySettings::default(), settings);
            let own = if own.is_empty() { own } else { format!(": {own}") };
            vec![format!("+ category {}/{path} \"{name}\"{language}{own}", customer_key(then, *customer))]
        }
        E::CategoryChanged { id, name, language, settings } => {
            let what = then.category(*id).map(|is| category_changes(is, name, *language, settings));
            vec![format!("~ category {}: {}", then.full_path(*id), what.unwrap_or_default())]
        }
        E::CategoryActivated { id, active } => vec![switched("category", &then.full_path(*id), *active)],
        E::AddressesSet { id, addresses } => addresses_set(then, *id, addresses),
        E::UserAdded { name, addresses, language, .. } => {
            vec![format!("+ user {} \"{name}\" ({language})", joined(addresses))]
        }
        E::UserChanged { id, name, addresses, language } => {
            then.user(*id).map_or_else(Vec::new, |is| user_changed(is, name, addresses, *language))
        }
        E::RegistrationSet { id, customer, active, roles } => {
            vec![registration(then, *id, *customer, (*active, roles))]
        }
        E::MemberAdded { category, user } => {
            vec![format!("+ member {} in {}", user_label(then, *user), then.full_path(*category))]
        }
        E::MemberRemoved { category, user } => {
            vec![format!("- member {} in {}", user_label(then, *user), then.full_path(*category))]
        }
        E::MailUndelivered { id, letter, .. } => {
            vec![format!("~ user {}: letter {letter} did not arrive", user_label(then, *id))]
        }
        E::MailPaused { id, .. } => vec![format!("~ user {}: mail is paused", user_label(then, *id))],
        E::MailResumed { id } => vec![format!("~ user {}: mail is no longer paused", user_label(then, *id))],
        E::PersonalSet { id, personal } => vec![format!("~ user {}: {}", user_label(then, *id), chosen(personal))],
    }
}

/// What a user has chosen for themselves, in a few words.
fn chosen(personal: &Personal) -> String {
    let digest = match personal.digest {
        Digest::Off => "no digest",
        Digest::Daily => "digest daily",
        Digest::Weekly => "digest weekly",
    };
    let away = personal.away_until.map_or_else(|| "not away".to_owned(), |until| format!("away until {until}"));
    let quiet = match personal.quiet {
        QuietChoice::Site => "the site's quiet hours".to_owned(),
        QuietChoice::Never => "no quiet hours".to_owned(),
        QuietChoice::Hours(quiet) => format!("quiet hours {quiet}"),
    };
    format!("{digest}, {away}, {quiet}")
}

fn customer_changed(is: Option<&Customer>, name: &str, language: Language) -> Vec<String> {
    let Some(is) = is else { return Vec::new() };
    let changes = [changed("name", &is.name, &name), changed("language", &is.language, &language)];
    vec![format!("~ customer {}: {}", is.key, listed(changes))]
}

fn category_changes(is: &Category, name: &str, language: Option<Language>, settings: &CategorySettings) -> String {
    let word = |language: Option<Language>| language.map_or("the customer's", Language::as_str);
    let own = changed_settings(&is.settings, settings);
    listed([
        changed("name", &is.name, &name),
        changed("language", &word(is.language), &word(language)),
        (!own.is_empty()).then_some(own),
    ])
}

fn changed_settings(from: &CategorySettings, to: &CategorySettings) -> String {
    let signature = |text: &str| format!("{text:?}");
    listed([
        changed("tag", tag_word(from.tag), tag_word(to.tag)),
        changed("answer_name", name_word(from.answer_name), name_word(to.answer_name)),
        changed("acknowledge", &from.acknowledge, &to.acknowledge),
        changed("signature", &signature(&from.signature), &signature(&to.signature)),
        changed("tag_from_same_domain", &from.tag_from_same_domain, &to.tag_from_same_domain),
    ])
}

fn addresses_set(then: &Directory, id: CategoryId, addresses: &[Address]) -> Vec<String> {
    let path = then.full_path(id);
    let is = then.category(id).map_or(&[][..], |category| &category.addresses);
    let gone =
        is.iter().filter(|address| !addresses.contains(address)).map(|gone| format!("- address {gone} of {path}"));
    let come =
        addresses.iter().filter(|address| !is.contains(address)).map(|come| format!("+ address {come} to {path}"));
    let mut lines: Vec<_> = gone.chain(come).collect();
    if !is.is_empty() && is.first() != addresses.first() && !addresses.is_empty() {
        lines.push(format!("~ category {path}: main address now {}", addresses[0]));
    } else if lines.is_empty() {
        lines.push(format!("~ category {path}: addresses in another order"));
    }
    lines
}

fn user_changed(is: &User, name: &str, addresses: &[Address], language: Language) -> Vec<String> {
    let order = |list: &[Address]| if list.is_empty() { "none".to_owned() } else { joined(list) };
    let changes = [
        changed("name", &is.name, &name),
        changed("addresses", &order(&is.addresses), &order(addresses)),
        changed("language", &is.language, &language),
    ];
    let label = is.main_address().map_or_else(|| format!("number {}", is.id), Address::to_string);
    vec![format!("~ user {label}: {}", listed(changes))]
}

fn registration(then: &Directory, id: UserId, customer: CustomerId, to: (bool, &[Role])) -> String {
    let (active, roles) = to;
    let is = then.user(id).and_then(|user| user.registrations.get(&customer));
    let sign = match (is.is_some_and(|is| is.active), active) {
        (false, true) => '+',
        (true, false) => '-',
        _ => '~',
    };
    let roles: Vec<_> = roles.iter().map(|role| role_word(*role)).collect();
    let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
    let state = if active { "" } else { ", inactive" };
    format!("{sign} seat {} at {}: {roles}{state}", user_label(then, id), customer_key(then, customer))
}

fn switched(what: &str, which: &str, active: bool) -> String {
    if active { format!("+ {what} {which} is active again") } else { format!("- {what} {which} becomes inactive") }
}

fn changed(what: &str, from: &(impl ToString + ?Sized), to: &(impl ToString + ?Sized)) -> Option<String> {
    let (from, to) = (from.to_string(), to.to_string());
    (from != to).then(|| format!("{what} {from} → {to}"))
}

fn listed<const N: usize>(changes: [Option<String>; N]) -> String {
    changes.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn joined(addresses: &[Address]) -> String {
    addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(" ")
}

fn customer_key(then: &Directory, id: CustomerId) -> String {
    then.customer(id).map_or_else(|| id.to_string(), |customer| customer.key.clone())
}

fn user_label(then: &Directory, id: UserId) -> String {
    let address = then.user(id).and_then(User::main_address);
    address.map_or_else(|| format!("number {id}"), Address::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::diff::{Prune, diff};
    use crate::directory::file::read;

    fn applied(directory: &Directory, text: &str, prune: Prune) -> (Directory, Vec<String>) {
        let file = read(text, None).unwrap_or_else(|problems| panic!("{problems}"));
        let events = diff(directory, &file, prune);
        let lines = describe(directory, &events);
        let mut after = directory.clone();
        events.iter().for_each(|event| apply(&mut after, event));
        (after, lines)
    }

    const FIRST: &str = r#"
        operators = ["kåre@blåbær.no"]
        [[customer]]
        key = "uni"
        name = "Universitetet i Ås"
        [[customer.category]]
        path = "it"
        name = "IT-hjelp"
        addresses = ["it@uni.no", "hjelp@uni.no"]
        members = ["ola@uni.no"]
        [[user]]
        name = "Ola Nordmann"
        addresses = ["ola@uni.no"]
        at.uni = {}
        [[user]]
        name = "Kåre Blåbær"
        addresses = ["kåre@blåbær.no"]
        language = "nn"
    "#;

    const SECOND: &str = r#"
        [[customer]]
        key = "uni"
        name = "Universitetet i Ås"
        language = "nn"
        [[customer.category]]
        path = "it"
        name = "IT"
        addresses = ["hjelp@uni.no"]
        settings = { tag = "off", acknowledge = false }
        [[customer.category]]
        path = "it/lån"
        name = "Lån"
    "#;

    #[test]
    fn a_diff_reads_as_what_will_happen() {
        let (first, lines) = applied(&Directory::default(), FIRST, Prune::Off);
        let want = [
            "+ customer uni \"Universitetet i Ås\" (nb)",
            "+ category uni/it \"IT-hjelp\"",
            "+ address it@uni.no to uni/it",
            "+ address hjelp@uni.no to uni/it",
            "+ user ola@uni.no \"Ola Nordmann\" (nb)",
            "+ user kåre@xn--blbr-roah.no \"Kåre Blåbær\" (nn)",
            "+ seat ola@uni.no at uni: agent",
            "+ seat kåre@xn--blbr-roah.no at site: operator",
            "+ member kåre@xn--blbr-roah.no in site/operators",
            "+ member kåre@xn--blbr-roah.no in site/quarantine",
            "+ member ola@uni.no in uni/it",
        ];
        assert_eq!(lines, want);
        assert!(first.has_operator());

        let second = SECOND.replace("it/lån", "it/laan");
        let (_, lines) = applied(&first, &second, Prune::Off);
        let want = [
            "~ customer uni: language nb → nn",
            "~ category uni/it: name IT-hjelp → IT; tag left → off; acknowledge true → false",
            "+ category uni/it/laan \"Lån\"",
            "~ category uni/it: main address now hjelp@uni.no",
        ];
        assert_eq!(lines, want);
        let (after, lines) = applied(&first, &second, Prune::On);
        assert_eq!(
            lines[3..],
            [
                "- address it@uni.no of uni/it",
                "~ category uni/it: main address now hjelp@uni.no",
                "- member ola@uni.no in uni/it",
                "- seat ola@uni.no at uni: agent, inactive",
            ]
        );
        assert!(after.has_operator(), "a file without operators leaves those there are");
    }

    #[test]
    fn all_problems_come_at_once() {
        let problems = read(SECOND, None).expect_err("å in a path").to_string();
        assert!(problems.contains("customer[uni].category[it/lån].path: found \"it/lån\""), "{problems}");
    }
}
