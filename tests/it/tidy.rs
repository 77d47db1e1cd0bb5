//! House rules, as tests: who may import whom, how large things may grow, what must be documented.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest file, in lines. Pure tables are excepted by name.
const FILE_LINES_MAX: usize = 400;
/// Longest function, in lines.
const FUNCTION_LINES_MAX: usize = 60;
/// Files that are one table or one list of fields.
const TABLES: &[&str] = &["src/smtp/reply.rs", "src/case/event.rs", "src/metrics.rs", "src/config/model.rs"];

const WORDS: &[&str] = &["id", "address", "envelope", "time"];

/// Which rooms may be imported by which. Everybody may import the words.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("id", &[]),
    ("address", &[]),
    ("envelope", &[]),
    ("time", &[]),
    ("smtp", &[]),
    ("mail", &[]),
    ("token", &["mail"]),
    ("directory", &[]),
    ("verify", &["mail", "token", "directory", "case"]),
    ("case", &["mail", "verify", "directory"]),
    ("thread", &["mail", "token", "directory", "case", "verify"]),
    ("rules", &["mail", "token", "directory", "verify", "case", "thread"]),
    ("letter", &["mail", "token", "directory", "case", "thread", "rules"]),
    ("explain", &["mail", "token", "directory", "verify", "case", "thread", "rules"]),
    ("config", &["mail", "token", "directory", "verify", "case", "thread", "rules", "smtp"]),
    ("ports", &["smtp", "mail", "verify", "directory", "case"]),
    ("metrics", &["mail", "case", "ports", "smtp", "verify"]),
    ("act", &["ports", "mail", "directory", "verify", "case", "thread", "rules", "metrics"]),
    ("recall", &["act", "ports", "mail", "case", "thread", "rules"]),
    ("intake", &["recall", "act", "ports", "mail", "directory", "verify", "case", "thread", "rules", "metrics"]),
    ("sweep", &["act", "ports", "case", "rules", "metrics"]),
    ("outbound", &["recall", "act", "ports", "mail", "directory", "case", "thread", "rules", "letter", "metrics"]),
    ("store", &["ports", "mail", "directory", "verify", "case", "metrics"]),
    ("net", &["config", "ports", "smtp", "mail", "case", "verify", "metrics"]),
    (
        "http",
        &[
            "net",
            "config",
            "act",
            "ports",
            "mail",
            "token",
            "directory",
            "verify",
            "case",
            "thread",
            "rules",
            "explain",
            "metrics",
        ],
    ),
    (
        "cli",
        &[
            "ports",
            "http",
            "smtp",
            "config",
            "mail",
            "token",
            "directory",
            "verify",
            "case",
            "thread",
            "rules",
            "letter",
            "explain",
            "store",
            "daemon",
        ],
    ),
    ("daemon", &["*"]),
    ("main", &["cli", "daemon"]),
    ("lib", &["*"]),
];

/// Rooms that know no clock, socket, file or randomness.
const PURE: &[&str] = &[
    "id",
    "address",
    "envelope",
    "time",
    "smtp",
    "mail",
    "token",
    "directory",
    "verify",
    "case",
    "thread",
    "rules",
    "letter",
    "explain",
    "config",
];

/// What a pure room must not name.
const IMPURE: &[&str] = &[
    "async fn",
    ".await;",
    ".await?",
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
    "std::io",
    "tokio::",
    "SystemTime",
    "Instant::now",
    "getrandom",
    "std::env",
    "std::thread",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(below: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(below), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} below {below}");
    found.sort();
    found
}

