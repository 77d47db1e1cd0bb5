//! File names that are safe to write, whatever the mail says.

/// Longest name kept, in octets; most file systems take 255.
const NAME_BYTES_MAX: usize = 200;

/// The name without path, controls, and signs that some file system or shell takes for something else. `None` when
/// nothing is left.
pub(crate) fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).find(|piece| !piece.trim().is_empty())?;
    let mut out = String::with_capacity(last.len());
    for sign in last.trim().chars() {
        match sign {
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => {}
            '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => {}
            _ if sign.is_control() => {}
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => out.push('_'),
            _ => out.push(sign),
        }
    }
    // Windows drops blanks and dots at the end; elsewhere a dot in front hides a file.
    let dots = |sign: char| sign == '.' || sign.is_whitespace();
    let name = out.trim_matches(dots);
    if is_device(name) { shorten(&format!("_{name}")) } else { shorten(name) }
}

/// Names that Windows takes for a device, whatever their ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let numbered = numbered.is_some_and(|number| matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"));
    numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

/// Cut in the middle, so that the ending stays.
fn shorten(name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    if name.len() <= NAME_BYTES_MAX {
        return Some(name.to_owned());
    }
    let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
    let ending = if ending.len() <= 20 { ending } else { "" };
    let cut = name.floor_char_boundary(NAME_BYTES_MAX - ending.len());
    Some(format!("{}{ending}", &name[..cut]))
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn hostile_names_become_harmless() {
        for (name, want) in [
            ("faktura.pdf", Some("faktura.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\Ola\\blåbær.docx", Some("blåbær.docx")),
            ("a\r\nBcc: x.txt", Some("aBcc_ x.txt")),
            ("fdp.\u{202e}exe", Some("fdp.exe")),
            (".bashrc", Some("bashrc")),
            ("CON", Some("_CON")),
            ("nul.tar.gz", Some("_nul.tar.gz")),
            ("com1 .txt", Some("_com1 .txt")),
            ("com10.txt", Some("com10.txt")),
            ("rapport.pdf . .", Some("rapport.pdf")),
            ("faktura\0.pdf", Some("faktura.pdf")),
            ("\u{2066}gpj.exe\u{2069}", Some("gpj.exe")),
            ("\u{202e}\u{200b}", None),
            ("..", None),
            ("", None),
        ] {
            assert_eq!(safe(name).as_deref(), want, "{name:?}");
        }
        let long = format!("{}.pdf", "å".repeat(500));
        let short = safe(&long).expect("a name");
        assert!(short.len() <= 200 && short.ends_with(".pdf"));
    }
}
