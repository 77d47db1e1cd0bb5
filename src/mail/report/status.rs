//! The part of a delivery report that is meant for machines (RFC 3464 §2).

use crate::mail::{MessageId, ReportRecipient, ReportState, refs};

use super::{RECIPIENTS_MAX, code};

/// What the fields say.
pub(super) struct Fields {
    /// The worst state.
    pub state: ReportState,
    /// Those in it.
    pub recipients: Vec<ReportRecipient>,
    /// The returned mail's id, for which some systems have a field.
    pub original_message_id: Option<MessageId>,
}

/// Reads the fields about each recipient; `None` when there are none.
pub(super) fn read(text: &str) -> Option<Fields> {
    let mut said: Vec<Said> = Vec::new();
    let mut group = Group::default();
    let mut original_message_id = None;
    for line in unfolded(text) {
        if line.trim().is_empty() {
            group.close(&mut said);
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if matches!(name.as_str(), "x-original-message-id" | "original-message-id") {
            original_message_id = original_message_id.or_else(|| refs::read(value).into_iter().next());
        }
        group.take(&name, value, &mut said);
    }
    group.close(&mut said);
    let state = said.iter().map(|one| one.state).max()?;
    let worst = said.into_iter().filter(|one| one.state == state);
    let mut recipients: Vec<ReportRecipient> = Vec::new();
    for one in worst.take(RECIPIENTS_MAX) {
        if !recipients.iter().rev().take(8).any(|known| known.address.eq_ignore_ascii_case(&one.address)) {
            recipients.push(ReportRecipient { address: one.address, status: one.status });
        }
    }
    Some(Fields { state, recipients, original_message_id })
}

/// A state that can be compared: the worst of several counts.
struct Said {
    state: ReportState,
    address: String,
    status: Option<String>,
}

/// Lines with their folds joined.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) && !line.trim().is_empty() && !last.is_empty() => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The fields about one recipient.
#[derive(Default)]
struct Group {
    last: Option<String>,
    original: Option<String>,
    action: Option<String>,
    status: Option<String>,
    diagnostic: Option<String>,
}

impl Group {
    fn take(&mut self, name: &str, value: &str, said: &mut Vec<Said>) {
        match name {
            // Some systems leave out the empty line between two recipients.
            "final-recipient" if self.last.is_some() => {
                self.close(said);
                self.last = Some(value.to_owned());
            }
            "final-recipient" => self.last = Some(value.to_owned()),
            "original-recipient" => self.original = Some(value.to_owned()),
            "action" => self.action = Some(value.to_ascii_lowercase()),
            "status" => self.status = code::enhanced(value),
            "diagnostic-code" => self.diagnostic = Some(value.to_owned()),
            _ => {}
        }
    }

    fn close(&mut self, said: &mut Vec<Said>) {
        let group = std::mem::take(self);
        let address =
            [&group.original, &group.last].into_iter().flatten().map(|value| address(value)).collect::<Vec<_>>();
        let with_domain = address.iter().find(|a| a.contains('@')).or_else(|| address.first());
        let Some(address) = with_domain.filter(|address| !address.is_empty()) else { return };
        let status = code::refined(group.status, group.diagnostic.as_deref().unwrap_or_default());
        let state = state(group.action.as_deref().unwrap_or_default(), status.as_deref());
        let status = status.or_else(|| code::unsaid(state));
        said.push(Said { state, address: address.clone(), status });
    }
}

/// RFC 3464 §2.3.3. Without an action the status class says it.
fn state(action: &str, status: Option<&str>) -> ReportState {
    let word: &str = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match (word, status.and_then(|s| s.bytes().next())) {
        ("failed" | "failure", _) => ReportState::Failed,
        ("delayed", _) => ReportState::Delayed,
        ("delivered" | "relayed" | "expanded", _) => ReportState::Relayed,
        (_, Some(b'2')) => ReportState::Relayed,
        (_, Some(b'4')) => ReportState::Delayed,
        _ => ReportState::Failed,
    }
}

/// `rfc822; ola@uni.no` → `ola@uni.no`.
pub(super) fn address(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let inner = value.find('<').and_then(|open| value.get(open + 1..)?.split('>').next());
    let value = inner.unwrap_or(value).trim().trim_matches(['<', '>', '"', '\'']);
    decoded(value.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default())
}

/// The two signs that must be written as xtext and stand in addresses (RFC 3461 §4): servers copy `ORCPT` as it came.
/// Letters beyond ASCII are written `\x{F8}` (RFC 6533 §3).
fn decoded(address: &str) -> String {
    let plain = address.replace("+2B", "+").replace("+3D", "=");
    let mut out = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while let Some((before, after)) = rest.split_once("\\x{") {
        out.push_str(before);
        let letter = after.split_once('}').and_then(|(hex, rest)| {
            let letter = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)?;
            Some((letter, rest))
        });
        let Some((letter, left)) = letter.filter(|(letter, _)| !letter.is_control()) else {
            out.push_str("\\x{");
            rest = after;
            continue;
        };
        out.push(letter);
        rest = left;
    }
    out.push_str(rest);
    out
}
