//! Text that is signed where it stands (RFC 9580 §7): its words without the armour around them.

use std::borrow::Cow;

use super::Readable;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// The text as it was before it was signed. Where the armour is not whole, nothing is taken off.
pub(crate) fn without_armour(readable: &Readable) -> Cow<'_, Readable> {
    if !readable.text.contains(BEGIN) {
        return Cow::Borrowed(readable);
    }
    let lines: Vec<&str> = readable.text.split('\n').collect();
    let Some((begin, signature, end)) = armour(&lines) else { return Cow::Borrowed(readable) };
    // Header lines end with an empty one.
    let head = lines[begin..signature].iter().position(|line| line.trim().is_empty()).unwrap_or_default();
    let kept = (0..begin).chain(begin + head + 1..signature).chain(end + 1..lines.len());
    let mut open = Readable::default();
    for at in kept {
        // A line that begins with a dash was written with another in front (RFC 9580 §7.2).
        let line = lines[at];
        let signed = (begin..signature).contains(&at);
        open.text.push_str(line.strip_prefix("- ").filter(|_| signed).unwrap_or(line));
        open.text.push('\n');
        open.marks.extend(readable.marks.get(at));
    }
    open.text.pop();
    Cow::Owned(open)
}

/// Where it begins, where the signature does, and where that ends.
fn armour(lines: &[&str]) -> Option<(usize, usize, usize)> {
    let from = |at: usize, mark: &str| Some(at + lines[at..].iter().position(|line| line.trim_end() == mark)?);
    let begin = from(0, BEGIN)?;
    let signature = from(begin, SIGNATURE)?;
    Some((begin, signature, from(signature, END)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_armour_goes_and_the_words_stay() {
        let signed = |words: &str| format!("{BEGIN}\nHash: SHA256\n\n{words}\n{SIGNATURE}\n\niQEz\n=AbCd\n{END}");
        for (text, want) in [
            (signed("/ta\n\nHei"), "/ta\n\nHei".to_owned()),
            (signed("- -- \n- - to\n-ett"), "-- \n- to\n-ett".to_owned()),
            (format!("Over\n{}\n-- \nlista", signed("Hei")), "Over\nHei\n-- \nlista".to_owned()),
            (signed("Hei").replace('-', "> -"), signed("Hei").replace('-', "> -")),
            (signed("Hei").replace(END, ""), signed("Hei").replace(END, "")),
            (signed("Hei").replace(SIGNATURE, ""), signed("Hei").replace(SIGNATURE, "")),
            (format!("{BEGIN}\n{SIGNATURE}\n{END}"), String::new()),
            (BEGIN.to_owned(), BEGIN.to_owned()),
        ] {
            assert_eq!(without_armour(&Readable::plain(&text)).text, want, "{text}");
        }
    }
}
