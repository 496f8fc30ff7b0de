//! Tags: how marks are spread over words, in each scheme that is in use.
//!
//! A tag is `O`, or a letter and a label: `B-Gene`. Which letter begins, continues and ends a mark
//! differs from scheme to scheme, yet one reading takes them all; only what counts as a fault
//! depends on the scheme, which [`Census`] tells from the tags of a file.

use corpus::Label;

use crate::place::Placed;
use crate::record::unnamed;
use crate::warning::Reason;

/// How a mark is spread over its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `I-` throughout; `B-` begins a mark only where one of the same label ends just before.
    Iob1,
    /// `B-` begins a mark, `I-` continues it.
    #[default]
    Iob2,
    /// `I-` until the last token, which has `E-`.
    Ioe2,
    /// `B-` begins, `I-` continues, `L-` ends a mark; `U-` is a mark of one token.
    Biluo,
    /// `B-` begins, `I-` continues, `E-` ends a mark; `S-` is a mark of one token.
    Bioes,
    /// `B-` begins, `M-` continues, `E-` ends a mark; `S-` is a mark of one token.
    Bmes,
}

impl Scheme {
    /// The letter of one token of a mark. `touches` says whether a mark of the same label ends
    /// just before the mark.
    fn letter(self, is_first: bool, is_last: bool, touches: bool) -> &'static str {
        match (self, is_first, is_last) {
            (Scheme::Iob1, true, _) if touches => "B",
            (Scheme::Iob1, ..) | (Scheme::Ioe2, _, false) => "I",
            (Scheme::Biluo, true, true) => "U",
            (Scheme::Biluo, false, true) => "L",
            (Scheme::Bioes | Scheme::Bmes, true, true) => "S",
            (Scheme::Ioe2, _, true) | (Scheme::Bioes | Scheme::Bmes, false, true) => "E",
            (Scheme::Bmes, false, false) => "M",
            (_, true, _) => "B",
            (_, false, _) => "I",
        }
    }
}

/// The tag of each of `n` words. Marks are sorted and share no word.
pub(crate) fn encode(n: usize, marks: &[Placed<'_>], scheme: Scheme) -> Vec<String> {
    let mut tags = vec!["O".to_owned(); n];
    for (idx, it) in marks.iter().enumerate() {
        let label = it.span.label();
        let before = idx.checked_sub(1).map(|before| &marks[before]);
        let touches = before
            .is_some_and(|before| before.last + 1 == it.first && before.span.label() == label);
        for (at, tag) in tags.iter_mut().enumerate().take(it.last + 1).skip(it.first) {
            let letter = scheme.letter(at == it.first, at == it.last, touches);
            *tag = format!("{letter}-{label}");
        }
    }
    tags
}

/// What a tag does to the mark that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Outside,
    Begin,
    Inside,
    End,
    Single,
}

/// A tag that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag<'a> {
    kind: Kind,
    letter: char,
    /// Empty where the tag is a letter alone.
    label: &'a str,
}

impl<'a> Tag<'a> {
    fn parse(tag: &'a str) -> Option<Self> {
        if tag == "O" {
            return Some(Tag { kind: Kind::Outside, letter: 'O', label: "" });
        }
        let letter = tag.chars().next()?;
        let kind = match letter {
            'B' => Kind::Begin,
            'I' | 'M' => Kind::Inside,
            'E' | 'L' => Kind::End,
            'S' | 'U' | 'W' => Kind::Single,
            _ => return None,
        };
        let rest = &tag[1..];
        let label = rest.strip_prefix('-').or_else(|| rest.strip_prefix('_')).unwrap_or(rest);
        // `In` is no tag, `I` and `I-Gene` are.
        let is_tag = rest.is_empty() || label.len() != rest.len() && Label::new(label).is_ok();
        is_tag.then_some(Tag { kind, letter, label })
    }

    fn label(self) -> Label {
        Label::new(self.label).unwrap_or_else(|_blank| unnamed())
    }
}

/// Whether it could be a tag.
pub(crate) fn is_tag(text: &str) -> bool {
    Tag::parse(text).is_some()
}

/// A mark on words, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tagged {
    /// Its first word.
    pub(crate) first: usize,
    /// Its last word.
    pub(crate) last: usize,
    /// Its label.
    pub(crate) label: Label,
}

