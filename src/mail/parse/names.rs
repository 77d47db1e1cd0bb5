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
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => {}
            _ if sign.is_control() => {}
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => out.push('_'),
            _ => out.push(sign),
        }
    }
    let name = out.trim().trim_end_matches('.').trim_start_matches('.');
    shorten(name)
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
    let mut cut = NAME_BYTES_MAX - ending.len();
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
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
