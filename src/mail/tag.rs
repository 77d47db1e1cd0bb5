//! Tags: the short references that systems for inquiries put into subjects, ours and those of others.

/// What stands for the number in a pattern as written.
const NUMBER: &str = "{number}";
/// Longest pattern, in octets.
const PATTERN_BYTES_MAX: usize = 60;
/// Longest tag with all spaces that mailers put into it, in octets.
const TAG_BYTES_MAX: usize = 240;
/// Longest number, in digits: some systems count by date and time.
const DIGITS_MAX: usize = 20;
/// Most tags read from one text.
pub const TAGS_MAX: usize = 10;
/// Most text of a mail that is searched for tags, in octets: who names a case does so near the top.
const OWN_BYTES_MAX: usize = 64 << 10;
/// The first octet of what is written in three or more.
const WIDE_MIN: u8 = 0xE0;
/// Longest line that is looked at as a reference line, in octets.
const REFERENCE_LINE_BYTES_MAX: usize = 120;

/// What a system's tags look like: `[rt.uni.example #{number}]`.
///
/// Spaces and letter case do not count, for no mailer leaves them alone; nor does which dash it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern {
    before: String,
    after: String,
}

/// A tag in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its digits, without zeros in front.
    pub number: String,
    /// Where it begins and ends, in octets.
    start: usize,
    end: usize,
}

impl TagPattern {
    /// Reads a pattern. `None` unless `{number}` stands in it once, behind at least two other signs, and no digit
    /// touches it.
    pub fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once(NUMBER)?;
        let (before, after) = (squeezed(before), squeezed(after));
        let touched = before.ends_with(|c: char| c.is_ascii_digit()) || after.starts_with(|c: char| c.is_ascii_digit());
        let good =
            before.chars().count() >= 2 && !touched && text.len() <= PATTERN_BYTES_MAX && !after.contains(NUMBER);
        good.then_some(Self { before, after })
    }

    /// The pattern of our own tags: `[HV-{number}]`.
    pub fn ours(prefix: &str) -> Self {
        Self { before: squeezed(&format!("[{prefix}-")), after: "]".to_owned() }
    }

    /// A reference of ours without brackets: `HV-1042`.
    fn bare(prefix: &str) -> Self {
        Self { before: squeezed(&format!("{prefix}-")), after: String::new() }
    }

    /// All tags of this pattern, in order. Linear in the length of the text: a pattern is short.
    pub fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Tag> + 'a {
        let mut from = 0;
        self.starts(text).into_iter().filter_map(move |at| {
            let tag = self.at(text, at).filter(|_| at >= from)?;
            from = tag.end;
            Some(tag)
        })
    }

    /// Where a tag may begin. Most octets are skipped through quickly; what is written in three may be a full-width sign.
    fn starts(&self, text: &str) -> Vec<usize> {
        let first = self.before.chars().next().unwrap_or_default();
        let Some(octet) = u8::try_from(first).ok().filter(u8::is_ascii) else {
            return text.char_indices().filter(|(_, sign)| plain(*sign) == first).map(|(at, _)| at).collect();
        };
        let octets = text.as_bytes();
        let mut starts: Vec<usize> = memchr::memchr2_iter(octet, octet.to_ascii_uppercase(), octets).collect();
        if !text.is_ascii() {
            let is_first = |at: &usize| text[*at..].chars().next().map(plain) == Some(first);
            let wide = (0..octets.len()).filter(|at| octets[*at] >= WIDE_MIN);
            starts.extend(wide.filter(is_first));
            starts.sort_unstable();
        }
        starts
    }

    /// The tag as one text, under which it is known again however it was written.
    pub fn canonical(&self, tag: &Tag) -> String {
        format!("{}{}{}", self.before, tag.number, self.after)
    }

    fn at(&self, text: &str, start: usize) -> Option<Tag> {
        let mut signs = Signs { text, at: start, start };
        for wanted in self.before.chars() {
            signs.next_if(|sign| sign == wanted)?;
        }
        let mut number = String::new();
        while let Some(digit) = signs.next_if(|sign| sign.is_ascii_digit()) {
            number.push(digit);
        }
        for wanted in self.after.chars() {
            signs.next_if(|sign| sign == wanted)?;
        }
        let digits = number.trim_start_matches('0');
        let good = !number.is_empty() && digits.len() <= DIGITS_MAX;
        good.then(|| Tag { number: if digits.is_empty() { "0" } else { digits }.to_owned(), start, end: signs.at })
    }
}

