//! How a value lies in a table, the same for all backends: one byte of version, then postcard.
//!
//! The place of a variant in its enum and of a field in its struct is part of the form: a new variant goes to the end,
//! and a new field is a new schema or a new version of the record, of which [`decode`] then reads the old form and
//! converts. So far there is version 1 only. `tests/old` holds records of each sort.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ports::StoreError;

/// The version that is written.
pub const RECORD_VERSION: u8 = 1;

/// Writes `value` into `out`, whose old content is dropped and whose memory is used again.
pub fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), StoreError> {
    out.clear();
    out.push(RECORD_VERSION);
    *out = postcard::to_extend(value, std::mem::take(out))
        .map_err(|error| StoreError::Corrupt(format!("a value has no encoding: {error}")))?;
    Ok(())
}

/// Reads what [`encode`] wrote. `what` names the table for whoever has to look.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, StoreError> {
    let Some((&version, body)) = bytes.split_first() else {
        return Err(StoreError::Corrupt(format!("an empty record in {what}")));
    };
    match version {
        RECORD_VERSION => {}
        0 => return Err(StoreError::Corrupt(format!("a record in {what} has no version"))),
        newer => {
            let text = format!(
                "a record in {what} has version {newer}, this henvend reads up to {RECORD_VERSION}; use the newer one"
            );
            return Err(StoreError::Foreign(text));
        }
    }
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(StoreError::Corrupt(format!("a record in {what} has {} bytes too many", rest.len()))),
        Err(error) => Err(StoreError::Corrupt(format!("a record in {what} cannot be read: {error}"))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::case::view::{Deadline, DeadlineKind};
    use crate::id::CaseId;
    use crate::time::Timestamp;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let value = Deadline { at: Timestamp::from_millis(-5), case: CaseId::new(7), kind: DeadlineKind::WaitEnds };
        let mut bytes = vec![9; 100];
        encode(&value, &mut bytes).unwrap();
        assert_eq!(decode::<Deadline>(&bytes, "deadlines"), Ok(value));

        let says = |bytes: &[u8]| decode::<Deadline>(bytes, "deadlines").unwrap_err();
        assert!(matches!(says(&[]), StoreError::Corrupt(text) if text.contains("deadlines")));
        assert!(matches!(says(&bytes[..bytes.len() - 1]), StoreError::Corrupt(_)));
        bytes.push(0);
        assert!(matches!(says(&bytes), StoreError::Corrupt(text) if text.contains("1 bytes too many")));
        bytes[0] = 2;
        assert!(matches!(says(&bytes), StoreError::Foreign(text) if text.contains("version 2")));
        bytes[0] = 0;
        assert!(matches!(says(&bytes), StoreError::Corrupt(_)));
    }
}
