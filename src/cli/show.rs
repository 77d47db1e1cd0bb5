//! Text for people: aligned, plain, in colour only on a terminal, and safe to print whatever a mail holds.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text(Paint),
    /// For programs: one object a line.
    Json,
}

/// Is colour wanted?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// A pipe, a file, or somebody who set `NO_COLOR`.
    Plain,
    /// A terminal.
    Colour,
}

impl Form {
    /// As standard output wants it.
    pub fn of(json: bool) -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        match json {
            true => Self::Json,
            false => Self::Text(if colour { Paint::Colour } else { Paint::Plain }),
        }
    }

    /// Prints an answer, as JSON or as the text made of it.
    pub fn print<T: Serialize>(self, answer: &T, text: impl FnOnce(&T, Paint) -> String) -> Result<()> {
        let mut out = std::io::stdout().lock();
        match self {
            Self::Json => {
                serde_json::to_writer(&mut out, answer)?;
                writeln!(out)?;
            }
            Self::Text(paint) => out.write_all(text(answer, paint).as_bytes())?,
        }
        Ok(out.flush()?)
    }
}

impl Paint {
    /// What the eye should find first.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// A line of a difference: green comes, red goes, yellow changes.
    pub fn difference(self, line: &str) -> String {
        match line.as_bytes().first() {
            Some(b'+') => self.with("32", line),
            Some(b'-') => self.with("31", line),
            _ => self.with("33", line),
        }
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Mails are strangers' words: escape sequences and direction marks must not reach a terminal.
pub fn safe(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\t' => c,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

/// Rows under a head, columns aligned; the last column is as long as it is.
pub fn table(head: &[&str], rows: &[Vec<String>], paint: Paint) -> String {
    let head: Vec<_> = head.iter().map(|word| (*word).to_owned()).collect();
    let rows: Vec<Vec<_>> =
        rows.iter().map(|row| row.iter().map(|cell| safe(cell).replace('\n', " ")).collect()).collect();
    let all = || std::iter::once(&head).chain(&rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (number, row) in all().enumerate() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        text.push_str(&if number == 0 { paint.bold(line) } else { line.to_owned() });
        text.push('\n');
    }
    text
}

/// `2026-11-22 14:05` in the zone of whoever looks; what is no time stays as it is.
pub fn local(time: &str) -> String {
    let shown = time.parse::<jiff::Timestamp>().map(|time| time.to_zoned(jiff::tz::TimeZone::system()));
    shown.map_or_else(|_| time.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Every line of the text behind this many spaces.
pub fn indented(text: &str, spaces: usize) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{:spaces$}{line}\n", "") };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_and_harmless() {
        let rows = [
            vec!["HV-1".to_owned(), "blåbær".to_owned(), "x\x1b[31m\ny".to_owned()],
            vec!["HV-10".to_owned(), "b".to_owned(), "z".to_owned()],
        ];
        let want = "CASE   WHO     TITLE\nHV-1   blåbær  x\u{fffd}[31m y\nHV-10  b       z\n";
        assert_eq!(table(&["CASE", "WHO", "TITLE"], &rows, Paint::Plain), want);
        assert_eq!(Paint::Colour.difference("+ x"), "\x1b[32m+ x\x1b[0m");
        assert_eq!(indented("a\n\nb", 2), "  a\n\n  b\n");
        assert_eq!(local("yesterday"), "yesterday");
    }
}
