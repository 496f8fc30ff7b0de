//! Python's regular expressions in the dialect of Rust's engines.

use crate::rough::{ANY, rough_class};

/// A pattern in Rust's dialect.
pub(crate) struct Translated {
    /// Matches what the pattern matches in Python.
    pub(crate) exact: String,
    /// The same without look-arounds: matches wherever `exact` does, and elsewhere.
    pub(crate) filter: String,
    pub(crate) has_lookaround: bool,
}

/// How much the filter keeps of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// All that is no look-around.
    Fine,
    /// Large classes are made small, too, and hold more than they should.
    Rough,
}

/// A pattern of Python's as Rust's engines with look-arounds take it.
pub fn from_python(pattern: &str) -> String {
    translate(pattern, Filter::Fine).exact
}

pub(crate) fn translate(python: &str, filter: Filter) -> Translated {
    let (flags, branches) = branches(python);
    let branches: Vec<Translated> =
        branches.into_iter().map(|it| translate_branch(it, filter)).collect();
    let filters: Vec<&str> = branches.iter().map(|it| it.filter.as_str()).collect();
    Translated {
        exact: format!("{flags}{}", join(&branches)),
        filter: format!("{flags}{}", filters.join("|")),
        has_lookaround: branches.iter().any(|it| it.has_lookaround),
    }
}

/// The flags in front of a pattern, and the branches of its outermost alternation.
pub(crate) fn branches(python: &str) -> (&str, Vec<&str>) {
    let (flags, pattern) = python.split_at(flags_len(python));
    let mut branches = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0);
    while at < pattern.len() {
        let len = piece_len(&pattern[at..]);
        match &pattern[at..at + len] {
            "(" => depth += 1,
            ")" => depth -= 1,
            "|" if depth == 0 => {
                branches.push(&pattern[start..at]);
                start = at + len;
            }
            _ => {}
        }
        at += len;
    }
    branches.push(&pattern[start..]);
    (flags, branches)
}

fn translate_branch(python: &str, how: Filter) -> Translated {
    let mut exact = String::with_capacity(python.len());
    let mut filter = String::new();
    let mut has_lookaround = false;
    // How many groups are open, counted from the look-around that we are in.
    let mut depth = 0;
    let mut rest = python;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_len(rest));
        let was_outside = depth == 0;
        match piece {
            "(" if !was_outside => depth += 1,
            "(" if opens_lookaround(rest) => {
                depth = 1;
                has_lookaround = true;
            }
            ")" if !was_outside => depth -= 1,
            _ => {}
        }
        push_piece(&mut exact, piece);
        if was_outside && depth == 0 {
            push_filter(&mut filter, piece, how);
        }
        rest = after;
    }
    Translated { exact, filter, has_lookaround }
}

/// Joins the branches again, neighbours without look-arounds in a group: the backtracking engine
/// leaves a group to one automaton, and would make one of each branch.
fn join(branches: &[Translated]) -> String {
    let has_lookaround = branches.iter().any(|it| it.has_lookaround);
    let runs = branches.chunk_by(|a, b| !a.has_lookaround && !b.has_lookaround);
    let runs = runs.map(|run| {
        let run: Vec<&str> = run.iter().map(|it| it.exact.as_str()).collect();
        match run.len() {
            2.. if has_lookaround => format!("(?:{})", run.join("|")),
            _ => run.join("|"),
        }
    });
    runs.collect::<Vec<_>>().join("|")
}

/// The length of the flags for the whole pattern, as in `(?iu)`, which must stay in front.
fn flags_len(pattern: &str) -> usize {
    let Some(flags) = pattern.strip_prefix("(?") else { return 0 };
    match flags.find(|it: char| !it.is_ascii_alphabetic()) {
        Some(len) if 0 < len && flags[len..].starts_with(')') => len + "(?)".len(),
        _ => 0,
    }
}

fn opens_lookaround(pattern: &str) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|it| pattern.starts_with(it))
}

/// The length of what the pattern starts with: an escape, a class, a counted repetition, or one
/// code point.
fn piece_len(pattern: &str) -> usize {
    match pattern.as_bytes().first() {
        Some(b'[') => class_len(pattern),
        Some(b'{') => repetition_len(pattern).unwrap_or(1),
        _ => atom_len(pattern),
    }
}

/// The length of a counted repetition, as in `{2,63}`.
fn repetition_len(pattern: &str) -> Option<usize> {
    let len = pattern.find('}')? + 1;
    let counts = &pattern[1..len - 1];
    let is_count = |it: char| it.is_ascii_digit() || it == ',';
    (!counts.is_empty() && counts.chars().all(is_count)).then_some(len)
}

fn atom_len(pattern: &str) -> usize {
    let mut chars = pattern.chars();
    let first = chars.next().map_or(0, char::len_utf8);
    if pattern.starts_with('\\') { first + chars.next().map_or(0, char::len_utf8) } else { first }
}

