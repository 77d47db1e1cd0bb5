//! Character sets: octets to text, whatever was declared.
//!
//! The tables are the library's. Ours is what it does not ask: whether a declaration can be true, what a set is called
//! by mailers that make up names, and what to read where nothing is declared. It reads UTF-7 without its last letter
//! and without the sign behind a letter, so that is ours too.

mod guess;
mod shifted;

use mail_parser::decoders::charsets::map::charset_decoder;

/// Octets of a declared charset as text. A wrong declaration is common: text that is UTF-8 is read as UTF-8, whatever
/// its mailer wrote without looking.
pub(crate) fn text(octets: &[u8], charset: Option<&str>) -> String {
    let name = Name::of(charset.unwrap_or_default());
    if let Some(text) = marked(octets, &name) {
        return text;
    }
    if octets.is_ascii() && !name.is_stateful() {
        return match shifted::is_japanese(octets) {
            true => decode(octets, "iso-2022-jp").unwrap_or_else(|| rescue(octets)),
            false => rescue(octets),
        };
    }
    if name.is_latin() {
        return read(octets, windows_1252);
    }
    if name.is_careless() || guess::is_surely_utf_8(octets, &name.plain) {
        return rescue(octets);
    }
    let read = match shifted::read(octets, &name.plain) {
        Some(text) => Some(text),
        None => decode(octets, &name.known()),
    };
    match read {
        Some(text) if !is_rubble(&text) => text,
        read => {
            let rescued = rescue(octets);
            read.filter(|_| is_rubble(&rescued)).unwrap_or(rescued)
        }
    }
}

/// Octets of an unknown set: UTF-8 when they are, else what they look like, else Windows-1252, which has a sign for
/// nearly every octet. Text that is UTF-8 but for a few octets stays UTF-8.
pub(crate) fn rescue(octets: &[u8]) -> String {
    read(octets, guess::by_looks)
}

/// UTF-8, or what `other` makes of it.
fn read(octets: &[u8], other: fn(&[u8]) -> String) -> String {
    let text = match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => guess::read(octets, other),
    };
    guess::undo_double(text)
}

/// What an encoding's table makes of the octets; `None` when no table has this name.
fn decode(octets: &[u8], name: &str) -> Option<String> {
    charset_decoder(name.as_bytes()).map(|decoder| decoder(octets))
}

/// Windows-1252, also where Latin-1 is declared: the two differ only where the latter has controls.
fn windows_1252(octets: &[u8]) -> String {
    decode(octets, "windows-1252").unwrap_or_else(|| octets.iter().map(|b| char::from(*b)).collect())
}

/// A byte order mark is stronger than any declaration.
fn marked(octets: &[u8], name: &Name) -> Option<String> {
    let by_mark = match octets {
        [0xFF, 0xFE, ..] if octets.len().is_multiple_of(2) && name.may_be_wide() => "utf-16le",
        [0xFE, 0xFF, ..] if octets.len().is_multiple_of(2) && name.may_be_wide() => "utf-16be",
        _ => return None,
    };
    decode(&octets[2..], by_mark)
}

/// Was most of what is not ASCII unreadable in the declared set?
fn is_rubble(text: &str) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for sign in text.chars().filter(|sign| !sign.is_ascii()) {
        if sign == '\u{FFFD}' { bad += 1 } else { good += 1 }
    }
    bad > good
}

/// A charset by name.
struct Name {
    /// Lower-case, as written but for quotes.
    written: String,
    /// Letters and digits only.
    plain: String,
}

/// Names that are in use and in no table, letters and digits only, and what they mean.
#[rustfmt::skip]
const ALIASES: &[(&str, &str)] = &[
    ("uhc", "euc-kr"), ("cp949", "euc-kr"), ("ms949", "euc-kr"), ("xwindows949", "euc-kr"), ("ksc5601", "euc-kr"),
    ("cp932", "shift_jis"), ("xmscp932", "shift_jis"), ("windows932", "shift_jis"), ("xshiftjis", "shift_jis"),
    ("euccn", "gbk"), ("xeuccn", "gbk"), ("gb18030", "gb18030"), ("xmacroman", "macintosh"), ("macroman", "macintosh"),
    ("apple", "macintosh"), ("ibm437", "cp850"), ("cp437", "cp850"), ("437", "cp850"), ("cp865", "cp850"),
    ("ibm865", "cp850"), ("865", "cp850"), ("cp858", "cp850"), ("ibm858", "cp850"), ("858", "cp850"),
    ("latin9", "iso-8859-15"), ("latin0", "iso-8859-15"), ("koi8r", "koi8-r"), ("koi8u", "koi8-u"),
    ("eucjp", "euc-jp"), ("ujis", "euc-jp"), ("euckr", "euc-kr"), ("tis620", "tis-620"),
];

impl Name {
    fn of(charset: &str) -> Self {
        const BYTES_MAX: usize = 60;
        let written = charset.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        let plain = written.chars().take(BYTES_MAX).filter(char::is_ascii_alphanumeric).collect();
        Self { written, plain }
    }

    /// The sets of Western Europe: what is not UTF-8 is in them, whatever it looks like.
    fn is_latin(&self) -> bool {
        matches!(self.plain.as_str(), "iso88591" | "latin1" | "windows1252" | "cp1252" | "l1" | "ansi")
    }

    /// Declarations that say nothing, and UTF-8 where it is none.
    fn is_careless(&self) -> bool {
        let nothing = ["", "utf8", "usascii", "ascii", "ansix341968", "8bit", "binary", "none", "null", "xuserdefined"];
        nothing.contains(&self.plain.as_str()) || self.plain.contains("unknown") || self.plain.starts_with("default")
    }

    /// Sets that say more than ASCII with ASCII octets.
    fn is_stateful(&self) -> bool {
        ["iso2022", "utf16", "utf32", "hz", "ucs2"].iter().any(|head| self.plain.starts_with(head))
            || self.plain.ends_with("utf7")
    }

    /// May text of this set begin with the mark of UTF-16?
    fn may_be_wide(&self) -> bool {
        self.is_careless() || self.is_latin() || self.plain.starts_with("utf16") || self.plain.contains("unicode")
    }

    /// The name by which the tables know it.
    fn known(&self) -> String {
        if let Some((_, known)) = ALIASES.iter().find(|(alias, _)| *alias == self.plain) {
            return (*known).to_owned();
        }
        // `windows1250`, `win-1250`, `x-cp1250`; `iso88592`, `iso8859_2`, `iso 8859-2`.
        for (heads, known) in
            [(&["windows", "win", "cp", "xcp", "ms"][..], "windows-"), (&["iso8859"][..], "iso-8859-")]
        {
            let number = heads.iter().find_map(|head| self.plain.strip_prefix(head));
            if let Some(number) = number.filter(|n| (1..=4).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
            {
                return format!("{known}{number}");
            }
        }
        self.written.clone()
    }
}

#[cfg(test)]
mod tests;
