//! Files written into a text as people did before MIME: `begin 644 name`, lines of sixes of bits, `end`.

use super::fields::{line_end, trim_end};

/// A file found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// As written.
    pub name: String,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// Takes the files out; `None` when there are none. Without a proper end, or with a line between that is no code, a
/// block is left where it stands.
///
/// Shape:  the text without them, and at most `files_max` files; linear, as no line of code begins a block.
pub(crate) fn take_out(text: &[u8], files_max: usize) -> Option<(Vec<u8>, Vec<Found>)> {
    memchr::memmem::find(text, b"begin ")?;
    let (mut rest, mut files, mut position) = (Vec::new(), Vec::new(), 0);
    while position < text.len() {
        let end = line_end(text, position);
        let name = name(trim_end(&text[position..end])).filter(|_| files.len() < files_max);
        match name.and_then(|name| Some((name, block(text, end)?))) {
            Some((name, (octets, behind))) => {
                files.push(Found { name, octets });
                position = behind;
            }
            None => {
                rest.extend_from_slice(&text[position..end]);
                position = end;
            }
        }
    }
    (!files.is_empty()).then_some((rest, files))
}

/// The name in `begin 644 name`.
fn name(line: &[u8]) -> Option<String> {
    let line = line.strip_prefix(b"begin ")?;
    let digits = line.iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
    let name = line.get(digits..)?.strip_prefix(b" ").filter(|_| (3..=4).contains(&digits))?.trim_ascii();
    (!name.is_empty()).then(|| super::charset::rescue(name))
}

/// The octets of a block whose first line of code begins at `start`, and where the text goes on.
fn block(text: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    let (mut octets, mut position) = (Vec::new(), start);
    while position < text.len() {
        let end = line_end(text, position);
        let line = trim_end(&text[position..end]);
        if line == b"end" {
            return (!octets.is_empty()).then_some((octets, end));
        }
        decode_line(line, &mut octets)?;
        position = end;
    }
    None
}

/// One line: how many octets, then four signs for each three. Blanks at its end may have been lost on the way.
fn decode_line(line: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if !line.iter().all(|b| (b' '..=b'`').contains(b)) {
        return None;
    }
    let value = |sign: Option<&u8>| (sign.copied().unwrap_or(b' ') - b' ') & 0x3F;
    let count = usize::from(value(line.first()));
    let code = line.get(1..).unwrap_or_default();
    // Some programs write a sum behind each line.
    if code.len() > count.div_ceil(3) * 4 + 1 {
        return None;
    }
    let before = out.len();
    for group in 0..count.div_ceil(3) {
        let sign = |at: usize| u32::from(value(code.get(group * 4 + at)));
        let three = sign(0) << 18 | sign(1) << 12 | sign(2) << 6 | sign(3);
        out.extend_from_slice(&three.to_be_bytes()[1..]);
    }
    out.truncate(before + count);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let Some((rest, files)) = take_out(text.as_bytes(), 3) else { return "-".to_owned() };
        let files: Vec<String> =
            files.iter().map(|file| format!("{}={}", file.name, String::from_utf8_lossy(&file.octets))).collect();
        format!("{:?} {}", String::from_utf8_lossy(&rest), files.join(" "))
    }

    #[test]
    fn files_are_taken_out_of_text() {
        for (text, want) in [
            ("Hei\r\nbegin 644 a b.txt\r\n#2&5I\r\n`\r\nend\r\nOla\r\n", "\"Hei\\r\\nOla\\r\\n\" a b.txt=Hei"),
            ("begin 0644 x\n$2&5I(0\n \nend\n", "\"\" x=Hei!"),
            ("begin 644 x\n#2&5I\nend", "\"\" x=Hei"),
            ("begin 644 x\n#2&5I\n\nend\nbegin 644 y\n#2&5I\nend\n", "\"\" x=Hei y=Hei"),
            ("begin 644 x\nIkke kode\nend\n", "-"),
            ("begin 644 x\n#2&5I\n", "-"),
            ("begin 644 x\nend\n", "-"),
            ("begin with the end\nend\n", "-"),
            ("begin 644 \n#2&5I\nend\n", "-"),
            ("", "-"),
        ] {
            assert_eq!(show(text), want, "{text:?}");
        }
        assert_eq!(take_out(&b"begin 644 x\n#2&5I\nend\n".repeat(9), 3).map(|(_, files)| files.len()), Some(3));
    }
}
