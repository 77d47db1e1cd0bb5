//! A page as HTML that every mail program shows: tables, styles at each element, nothing loaded from anywhere.
//!
//! Programs that know dark colours take them from the style sheet; those that drop it show the light ones, or turn
//! the colours themselves.

use super::{Button, Kind, Line, Page, buttons, unveiled};
use crate::directory::model::Language;

/// What a page needs to know besides its lines.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What it is written in.
    pub language: Language,
    /// What stands on a window that shows it.
    pub title: &'a str,
    /// Where ready commands go; `None` where there are none.
    pub commands: Option<Commands<'a>>,
}

/// How a ready command is written.
#[derive(Clone, Copy, Debug)]
pub struct Commands<'a> {
    /// Where it goes.
    pub to: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// The command that keeps the sender's automatic signature from being read.
    pub end: &'a str,
}

/// An element's name in the style sheet; its colours and those of its ground, light and dark.
struct Colours {
    class: &'static str,
    light: [&'static str; 2],
    dark: [&'static str; 2],
}

const PAGE: Colours = Colours { class: "hv-page", light: ["#1b1f24", "#f3f4f6"], dark: ["#e8eaed", "#121417"] };
const CARD: Colours = Colours { class: "hv-card", light: ["#1b1f24", "#ffffff"], dark: ["#e8eaed", "#1d2126"] };
const FAINT: Colours = Colours { class: "hv-faint", light: ["#57606a", "#ffffff"], dark: ["#b3b9c2", "#1d2126"] };
const REPLY: Colours = Colours { class: "hv-reply", light: ["#0d3a66", "#e8f1fb"], dark: ["#cfe4ff", "#14304d"] };
const WARNING: Colours = Colours { class: "hv-warning", light: ["#5c3d00", "#fff4d6"], dark: ["#ffe2a0", "#3a2e0c"] };
const WORDS: Colours = Colours { class: "hv-words", light: ["#1b1f24", "#f6f7f9"], dark: ["#e8eaed", "#262b31"] };
const BUTTON: Colours = Colours { class: "hv-button", light: ["#ffffff", "#0b57a4"], dark: ["#0a1a2b", "#8ab8f0"] };
const ALL: [Colours; 7] = [PAGE, CARD, FAINT, REPLY, WARNING, WORDS, BUTTON];

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONOSPACE: &str = "font-family:Consolas,Menlo,'Liberation Mono',monospace";
const BREAKS: &str = "word-break:break-word;overflow-wrap:anywhere";

/// Writes the page.
///
/// Shape:  a whole document; every value escaped; lines of the same kind that follow each other stand together.
pub fn write(page: &Page, frame: &Frame<'_>) -> String {
    let mut html = head(frame);
    let mut rest = page.lines.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|line| line.kind == first.kind).count();
        let (group, after) = rest.split_at(length);
        html.push_str(&written(first.kind, group, frame));
        rest = after;
    }
    html.push_str("</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n");
    html
}

