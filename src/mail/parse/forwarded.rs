//! The mail that another was passed on with.

use super::tree::{Part, Tree};
use super::{Limits, addresses, parse, read_header, words};
use crate::mail::Forwarded;
use crate::mail::text::forward::{Prefix, Tongue, prefix};

/// The writer of the innermost mail of those that are attached to one another. An answer, a report and a digest pass
/// nothing on by what is attached.
pub(super) fn attached_original(raw: &[u8], tree: &Tree, limits: &Limits, subject: &str) -> Option<Forwarded> {
    const CONTAINERS: &[&str] = &["multipart/report", "multipart/digest"];
    let within = |part: &Part| part.parent.map_or("", |parent| tree.parts[parent].media_type.as_str());
    let part = tree.parts.iter().find(|part| part.is_message() && !CONTAINERS.contains(&within(part)))?;
    if prefix(subject, Tongue::Any) == Some(Prefix::Answer) || tree.parts[0].media_type == "multipart/report" {
        return None;
    }
    let octets = tree.decoded(raw, part);
    let header = read_header(&octets, limits);
    let text = |name: &str| header.first(name).map(|field| field.text());
    let subject = text("subject").map(|subject| words::readable(&subject)).unwrap_or_default();
    // Each mail inside of another is read with a smaller part of the depth that is left: four at most.
    let inner = Limits { depth_max: limits.depth_max / 3, ..limits.clone() };
    if inner.depth_max > 0
        && prefix(&subject, Tongue::Any) == Some(Prefix::Forward)
        && let Some(innermost) = parse(&octets, &inner).forwarded
    {
        return Some(innermost);
    }
    let from = addresses::read(&text("from")?, 1).mailboxes.into_iter().next()?;
    Some(Forwarded { name: from.name, address: Some(from.address), subject })
}
