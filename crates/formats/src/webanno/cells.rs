//! One cell: annotations stacked with `|`, each perhaps with the `[n]` that ties its tokens.

/// What a cell says of one annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The feature's value; empty for `*` and `_`.
    pub(super) value: String,
    /// What ties it to the same annotation in other cells.
    pub(super) id: Option<u32>,
}

/// The annotations in a cell; none in `_`.
pub(super) fn values(cell: &str) -> Vec<Value> {
    if cell.is_empty() || cell == "_" {
        return Vec::new();
    }
    split(cell, '|').into_iter().map(value).collect()
}

fn value(part: &str) -> Value {
    let (raw, id) = match part.strip_suffix(']').and_then(|it| it.rsplit_once('[')) {
        // A bracket of the value has a backslash in front, which has none itself.
        Some((raw, id)) if raw.bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 0 => {
            match id.parse::<u32>() {
                Ok(id) => (raw, Some(id)),
                Err(_) => (part, None),
            }
        }
        _ => (part, None),
    };
    let value = if matches!(raw, "*" | "_") { String::new() } else { unescape(raw) };
    Value { value, id }
}

/// The parts between separators that no backslash stands before.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if c == separator && !escaped {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// Takes backslashes away.
pub(super) fn unescape(text: &str) -> String {
    let (mut plain, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('t') => plain.push('\t'),
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('f') => plain.push('\u{c}'),
                Some('b') => plain.push('\u{8}'),
                // The arrow of chains is escaped as a whole.
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}

/// A token or a value as a cell holds it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '[' | ']' | '|' | '_' | ';' | '*' => escaped.extend(['\\', c]),
            '-' if chars.peek() == Some(&'>') => escaped.extend(['\\', c]),
            c => push(c, &mut escaped),
        }
    }
    escaped
}

/// A line of a text as `#Text=` holds it.
pub(super) fn escape_line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            c => push(c, &mut escaped),
        }
    }
    escaped
}

fn push(c: char, escaped: &mut String) {
    match c {
        '\t' => escaped.push_str("\\t"),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\u{c}' => escaped.push_str("\\f"),
        '\u{8}' => escaped.push_str("\\b"),
        c => escaped.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_and_signs_come_apart() {
        let shown = |cell: &str| -> Vec<(String, Option<u32>)> {
            values(cell).into_iter().map(|it| (it.value, it.id)).collect()
        };
        let of = |value: &str, id| (value.to_owned(), id);
        assert_eq!(shown("_"), []);
        assert_eq!(shown("*"), [of("", None)]);
        assert_eq!(shown("PER[1]|LOC[22]"), [of("PER", Some(1)), of("LOC", Some(22))]);
        assert_eq!(shown("a\\|b\\[1\\]"), [of("a|b[1]", None)]);
        assert_eq!(shown("a\\\\|🧪[x]"), [of("a\\", None), of("🧪[x]", None)]);
        assert_eq!(shown("_[1]|_[2]"), [of("", Some(1)), of("", Some(2))]);
    }

    #[test]
    fn what_is_escaped_comes_back() {
        for text in
            ["a_b", "\\", "x->y", "[1]", "*", "_", "a|b;c", "\t\n\r\u{8}\u{c}", "🧪e\u{301}"]
        {
            assert_eq!(unescape(&escape(text)), text);
            assert_eq!(unescape(&escape_line(text)), text);
            let found = values(&format!("{}[3]", escape(text)));
            assert_eq!(found, [Value { value: text.to_owned(), id: Some(3) }]);
        }
    }
}
