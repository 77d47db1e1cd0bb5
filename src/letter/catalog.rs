//! Texts by kind and language. Compiled in from `config/text`.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Deserialize;
use thiserror::Error;

use super::guard::Wording;
use super::page::{Page, veiled};
use crate::directory::model::Language;

/// A text that cannot be made: a mistake in a template.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("text {name}: {detail}")]
pub struct TextProblem {
    /// Which text: `nb/notification`.
    pub name: String,
    /// What is wrong.
    pub detail: String,
}

/// Short words and sentences of one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What the line says above which a reply is written.
    pub reply_above: String,
    /// Title towards a sender whom nothing verifies.
    pub neutral_title: String,
    /// Title of a mail without one.
    pub no_title: String,
    /// Display name of a mail that somebody sends through a category.
    pub via: String,
    /// Somebody without a name or an address.
    pub somebody: String,
    /// By status.
    pub status: BTreeMap<String, String>,
    /// First sentence of a notification, by event.
    pub headline: BTreeMap<String, String>,
    /// What an agent must know about a mail.
    pub warning: BTreeMap<String, String>,
    /// Why a letter was stopped by the last look.
    pub stopped: BTreeMap<String, String>,
    /// Why a mail was held.
    pub held: BTreeMap<String, String>,
    /// Why a command was not carried out.
    pub refused: BTreeMap<String, String>,
    /// First sentence of a receipt.
    pub receipt: BTreeMap<String, String>,
    /// What happened, by event.
    pub done: BTreeMap<String, String>,
    /// Levels of urgency.
    pub priority: BTreeMap<String, String>,
    /// How an instant is written, as `strftime` has it.
    pub moment: String,
    /// Name of the file with a text that is too long to be shown.
    pub whole_text: String,
    /// The command below which nothing is read.
    pub end: String,
    /// First sentences of answers to the control address.
    pub control: BTreeMap<String, String>,
    /// Headlines of digests.
    pub digest: BTreeMap<String, String>,
    /// How a day is written, a time of day, and an instant where there is little room.
    pub day: String,
    pub time: String,
    /// From one time of day until another.
    pub hours: String,
    pub short_moment: String,
    /// Somebody who is away.
    pub away: String,
    /// Somebody to whom mail is paused.
    pub unreached: String,
}

/// All texts, ready to be filled in.
pub struct Catalog {
    /// Whole texts, which become pages.
    templates: Environment<'static>,
    /// Words and sentences, filled in as they are.
    phrases: Environment<'static>,
    words: BTreeMap<Language, Words>,
    /// How what only users get is known.
    wording: Wording,
}

type Source = (&'static str, &'static str);

const TEMPLATES: [Source; 21] = [
    ("nb/acknowledgement", include_str!("../../config/text/nb/acknowledgement.txt")),
    ("nb/notification", include_str!("../../config/text/nb/notification.txt")),
    ("nb/help", include_str!("../../config/text/nb/help.txt")),
    ("nb/control", include_str!("../../config/text/nb/control.txt")),
    ("nb/control_help", include_str!("../../config/text/nb/control_help.txt")),
    ("nb/digest", include_str!("../../config/text/nb/digest.txt")),
    ("nb/receipt", include_str!("../../config/text/nb/receipt.txt")),
    ("nn/acknowledgement", include_str!("../../config/text/nn/acknowledgement.txt")),
    ("nn/notification", include_str!("../../config/text/nn/notification.txt")),
    ("nn/help", include_str!("../../config/text/nn/help.txt")),
    ("nn/control", include_str!("../../config/text/nn/control.txt")),
    ("nn/control_help", include_str!("../../config/text/nn/control_help.txt")),
    ("nn/digest", include_str!("../../config/text/nn/digest.txt")),
    ("nn/receipt", include_str!("../../config/text/nn/receipt.txt")),
    ("en/acknowledgement", include_str!("../../config/text/en/acknowledgement.txt")),
    ("en/notification", include_str!("../../config/text/en/notification.txt")),
    ("en/help", include_str!("../../config/text/en/help.txt")),
    ("en/control", include_str!("../../config/text/en/control.txt")),
    ("en/control_help", include_str!("../../config/text/en/control_help.txt")),
    ("en/digest", include_str!("../../config/text/en/digest.txt")),
    ("en/receipt", include_str!("../../config/text/en/receipt.txt")),
];