fn class_len(pattern: &str) -> usize {
    // A `]` that comes first is a member of the class.
    let opening = ["[^]", "[^", "[]", "["].iter().find(|it| pattern.starts_with(**it));
    let mut len = opening.map_or(0, |it| it.len());
    while len < pattern.len() {
        let atom = atom_len(&pattern[len..]);
        len += atom;
        if &pattern[len - atom..len] == "]" {
            break;
        }
    }
    len
}

/// Rust's `\w` holds more than Python's, and lacks digits such as `²`.
const WORD: &str = r"\p{L}\p{N}_";

fn push_piece(out: &mut String, piece: &str) {
    match piece {
        r"\w" => {
            out.push('[');
            out.push_str(WORD);
            out.push(']');
        }
        r"\W" => {
            out.push_str("[^");
            out.push_str(WORD);
            out.push(']');
        }
        _ if piece.starts_with('[') => push_class(out, piece),
        _ => out.push_str(piece),
    }
}

/// Adds to the filter what matches at least as much as the piece, and is smaller to compile.
fn push_filter(filter: &mut String, piece: &str, how: Filter) {
    match piece.as_bytes() {
        // What `\w` leaves out is rare.
        _ if piece.contains(r"\w") || piece.contains(r"\W") => filter.push_str(ANY),
        [b'[', ..] if how == Filter::Rough && LARGE_CLASS < piece.len() => {
            filter.push_str(&rough_class(piece));
        }
        [b'{', b'0' | b',', ..] if 1 < piece.len() => filter.push('*'),
        [b'{', _, ..] => filter.push('+'),
        _ => push_piece(filter, piece),
    }
}

/// In bytes of the pattern.
const LARGE_CLASS: usize = 100;

/// In Rust `[`, `&` and `~` have a meaning within a class, and a `]` never is a member.
fn push_class(out: &mut String, class: &str) {
    out.push('[');
    let mut rest = &class[1..];
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let members = rest.strip_suffix(']').unwrap_or(rest);
    let mut rest = members;
    while !rest.is_empty() {
        let (atom, after) = rest.split_at(atom_len(rest));
        match atom {
            r"\w" => out.push_str(WORD),
            r"\W" => {
                out.push_str("[^");
                out.push_str(WORD);
                out.push(']');
            }
            "[" | "]" | "&" | "~" => {
                out.push('\\');
                out.push_str(atom);
            }
            _ => out.push_str(atom),
        }
        rest = after;
    }
    if members.len() < class.len() - 1 {
        out.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(python: &str, exact: &str, filter: &str) {
        let translated = translate(python, Filter::Fine);
        assert_eq!(translated.exact, exact);
        assert_eq!(translated.filter, filter);
        assert_eq!(translated.has_lookaround, python.contains("(?=") || python.contains("(?<"));
    }

    #[test]
    fn word_characters_are_letters_and_numbers() {
        check(r"\w+\\w", r"[\p{L}\p{N}_]+\\w", r"(?s:.)+\\w");
        check(r"[\w\-.]", r"[\p{L}\p{N}_\-.]", r"(?s:.)");
        check(r"\Wx", r"[^\p{L}\p{N}_]x", r"(?s:.)x");
        check(r"[\W.]", r"[[^\p{L}\p{N}_].]", r"(?s:.)");
    }

    #[test]
    fn classes_keep_python_s_meaning() {
        check("[a[b]&&~]", r"[a\[b]&&~]", r"[a\[b]&&~]");
        check("[a&&b]", r"[a\&\&b]", r"[a\&\&b]");
        check("[]a][^]a]", r"[\]a][^\]a]", r"[\]a][^\]a]");
        check(r"[\]()]", r"[\]()]", r"[\]()]");
    }

    #[test]
    fn the_filter_has_no_lookarounds() {
        check("(?<=[0-9(])a(?=(b|[)])c)d", "(?<=[0-9(])a(?=(b|[)])c)d", "ad");
        check(r"(a)\((?!b)|(?<!c)(?:d)", r"(a)\((?!b)|(?<!c)(?:d)", r"(a)\(|(?:d)");
    }

    #[test]
    fn branches_without_lookarounds_are_grouped() {
        check("a|[|]|(b|c)", "a|[|]|(b|c)", "a|[|]|(b|c)");
        check("(?i)a|b|(?=c)d|e|f", "(?i)(?:a|b)|(?=c)d|(?:e|f)", "(?i)a|b|d|e|f");
        check("a|(?<=b|c)d", "a|(?<=b|c)d", "a|d");
    }

    #[test]
    fn the_filter_does_not_count() {
        check("a{0,62}b{2,}c{3}(?=d)", "a{0,62}b{2,}c{3}(?=d)", "a*b+c+");
    }

    #[test]
    fn a_rough_filter_has_no_large_classes() {
        let class = format!("[{}]", "ab".repeat(60));
        let translated = translate(&format!("x{class}+-[ab]"), Filter::Rough);
        assert_eq!(translated.filter, r"x[\x{61}-\x{62}]+-[ab]");
        assert_eq!(translated.exact, format!("x{class}+-[ab]"));
    }
}