/// The signs of a text as tags are compared: lower-case, fillers left out.
struct Signs<'a> {
    text: &'a str,
    at: usize,
    start: usize,
}

impl Signs<'_> {
    fn next_if(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        for (offset, sign) in self.text[self.at..].char_indices() {
            let end = self.at + offset + sign.len_utf8();
            if end - self.start > TAG_BYTES_MAX {
                return None;
            }
            if is_filler(sign) {
                continue;
            }
            let sign = plain(sign);
            if !is_wanted(sign) {
                return None;
            }
            self.at = end;
            return Some(sign);
        }
        None
    }
}

/// The text without these tags; spaces collapsed where one was taken out.
pub fn without(text: &str, pattern: &TagPattern) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for tag in pattern.find(text) {
        out.push_str(text[from..tag.start].trim_end());
        from = tag.end;
        if !out.is_empty() {
            out.push(' ');
        }
        from += text[from..].len() - text[from..].trim_start().len();
    }
    out.push_str(&text[from..]);
    out.trim().to_owned()
}

/// References of ours without brackets that stand as words of their own: `Ang. HV-1042`.
pub fn bare_references(text: &str, prefix: &str) -> Vec<Tag> {
    let is_word = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '@' | '/');
    let alone = |tag: &Tag| {
        !text[..tag.start].ends_with(is_word)
            && !text[tag.end..].starts_with(is_word)
            && !text[tag.start..tag.end].contains(char::is_whitespace)
    };
    TagPattern::bare(prefix).find(text).filter(alone).take(TAGS_MAX).collect()
}

/// References of ours that stand on a line by themselves, with at most a label in front: `Deres ref.: HV-1042`.
pub fn reference_lines(text: &str, prefix: &str) -> Vec<Tag> {
    let pattern = TagPattern::bare(prefix);
    let lines = text.lines().map(str::trim).filter(|line| line.len() <= REFERENCE_LINE_BYTES_MAX);
    let reference = |line: &str| {
        if !line.ends_with(|sign: char| sign.is_numeric() || sign == '.') {
            return None;
        }
        let value = line.rsplit_once([':', '：']).map_or(line, |(_, value)| value);
        let value = value.trim().trim_end_matches('.');
        pattern.at(value, 0).filter(|tag| tag.end == value.len() && !value.contains(char::is_whitespace))
    };
    lines.filter_map(reference).take(TAGS_MAX).collect()
}

/// The lines that the writer wrote, of a long text the first ones: up to the first that is quoted, that parts it from something else, or that tells
/// who wrote what follows. What a forwarded mail names is not what the one who passes it on names.
pub fn own_lines(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if begins_foreign(line.trim()) || end + line.len() > OWN_BYTES_MAX {
            break;
        }
        end += line.len();
    }
    &text[..end]
}

fn begins_foreign(line: &str) -> bool {
    const LABEL_BYTES_MAX: usize = 24;
    let rule = |mark: char| line.starts_with(mark) && line[1..].starts_with(mark);
    let label = || {
        let label = line.split_once([':', '：']).filter(|(label, _)| label.len() <= LABEL_BYTES_MAX);
        label.is_some_and(|(_, value)| value.contains('@'))
    };
    line.starts_with('>') || ['-', '_', '=', '*'].into_iter().any(rule) || line.contains('@') && label()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|sign| !is_filler(*sign)).map(plain).collect()
}

/// Spaces, and signs without width that a mailer puts in when it breaks a line.
fn is_filler(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}')
}

