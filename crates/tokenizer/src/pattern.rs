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

use crate::dialect::{Filter, Translated, branches, translate};

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
        let Translated { exact, filter, has_lookaround } = translate(python, Filter::Fine);
        let windowed = !python.contains('$');
        if !has_lookaround {
            return Pattern { exact: Lazy::new(exact), filter: None, windowed };
        }
        let exact = Lazy::new(format!(r"\G(?:{exact})"));
        Pattern { exact, filter: Some(Lazy::new(filter)), windowed }
    }

    /// Whether we understand it. Must be asked before use unless that is known.
    pub(crate) fn check(&self) -> Result<(), Box<fancy_regex::Error>> {
        self.filter.iter().chain([&self.exact]).try_for_each(Lazy::check)
    }

    /// Whether it matches anywhere.
    fn is_match(&self, text: &str) -> bool {
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

/// A rule that is only asked whether it matches at the start, as Python's `re.match` does.
///
/// French has one with hundreds of branches, most of them with classes of thousands of characters.
/// So a rough filter is asked first, and then each branch on its own, which is compiled only when
/// its own filter matches.
pub(crate) struct StartPattern {
    filter: Lazy,
    branches: Vec<Pattern>,
}

impl StartPattern {
    /// A pattern that has to match at the start.
    pub(crate) fn new(python: &str) -> Self {
        let (flags, branches) = branches(python);
        let branch = |it: &str| {
            let at_start = format!("^(?:{flags}{it})");
            let Translated { exact, filter, .. } = translate(&at_start, Filter::Rough);
            let exact = Lazy::new(format!(r"\G(?:{exact})"));
            Pattern { exact, filter: Some(Lazy::new(filter)), windowed: !it.contains('$') }
        };
        let all = translate(&format!("^(?:{python})"), Filter::Rough);
        let branches = branches.into_iter().map(branch).collect();
        StartPattern { filter: Lazy::new(all.filter), branches }
    }

    /// Whether we understand it. Must be asked before use unless that is known.
    pub(crate) fn check(&self) -> Result<(), Box<fancy_regex::Error>> {
        self.filter.check()?;
        self.branches.iter().try_for_each(Pattern::check)
    }

    /// Whether it matches at the start.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        find(self.filter.get(), text, 0).is_some()
            && self.branches.iter().any(|it| it.is_match(text))
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_start_is_matched_by_any_branch() {
        let class = format!("[{}]", "no".repeat(60));
        let pattern = StartPattern::new(&format!("(?i)(?:^x-{class}+$)|a(?!c)|(?:^y$)"));
        pattern.check().expect("the pattern is valid");
        let matching = ["X-nOn", "ab", "AA", "y"].map(|it| pattern.is_match(it));
        assert_eq!(matching, [true; 4]);
        let others = ["x-c", "x-", "ac", "xa", "yy", ""].map(|it| pattern.is_match(it));
        assert_eq!(others, [false; 6]);
    }
}
