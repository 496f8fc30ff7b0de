use std::collections::BTreeMap;

use corpus::{Answer, Doc, Mark, Span};
use serde_json::Value;
use tokenizer::Token;

use crate::extras::{EXTRAS, Extras};
use crate::format::Format;

/// What a file holds of the texts that were given to it: a row for each kind of thing, even where
/// nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(pub Vec<Loss>);

/// What becomes of one kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The kind of thing.
    pub what: What,
    /// How many there are.
    pub count: u32,
    /// How many come in differently.
    pub changed: u32,
    /// How many are left out.
    pub left_out: u32,
    /// Why, as a sentence.
    pub why: String,
}

/// A kind of thing that a project holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Decided marks.
    Marks,
    /// Those of them that share a character with another.
    Overlaps,
    /// What a model proposes and nobody decided.
    Suggestions,
    /// Texts that are written.
    Texts,
    /// Verdicts on texts.
    Answers,
    /// Stretches that nobody has looked at.
    Unread,
    /// Flags with their notes.
    Notes,
    /// What came with the texts beside their ids.
    Metadata,
    /// Order and names of the texts.
    Ids,
    /// Texts with characters beyond ASCII.
    Unicode,
    /// Marks of several pieces.
    Fragments,
    /// Relations between marks.
    Relations,
    /// Events: a mark that triggers it, and what takes part.
    Events,
    /// Attributes of marks and events.
    Attributes,
    /// Entries of databases that marks are about.
    Normalisations,
    /// Comments on marks and events.
    Comments,
    /// Marks of other annotators.
    Annotators,
}

impl What {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            What::Marks => "Marks",
            What::Overlaps => "Overlapping marks",
            What::Suggestions => "Suggestions",
            What::Texts => "Texts",
            What::Answers => "Answers",
            What::Unread => "Unread stretches",
            What::Notes => "Notes and flags",
            What::Metadata => "Other fields",
            What::Ids => "Text order and ids",
            What::Unicode => "Emoji and Unicode",
            What::Fragments => "Marks of several pieces",
            What::Relations => "Relations",
            What::Events => "Events",
            What::Attributes => "Attributes",
            What::Normalisations => "Database entries",
            What::Comments => "Comments",
            What::Annotators => "Marks of other annotators",
        }
    }
}

impl Losses {
    /// How many kinds of things are changed or left out.
    pub fn n_losses(&self) -> u32 {
        self.0.iter().filter(|it| it.changed + it.left_out != 0).count() as u32
    }

    /// The row of one kind of thing.
    pub fn row(&self, what: What) -> Option<&Loss> {
        self.0.iter().find(|it| it.what == what)
    }
}

/// Which texts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Accepted ones.
    #[default]
    Accepted,
    /// All with a verdict.
    Answered,
    /// All.
    All,
}

impl Which {
    /// Whether a text with this verdict is written.
    pub fn takes(self, answer: Option<Answer>) -> bool {
        match self {
            Which::Accepted => answer == Some(Answer::Accept),
            Which::Answered => answer.is_some(),
            Which::All => true,
        }
    }
}

/// What was counted while texts were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) texts: u32,
    pub(crate) marks: u32,
    pub(crate) marks_changed: u32,
    pub(crate) marks_left_out: u32,
    pub(crate) overlaps: u32,
    pub(crate) overlaps_left_out: u32,
    pub(crate) suggestions: u32,
    pub(crate) unread: u32,
    pub(crate) notes: u32,
    pub(crate) metadata: u32,
    /// Texts with fields that the file does not hold.
    pub(crate) metadata_left_out: u32,
    /// Texts that are written with the words they came with.
    own_words: u32,
    /// Texts that a `.spacy` file gives another verdict.
    pub(crate) answers_changed: u32,
    pub(crate) unicode: u32,
    /// Texts that stay behind: rejected, ignored, to do, accepted.
    pub(crate) behind: [u32; 4],
    /// Verdicts.
    pub(crate) answers: u32,
    /// How many things of other kinds there are.
    pub(crate) more: BTreeMap<What, u32>,
    /// What a format said of some things that it does not hold as they are.
    lost: BTreeMap<What, Lost>,
}

/// Things of one kind that a file does not hold as they are.
#[derive(Clone, Debug, Default)]
struct Lost {
    changed: u32,
    left_out: u32,
    why: Vec<&'static str>,
}

