//! What somebody in a script writes, as a mail.

use super::script::{Door, Which, which};
use super::stage::{HandedIn, Stage, back, bare, date, mailbox, name};
use crate::kit::house::Sent;

/// The lines below a step: header fields, words for the runner, the text.
#[derive(Default)]
struct Block {
    fields: Vec<(String, String)>,
    sender: Option<String>,
    html: Option<String>,
    files: Vec<(String, String, String)>,
    text: String,
}

/// A mail of its own.
pub fn new(stage: &Stage, who: &str, to: &[String], block: &[String]) -> Result<HandedIn, String> {
    let to = recipients(stage, to)?;
    let block = read(stage, block)?;
    let fields = vec![("To", to.join(", ")), ("Subject", "Skriveren virker ikke".to_owned())];
    hand_in(stage, who, to, &fields, block)
}

/// An answer to a mail that its writer got.
pub fn answer(stage: &Stage, who: &str, which: &Which, quoting: bool, block: &[String]) -> Result<HandedIn, String> {
    let answered = stage.got_by(who, which)?;
    let mut block = read(stage, block)?;
    if quoting {
        let from = answered.mail.from.first().map(|from| from.label()).unwrap_or_default();
        block.text.push_str(&format!("\nDen 18.11.2026 skrev {from}:\n{}", answered.quoted()));
    }
    let to = vec![answered.reply_to()];
    let fields = vec![
        ("To", to.join(", ")),
        ("Subject", format!("Re: {}", answered.mail.subject)),
        ("In-Reply-To", answered.id()),
        ("References", answered.id()),
    ];
    hand_in(stage, who, to, &fields, block)
}

/// What the mail server of somebody who got a mail says about it (RFC 3464).
pub fn report(stage: &Stage, who: &str, status: &str) -> Result<HandedIn, String> {
    let about = stage.got_by(who, &Which::default())?;
    let to = back(about)?;
    let action = if status.starts_with('4') { "delayed" } else { "failed" };
    let text = format!(
        "--b\nContent-Type: text/plain\n\nNo.\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {}\nAction: {action}\nStatus: {status}\n\n--b--\n",
        bare(mailbox(who)?)
    );
    let kind = "multipart/report; report-type=delivery-status; boundary=b".to_owned();
    let fields = vec![("To", to.clone()), ("Subject", "Undelivered Mail".to_owned()), ("Content-Type", kind)];
    let block = Block { text, sender: Some(String::new()), ..Block::default() };
    hand_in(stage, "Maskin", vec![to], &fields, block)
}

fn hand_in(
    stage: &Stage,
    who: &str,
    to: Vec<String>,
    usual: &[(&str, String)],
    block: Block,
) -> Result<HandedIn, String> {
    let from = mailbox(who)?;
    let (kind, content) = content(&block);
    let mut fields = vec![
        ("From", from.to_owned()),
        ("Message-ID", format!("<{}@mail.example>", stage.handed_in.len() + 1)),
        ("Date", date(stage)),
        ("MIME-Version", "1.0".to_owned()),
    ];
    fields.extend(usual.iter().cloned());
    fields.push(("Content-Type", kind));
    let said = |name: &str| block.fields.iter().any(|(said, _)| said.eq_ignore_ascii_case(name));
    let own =
        block.fields.iter().filter(|(_, value)| value != "none").map(|(name, value)| format!("{name}: {value}\n"));
    let mut raw: String = own.collect();
    let mut written: Vec<&str> = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| !said(name)) {
        if !written.contains(name) {
            raw.push_str(&format!("{name}: {value}\n"));
            written.push(name);
        }
    }
    raw.push_str(&format!("\n{content}"));
    let sender = block.sender.clone().unwrap_or_else(|| bare(from).to_owned());
    Ok(HandedIn { who: who.to_owned(), door: Door::Front, sender, to, raw })
}

