//! The last column: entries parted by `|`, with the white space behind a word among them.

/// The entries of a `MISC` cell, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Misc<'c>(Vec<&'c str>);

impl<'c> Misc<'c> {
    pub(super) fn of(cell: &'c str) -> Self {
        Self(cell.split('|').filter(|it| !it.is_empty() && *it != "_").collect())
    }

    /// What stands behind `KEY=`.
    pub(super) fn get(&self, key: &str) -> Option<&'c str> {
        let value = |it: &&'c str| it.strip_prefix(key).and_then(|it| it.strip_prefix('='));
        self.0.iter().find_map(value)
    }

    /// The cell without the entries of these keys; `_` where nothing is left.
    pub(super) fn without(&self, keys: &[&str]) -> String {
        let is_out = |it: &&&str| !keys.contains(&it.split('=').next().unwrap_or_default());
        let left: Vec<String> = self.0.iter().filter(is_out).map(|it| (*it).to_owned()).collect();
        joined(&left)
    }

    /// The cell with more entries, in alphabetical order.
    pub(super) fn with(&self, more: impl IntoIterator<Item = String>) -> String {
        let mut entries: Vec<String> = self.0.iter().map(|it| (*it).to_owned()).collect();
        entries.extend(more);
        entries.sort_by_cached_key(|it| it.to_lowercase());
        joined(&entries)
    }

    /// The white space in front of the word.
    pub(super) fn before(&self) -> String {
        self.get("SpacesBefore").map(unescape).unwrap_or_default()
    }

    /// The white space behind the word, where the cell says something about it.
    pub(super) fn behind(&self) -> Option<String> {
        match (self.get("SpacesAfter"), self.get("SpaceAfter")) {
            (Some(spaces), _) => Some(unescape(spaces)),
            (None, Some("No")) => Some(String::new()),
            _ => None,
        }
    }
}

fn joined(entries: &[String]) -> String {
    match entries.is_empty() {
        true => "_".to_owned(),
        false => entries.join("|"),
    }
}

/// The entry that says what white space stands behind a word; none for one blank.
pub(super) fn spacing(gap: &str) -> Option<String> {
    match gap {
        " " => None,
        "" => Some("SpaceAfter=No".to_owned()),
        _ => Some(format!("SpacesAfter={}", escape(gap))),
    }
}

/// `UDPipe`'s escapes: `\s \t \r \n \p \\`.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => escaped.push_str("\\s"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\n' => escaped.push_str("\\n"),
            '|' => escaped.push_str("\\p"),
            '\\' => escaped.push_str("\\\\"),
            c => escaped.push(c),
        }
    }
    escaped
}

pub(super) fn unescape(text: &str) -> String {
    let (mut plain, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('s') => plain.push(' '),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('n') => plain.push('\n'),
            Some('p') => plain.push('|'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}