impl Tally {
    /// Counts a text that is written.
    pub(crate) fn add(&mut self, doc: &Doc, suggestions: u32) {
        self.texts += 1;
        self.marks += doc.annotation.marks.len() as u32;
        self.overlaps += overlapping(&doc.annotation.marks).len() as u32;
        self.suggestions += suggestions;
        self.unread += doc.annotation.unread.iter().count() as u32;
        self.notes += u32::from(doc.annotation.flag.is_some());
        self.metadata += u32::from(crate::conll::has_more(doc));
        self.unicode += u32::from(!doc.text.is_ascii());
        self.answers += u32::from(doc.annotation.answer.is_some());
        if doc.meta.0.contains_key(EXTRAS) {
            Extras::of(doc).count(&mut self.more);
        }
    }

    /// Something of a kind that the format holds comes in differently; `why` is a sentence.
    pub(crate) fn change(&mut self, what: What, why: &'static str) {
        self.lose(what, why).changed += 1;
    }

    /// Something of a kind that the format holds is left out; `why` is a sentence.
    pub(crate) fn leave_out(&mut self, what: What, why: &'static str) {
        self.lose(what, why).left_out += 1;
    }

    fn lose(&mut self, what: What, why: &'static str) -> &mut Lost {
        let lost = self.lost.entry(what).or_default();
        if !lost.why.contains(&why) {
            lost.why.push(why);
        }
        lost
    }

    /// The rows of a format, by what it says that it holds and what it told of single things.
    pub(crate) fn held(&self, which: Which, format: &Format) -> Losses {
        let mut losses = self.all_kept(which, format.holds(What::Suggestions));
        let answers = (self.answers != 0).then_some((What::Answers, self.answers));
        let more = self.more.iter().map(|it| (*it.0, *it.1)).filter(|it| it.1 != 0);
        for (what, count) in answers.into_iter().chain(more) {
            losses.0.push(Loss {
                what,
                count,
                changed: 0,
                left_out: 0,
                why: "As they are.".into(),
            });
        }
        for row in &mut losses.0 {
            if matches!(row.what, What::Suggestions | What::Texts | What::Unicode) {
                // Texts are always written, and suggestions are told of above.
            } else if !format.holds(row.what) {
                row.left_out = row.count;
                "This format has no place for them.".clone_into(&mut row.why);
            }
            if let Some(lost) = self.lost.get(&row.what)
                && row.left_out != row.count
            {
                (row.changed, row.left_out) = (lost.changed, lost.left_out);
                row.why = lost.why.join(" ");
            }
        }
        losses
    }

    /// Counts a text of whose metadata nothing is written but the entries `held`.
    pub(crate) fn lose_metadata(&mut self, doc: &Doc, held: &[&str]) {
        // What marks have about them is counted by its kinds.
        let is_held = |key: &str| key == EXTRAS || held.contains(&key);
        let is_lost = |it: (&String, &Value)| !is_held(it.0) && !it.1.is_null();
        if doc.meta.0.iter().any(is_lost) {
            self.metadata_left_out += 1;
            self.leave_out(What::Metadata, "This format has no place for them.");
        }
    }

    /// The words that a text came with, which are counted, else the tokens of a base.
    pub(crate) fn words_or(
        &mut self,
        own: Option<Vec<Token>>,
        tokens: impl FnOnce() -> Vec<Token>,
    ) -> Vec<Token> {
        self.own_words += u32::from(own.is_some());
        own.unwrap_or_else(tokens)
    }

    /// Counts a text that stays behind.
    pub(crate) fn leave(&mut self, answer: Option<Answer>) {
        let place = match answer {
            Some(Answer::Reject) => 0,
            Some(Answer::Ignore) => 1,
            None => 2,
            Some(Answer::Accept) => 3,
        };
        self.behind[place] += 1;
    }

