//! Python's regular expressions, exactly and fast enough.
//!
//! spaCy's rules look ahead and behind, which only a backtracking engine can. That engine
//! is slow, so each pattern gets a filter: the pattern without its look-arounds. The filter
//! matches wherever the pattern does, and runs as an automaton; the backtracking engine is
//! asked only at the places that the filter found.
//!
//! Each is compiled when a text first needs it, since compiling is most of what a first text
//! waits for.

use std::cell::OnceCell;

use fancy_regex::{Regex, RegexBuilder};

/// French has a pattern of 1.4 million characters.
const SIZE_LIMIT: usize = 50 << 20;

/// How far past a possible match the backtracking engine sees, in bytes.
///
/// It only gives up at the end of what it sees, so a chunk of a million characters would
/// else cost a million steps for each place that the filter finds.
const WINDOW: usize = 256;

/// A rule.
pub(crate) struct Pattern {
    exact: Lazy,
    /// The pattern without look-arounds. `None` if it has none, and `exact` is fast itself.
    filter: Option<Lazy>,
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
    /// A pattern that is searched for, as Python's `re.search` does.
    pub(crate) fn search(python: &str) -> Self {
        let Translated { exact, filter, has_lookaround } = translate(python);
        let windowed = !python.contains('$');
        if !has_lookaround {
            return Pattern { exact: Lazy::new(exact), filter: None, windowed };
        }
        let exact = Lazy::new(format!(r"\G(?:{exact})"));
        Pattern { exact, filter: Some(Lazy::new(filter)), windowed }
    }

    /// A pattern that has to match at the start, as Python's `re.match` does.
    pub(crate) fn at_start(python: &str) -> Self {
        Pattern::search(&format!("^(?:{python})"))
    }

    /// Whether we understand it. Must be asked before use unless that is known.
    pub(crate) fn check(&self) -> Result<(), Box<fancy_regex::Error>> {
        self.filter.iter().chain([&self.exact]).try_for_each(Lazy::check)
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
        let Some(filter) = &self.filter else { return find(self.exact.get(), text, from) };
        loop {
            let at = find(filter.get(), text, from)?.start;
            if let Some(found) = self.exact_at(text, at) {
                return Some(found);
            }
            from = at + text[at..].chars().next()?.len_utf8();
        }
    }

    /// The match that starts at byte `at`.
    fn exact_at(&self, text: &str, at: usize) -> Option<Match> {
        let exact = self.exact.get();
        let seen = text.floor_char_boundary(at + WINDOW);
        if !self.windowed || seen == text.len() {
            return find(exact, text, at);
        }
        // A match that comes near the end of the window may owe its end to it.
        match find(exact, &text[..seen], at) {
            Some(found) if seen < found.end + WINDOW / 2 => find(exact, text, at),
            found => found,
        }
    }
}

/// A regular expression that is compiled at its first use.
struct Lazy {
    source: String,
    regex: OnceCell<Regex>,
}

impl Lazy {
    fn new(source: String) -> Self {
        Lazy { source, regex: OnceCell::new() }
    }

    fn get(&self) -> &Regex {
        self.regex.get_or_init(|| self.compile().expect("a pattern is checked before use"))
    }

    fn check(&self) -> Result<(), Box<fancy_regex::Error>> {
        if self.regex.get().is_none() {
            let regex = self.compile()?;
            self.regex.get_or_init(|| regex);
        }
        Ok(())
    }

    fn compile(&self) -> Result<Regex, Box<fancy_regex::Error>> {
        let mut builder = RegexBuilder::new(&self.source);
        builder.delegate_size_limit(SIZE_LIMIT).build().map_err(Box::new)
    }
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
    let (flags, mut rest) = python.split_at(flags_len(python));
    let mut alternatives = vec![Alternative::default()];
    let mut filter = flags.to_owned();
    // How many groups are open in all, and since the look-around that we are in.
    let (mut n_open, mut depth) = (0, 0);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_len(rest));
        let was_outside = depth == 0;
        match piece {
            "(" => n_open += 1,
            ")" => n_open -= 1,
            "|" if n_open == 0 => alternatives.push(Alternative::default()),
            _ => {}
        }
        let current = alternatives.last_mut().expect("there is one from the start");
        match piece {
            "(" if !was_outside => depth += 1,
            "(" if opens_lookaround(rest) => {
                depth = 1;
                current.has_lookaround = true;
            }
            ")" if !was_outside => depth -= 1,
            _ => {}
        }
        if piece != "|" || n_open != 0 {
            push_piece(&mut current.exact, piece);
        }
        if was_outside && depth == 0 {
            push_filter(&mut filter, piece);
        }
        rest = after;
    }
    let has_lookaround = alternatives.iter().any(|it| it.has_lookaround);
    Translated { exact: format!("{flags}{}", join(&alternatives)), filter, has_lookaround }
}

/// One branch of a pattern's outermost alternation.
#[derive(Default)]
struct Alternative {
    exact: String,
    has_lookaround: bool,
}

/// Joins the branches again, neighbours without look-arounds in a group: the backtracking engine
/// leaves a group to one automaton, and would make one of each branch.
fn join(alternatives: &[Alternative]) -> String {
    let has_lookaround = alternatives.iter().any(|it| it.has_lookaround);
    let runs = alternatives.chunk_by(|a, b| !a.has_lookaround && !b.has_lookaround);
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
        _ if piece.starts_with('[') => push_class(out, piece),
        _ => out.push_str(piece),
    }
}

/// Adds to the filter what matches at least as much as the piece, and is smaller to compile.
fn push_filter(filter: &mut String, piece: &str) {
    match piece.as_bytes() {
        // What `\w` leaves out is rare.
        _ if piece.contains(r"\w") => filter.push_str("(?s:.)"),
        [b'{', b'0' | b',', ..] if 1 < piece.len() => filter.push('*'),
        [b'{', _, ..] => filter.push('+'),
        _ => push_piece(filter, piece),
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
        assert_eq!(translated.has_lookaround, python.contains("(?=") || python.contains("(?<"));
    }

    #[test]
    fn word_characters_are_letters_and_numbers() {
        check(r"\w+\\w", r"[\p{L}\p{N}_]+\\w", r"(?s:.)+\\w");
        check(r"[\w\-.]", r"[\p{L}\p{N}_\-.]", r"(?s:.)");
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

    #[track_caller]
    fn check_find(python: &str, text: &str, from: usize, expected: Option<(usize, usize)>) {
        let pattern = Pattern::search(python);
        pattern.check().expect("the pattern is valid");
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
