//! Looking into msgpack, the encoding of most of spaCy's files.

use rmpv::{Value, ValueRef};

/// Reads one value that fills the bytes. None when they are no msgpack.
pub(crate) fn read(bytes: &[u8]) -> Option<ValueRef<'_>> {
    let mut rest = bytes;
    let value = rmpv::decode::read_value_ref(&mut rest).ok()?;
    rest.is_empty().then_some(value)
}

/// The bytes of a value, as spaCy's `srsly` writes them.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).expect("a vector takes any number of bytes");
    bytes
}

/// The value of a key, which may be written as text or as bytes.
pub(crate) fn get<'v, 'a>(map: &'v ValueRef<'a>, key: &str) -> Option<&'v ValueRef<'a>> {
    let ValueRef::Map(entries) = map else { return None };
    entries.iter().find(|(it, _)| bytes(it) == Some(key.as_bytes())).map(|(_, value)| value)
}

/// The entries of a map.
pub(crate) fn map<'v, 'a>(value: &'v ValueRef<'a>) -> Option<&'v [(ValueRef<'a>, ValueRef<'a>)]> {
    match value {
        ValueRef::Map(entries) => Some(entries),
        _ => None,
    }
}

/// The items of an array.
pub(crate) fn array<'v, 'a>(value: &'v ValueRef<'a>) -> Option<&'v [ValueRef<'a>]> {
    match value {
        ValueRef::Array(items) => Some(items),
        _ => None,
    }
}

/// Text, whether it is written as text or as bytes.
pub(crate) fn text<'v>(value: &'v ValueRef<'_>) -> Option<&'v str> {
    std::str::from_utf8(bytes(value)?).ok()
}

/// Bytes, whether they are written as text or as bytes.
pub(crate) fn bytes<'v>(value: &'v ValueRef<'_>) -> Option<&'v [u8]> {
    match value {
        ValueRef::Binary(bytes) => Some(bytes),
        ValueRef::String(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// A whole number of 32 bits.
pub(crate) fn int(value: &ValueRef<'_>) -> Option<i32> {
    match value {
        ValueRef::Integer(it) => i32::try_from(it.as_i64()?).ok(),
        _ => None,
    }
}

/// A JSON value as msgpack.
pub(crate) fn from_json(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Nil,
        Json::Bool(it) => Value::from(*it),
        Json::Number(it) => match (it.as_u64(), it.as_i64()) {
            (Some(it), _) => Value::from(it),
            (_, Some(it)) => Value::from(it),
            _ => Value::from(it.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(it) => Value::from(it.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (Value::from(key.as_str()), from_json(value)))
                .collect(),
        ),
    }
}

/// A value as JSON. None when JSON has no such value: bytes, keys that are no text.
pub(crate) fn to_json(value: &ValueRef<'_>) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        ValueRef::Nil => Json::Null,
        ValueRef::Boolean(it) => Json::from(*it),
        ValueRef::Integer(it) => match it.as_u64() {
            Some(it) => Json::from(it),
            None => Json::from(it.as_i64()?),
        },
        ValueRef::F32(it) => Json::from(*it),
        ValueRef::F64(it) => Json::from(*it),
        ValueRef::String(it) => Json::from(it.as_str()?),
        ValueRef::Array(items) => Json::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        ValueRef::Map(entries) => {
            let mut object = serde_json::Map::new();
            for (key, value) in entries {
                let ValueRef::String(key) = key else { return None };
                object.insert(key.as_str()?.to_owned(), to_json(value)?);
            }
            Json::Object(object)
        }
        ValueRef::Binary(_) | ValueRef::Ext(..) => return None,
    })
}
