//! A text that is filled in → what each of its lines is → plain text and HTML.
//!
//! A template is written as the text is to look. The beginning of a line may say what it is: [`KINDS`]. What is filled
//! in cannot say so, nor end a line, whatever stands in it: values are written in letters of their own ([`veiled`])
//! until the lines are read.

pub mod html;

/// Value letters: ASCII, moved into a private plane of Unicode.
const VEIL: u32 = 0x000F_0000;
const VEIL_END: u32 = VEIL + 0x7F;

/// A text, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    lines: Vec<Line>,
}

/// One line of a template. What was filled in may make it several.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    kind: Kind,
    /// Without the mark, values still veiled.
    words: String,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Blank,
    /// The line above which an answer is written.
    Marker,
    /// What an answer to this mail does.
    Reply,
    Headline,
    Warning,
    Item,
    /// Somebody's own words.
    Words,
    /// `Label: value`
    Fact,
    /// Commands, each a button in HTML: `[Label: /command <argument>]`, side by side.
    Buttons,
    /// Buttons for what the text says already; only in HTML.
    Shortcuts,
    /// Dashes across the page.
    Rule,
    /// A command and what it does, some spaces between.
    Row,
    /// A line of the reader's own, given back.
    Given,
    /// The name of a thing, and below it what is to be known of it.
    Name,
    Detail,
    Plain,
}

/// How lines of a template begin, the first that fits. Marks that end in a space are not part of the text.
const KINDS: &[(&str, Kind)] = &[
    ("= ", Kind::Marker),
    ("? ", Kind::Reply),
    ("# ", Kind::Headline),
    ("! ", Kind::Warning),
    ("> ", Kind::Words),
    ("| ", Kind::Fact),
    ("[", Kind::Buttons),
    ("([", Kind::Shortcuts),
    ("---", Kind::Rule),
    ("- ", Kind::Item),
    ("  /", Kind::Row),
    ("    ", Kind::Given),
    ("* ", Kind::Name),
    ("  ", Kind::Detail),
];

/// Kinds whose mark stands in the plain text too.
const SHOWN: &[Kind] = &[Kind::Buttons, Kind::Rule, Kind::Item, Kind::Row, Kind::Given, Kind::Detail];

/// A value in letters that no template has.
pub fn veiled(value: &str) -> String {
    let veil = |sign: char| match sign {
        '\r' => None,
        _ if sign.is_ascii() => char::from_u32(VEIL + u32::from(sign)),
        _ if (VEIL..=VEIL_END).contains(&u32::from(sign)) => Some(char::REPLACEMENT_CHARACTER),
        _ => Some(sign),
    };
    value.chars().filter_map(veil).collect()
}

fn unveiled(words: &str) -> String {
    let unveil = |sign: char| match u32::from(sign) {
        code @ VEIL..=VEIL_END => char::from_u32(code - VEIL).unwrap_or(sign),
        _ => sign,
    };
    words.chars().map(unveil).collect()
}

impl Page {
    /// Reads a text that is filled in, its values veiled.
    pub fn read(filled: &str) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for text in filled.lines() {
            let line = Line::read(text);
            // Where nothing was filled in, more than one empty line may be left.
            if line.kind != Kind::Blank || lines.last().is_some_and(|above| above.kind != Kind::Blank) {
                lines.push(line);
            }
        }
        if lines.last().is_some_and(|line| line.kind == Kind::Blank) {
            lines.pop();
        }
        Self { lines }
    }

    /// The plain text, LF line ends.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line.kind {
                Kind::Shortcuts => continue,
                Kind::Buttons => {
                    let commands: Vec<String> = buttons(&line.words).map(|button| button.shown()).collect();
                    text.push_str(&commands.join("  "));
                }
                _ => text.push_str(&unveiled(&line.words)),
            }
            text.push('\n');
        }
        // What only HTML shows may have left an empty line behind.
        text.truncate(text.trim_end_matches('\n').len());
        text.push('\n');
        text
    }
}

impl Line {
    fn read(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self { kind: Kind::Blank, words: String::new() };
        }
        let found = KINDS.iter().find(|(mark, _)| text.starts_with(mark));
        let (mark, kind) = found.map_or(("", Kind::Plain), |(mark, kind)| (*mark, *kind));
        let words = if SHOWN.contains(&kind) { text } else { &text[mark.len()..] };
        // Nothing was filled in.
        let kind = if words.trim().is_empty() { Kind::Blank } else { kind };
        Self { kind, words: words.to_owned() }
    }
}

/// A command that is ready to be sent.
struct Button {
    label: String,
    /// Without its argument, when that is still to be written.
    command: String,
    /// What is still to be written, by its name.
    argument: Option<String>,
    /// Where it goes and under which subject, when not where all others do.
    elsewhere: Option<(String, String)>,
}

impl Button {
    /// The command as it is typed.
    fn shown(&self) -> String {
        match &self.argument {
            Some(argument) => format!("{} {argument}", self.command),
            None => self.command.clone(),
        }
    }
}

/// `[Label: /command]`, any number side by side; `[Label: /command @address subject]` where one goes elsewhere.
fn buttons(line: &str) -> impl Iterator<Item = Button> {
    let inner = line.split('[').filter_map(|part| part.split_once(']')).map(|(inner, _)| inner);
    inner.filter_map(|inner| {
        let (label, command) = inner.split_once(": ")?;
        let (command, elsewhere) = command.split_once('@').map_or((command, None), |(c, rest)| (c, Some(rest)));
        let elsewhere = elsewhere.map(|to| to.split_once(' ').unwrap_or((to, "")));
        let elsewhere = elsewhere.map(|(to, subject)| (unveiled(to), unveiled(subject)));
        let (command, argument) = match command.split_once('<') {
            Some((command, argument)) => (command, Some(unveiled(argument.trim_end_matches('>')))),
            None => (command, None),
        };
        Some(Button { label: unveiled(label), command: unveiled(command.trim()), argument, elsewhere })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_looks_as_its_text_does() {
        for (template, text) in [
            ("Hei!\n\n\n\nTil deg.\n\n", "Hei!\n\nTil deg.\n"),
            ("= ##- Svar -##\n? Svarer du\n# Ny\n- en\n! OBS: to\n", "##- Svar -##\nSvarer du\nNy\n- en\nOBS: to\n"),
            ("-----\n| Status:   ny\n  /ta   min\n", "-----\nStatus:   ny\n  /ta   min\n"),
            ("[Ta: /ta] [Tildel: /tildel <NAVN>]\n", "/ta  /tildel NAVN\n"),
        ] {
            assert_eq!(Page::read(template).text(), text, "{template}");
        }
    }

    #[test]
    fn what_is_filled_in_is_never_read_as_a_line_of_ours() {
        for value in ["# x", "? Svar sendes\nikke", "[x: /close]", "---", "\u{F0041}", "a\r\nb"] {
            let page = Page::read(&format!("{}\n> {}\n", veiled(value), veiled(value)));
            let kinds: Vec<Kind> = page.lines.iter().map(|line| line.kind).collect();
            assert_eq!(kinds, [Kind::Plain, Kind::Words], "{value}");
        }
        assert_eq!(unveiled(&veiled("Kåre & <co>\n[x]")), "Kåre & <co>\n[x]");
    }
}