/// How the tags of a file are read: what is not a fault in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `I-` may begin a mark.
    begins_inside: bool,
    /// Whether every mark must have its end tag.
    ends: bool,
}

/// The marks of a text, and what is wrong with its tags, each at its word.
pub(crate) fn decode<'t>(
    tags: impl IntoIterator<Item = &'t str>,
    reading: Reading,
) -> (Vec<Tagged>, Vec<(usize, Reason)>) {
    let mut marks = Marks { done: Vec::new(), open: None, problems: Vec::new(), reading };
    let mut n = 0;
    for (at, text) in tags.into_iter().enumerate() {
        n = at + 1;
        let Some(tag) = Tag::parse(text) else {
            marks.problems.push((at, Reason::UnknownTag { tag: text.to_owned() }));
            marks.close(at);
            continue;
        };
        let goes_on = marks.open.is_some_and(|it| it.1.label == tag.label);
        match tag.kind {
            Kind::Inside if goes_on => {}
            Kind::End if goes_on => marks.end(at),
            Kind::Outside => marks.close(at),
            kind => {
                if !reading.begins_inside && matches!(kind, Kind::Inside | Kind::End) {
                    marks.problems.push((at, Reason::LooseTag { tag: text.to_owned() }));
                }
                marks.close(at);
                marks.open = Some((at, tag));
                if matches!(kind, Kind::End | Kind::Single) {
                    marks.end(at);
                }
            }
        }
    }
    marks.close(n);
    (marks.done, marks.problems)
}

/// The marks while tags come in.
struct Marks<'t> {
    done: Vec<Tagged>,
    /// Where the open mark starts, and its first tag.
    open: Option<(usize, Tag<'t>)>,
    problems: Vec<(usize, Reason)>,
    reading: Reading,
}

impl Marks<'_> {
    /// Ends the open mark on the word `last`.
    fn end(&mut self, last: usize) {
        if let Some((first, tag)) = self.open.take() {
            self.done.push(Tagged { first, last, label: tag.label() });
        }
    }

    /// Ends the open mark, if there is one, before the word `at`: its scheme may have wanted a tag
    /// that says so.
    fn close(&mut self, at: usize) {
        let Some((first, tag)) = self.open else { return };
        if self.reading.ends {
            self.problems.push((first, Reason::OpenMark { label: tag.label().to_string() }));
        }
        self.end(at - 1);
    }
}

/// What the tags of a file have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    /// `B-` where no mark of the label ends just before.
    begins_free: u32,
    begins_touching: u32,
    /// `I-` or `E-` that continue nothing.
    loose: u32,
    ends: u32,
    /// `E-` behind which a mark of the same label begins at once.
    ends_touching: u32,
    /// Marks that stop without `E-`.
    unended: u32,
    singles: u32,
}

