use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that new records are written with: their first byte.
const VERSION: u8 = 1;

/// Why stored bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// Written by a version that did not exist when this one was built.
    #[error(
        "the record has version {found}, this Nerine knows {VERSION}: reload the page to update it"
    )]
    NewerVersion {
        /// The version in the record.
        found: u8,
    },
    /// Cut off or overwritten.
    #[error("the stored record is damaged ({reason}): restore it from a backup file")]
    Damaged {
        /// What the decoder found.
        reason: String,
    },
}

/// A record as bytes: one byte of version, then postcard.
pub fn to_bytes<T: Serialize>(record: &T) -> Vec<u8> {
    postcard::to_extend(record, vec![VERSION])
        .expect("memory is the only limit, and no map is of unknown length")
}

/// The record that [`to_bytes`] wrote.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BytesError> {
    let damaged = |reason: String| BytesError::Damaged { reason };
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|it| damaged(it.to_string())),
        Some((&found, _)) if VERSION < found => Err(BytesError::NewerVersion { found }),
        Some(_) => Err(damaged("unknown version".to_owned())),
        None => Err(damaged("no bytes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_its_version() {
        let bytes = to_bytes(&("text".to_owned(), 7_u32));
        assert_eq!(from_bytes(&bytes), Ok(("text".to_owned(), 7_u32)));
        assert_eq!(from_bytes::<u32>(&[9, 0]), Err(BytesError::NewerVersion { found: 9 }));
        let cut = from_bytes::<(String, u32)>(&bytes[..3]);
        assert!(matches!(cut, Err(BytesError::Damaged { .. })));
    }
}
