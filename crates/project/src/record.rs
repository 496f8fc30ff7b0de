use annotate::Suggestion;
use corpus::{Annotation, Answer, DocId, LabelDef, Meta, SplitRule};
use serde::{Deserialize, Serialize};

/// What a project is called in storage: never shown, never reused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProjectId(pub String);

/// A text's place in its project, from 0 in the order of import. It never moves.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct DocNumber(pub u32);

/// All that is known about a project but its texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectRecord {
    /// Its key in storage.
    pub id: ProjectId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// When something in it last changed.
    pub changed_ms: u64,
    /// When it was last saved to a file; none while it never was.
    pub exported_ms: Option<u64>,
    /// When it was moved to the trash; none while it is not there.
    pub trashed_ms: Option<u64>,
    /// Its labels, in the order they are shown.
    pub labels: Vec<LabelDef>,
    /// What annotators should know, as Markdown.
    pub guidelines: String,
    /// Whether marks may overlap.
    pub overlaps_allowed: bool,
    /// The base whose tokens a selection snaps to, such as `blank:en`.
    pub base: String,
    /// Which side of training each text is on.
    pub split: SplitRule,
    /// Whether the split may still change: it freezes with the first training.
    pub split_frozen: bool,
    /// The run whose suggestions are shown.
    pub suggesting: Option<super::RunId>,
    /// How many texts there are, and what became of them.
    pub counts: Counts,
}

/// How many texts a project has, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All texts. Stored texts at or beyond this number belong to an import that never finished.
    pub docs: u32,
    /// Answered: accepted.
    pub accepted: u32,
    /// Answered: rejected.
    pub rejected: u32,
    /// Answered: ignored.
    pub ignored: u32,
    /// Flagged with a note.
    pub flagged: u32,
    /// Marks in all texts.
    pub marks: u32,
}

impl Counts {
    /// Texts with a verdict.
    pub fn answered(&self) -> u32 {
        self.accepted + self.rejected + self.ignored
    }

    /// Counts a text that is new.
    pub fn add(&mut self, annotation: &Annotation) {
        self.docs += 1;
        self.tally(annotation, 1);
    }

    /// Counts a text that was `before` and is `after`.
    pub fn replace(&mut self, before: &Annotation, after: &Annotation) {
        self.tally(before, u32::MAX);
        self.tally(after, 1);
    }

    /// Adds `sign` (1, or -1 in two's complement) to every count that the text is part of.
    fn tally(&mut self, annotation: &Annotation, sign: u32) {
        let place = match annotation.answer {
            Some(Answer::Accept) => Some(&mut self.accepted),
            Some(Answer::Reject) => Some(&mut self.rejected),
            Some(Answer::Ignore) => Some(&mut self.ignored),
            None => None,
        };
        if let Some(count) = place {
            *count = count.wrapping_add(sign);
        }
        if annotation.flag.is_some() {
            self.flagged = self.flagged.wrapping_add(sign);
        }
        let marks = sign.wrapping_mul(annotation.marks.len() as u32);
        self.marks = self.marks.wrapping_add(marks);
    }
}

/// A text with what came with it: written once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextRecord {
    /// Its name in the project.
    pub id: DocId,
    /// The text.
    pub text: String,
    /// What came with it.
    pub meta: Meta,
}

/// What the list shows of a text: written once, kept in blocks of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Its name in the project.
    pub id: DocId,
    /// Its first words, at most 120 bytes, without line breaks.
    pub title: String,
    /// Length in code points.
    pub n_chars: u32,
}

impl Head {
    /// The head of a text.
    pub fn of(id: DocId, text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().take(24).collect();
        let mut title = words.join(" ");
        if title.len() > 120 {
            let cut = (0..=120).rev().find(|&at| title.is_char_boundary(at)).unwrap_or(0);
            title.truncate(cut);
        }
        Self { id, title, n_chars: text.chars().count() as u32 }
    }
}

/// What was decided about a text, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnnotationRecord {
    /// Grows with every write, so that two tabs never lose an edit.
    pub revision: u32,
    /// What was decided.
    pub annotation: Annotation,
}

/// What a model proposes for a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuggestionRecord {
    /// The run that made them; 0 where it is what learns while a person annotates.
    pub run: super::RunId,
    /// What it proposes, sorted by span.
    pub suggestions: Vec<Suggestion>,
}

/// The tokens of a text under a base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensRecord {
    /// Each token as `start..end` in bytes.
    pub tokens: Vec<(u32, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_every_change() {
        let open = Annotation::default();
        let accepted = Annotation { answer: Some(Answer::Accept), ..open.clone() };
        let flagged = Annotation { flag: Some("?".into()), ..accepted.clone() };
        let mut counts = Counts::default();
        counts.add(&open);
        counts.add(&accepted);
        counts.replace(&open, &flagged);
        assert_eq!(counts, Counts { docs: 2, accepted: 2, flagged: 1, ..Counts::default() });
        counts.replace(&flagged, &open);
        assert_eq!(counts, Counts { docs: 2, accepted: 1, ..Counts::default() });
    }

    #[test]
    fn a_head_is_one_short_line() {
        let head = Head::of(DocId("a".into()), &format!("Zn²⁺\r\nchelation {}", "é".repeat(90)));
        assert!(head.title.starts_with("Zn²⁺ chelation éé"));
        assert!(head.title.len() <= 120);
        assert_eq!(head.n_chars, 106);
    }
}