    /// `9 rejected, 4 ignored stay here.`
    fn behind(&self, which: Which) -> String {
        let words = ["rejected", "ignored", "to do", "accepted"];
        let parts: Vec<String> = (self.behind.iter().zip(words))
            .filter(|it| *it.0 != 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        let which = match which {
            Which::Accepted => "Accepted only.",
            Which::Answered => "Answered only.",
            Which::All => "All of them.",
        };
        match (parts.as_slice(), self.behind.iter().sum::<u32>()) {
            ([], _) => which.to_owned(),
            (_, 1) => format!("{which} {} stays here.", parts.join(", ")),
            _ => format!("{which} {} stay here.", parts.join(", ")),
        }
    }

    /// The rows of a format that keeps everything it is given but, perhaps, suggestions.
    pub(crate) fn all_kept(&self, which: Which, suggestions_kept: bool) -> Losses {
        let kept = |what, count, why: &str| Loss {
            what,
            count,
            changed: 0,
            left_out: 0,
            why: why.to_owned(),
        };
        let mut suggestions = kept(What::Suggestions, self.suggestions, "With their confidence.");
        if !suggestions_kept {
            suggestions.left_out = self.suggestions;
            "Only decided marks are written.".clone_into(&mut suggestions.why);
        }
        let more = self.more.iter().filter(|it| *it.1 != 0);
        let more = more.map(|it| kept(*it.0, *it.1, "As they came."));
        let mut losses = Losses(vec![
            kept(What::Marks, self.marks, "As characters, with the words they cover."),
            kept(What::Overlaps, self.overlaps, "Each mark has its own offsets."),
            suggestions,
            kept(What::Texts, self.texts, &self.behind(which)),
            kept(What::Unread, self.unread, "With their offsets."),
            kept(What::Notes, self.notes, "As fields of the text."),
            kept(What::Metadata, self.metadata, "As they came."),
            kept(What::Ids, self.texts, "In the order of the project."),
            kept(What::Unicode, self.unicode, "Written as UTF-8, unchanged."),
        ]);
        losses.0.extend(more);
        losses
    }

    /// The rows of a format of tokens.
    pub(crate) fn tokens_only(&self, which: Which, base: &str) -> Losses {
        let mut losses = self.all_kept(which, false);
        for row in &mut losses.0 {
            let why = match row.what {
                What::Marks => {
                    row.changed = self.marks_changed;
                    row.left_out = self.marks_left_out;
                    let whose = match self.own_words {
                        0 => format!("the words of {base}"),
                        n if n == self.texts => "the words that the texts came with".into(),
                        _ => format!("the words that texts came with, or those of {base}"),
                    };
                    match row.changed + row.left_out {
                        0 => format!("They fit {whose}."),
                        _ => format!("They do not fit {whose}."),
                    }
                }
                What::Overlaps => {
                    row.left_out = self.overlaps_left_out;
                    "One label per word. The longer mark stays.".into()
                }
                What::Unread => {
                    row.left_out = row.count;
                    "What is not marked there will look like no entity.".into()
                }
                What::Metadata => {
                    row.left_out = self.metadata_left_out;
                    match row.count - row.left_out.min(row.count) {
                        0 => "This format has no place for them.".into(),
                        _ => "What came with such a file is kept, the rest is not.".into(),
                    }
                }
                What::Ids => "Each text starts with “# id = …”.".into(),
                What::Suggestions | What::Texts | What::Unicode => continue,
                _ => {
                    row.left_out = row.count;
                    "This format has no place for them.".into()
                }
            };
            row.why = why;
        }
        losses
    }

    /// The rows of spaCy's `DocBin`.
    pub(crate) fn spacy(&self, which: Which, base: &str) -> Losses {
        let mut losses = self.tokens_only(which, base);
        for row in &mut losses.0 {
            match row.what {
                What::Overlaps => {
                    "Entities of spaCy do not overlap. The longer mark stays."
                        .clone_into(&mut row.why);
                }
                What::Texts if self.answers_changed != 0 => {
                    row.changed = self.answers_changed;
                    row.why.push_str(" spaCy knows no answers: what has marks looks accepted.");
                }
                What::Metadata => {
                    row.left_out = self.metadata_left_out;
                    row.why = match row.left_out {
                        0 => "As user data of the text.".into(),
                        _ => "spaCy has its own use for “id”, “cats” and “spans”.".into(),
                    };
                }
                What::Unread => {
                    row.left_out = 0;
                    "As tokens of which nothing is known.".clone_into(&mut row.why);
                }
                What::Ids => "As user data of the text.".clone_into(&mut row.why),
                what if self.more.contains_key(&what) => {
                    row.left_out = 0;
                    "As user data of the text.".clone_into(&mut row.why);
                }
                _ => {}
            }
        }
        losses
    }
}

/// The marks that share a character with another one. Marks are sorted.
pub(crate) fn overlapping(marks: &[Mark]) -> Vec<&Span> {
    let (mut found, mut end_before) = (Vec::new(), 0);
    for (idx, Mark { span, .. }) in marks.iter().enumerate() {
        let next = marks.get(idx + 1).is_some_and(|it| it.span.start() < span.end());
        if next || span.start() < end_before {
            found.push(span);
        }
        end_before = end_before.max(span.end());
    }
    found
}
