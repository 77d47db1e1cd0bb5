//! `format=flowed` (RFC 3676): lines that end in a space go on in the next one.

/// Joins flowed lines. `delsp` is that parameter's value: with `yes` the space at the end is not part of the text.
pub(crate) fn join(text: &str, delsp: Option<&str>) -> String {
    let delsp = delsp.is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    let mut out = String::with_capacity(text.len());
    // Quote depth of the line that is still open, if one is.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        // RFC 3676 §4.4: a space may be put before text that begins with `>`, a space or `From`.
        let content = line[depth..].strip_prefix(' ').unwrap_or(&line[depth..]);
        if open != Some(depth) {
            if open.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        // RFC 3676 §4.3: the line before a signature is never flowed.
        let flows = content.ends_with(' ') && content != "-- ";
        if content == "-- " && open == Some(depth) {
            out.push('\n');
        }
        out.push_str(if flows && delsp { &content[..content.len() - 1] } else { content });
        open = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn flowed_lines_are_joined_by_depth() {
        for (text, delsp, want) in [
            ("a \nb\nc\n", None, "a b\nc\n"),
            ("a \nb\n", Some("yes"), "ab\n"),
            ("> a \n> b\nc\n", None, "> a b\nc\n"),
            ("> a \nb\n", None, "> a \nb\n"),
            (" >x\n From y\n", None, ">x\nFrom y\n"),
            ("a \n-- \nOla\n", None, "a \n-- \nOla\n"),
            (">> x\n", None, ">> x\n"),
        ] {
            assert_eq!(join(text, delsp), want, "{text:?}");
        }
    }
}
