//! The file `tokenizer`: the rules of a pipeline's tokenizer.

use model::{Part, Rules};
use rmpv::{Value, ValueRef};
use tokenizer::lex;

use crate::{PipelineError, msgpack};

/// Where it lies.
pub(super) const PATH: &str = "tokenizer";

const ORTH: u64 = 65;
const NORM: u64 = 67;

/// Reads the rules.
pub(super) fn read(bytes: &[u8]) -> Result<Rules, PipelineError> {
    let bad = |why: &str| PipelineError::BadFile { path: PATH.to_owned(), why: why.to_owned() };
    let value = msgpack::read(bytes).ok_or_else(|| bad("it is no whole msgpack"))?;
    let exceptions = msgpack::get(&value, "exceptions").and_then(msgpack::map);
    let exceptions = exceptions.ok_or_else(|| bad("it has no exceptions"))?;
    let exception = |(key, parts): &(ValueRef<'_>, ValueRef<'_>)| {
        let parts = msgpack::array(parts)?.iter().map(part).collect::<Option<Vec<_>>>()?;
        Some((msgpack::text(key)?.to_owned(), parts))
    };
    let pattern = |name| msgpack::get(&value, name).and_then(msgpack::text).map(str::to_owned);
    let heuristics = msgpack::get(&value, "faster_heuristics");
    Ok(Rules {
        prefix_search: pattern("prefix_search"),
        suffix_search: pattern("suffix_search"),
        infix_finditer: pattern("infix_finditer"),
        token_match: pattern("token_match"),
        url_match: pattern("url_match"),
        // Older versions of spaCy had no such choice.
        faster_heuristics: heuristics.is_none_or(|it| *it == ValueRef::Boolean(true)),
        exceptions: exceptions
            .iter()
            .map(exception)
            .collect::<Option<_>>()
            .ok_or_else(|| bad("an exception cannot be read"))?,
    })
}

/// Keys are numbers; names where somebody added the rule with names.
fn part(value: &ValueRef<'_>) -> Option<Part> {
    let find = |number: u64, name: &str| {
        let entries = msgpack::map(value)?;
        let is_key =
            |key: &ValueRef<'_>| key.as_u64() == Some(number) || msgpack::text(key) == Some(name);
        entries.iter().find(|(key, _)| is_key(key)).map(|(_, value)| value)
    };
    let text = |value: &ValueRef<'_>| match value.as_u64() {
        Some(id) => lex::symbol(id).map(str::to_owned),
        None => msgpack::text(value).map(str::to_owned),
    };
    Some(Part { orth: text(find(ORTH, "ORTH")?)?, norm: find(NORM, "NORM").and_then(text) })
}

/// Writes the rules.
pub(super) fn write(rules: &Rules) -> Vec<u8> {
    let pattern = |it: &Option<String>| it.as_deref().map_or(Value::Nil, Value::from);
    let part = |it: &Part| {
        let mut entries = vec![(Value::from(ORTH), Value::from(it.orth.as_str()))];
        entries.extend(it.norm.as_deref().map(|norm| (Value::from(NORM), Value::from(norm))));
        Value::Map(entries)
    };
    let exceptions = rules.exceptions.iter().map(|(key, parts)| {
        (Value::from(key.as_str()), Value::Array(parts.iter().map(part).collect()))
    });
    msgpack::write(&Value::Map(vec![
        (Value::from("prefix_search"), pattern(&rules.prefix_search)),
        (Value::from("suffix_search"), pattern(&rules.suffix_search)),
        (Value::from("infix_finditer"), pattern(&rules.infix_finditer)),
        (Value::from("token_match"), pattern(&rules.token_match)),
        (Value::from("url_match"), pattern(&rules.url_match)),
        (Value::from("exceptions"), Value::Map(exceptions.collect())),
        (Value::from("faster_heuristics"), Value::from(rules.faster_heuristics)),
    ]))
}