const WORDS: [(Language, &str); 3] = [
    (Language::Nb, include_str!("../../config/text/nb/words.toml")),
    (Language::Nn, include_str!("../../config/text/nn/words.toml")),
    (Language::En, include_str!("../../config/text/en/words.toml")),
];

impl Catalog {
    /// The texts that are compiled in.
    pub fn compiled_in() -> Result<Self, TextProblem> {
        let mut phrases = Environment::new();
        phrases.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        phrases.set_syntax(syntax.map_err(|error| problem("syntax", &error))?);
        let mut templates = phrases.clone();
        templates.set_formatter(|out, _, value| Ok(out.write_str(&veiled(&value.to_string()))?));
        for (name, source) in TEMPLATES {
            templates.add_template(name, source).map_err(|error| problem(name, &error))?;
        }
        let mut words = BTreeMap::new();
        for (language, source) in WORDS {
            let read = toml::from_str(source).map_err(|error| problem(&format!("{language}/words"), &error))?;
            words.insert(language, read);
        }
        let wording = wording(&templates);
        Ok(Self { templates, phrases, words, wording })
    }

    /// How a piece of what only users get is known.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The short words of a language.
    pub fn words(&self, language: Language) -> &Words {
        self.words.get(&language).expect("every language has words")
    }

    /// A whole text, filled in.
    pub fn page(&self, language: Language, name: &str, facts: Value) -> Result<Page, TextProblem> {
        let name = format!("{language}/{name}");
        let template = self.templates.get_template(&name).map_err(|error| problem(&name, &error))?;
        let filled = template.render(facts).map_err(|error| problem(&name, &error))?;
        Ok(Page::read(&filled))
    }

    /// A short sentence of one of the word lists, filled in.
    pub fn phrase(&self, list: &BTreeMap<String, String>, name: &str, facts: Value) -> Result<String, TextProblem> {
        let source = list.get(name).ok_or_else(|| problem(name, &"there is no such phrase"))?;
        self.fill(source, facts)
    }

    /// A short sentence, filled in.
    pub fn fill(&self, source: &str, facts: Value) -> Result<String, TextProblem> {
        self.phrases.render_str(source, facts).map_err(|error| problem(source, &error))
    }
}

/// Of the templates that are in force. What they have in common with what contacts get says nothing, nor does the help,
/// whose sentences may be anybody's.
fn wording(templates: &Environment<'_>) -> Wording {
    const INSIDE: &[&str] = &["notification", "receipt", "digest", "control"];
    let kind = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let of = |kinds: &[&str]| {
        let chosen = templates.templates().filter(|(name, _)| kinds.contains(&kind(name).as_str()));
        chosen.map(|(_, template)| template.source().to_owned()).collect::<Vec<_>>()
    };
    let (inside, outside) = (of(INSIDE), of(&["acknowledgement"]));
    Wording::of(inside.iter().map(String::as_str), outside.iter().map(String::as_str))
}

fn problem(name: &str, detail: &dyn std::fmt::Display) -> TextProblem {
    TextProblem { name: name.to_owned(), detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_the_same_things() {
        let catalog = Catalog::compiled_in().expect("texts are well-formed");
        let keys = |language: Language| {
            let words = catalog.words(language);
            let lists = [
                &words.status,
                &words.headline,
                &words.warning,
                &words.stopped,
                &words.held,
                &words.refused,
                &words.receipt,
                &words.done,
                &words.priority,
                &words.control,
                &words.digest,
            ];
            lists.map(|list| list.keys().cloned().collect::<Vec<_>>())
        };
        for language in Language::ALL {
            assert_eq!(keys(language), keys(Language::En), "{language}");
        }
    }

    #[test]
    fn a_missing_fact_is_an_error_not_a_gap() {
        let catalog = Catalog::compiled_in().expect("texts are well-formed");
        assert!(catalog.fill("{{ who }}", minijinja::context! {}).is_err());
        let filled = catalog.fill("{{ who }} <b>", minijinja::context! { who => "Kåre & co" });
        assert_eq!(filled.as_deref(), Ok("Kåre & co <b>"));
    }
}
