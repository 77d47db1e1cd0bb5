use super::*;
use crate::directory::model::OPERATORS;

fn reading(text: &str) -> Reading {
    let directory = Directory::default();
    let (now, user) = (Timestamp::from_secs(0), UserId::new(1));
    let (zone, ours) = (jiff::tz::TimeZone::UTC, Ours::for_tests());
    let (directory, category, time_zone, ours) = (&directory, OPERATORS, &zone, &ours);
    read(text, &Context { directory, category, user, now, time_zone, ours })
}

fn check(text: &str, want_commands: &[Command], want_text: &str) {
    let reading = reading(text);
    assert!(reading.is_good(), "{text:?}: {:?}", reading.verdicts);
    assert_eq!(reading.commands, want_commands, "{text:?}");
    assert_eq!(reading.text, want_text, "{text:?}");
}

fn problems(text: &str) -> Vec<Option<CommandProblem>> {
    let reading = reading(text);
    assert!(reading.commands.is_empty(), "{text:?}");
    reading.verdicts.into_iter().map(|verdict| verdict.problem).collect()
}

#[test]
fn every_name_of_a_verb_is_read_as_it() {
    for (name, verb) in verb::VERBS {
        for line in [format!("/{name}"), format!("/{} x", name.to_uppercase()), format!("/{name}.")] {
            assert_eq!(verb_of(&line).1, Some(*verb), "{line}");
        }
    }
    assert_eq!(verb_of("/unmerge").1, Some(Verb::Split));
}

#[test]
fn commands_stand_at_the_top_only() {
    for stray in [
        "Hei!\n/take",
        "/take\n\nHei!\n/close",
        "- /note\nHei!",
        "1) /tildel kari",
        "*/note*\nHei!",
        "Hei\n/notat hun er vrang i dag igjen",
        "Hei\n\\notat",
        "Hei\n/notater:",
        "Hei\n/lukk nå",
    ] {
        assert_eq!(problems(stray).last(), Some(&Some(CommandProblem::NotAtTop)), "{stray:?}");
    }
    check("Hei!\n/take er en kommando.\n- /tmp", &[], "Hei!\n/take er en kommando.\n- /tmp");
    check("\n \n/TA\n/Løst\nHei!", &[Command::Take, Command::Resolve], "Hei!");
    check(
        "\u{3164}\u{200b}\n\u{FF0F}take\u{200b}\n\u{2060}\u{2215}lukk \u{feff}\nHei",
        &[Command::Take, Command::Close],
        "Hei",
    );
    check("/note\n/take is what I would do", &[Command::Note], "/take is what I would do");
    check("/vent", &[Command::Wait(None)], "");
    check("", &[], "");
    check("Hei!\n/end\nikke les dette", &[], "Hei!");
    check("/ta\n/slutt\nMvh Ola", &[Command::Take], "");
    check(
        "/RING 22 22 22 22\nHun ringer igjen.",
        &[Command::Call(Some("22 22 22 22".to_owned()))],
        "Hun ringer igjen.",
    );
    check("/note: Hun ringer\nigjen.", &[Command::Note], "Hun ringer\nigjen.");
    check("/Notat notat", &[Command::Note], "notat");
    check("/ta.\n/Løst!", &[Command::Take, Command::Resolve], "");
    check("/ ta\n/ikke søppel", &[Command::Take, Command::NotSpam], "");
    check("/slå–sammen HV-7", &[Command::Merge(crate::id::CaseId::new(7))], "");
    check("/slå sammen HV-7.", &[Command::Merge(crate::id::CaseId::new(7))], "");
    check("/prioritet Høy.", &[Command::Priority(crate::case::model::Priority::High)], "");
    check("/slå-sammen HV-7", &[Command::Merge(crate::id::CaseId::new(7))], "");
    check("/tittel Skriver 3 (blå)", &[Command::Title("Skriver 3 (blå)".to_owned())], "");
}

#[test]
fn one_bad_line_spoils_all() {
    let unknown = |nearest: Option<&str>| Some(CommandProblem::UnknownVerb { nearest: nearest.map(str::to_owned) });
    assert_eq!(problems("/take\n/resovle\nHei"), [None, unknown(Some("resolve"))]);
    assert_eq!(problems("/etc/passwd er borte"), [unknown(None)]);
    assert_eq!(problems("/"), [unknown(None)]);
    assert_eq!(problems("/take me"), [Some(CommandProblem::BadArgument)]);
    assert_eq!(problems("/resolve\n/close"), [None, Some(CommandProblem::Contradiction)]);
    assert_eq!(problems("/assign"), [Some(CommandProblem::MissingArgument)]);
    assert_eq!(problems("/ta\u{200b}ke"), [unknown(Some("take"))]);
    assert_eq!(problems(&"/take\n".repeat(5000)).len(), COMMANDS_MAX + 1);
}
