use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that new records are written with: their first byte.
///
/// Version 1 knew nothing of stretches that nobody has looked at, version 2 nothing of experiments: the
/// records that may have some end without them, and the rest is as it was.
const VERSION: u8 = 3;

/// No stretches, or no experiment, as bytes.
const NONE: &[u8] = &[0];

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
        Some((1 | 2, rest)) => postcard::from_bytes(rest)
            .or_else(|_| postcard::from_bytes(&[rest, NONE].concat()))
            .map_err(|it| damaged(it.to_string())),
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
        let unknown = from_bytes::<(String, u32)>(&[&[0], &bytes[1..]].concat());
        assert!(matches!(unknown, Err(BytesError::Damaged { .. })));
    }

    #[test]
    fn an_older_record_ends_before_what_came_later() {
        for version in [1, 2] {
            let old = |record: &[u8]| [&[version], record].concat();
            assert_eq!(from_bytes(&old(&[2, b'h', b'i'])), Ok("hi".to_owned()));
            let longer = from_bytes(&old(&[2, b'h', b'i']));
            assert_eq!(longer, Ok(("hi".to_owned(), Vec::<u32>::new())));
            let cut = from_bytes::<(String, u32, u32)>(&old(&[2, b'h', b'i']));
            assert!(matches!(cut, Err(BytesError::Damaged { .. })));
        }
    }
}
