//! Named lists of spans that may overlap: spaCy's `doc.spans`.

use rmpv::{Value, ValueRef};

use crate::msgpack;

/// A list of spans under the keys that spaCy keeps it by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SpanGroup {
    pub(super) keys: Vec<String>,
    /// Whether it has attributes, which spans here have not.
    pub(super) has_attrs: bool,
    pub(super) spans: Vec<GroupSpan>,
}

/// One span of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupSpan {
    /// String id of its id; 0 for none.
    pub(super) id: u64,
    /// String id of what it is linked to; 0 for none.
    pub(super) kb_id: u64,
    /// String id of its label.
    pub(super) label: u64,
    /// First token, and the one behind the last.
    pub(super) tokens: [u32; 2],
    /// First code point, and the one behind the last.
    pub(super) code_points: [u32; 2],
}

/// Reads the groups of one text. None when they are damaged.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<SpanGroup>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    match msgpack::read(bytes)? {
        // As spaCy wrote them before 3.4: a group's name is its key.
        ValueRef::Array(groups) => groups
            .iter()
            .map(|it| {
                let (name, group) = read_group(msgpack::bytes(it)?)?;
                Some(SpanGroup { keys: vec![name], ..group })
            })
            .collect(),
        ValueRef::Map(groups) => groups
            .iter()
            .map(|(group, keys)| {
                let (_, group) = read_group(msgpack::bytes(group)?)?;
                let keys = msgpack::array(keys)?
                    .iter()
                    .map(|it| msgpack::text(it).map(str::to_owned))
                    .collect::<Option<_>>()?;
                Some(SpanGroup { keys, ..group })
            })
            .collect(),
        _ => None,
    }
}

fn read_group(bytes: &[u8]) -> Option<(String, SpanGroup)> {
    let value = msgpack::read(bytes)?;
    let name = msgpack::text(msgpack::get(&value, "name")?)?.to_owned();
    let has_attrs =
        msgpack::get(&value, "attrs").and_then(msgpack::map).is_some_and(|it| !it.is_empty());
    let spans = msgpack::array(msgpack::get(&value, "spans")?)?
        .iter()
        .map(|it| msgpack::bytes(it).and_then(read_span))
        .collect::<Option<_>>()?;
    Some((name, SpanGroup { keys: Vec::new(), has_attrs, spans }))
}

fn read_span(bytes: &[u8]) -> Option<GroupSpan> {
    let (ids, places) = bytes.split_at_checked(24)?;
    let ([id, kb_id, label], []) = ids.as_chunks::<8>() else { return None };
    let ([start, end, from, to], []) = places.as_chunks::<4>() else { return None };
    Some(GroupSpan {
        id: u64::from_be_bytes(*id),
        kb_id: u64::from_be_bytes(*kb_id),
        label: u64::from_be_bytes(*label),
        tokens: [*start, *end].map(u32::from_be_bytes),
        code_points: [*from, *to].map(u32::from_be_bytes),
    })
}

/// Writes the groups of one text; each has the name of its first key.
pub(super) fn write(groups: &[SpanGroup]) -> Vec<u8> {
    if groups.is_empty() {
        return msgpack::write(&Value::Array(Vec::new()));
    }
    let entries = groups.iter().map(|group| {
        let spans = group.spans.iter().map(|it| Value::Binary(write_span(it))).collect();
        let name = group.keys.first().map_or("", String::as_str);
        let bytes = msgpack::write(&Value::Map(vec![
            (Value::from("name"), Value::from(name)),
            (Value::from("attrs"), Value::Map(Vec::new())),
            (Value::from("spans"), Value::Array(spans)),
        ]));
        let keys = group.keys.iter().map(|it| Value::from(it.as_str())).collect();
        (Value::Binary(bytes), Value::Array(keys))
    });
    msgpack::write(&Value::Map(entries.collect()))
}

fn write_span(span: &GroupSpan) -> Vec<u8> {
    let ids = [span.id, span.kb_id, span.label].into_iter().flat_map(u64::to_be_bytes);
    let places = span.tokens.into_iter().chain(span.code_points).flat_map(u32::to_be_bytes);
    ids.chain(places).collect()
}
