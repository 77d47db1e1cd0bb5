//! Mails handed in over the API: taken in, or only explained.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;

use super::api::{ApiState, Pairs};
use super::cases::Words;
use super::problem::Failed;
use super::types::{Delivered, OutcomeView};
use crate::address::{Address, ReversePath};
use crate::envelope::{Envelope, Listener, RawMail, Recipient};
use crate::ports::RecipientVerdict;

/// Most recipients of one mail.
const RECIPIENTS_MAX: usize = 200;

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn deliver(
    State(state): State<ApiState>,
    query: Pairs,
    body: Body,
) -> Result<Json<Delivered>, Failed> {
    let (envelope, raw) = (envelope(&query)?, raw(body)?);
    if envelope.recipients.is_empty() {
        return Err(Failed::bad_request("to: wanted at least one"));
    }
    let reception = &state.reception;
    for Recipient { address, .. } in &envelope.recipients {
        match reception.recipient(address) {
            RecipientVerdict::Accept => {}
            RecipientVerdict::Unknown => return Err(Failed::unprocessable(format!("nobody here is {address}"))),
            RecipientVerdict::Inactive => return Err(Failed::unprocessable(format!("{address} takes no mail now"))),
            RecipientVerdict::Unavailable => return Err(Failed::unavailable(format!("cannot look up {address} now"))),
        }
    }
    if !reception.has_room(raw.bytes().len() as u64) {
        return Err(Failed::unavailable("too little free disk"));
    }
    let to: Vec<_> = envelope.recipients.iter().map(|recipient| recipient.address.to_string()).collect();
    let receipt = reception.receive(envelope, raw).await?;
    let words = Words::of(&state);
    let outcomes = to.into_iter().zip(receipt.outcomes).map(|(to, outcome)| OutcomeView {
        to,
        case: words.reference(outcome.case),
        became: outcome.became.as_str().to_owned(),
    });
    Ok(Json(Delivered { outcomes: outcomes.collect() }))
}

pub(super) async fn explain(
    State(state): State<ApiState>,
    query: Pairs,
    body: Body,
) -> Result<Json<serde_json::Value>, Failed> {
    let (envelope, raw) = (envelope(&query)?, raw(body)?);
    if envelope.recipients.is_empty() {
        return Err(Failed::bad_request("to: wanted at least one"));
    }
    Ok(Json((state.explain)(state.world.clone(), envelope, raw).await?))
}

fn envelope(query: &Pairs) -> Result<Envelope, Failed> {
    let read = |key: &str, text: &str| {
        Address::parse(text).ok_or_else(|| Failed::bad_request(format!("{key}: \"{text}\" is not a mail address")))
    };
    let reverse_path = match query.first("from").filter(|text| !text.is_empty()) {
        Some(text) => ReversePath::Mailbox(read("from", text)?),
        None => ReversePath::Null,
    };
    let recipients: Vec<_> = query
        .all("to")
        .map(|text| Ok(Recipient { address: read("to", text)?, notify: None, original: None }))
        .collect::<Result<_, Failed>>()?;
    if recipients.len() > RECIPIENTS_MAX {
        return Err(Failed::bad_request(format!("to: {} of them, wanted at most {RECIPIENTS_MAX}", recipients.len())));
    }
    Ok(Envelope {
        listener: Listener::Pipe,
        trusted: true,
        peer: "unix".to_owned(),
        hello: String::new(),
        queue_id: None,
        client: None,
        reverse_path,
        recipients,
        smtputf8: true,
        dsn_return: None,
        envelope_id: None,
    })
}

fn raw(body: Body) -> Result<RawMail, Failed> {
    let body = body.map_err(|error| Failed { status: error.status(), detail: error.body_text() })?;
    if body.is_empty() {
        return Err(Failed::unprocessable("there is no mail in the body"));
    }
    Ok(RawMail::new(canonical(body)))
}

/// Pipes and files hold mail with LF line ends, and mailbox files a `From ` line first; on the wire there is neither
/// (RFC 5321 §2.3.8).
fn canonical(bytes: Bytes) -> Bytes {
    let start = match bytes.strip_prefix(b"From ") {
        Some(_) => memchr::memchr(b'\n', &bytes).map_or(0, |end| end + 1),
        None => 0,
    };
    let bytes = bytes.slice(start..);
    let bare = memchr::memchr_iter(b'\n', &bytes).any(|at| at == 0 || bytes[at - 1] != b'\r');
    if !bare {
        return bytes;
    }
    let mut whole = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', &bytes) {
        let line = &bytes[from..at];
        whole.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        whole.extend_from_slice(b"\r\n");
        from = at + 1;
    }
    whole.extend_from_slice(&bytes[from..]);
    Bytes::from(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_become_wire_form() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"A: b\n\nc\n", b"A: b\r\n\r\nc\r\n"),
            (b"A: b\r\n\r\nc\r\n", b"A: b\r\n\r\nc\r\n"),
            (b"From x Mon\nA: b\r\n\nc", b"A: b\r\n\r\nc"),
            (b"From: x\n", b"From: x\r\n"),
            (b"\n", b"\r\n"),
            (b"From x", b"From x"),
        ];
        for (given, want) in cases {
            assert_eq!(canonical(Bytes::from_static(given)), Bytes::from_static(want), "{given:?}");
        }
    }
}
