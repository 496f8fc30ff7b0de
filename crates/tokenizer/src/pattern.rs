//! Python's regular expressions, exactly and fast enough.
//!
//! spaCy's rules look ahead and behind, which only a backtracking engine can. That engine
//! is slow, so each pattern gets a filter: the pattern without its look-arounds. The filter
//! matches wherever the pattern does, and runs as an automaton; the backtracking engine is
//! asked only at the places that the filter found.

use fancy_regex::{Regex, RegexBuilder};

/// French has a pattern of 1.4 million characters.
const SIZE_LIMIT: usize = 50 << 20;

/// How far past a possible match the backtracking engine sees, in bytes.
///
/// It only gives up at the end of what it sees, so a chunk of a million characters would
/// else cost a million steps for each place that the filter finds.
const WINDOW: usize = 256;

/// A compiled rule.
pub(crate) struct Pattern {
    exact: Regex,
    /// The pattern without look-arounds. `None` if it has none, and `exact` is fast itself.
    filter: Option<Regex>,
    /// Whether `exact` may be shown a part of the text: no rule asks for the text's end.
    windowed: bool,
}

/// Where a pattern matches, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Pattern {
    /// Compiles a pattern that is searched for, as Python's `re.search` does.
    pub(crate) fn search(python: &str) -> Result<Self, Box<fancy_regex::Error>> {
        let Translated { exact, filter, has_lookaround } = translate(python);
        let windowed = !python.contains('$');
        if !has_lookaround {
            return Ok(Pattern { exact: compile(&exact)?, filter: None, windowed });
        }
        let exact = compile(&format!(r"\G(?:{exact})"))?;
        Ok(Pattern { exact, filter: Some(compile(&filter)?), windowed })
    }

    /// Compiles a pattern that has to match at the start, as Python's `re.match` does.
    pub(crate) fn at_start(python: &str) -> Result<Self, Box<fancy_regex::Error>> {
        Pattern::search(&format!("^(?:{python})"))
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.find_at(text, 0).is_some()
    }

    /// The first match that starts at byte `from` or later. What lies before is seen by
    /// look-behinds.
    ///
    /// Where the backtracking engine gives up, there is no match.
    pub(crate) fn find_at(&self, text: &str, mut from: usize) -> Option<Match> {
        if text.len() < from {
            return None;
        }
        let Some(filter) = &self.filter else { return find(&self.exact, text, from) };
        loop {
            let at = find(filter, text, from)?.start;
            if let Some(found) = self.exact_at(text, at) {
                return Some(found);
            }
            from = at + text[at..].chars().next()?.len_utf8();
        }
    }

    /// The match that starts at byte `at`.
    fn exact_at(&self, text: &str, at: usize) -> Option<Match> {
        let seen = text.floor_char_boundary(at + WINDOW);
        if !self.windowed || seen == text.len() {
            return find(&self.exact, text, at);
        }
        // A match that comes near the end of the window may owe its end to it.
        match find(&self.exact, &text[..seen], at) {
            Some(found) if seen < found.end + WINDOW / 2 => find(&self.exact, text, at),
            found => found,
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    RegexBuilder::new(pattern).delegate_size_limit(SIZE_LIMIT).build().map_err(Box::new)
}

fn find(regex: &Regex, text: &str, from: usize) -> Option<Match> {
    let found = regex.find_from_pos(text, from).ok()??;
    Some(Match { start: found.start(), end: found.end() })
}

/// A pattern in Rust's dialect.
struct Translated {
    /// Matches what the pattern matches in Python.
    exact: String,
    /// The same without look-arounds: matches wherever `exact` does, and elsewhere.
    filter: String,
    has_lookaround: bool,
}

fn translate(python: &str) -> Translated {
    let mut exact = String::with_capacity(python.len());
    let mut filter = String::with_capacity(python.len());
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
        let before = exact.len();
        push_piece(&mut exact, piece);
        if was_outside && depth == 0 {
            filter.push_str(&exact[before..]);
        }
        rest = after;
    }
    Translated { exact, filter, has_lookaround }
}

fn opens_lookaround(pattern: &str) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|it| pattern.starts_with(it))
}

/// The length of what the pattern starts with: an escape, a class, or one code point.
fn piece_len(pattern: &str) -> usize {
    if pattern.starts_with('[') { class_len(pattern) } else { atom_len(pattern) }
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
        _ if piece.starts_with('[') => push_class(out, piece),
        _ => out.push_str(piece),
    }
}

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
        let translated = translate(python);
        assert_eq!(translated.exact, exact);
        assert_eq!(translated.filter, filter);
        assert_eq!(translated.has_lookaround, exact != filter);
    }

    #[test]
    fn word_characters_are_letters_and_numbers() {
        check(r"\w+\\w", r"[\p{L}\p{N}_]+\\w", r"[\p{L}\p{N}_]+\\w");
        check(r"[\w\-.]", r"[\p{L}\p{N}_\-.]", r"[\p{L}\p{N}_\-.]");
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

    #[track_caller]
    fn check_find(python: &str, text: &str, from: usize, expected: Option<(usize, usize)>) {
        let pattern = Pattern::search(python).expect("the pattern is valid");
        let found = pattern.find_at(text, from).map(|it| (it.start, it.end));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_only_the_filter_matches_is_passed_over() {
        check_find("(?<=[0-9])m", "äm km 5m", 0, Some((8, 9)));
        check_find("(?<=[0-9])m", "5m", 1, Some((1, 2)));
        check_find("(?<=[0-9])m$", "5m m", 0, None);
        check_find("x(?!y)|y", "xy", 0, Some((1, 2)));
    }

    #[test]
    fn matches_longer_than_the_window_are_whole() {
        let dots = ".".repeat(3 * WINDOW);
        check_find(r"(?<=a)\.+", &format!("a{dots}b"), 0, Some((1, 1 + dots.len())));
        let late = format!("a{}b", "-a".repeat(WINDOW));
        let last = late.len() - 3;
        check_find("(?<=a)-?a(?=b)", &late, 0, Some((last, last + 2)));
    }
}