fn collect(directory: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The first path segment below `src`.
fn room(file: &str) -> String {
    let inside = file.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// The part of a file that is product code.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

/// Product code, file by file.
fn sources() -> Vec<(String, String)> {
    let is_test = |file: &str| file.ends_with("/tests.rs") || file == "src/directory/property.rs";
    files("src", ".rs").into_iter().filter(|(file, _)| !is_test(file)).collect()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let table: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let room = room(&file);
        let allowed = table.get(room.as_str()).unwrap_or_else(|| panic!("{file}: room {room} is not in the table"));
        let code = without_comments(product(&text));
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let imported: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let fine = imported == room || imported.is_empty() || WORDS.contains(&imported.as_str());
            if !fine && !allowed.contains(&"*") && !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{file}: {room} imports {imported}"));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_have_no_effects() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if !PURE.contains(&room(&file).as_str()) {
            continue;
        }
        let code = without_comments(product(&text));
        wrong.extend(IMPURE.iter().filter(|effect| code.contains(**effect)).map(|effect| format!("{file}: {effect}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_stay_small() {
    let mut wrong = Vec::new();
    for (file, text) in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX && !TABLES.contains(&file.as_str()) {
            wrong.push(format!("{file}: {lines} lines"));
        }
        wrong.extend(
            long_functions(&text)
                .into_iter()
                .map(|(line, length)| format!("{file}:{line}: a function of {length} lines")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Functions are formatted by rustfmt, so one ends at a closing brace of its own indentation.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let is_function = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn ", "async fn ", "pub async fn "]
            .iter()
            .any(|head| start.starts_with(head));
        if !is_function {
            continue;
        }
        let indent = line.len() - start.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[at..].iter().position(|line| {
            line.trim_end_matches([')', '*', ';']) == closing
                || line.trim_end().ends_with(';') && line.len() - line.trim_start().len() == indent
        });
        // A match that names every variant, and has no `_`, grows by a line with each.
        let counts = |line: &&&str| !line.trim_start().starts_with("| ");
        let length = end.map_or(1, |end| lines[at..=at + end].iter().filter(counts).count());
        if length > FUNCTION_LINES_MAX {
            long.push((at + 1, length));
        }
    }
    long
}

#[test]
fn product_code_neither_unwraps_nor_promises() {
    let banned = [
        ".unwrap()",
        "todo!",
        "unimplemented!",
        "dbg!",
        "FIXME",
        "TODO",
        "XXX",
        "#[ignore",
        "should_panic",
        "allow(dead_code)",
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let code = product(&text);
        wrong.extend(banned.iter().filter(|word| code.contains(**word)).map(|word| format!("{file}: {word}")));
        let edge = file.starts_with("src/cli") || file.starts_with("src/daemon") || file == "src/main.rs";
        if code.contains("anyhow") && !edge {
            wrong.push(format!("{file}: anyhow"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{file}: says nothing"));
        }
        if file.ends_with("/mod.rs") && !(text.contains("//! Job:") && text.contains("//! Absent on purpose:")) {
            wrong.push(format!("{file}: does not say its job and what is absent"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `tests/rfc.tsv`: number, title, held (yes, part, no). What is cited is listed; what is listed as held is cited.
#[test]
fn rfcs_are_cited_and_listed() {
    let listed = std::fs::read_to_string(root().join("tests/rfc.tsv")).unwrap();
    let rows: BTreeMap<u32, String> = listed
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 3, "{line}");
            assert!(["yes", "part", "no"].contains(&columns[2]), "{line}");
            (columns[0].parse().unwrap(), columns[2].to_owned())
        })
        .collect();
    let mut cited = BTreeMap::new();
    for (file, text) in sources() {
        for (at, _) in text.match_indices("RFC ") {
            let number: String = text[at + 4..].chars().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = number.parse::<u32>() {
                cited.insert(number, file.clone());
            }
        }
    }
    let unlisted: Vec<String> = cited
        .iter()
        .filter(|(rfc, _)| !rows.contains_key(rfc))
        .map(|(rfc, file)| format!("{file}: RFC {rfc}"))
        .collect();
    assert!(unlisted.is_empty(), "cited, not in tests/rfc.tsv: {}", unlisted.join(", "));
    let uncited: Vec<&u32> =
        rows.iter().filter(|(rfc, held)| *held == "yes" && !cited.contains_key(rfc)).map(|(rfc, _)| rfc).collect();
    assert!(uncited.is_empty(), "listed as held, never cited: {uncited:?}");
}