impl Census {
    /// Counts the tags of a text.
    pub(crate) fn add<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) {
        const OUTSIDE: Tag<'static> = Tag { kind: Kind::Outside, letter: 'O', label: "" };
        // Whether a mark is open behind the tag before, and what that was.
        let (mut open, mut before) = (false, OUTSIDE);
        for text in tags.into_iter().chain(["O"]) {
            let tag = Tag::parse(text).unwrap_or(OUTSIDE);
            let same = before.kind != Kind::Outside && before.label == tag.label;
            let goes_on = open && same && matches!(tag.kind, Kind::Inside | Kind::End);
            self.unended += u32::from(open && !goes_on);
            self.ends_touching +=
                u32::from(before.kind == Kind::End && same && tag.kind != Kind::Outside);
            match tag.kind {
                Kind::Outside => {}
                Kind::Begin if same => self.begins_touching += 1,
                Kind::Begin => self.begins_free += 1,
                Kind::Inside => self.loose += u32::from(!goes_on),
                Kind::End => {
                    self.ends += 1;
                    self.loose += u32::from(!goes_on);
                }
                Kind::Single => self.singles += 1,
            }
            open = matches!(tag.kind, Kind::Begin | Kind::Inside);
            before = tag;
        }
    }

    /// How the file's tags are read, and what a person should know of it.
    pub(crate) fn reading(&self) -> (Reading, Option<Reason>) {
        let begins = self.begins_free + self.begins_touching;
        let scheme = |name, what| Some(Reason::TagScheme { name, what });
        if self.singles != 0 || self.ends != 0 && begins != 0 {
            // Where most marks have no end tag, the few that have are of something else.
            let ends = self.unended <= self.ends + self.singles;
            return (Reading { begins_inside: false, ends }, None);
        }
        if self.ends != 0 {
            let ends = self.unended == 0;
            let note = match ends {
                true => scheme("IOE2", "E- ends each mark"),
                false => scheme("IOE1", "E- only parts a mark from the next of its label"),
            };
            return (Reading { begins_inside: true, ends: false }, note);
        }
        // A `B-` too many among many marks that begin with `I-` is a slip.
        if self.loose <= self.begins_free * 10 {
            return (Reading::default(), None);
        }
        let note = match begins {
            0 => scheme("IO", "neighbours of one label cannot be told apart, and come in as one"),
            _ => scheme("IOB1", "B- only parts a mark from the one of its label before"),
        };
        (Reading { begins_inside: true, ends: false }, note)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use super::*;

    /// The marks of the texts, as `first–last label`, with what is said about them.
    #[track_caller]
    fn check(texts: &[&str], expected: &Expect) {
        let mut census = Census::default();
        for text in texts {
            census.add(text.split(' '));
        }
        let (reading, note) = census.reading();
        let mut shown = note.map(|it| format!("{it:?}\n")).unwrap_or_default();
        for text in texts {
            let (marks, problems) = decode(text.split(' '), reading);
            let marks: Vec<String> =
                marks.iter().map(|it| format!("{}–{} {}", it.first, it.last, it.label)).collect();
            shown.push_str(&marks.join(", "));
            for (at, problem) in problems {
                let _ = write!(shown, "\n  {at}: {problem:?}");
            }
            shown.push('\n');
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_tags_tell_their_scheme() {
        check(
            &["O B-X I-X B-X", "B-Y O"],
            &expect![[r#"
            1–2 X, 3–3 X
            0–0 Y
        "#]],
        );
        check(
            &["O I-X I-X B-X", "I-Y O"],
            &expect![[r#"
            TagScheme { name: "IOB1", what: "B- only parts a mark from the one of its label before" }
            1–2 X, 3–3 X
            0–0 Y
        "#]],
        );
        check(
            &["O I-X I-X O", "I-Y O"],
            &expect![[r#"
            TagScheme { name: "IO", what: "neighbours of one label cannot be told apart, and come in as one" }
            1–2 X
            0–0 Y
        "#]],
        );
        check(
            &["O I-X E-X E-X", "E-Y O"],
            &expect![[r#"
            TagScheme { name: "IOE2", what: "E- ends each mark" }
            1–2 X, 3–3 X
            0–0 Y
        "#]],
        );
        check(
            &["O I-X E-X I-X", "I-Y O"],
            &expect![[r#"
            TagScheme { name: "IOE1", what: "E- only parts a mark from the next of its label" }
            1–2 X, 3–3 X
            0–0 Y
        "#]],
        );
        check(
            &["O B-X I-X L-X U-X", "U-Y O"],
            &expect![[r#"
            1–3 X, 4–4 X
            0–0 Y
        "#]],
        );
        check(
            &["O B-X M-X E-X S-X", "W-Y O"],
            &expect![[r#"
            1–3 X, 4–4 X
            0–0 Y
        "#]],
        );
        check(
            &["B I O B_X I_X"],
            &expect![[r#"
            0–1 Entity, 3–4 X
        "#]],
        );
    }

    #[test]
    fn faults_are_said_and_mended() {
        check(
            &["I-X O B-X I-Y", "B-X I-X"],
            &expect![[r#"
            0–0 X, 2–2 X, 3–3 Y
              0: LooseTag { tag: "I-X" }
              3: LooseTag { tag: "I-Y" }
            0–1 X
        "#]],
        );
        check(
            &["B-X O S-Y E-Y I-X", "B-X B-X E-X"],
            &expect![[r#"
            0–0 X, 2–2 Y, 3–3 Y, 4–4 X
              0: OpenMark { label: "X" }
              3: LooseTag { tag: "E-Y" }
              4: LooseTag { tag: "I-X" }
              4: OpenMark { label: "X" }
            0–0 X, 1–2 X
              0: OpenMark { label: "X" }
        "#]],
        );
        check(
            &["B-X Gene I-X"],
            &expect![[r#"
            0–0 X, 2–2 X
              1: UnknownTag { tag: "Gene" }
              2: LooseTag { tag: "I-X" }
        "#]],
        );
    }
}