fn head(frame: &Frame<'_>) -> String {
    let sheet: String = ALL
        .iter()
        .map(|Colours { class, dark: [colour, ground], .. }| {
            format!(".{class}{{color:{colour}!important;background-color:{ground}!important}}\n")
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{}</title>\n\
         <style>\n:root{{color-scheme:light dark;supported-color-schemes:light dark}}\n\
         @media (prefers-color-scheme:dark){{\n{sheet}}}\n</style>\n</head>\n\
         <body{} style=\"margin:0;padding:0;{}\">\n\
         <table role=\"presentation\"{} width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"{}\">\
         <tr><td align=\"center\" style=\"padding:12px 8px\">\n\
         <table role=\"presentation\"{} width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"max-width:640px;table-layout:fixed;border-radius:8px;{}\">\
         <tr><td align=\"left\" style=\"padding:16px;{FONT};font-size:16px;line-height:1.45;{BREAKS}\">\n",
        frame.language,
        escaped(frame.title),
        class(&PAGE),
        style(&PAGE),
        class(&PAGE),
        style(&PAGE),
        class(&CARD),
        style(&CARD),
    )
}

fn class(colours: &Colours) -> String {
    format!(" class=\"{}\"", colours.class)
}

fn style(Colours { light: [colour, ground], .. }: &Colours) -> String {
    format!("color:{colour};background-color:{ground}")
}

fn written(kind: Kind, lines: &[Line], frame: &Frame<'_>) -> String {
    match kind {
        Kind::Blank | Kind::Rule => String::new(),
        Kind::Marker => block(&FAINT, "margin:0 0 12px;font-size:13px", &sentence(lines)),
        Kind::Reply => box_of(&REPLY, "font-size:15px", &sentence(lines)),
        Kind::Warning => lines.iter().map(|line| box_of(&WARNING, "font-size:15px", &shown(&line.words))).collect(),
        Kind::Headline => {
            format!("<h1 style=\"margin:20px 0 8px;font-size:18px;line-height:1.35;{FONT}\">{}</h1>\n", sentence(lines))
        }
        Kind::Item => {
            let item = |line: &Line| {
                format!("<li style=\"margin:0 0 4px\">{}</li>", shown(line.words.trim_start_matches("- ")))
            };
            let items: String = lines.iter().map(item).collect();
            format!("<ul style=\"margin:8px 0;padding:0 0 0 22px\">{items}</ul>\n")
        }
        Kind::Words => lines.iter().map(|line| box_of(&WORDS, "", &shown(&line.words))).collect(),
        Kind::Fact => table(lines.iter().filter_map(|line| line.words.split_once(':')), &FAINT, ""),
        Kind::Row => table(lines.iter().map(|line| row(&line.words)), &CARD, MONOSPACE),
        Kind::Given => lines.iter().map(given).collect(),
        Kind::Name => {
            let name = |line: &Line| {
                format!(
                    "<div dir=\"auto\" style=\"margin:14px 0 2px;font-weight:bold;{BREAKS}\">{}</div>\n",
                    shown(&line.words)
                )
            };
            lines.iter().map(name).collect()
        }
        Kind::Detail => {
            let lines: Vec<String> = lines.iter().map(|line| shown(line.words.trim())).collect();
            block(&FAINT, "margin:0 0 4px;font-size:14px", &lines.join("<br>\n"))
        }
        Kind::Buttons | Kind::Shortcuts => button_row(lines, frame),
        Kind::Plain => format!("<p style=\"margin:12px 0\">{}</p>\n", sentence(lines)),
    }
}

fn block(colours: &Colours, more: &str, inner: &str) -> String {
    format!("<p{} style=\"{};{more}\">{inner}</p>\n", class(colours), style(colours))
}

/// Words on a ground of their own. Whatever direction they are written in ends with them.
fn box_of(colours: &Colours, more: &str, inner: &str) -> String {
    format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:8px 0;table-layout:fixed\"><tr><td{} dir=\"auto\" \
         style=\"padding:12px 14px;border-radius:6px;{FONT};font-size:16px;line-height:1.45;{BREAKS};{};{more}\">\
         {inner}</td></tr></table>\n",
        class(colours),
        style(colours),
    )
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>, label: &Colours, font: &str) -> String {
    let row = |(name, value): (&str, &str)| {
        let cell = format!("padding:3px 12px 3px 0;vertical-align:top;{FONT};font-size:15px;line-height:1.4;{BREAKS}");
        let name_cell = format!("{cell};{};{font}", style(label));
        let label = class(label);
        let (name, value) = (shown(name.trim()), shown(value.trim()));
        match value.is_empty() {
            true => format!("<tr><td colspan=\"2\"{label} style=\"{name_cell}\">{name}</td></tr>\n"),
            false => format!(
                "<tr><td{label} width=\"30%\" style=\"{name_cell}\">{name}</td><td dir=\"auto\" style=\"{cell}\">{value}</td></tr>\n"
            ),
        }
    };
    let rows: String = rows.map(row).collect();
    format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:16px 0;table-layout:fixed\">\n{rows}</table>\n"
    )
}

