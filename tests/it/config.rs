//! Every file in `tests/bad-config` is refused with exactly the problems written beside it, and the shipped
//! configuration is what the code does without one.

use std::fs;
use std::path::Path;

use henvend::config::{Config, read};

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A key at its default is a line `#key = …` or `#[section]`; words follow a `#` and a space.
fn with_every_key(shipped: &str) -> String {
    let enabled = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => rest.to_owned(),
        _ => line.to_owned(),
    };
    shipped.lines().map(enabled).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_shipped_file_shows_the_defaults_of_the_code() {
    let shipped = fs::read_to_string(here("config/henvend.toml")).expect("shipped");
    let every = with_every_key(&shipped);
    let config = read("henvend.toml", &every).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config, Config::default());

    let least = "host_name = \"henvend.example.org\"\nreply_domain = \"reply.example.org\"";
    assert_eq!(read("least.toml", least).as_ref(), Ok(&Config::default()));

    let problems = read("henvend.toml", &shipped).expect_err("two keys have no default");
    let keys: Vec<_> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["host_name", "reply_domain"]);
}

#[test]
fn the_shipped_file_shows_every_key() {
    let source = fs::read_to_string(here("src/config/file.rs")).expect("source");
    let shipped = fs::read_to_string(here("config/henvend.toml")).expect("shipped");
    let in_macro = source.split("macro_rules").nth(1).expect("sections follow the macro").split("section!(").skip(1);
    let mut keys = 0;
    for section in in_macro {
        let body = &section[section.find('{').expect("opens")..section.find('}').expect("closes")];
        for key in body.split([',', '{']).filter_map(|field| field.split_once(':')).map(|(key, _)| key.trim()) {
            let shown = format!("{key} = ");
            let header = format!(".{key}]]");
            assert!(shipped.contains(&shown) || shipped.contains(&header), "{key} is not in config/henvend.toml");
            keys += 1;
        }
    }
    assert!(keys > 40, "only {keys} keys were found in the source");
}

#[test]
fn alerts_speak_of_metrics_that_are() {
    let alerts = fs::read_to_string(here("config/alerts.yml")).expect("shipped");
    let words = alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names: Vec<_> = words.filter(|word| word.starts_with("henvend_")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let base = name.trim_end_matches("_bucket");
        assert!(henvend::metrics::METRICS.iter().any(|(known, _)| *known == base), "{name}");
    }
}

#[test]
fn bad_files_are_refused_with_all_their_problems() {
    let mut files: Vec<_> = fs::read_dir(here("tests/bad-config"))
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 12, "{} files", files.len());
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("readable");
        let want = fs::read_to_string(path.with_extension("problems")).unwrap_or_default();
        let got = read(&name, &text).expect_err(&name).to_string();
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn every_metric_stands_in_the_readme() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let missing: Vec<&str> = henvend::metrics::METRICS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "not in README.md: {missing:?}");
}