/// Its Content-Type, and what is below the header.
fn content(block: &Block) -> (String, String) {
    const TEXT: &str = "text/plain; charset=utf-8";
    const PAGE: &str = "text/html; charset=utf-8";
    let text = block.text.clone();
    let (kind, inner) = match &block.html {
        Some(page) if text.trim().is_empty() => (PAGE.to_owned(), page.clone()),
        Some(page) => (
            "multipart/alternative; boundary=alt".to_owned(),
            format!("--alt\nContent-Type: {TEXT}\n\n{text}\n--alt\nContent-Type: {PAGE}\n\n{page}\n--alt--\n"),
        ),
        None => (TEXT.to_owned(), text),
    };
    if block.files.is_empty() {
        return (kind, inner);
    }
    let mut all = format!("--mix\nContent-Type: {kind}\n\n{inner}\n");
    for (name, kind, bytes) in &block.files {
        all.push_str(&format!(
            "--mix\nContent-Type: {kind}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\n{bytes}\n"
        ));
    }
    ("multipart/mixed; boundary=mix".to_owned(), format!("{all}--mix--\n"))
}

fn read(stage: &Stage, lines: &[String]) -> Result<Block, String> {
    let mut block = Block::default();
    let mut lines = lines.iter().peekable();
    if lines.peek().is_some_and(|first| field(first).is_some()) {
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let (name, value) = field(line).ok_or_else(|| format!("no header field: {line}"))?;
            let value = fill(stage, value)?;
            match name {
                "sender" => block.sender = Some(value.trim_matches(['<', '>']).to_owned()),
                "html" => block.html = Some(block.html.take().unwrap_or_default() + &value + "\n"),
                "attach" => {
                    let mut parts = value.splitn(3, ' ').map(str::to_owned);
                    let [Some(name), Some(kind), Some(bytes)] = [parts.next(), parts.next(), parts.next()] else {
                        return Err(format!("a file has a name, a type and content: {line}"));
                    };
                    block.files.push((name, kind, bytes));
                }
                _ if name.starts_with(char::is_lowercase) => return Err(format!("unknown: {line}")),
                _ => block.fields.push((name.to_owned(), value)),
            }
        }
    } else if lines.peek().is_some_and(|first| first.is_empty()) {
        lines.next();
    }
    for line in lines {
        block.text.push_str(&fill(stage, line)?);
        block.text.push('\n');
    }
    Ok(block)
}

fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then_some((name, value.trim_start()))
}

/// Puts in what stands between braces.
fn fill(stage: &Stage, text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        let (inside, after) = tail.split_once('}').ok_or_else(|| format!("a brace is open: {text}"))?;
        out.push_str(before);
        out.push_str(&known(stage, inside)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn known(stage: &Stage, inside: &str) -> Result<String, String> {
    let unknown = || format!("nothing is called {{{inside}}}");
    if let Some((times, text)) = inside.split_once(" times ") {
        return Ok(text.repeat(times.parse().map_err(|_| unknown())?));
    }
    if let Some(number) = inside.strip_prefix("mail ") {
        return Ok(format!("<{number}@mail.example>"));
    }
    let (what, whose) = inside.split_once(" of ").ok_or_else(unknown)?;
    let (who, of) = whose.split_once(' ').unwrap_or((whose, ""));
    let mail: &Sent = stage.got_by(who, &which(of).ok_or_else(unknown)?)?;
    match what {
        "reply" => Ok(mail.reply_to()),
        "id" => Ok(mail.id()),
        "return" => back(mail),
        "quoted" => Ok(mail.quoted().trim_end().to_owned()),
        "thread" => mail.mail.field("Thread-Index").map(str::to_owned).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// To whom the mail server brings it: `orakel@`, `reply of Ola`, `return of Kåre`, an address.
pub fn recipients(stage: &Stage, to: &[String]) -> Result<Vec<String>, String> {
    let one = |to: &String| match to {
        to if to.ends_with('@') => stage.shared(to),
        to if to.contains(" of ") => known(stage, to),
        to if to.contains('@') => Ok(to.clone()),
        to => mailbox(to).map(|mailbox| name(bare(mailbox))).and(Err(format!("{to} is not here: write Cc"))),
    };
    to.iter().map(one).collect()
}
