//! Readable text, as it comes out of a part, with what the HTML said about its lines.

/// What the HTML of a line says about it. Plain text says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It stands in a container that a client made for quoted mail.
    Quoted,
    /// It stands in a container that a client made for the signature.
    Signature,
    /// From here on everything is quoted.
    Cut,
}

/// Readable text, LF line ends, with a mark for each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// The text.
    pub text: String,
    /// One for each line; lines beyond have none.
    pub marks: Vec<Mark>,
}

impl Readable {
    /// Text without marks; line ends made LF, controls taken out.
    pub fn plain(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if has_noise(line) {
                out.extend(
                    line.chars().map(|c| if c == '\r' { '\n' } else { c }).filter(|c| *c == '\n' || !is_noise(*c)),
                );
            } else {
                out.push_str(line);
            }
            out.push('\n');
        }
        out.pop();
        Self { text: out, marks: Vec::new() }
    }

    /// Adds another part's text below, an empty line between.
    pub fn append(&mut self, more: Self) {
        if self.text.trim().is_empty() {
            *self = more;
            return;
        }
        if more.text.trim().is_empty() {
            return;
        }
        let ended = self.text.trim_end_matches('\n').len();
        self.text.truncate(ended);
        self.text.push_str("\n\n");
        self.marks.resize(self.text.matches('\n').count(), Mark::None);
        self.text.push_str(&more.text);
        self.marks.extend(more.marks);
    }

    /// Cuts the text at a number of octets; true when there was more.
    pub fn cut_to(&mut self, bytes_max: usize) -> bool {
        if self.text.len() <= bytes_max {
            return false;
        }
        self.text.truncate(self.text.floor_char_boundary(bytes_max));
        true
    }
}

fn has_noise(line: &str) -> bool {
    // Octets first, all of them at once: 0xC2 begins the controls beyond ASCII, 0xEF the mark without width.
    let suspect = |octet: u8| (octet < b' ') & (octet != b'\t') | (octet == 0x7F) | (octet == 0xC2) | (octet == 0xEF);
    line.bytes().fold(false, |found, octet| found | suspect(octet)) && line.contains(is_noise)
}

/// Controls other than tab, and signs that show nothing.
fn is_noise(sign: char) -> bool {
    sign.is_control() && sign != '\t' || sign == '\u{FEFF}'
}
