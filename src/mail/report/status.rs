//! The part of a delivery report that is meant for machines (RFC 3464 §2).

use crate::mail::{ReportRecipient, ReportState};

use super::{RECIPIENTS_MAX, Said, status_code};

/// Reads the fields about each recipient; `None` when there are none.
pub(super) fn read(text: &str) -> Option<(ReportState, Vec<ReportRecipient>)> {
    let mut said: Vec<Said> = Vec::new();
    let mut group = Group::default();
    for line in unfolded(text) {
        if line.trim().is_empty() {
            group.close(&mut said);
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        group.take(&name.trim().to_ascii_lowercase(), value.trim(), &mut said);
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
    Some((state, recipients))
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
            "status" => self.status = status_code(value),
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
        let status = group.status.or_else(|| group.diagnostic.as_deref().and_then(status_code));
        let state = state(group.action.as_deref().unwrap_or_default(), status.as_deref());
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
fn address(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let inner = value.find('<').and_then(|open| value[open + 1..].split('>').next());
    let value = inner.unwrap_or(value).trim().trim_matches(['<', '>', '"', '\'']);
    value.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default().to_owned()
}