/// A command, and what it does behind the last wide gap.
fn row(line: &str) -> (&str, &str) {
    let line = line.trim();
    match line.rfind("  ").map(|at| line.split_at(at)) {
        Some((command, meaning)) if !meaning.trim_start().starts_with('/') => (command, meaning),
        _ => (line, ""),
    }
}

/// A line of the reader's, and what is said about it one step further in.
fn given(line: &Line) -> String {
    let words = line.words.trim_start();
    let (indent, font) = if line.words.starts_with("        ") { (20, FONT) } else { (0, MONOSPACE) };
    format!("<div style=\"margin:4px 0;padding-left:{indent}px;{font};{BREAKS}\">{}</div>\n", shown(words))
}

fn button_row(lines: &[Line], frame: &Frame<'_>) -> String {
    let Some(commands) = frame.commands else { return String::new() };
    let buttons = lines.iter().flat_map(|line| buttons(&line.words));
    let links: String = buttons.map(|button| link(&button, &commands)).collect();
    format!(
        "<div style=\"margin:12px 0 0\">{links}</div>
"
    )
}

fn link(button: &Button, commands: &Commands<'_>) -> String {
    format!(
        "<a{} href=\"{}\" style=\"display:inline-block;margin:0 8px 8px 0;padding:10px 14px;border-radius:6px;\
         {FONT};font-size:15px;line-height:1.2;text-decoration:none;{}\">{}</a>\n",
        class(&BUTTON),
        escaped(&mail_to(button, commands)),
        style(&BUTTON),
        escaped(&button.label),
    )
}

/// A mail with the command in it (RFC 6068 §2, §5). Below the command nothing is read, so that what the program puts
/// below every new mail is not taken for an answer; where a text or an argument is still to be written, it stays open.
fn mail_to(button: &Button, commands: &Commands<'_>) -> String {
    let body = match &button.argument {
        _ if !button.command.starts_with('/') => button.command.clone(),
        Some(_) => format!("{} ", button.command),
        None if button.label.ends_with('…') => format!("{}\r\n", button.command),
        None => format!("{}\r\n{}\r\n", button.command, commands.end),
    };
    let elsewhere = button.elsewhere.as_ref().map(|(to, subject)| (to.as_str(), subject.as_str()));
    let (to, subject) = elsewhere.unwrap_or((commands.to, commands.subject));
    let (local, domain) = to.rsplit_once('@').unwrap_or((to, ""));
    format!("mailto:{}@{}?subject={}&body={}", percent(local), percent(domain), percent(subject), percent(&body))
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for octet in text.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

/// Several lines of a template as one paragraph, which is wrapped where it is read; a line that ends early ends there.
fn sentence(lines: &[Line]) -> String {
    const FULL_CHARS_MIN: usize = 50;
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let ended = at > 0 && lines[at - 1].words.chars().count() < FULL_CHARS_MIN;
        out.push_str(match at {
            0 => "",
            _ if ended => "<br>\n",
            _ => " ",
        });
        out.push_str(&shown(line.words.trim()));
    }
    out
}

/// Words with their values, escaped; line ends of values stay.
fn shown(words: &str) -> String {
    let text = unveiled(words);
    let lines = text.trim().lines().map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        format!("{}{}", "&nbsp;".repeat(indent.min(INDENT_MAX)), escaped(line.trim_start_matches(' ')))
    });
    lines.collect::<Vec<_>>().join("<br>\n")
}

/// Deepest indentation that is kept, in spaces.
const INDENT_MAX: usize = 40;

/// Safe between tags and in quoted attributes. Controls show nothing.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push(' '),
            _ if sign.is_control() => {}
            _ => out.push(sign),
        }
    }
    out
}
