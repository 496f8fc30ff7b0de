use std::cmp::Ordering;

use corpus::Span;
use serde::{Deserialize, Serialize};

use crate::{Kind, Place, Tokens};

/// What to do about a mark that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// What was found at its edges.
    pub reason: Reason,
    /// Where it would fit, in bytes. None: a person has to look.
    pub fix: Option<Place>,
}

/// What was found at the edges of a mark that does not fit. Of two edges the later one here
/// counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A blank: leave it out.
    Blank,
    /// A sign that belongs to the word beside the mark: leave it out.
    StraySign,
    /// Outside the mark the word goes on with the bracket that closes or opens one in it.
    MissingBracket,
    /// Behind the mark the word goes on with the s of a plural or genitive.
    PluralS,
    /// Outside the mark the word holds only punctuation.
    Punctuation,
    /// A hyphen or dash joins the mark to the rest of the word.
    HyphenCompound,
    /// Another sign joins the mark to the rest of the word: a slash, a plus, an at.
    JoinedBySign,
    /// The mark is a part of a longer word.
    PartOfWord,
    /// The word, if the mark grew to it, would belong to two marks.
    TwoMarks,
    /// A sentence starts in the middle.
    CrossesSentence,
    /// There is no word in it.
    NoWord,
}

/// What a correction does to a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It gains characters.
    Grow,
    /// It loses characters.
    Shrink,
    /// It gains some and loses some.
    Move,
    /// Nothing: a person has to look.
    LookAt,
}

impl Action {
    /// What a person reads, as on a button.
    pub fn words(self) -> &'static str {
        match self {
            Action::Grow => "Grow to word",
            Action::Shrink => "Shrink to word",
            Action::Move => "Move to word",
            Action::LookAt => "Look at it",
        }
    }
}

impl Reason {
    /// What a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Blank => "leave the blank out",
            Reason::StraySign => "leave the sign out",
            Reason::MissingBracket => "the bracket belongs to it",
            Reason::PluralS => "the s belongs to the word",
            Reason::Punctuation => "the punctuation belongs to the word",
            Reason::HyphenCompound => "the word goes on with a hyphen",
            Reason::JoinedBySign => "a sign joins it to another word",
            Reason::PartOfWord => "it is part of a longer word",
            Reason::TwoMarks => "the word holds two marks",
            Reason::CrossesSentence => "a sentence starts in it",
            Reason::NoWord => "there is no word in it",
        }
    }
}

impl Advice {
    /// What the correction does to a mark at `old`.
    pub fn action(&self, old: Place) -> Action {
        self.fix.map_or(Action::LookAt, |it| Shift::between(old, it).action())
    }
}

/// How the edges of a mark move, in bytes; below 0 to the front of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shift {
    /// How far its start moves.
    pub start: i32,
    /// How far its end moves.
    pub end: i32,
}

impl Shift {
    pub(crate) fn between(old: Place, new: Place) -> Self {
        let by = |old: u32, new: u32| new.wrapping_sub(old).cast_signed();
        Shift { start: by(old.start, new.start), end: by(old.end, new.end) }
    }

    /// What it does to a mark.
    pub fn action(self) -> Action {
        match (self.start <= 0 && 0 <= self.end, 0 <= self.start && self.end <= 0) {
            (true, _) => Action::Grow,
            (_, true) => Action::Shrink,
            (false, false) => Action::Move,
        }
    }

    /// A mark with its edges moved. None if nothing would be left of it.
    pub fn apply(self, span: &Span) -> Option<Span> {
        let start = span.start().checked_add_signed(self.start)?;
        let end = span.end().checked_add_signed(self.end)?;
        Span::new(start, end, span.label().clone()).ok()
    }
}