/// Any dash is a dash, full-width signs are their plain ones, and letter case does not count.
fn plain(sign: char) -> char {
    match sign {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '\u{FF01}'..='\u{FF5E}' => {
            let plain = u8::try_from(u32::from(sign) - 0xFEE0).map_or(sign, char::from);
            plain.to_ascii_lowercase()
        }
        '【' => '[',
        '】' => ']',
        _ => sign.to_lowercase().next().unwrap_or(sign),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(tags: impl IntoIterator<Item = Tag>) -> Vec<String> {
        tags.into_iter().map(|tag| tag.number).collect()
    }

    #[test]
    fn our_tags_are_found_and_taken_out() {
        for (subject, want, left) in [
            ("Re: [HV-1042] Skriver", &["1042"][..], "Re: Skriver"),
            ("[hv-7]", &["7"], ""),
            ("[HV\u{a0}- 10 42] x", &["1042"], "x"),
            ("x [HV\u{2011}5] y [Other #3] [HV-6]", &["5", "6"], "x y [Other #3]"),
            ("［ＨＶ－１２］ 打印机", &["12"], "打印机"),
            ("【HV-12】打印机", &["12"], "打印机"),
            ("[[HV-1]]", &["1"], "[ ]"),
            ("[HV-0012]", &["12"], ""),
            ("[HV-]", &[], "[HV-]"),
            ("[HV-10", &[], "[HV-10"),
            ("[HVX-10]", &[], "[HVX-10]"),
            ("[HV-99999999999999999999999]", &[], "[HV-99999999999999999999999]"),
        ] {
            let ours = TagPattern::ours("HV");
            assert_eq!(numbers(ours.find(subject)), want, "{subject}");
            assert_eq!(without(subject, &ours), left, "{subject}");
        }
    }

    #[test]
    fn other_systems_tags_are_found_by_their_pattern() {
        for (pattern, subject, want) in [
            ("[rt.uni.example #{number}]", "SV: [RT.uni.example #12] Skriver", &["12"][..]),
            ("[rt.uni.example #{number}]", "[rt.other.example #12]", &[]),
            ("[Ticket#{number}]", "Re: [Ticket# 2010080210123456] x", &["2010080210123456"]),
            ("(PR#{number})", "[Rd] Segfault (PR#391) (PR# 0392)", &["391", "392"]),
            ("PR#{number}", "about PR#7, PR#8", &["7", "8"]),
        ] {
            let parsed = TagPattern::parse(pattern).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(numbers(parsed.find(subject)), want, "{pattern} in {subject}");
        }
        for bad in ["", "{number}", "#{number}", "[x #]", "[1{number}]", "[a{number}{number}]", &"x".repeat(99)] {
            assert_eq!(TagPattern::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn references_count_as_words_in_subjects_and_on_lines_of_their_own_in_texts() {
        for (subject, want) in
            [("Ang. HV-1042", &["1042"][..]), ("hv‑7: skriveren", &["7"]), ("XHV-7, HV-7-b, HV 7, HV-7x", &[])]
        {
            assert_eq!(numbers(bare_references(subject, "HV")), want, "{subject}");
        }
        for (text, want) in [
            ("Hei\nDeres ref.: HV-12\n", &["12"][..]),
            ("HV-12.", &["12"]),
            ("se også HV-12", &[]),
            ("HV-12 og HV-13", &[]),
        ] {
            assert_eq!(numbers(reference_lines(text, "HV")), want, "{text}");
        }
    }

    #[test]
    fn what_is_passed_on_is_not_the_writers_own() {
        for (text, want) in [
            ("a\nb", "a\nb"),
            ("a\n> b", "a\n"),
            ("a\n---------- Forwarded message ---------\nb", "a\n"),
            ("a\nFra: Ola <ola@uni.example>\nb", "a\n"),
            ("a\n-- \nb", "a\n"),
            ("æ\n", "æ\n"),
        ] {
            assert_eq!(own_lines(text), want, "{text}");
        }
    }

    /// What mail programs do to a subject that they answer, one after the other.
    fn mangled(subject: &str, way: u8) -> String {
        match way % 9 {
            0 => format!("Re: {subject}"),
            1 => format!("回复：{subject}"),
            2 => subject.to_lowercase(),
            3 => subject.replace(' ', "\u{a0}"),
            4 => subject.replace('-', "\u{2011}"),
            5 => subject.replace("-", "-\u{200b} "),
            6 => format!("[liste] [Other #4711] {subject}"),
            7 => subject.chars().flat_map(|sign| [sign, '\u{ad}']).collect(),
            _ => format!("SV: {}", subject.chars().take(70).collect::<String>()),
        }
    }

    proptest! {
        #[test]
        fn the_tag_we_write_is_found_again_whatever_a_client_does(number: u64, title in "\\PC{0,60}", ways in prop::collection::vec(any::<u8>(), 0..3)) {
            let written = format!("[HV-{number}] {title}");
            let mangled = ways.iter().fold(written, |subject, way| mangled(&subject, *way));
            let found = numbers(TagPattern::ours("HV").find(&mangled));
            prop_assert!(found.contains(&number.to_string()), "{mangled}: {found:?}");
        }

        #[test]
        fn any_text_can_be_searched(text in "[\\[\\]HhVv0-9 #-]{0,200}") {
            let ours = TagPattern::ours("HV");
            prop_assert!(ours.find(&text).all(|tag| tag.start < tag.end && tag.end <= text.len()));
            let left = without(&text, &ours);
            prop_assert!(left.len() <= text.len());
        }
    }
}