impl Tokens<'_> {
    /// What to do about a mark that does not fit; `marks` are all marks of the text.
    ///
    /// Blanks are left out. An edge inside a word goes to the end of the word, unless the mark
    /// holds only signs of it: then the word is left out. A bracket whose partner is in it comes
    /// along. Nothing is advised that would not fit, or that would run into another mark.
    pub fn advise(&self, span: &Span, marks: &[Span]) -> Option<Advice> {
        let old = Place { start: span.start(), end: span.end() };
        let kind = self.fit(old).misfit?;
        let reason = match kind {
            Kind::NoToken => Reason::NoWord,
            Kind::CrossesSentence => Reason::CrossesSentence,
            _ => return Some(self.correct(span, old, marks)),
        };
        Some(Advice { reason, fix: None })
    }

    fn correct(&self, span: &Span, old: Place, marks: &[Span]) -> Advice {
        let words = old.trimmed(self.text);
        let (start, at_start) = self.corrected_start(words);
        let (end, at_end) = self.corrected_end(words);
        let reason = at_start.max(at_end).unwrap_or(Reason::Blank);
        let new = self.with_bracket(Place { start, end: end.max(start) }.trimmed(self.text));
        let runs_into = |it: &&Span| {
            let other = Place { start: it.start(), end: it.end() };
            *it != span && (other == new || other.overlaps(new) && !other.overlaps(old))
        };
        if marks.iter().find(runs_into).is_some() {
            return Advice { reason: Reason::TwoMarks, fix: None };
        }
        match self.fit(new).misfit {
            None => Advice { reason, fix: Some(new) },
            Some(Kind::CrossesSentence) => Advice { reason: Reason::CrossesSentence, fix: None },
            Some(_) => Advice { reason, fix: None },
        }
    }

    /// The same with the bracket beside it whose partner is in it, so that "(2S)-alanine" is not
    /// marked without its first.
    fn with_bracket(&self, place: Place) -> Place {
        let Place { start, end } = place;
        let words = place.text(self.text);
        let wider = |(open, close): (char, char)| {
            let n_open = words.matches(open).count();
            let wider = match n_open.cmp(&words.matches(close).count()) {
                Ordering::Less if self.text[..start as usize].ends_with(open) => {
                    Place { start: start - 1, end }
                }
                Ordering::Greater if self.text[end as usize..].starts_with(close) => {
                    Place { start, end: end + 1 }
                }
                _ => return None,
            };
            self.fit(wider).misfit.is_none().then_some(wider)
        };
        BRACKETS.into_iter().find_map(wider).unwrap_or(place)
    }

    /// Where the mark should start, and why it should not where it does.
    fn corrected_start(&self, mark: Place) -> (u32, Option<Reason>) {
        let Some(word) = self.cut_at(mark.start) else { return (mark.start, None) };
        let inside = Place { start: mark.start, end: mark.end.min(word.end) };
        if word.end < mark.end && !has_letters(inside.text(self.text)) {
            return (word.end, Some(Reason::StraySign));
        }
        let outside = Place { start: word.start, end: mark.start }.text(self.text);
        (word.start, Some(reason_before(outside, mark.text(self.text))))
    }

    /// Where the mark should end, and why it should not where it does.
    fn corrected_end(&self, mark: Place) -> (u32, Option<Reason>) {
        let Some(word) = self.cut_at(mark.end) else { return (mark.end, None) };
        let inside = Place { start: mark.start.max(word.start), end: mark.end };
        if mark.start < word.start && !has_letters(inside.text(self.text)) {
            return (word.start, Some(Reason::StraySign));
        }
        let outside = Place { start: mark.end, end: word.end }.text(self.text);
        (word.end, Some(reason_behind(mark.text(self.text), outside)))
    }
}

/// Why a word is cut, from what it holds before the mark.
fn reason_before(outside: &str, mark: &str) -> Reason {
    match outside.chars().next_back() {
        _ if has_letters(outside) => {}
        Some(ch) if closes(ch, mark) => return Reason::MissingBracket,
        _ => return Reason::Punctuation,
    }
    joined_by(outside.chars().next_back())
}

/// Why a word is cut, from what it holds behind the mark.
fn reason_behind(mark: &str, outside: &str) -> Reason {
    let first = outside.chars().next();
    match outside {
        "s" | "'s" | "’s" | "s'" | "s’" => return Reason::PluralS,
        _ if first.is_some_and(|it| is_closed_by(mark, it)) => return Reason::MissingBracket,
        _ if !has_letters(outside) => return Reason::Punctuation,
        _ => {}
    }
    joined_by(first)
}

/// Why a word is cut, from the character that it has next to the mark.
fn joined_by(ch: Option<char>) -> Reason {
    match ch {
        Some('-' | '\u{2010}'..='\u{2015}' | '\u{2212}') => Reason::HyphenCompound,
        Some(ch) if !ch.is_alphanumeric() => Reason::JoinedBySign,
        _ => Reason::PartOfWord,
    }
}

fn has_letters(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// Whether `ch` opens a bracket that the mark closes.
fn closes(ch: char, mark: &str) -> bool {
    let pair = BRACKETS.into_iter().find(|it| it.0 == ch);
    pair.is_some_and(|(open, close)| mark.matches(open).count() < mark.matches(close).count())
}

/// Whether `ch` closes a bracket that the mark opens.
fn is_closed_by(mark: &str, ch: char) -> bool {
    let pair = BRACKETS.into_iter().find(|it| it.1 == ch);
    pair.is_some_and(|(open, close)| mark.matches(close).count() < mark.matches(open).count())
}
