//! What a training would learn from: texts on each side, marks of each label, and what is in the
//! way.

use std::collections::{BTreeMap, BTreeSet};

use corpus::{Answer, DocId, Label, Side, SplitRule};
use project::SplitCounts;

use crate::words;

/// The fewest accepted texts that a training starts with.
pub const MIN_TEXTS: u32 = 8;

/// A text with a verdict, as far as a training asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its name.
    pub id: DocId,
    /// The verdict.
    pub answer: Answer,
    /// How many marks of each label it has.
    pub marks: BTreeMap<Label, u32>,
    /// Whether nobody has looked at some of it.
    pub is_partly_read: bool,
}

/// What a training would learn from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Texts on each side.
    pub split: SplitCounts,
    /// Marks of each label in the texts that are learned from.
    pub marks: BTreeMap<Label, u32>,
    /// Texts that stay out: rejected.
    pub rejected: u32,
    /// Texts that stay out: ignored.
    pub ignored: u32,
    /// Accepted texts of which somebody has read only a part.
    pub partly_read: u32,
}

impl Plan {
    /// Puts each accepted text on its side.
    pub fn of(answered: &[Answered], rule: &SplitRule) -> Self {
        let mut plan = Plan::default();
        for it in answered {
            match it.answer {
                Answer::Accept => plan.partly_read += u32::from(it.is_partly_read),
                Answer::Reject => plan.rejected += 1,
                Answer::Ignore => plan.ignored += 1,
            }
            if it.answer != Answer::Accept {
                continue;
            }
            match rule.side(&it.id) {
                Side::Dev => plan.split.dev += 1,
                Side::Test => plan.split.test += 1,
                Side::Train => {
                    plan.split.train += 1;
                    for (label, n) in &it.marks {
                        *plan.marks.entry(label.clone()).or_default() += n;
                    }
                }
            }
        }
        plan
    }

    /// What is neither learned nor scored, as sentences.
    pub fn left_out(&self) -> String {
        let stay = match (self.rejected, self.ignored) {
            (0, 0) => String::new(),
            (n, 0) => format!(" {} rejected stay out.", words::count(n)),
            (0, n) => format!(" {} ignored stay out.", words::count(n)),
            (rejected, ignored) => {
                let [rejected, ignored] = [rejected, ignored].map(words::count);
                format!(" {rejected} rejected and {ignored} ignored stay out.")
            }
        };
        let parts = match self.partly_read {
            0 => String::new(),
            n => format!(" What is unread of {} is left out.", words::counted(n, "text", "texts")),
        };
        format!("Only accepted texts.{stay}{parts}")
    }

    /// The labels of `wanted` that have marks to learn from, and those that have none.
    pub fn learnable(&self, wanted: &[Label]) -> (Vec<Label>, Vec<Label>) {
        wanted.iter().cloned().partition(|it| self.marks.contains_key(it))
    }

    /// Why training cannot start, as a sentence; none when it can.
    pub fn obstacle(&self, wanted: &[Label]) -> Option<String> {
        let SplitCounts { train, dev, test } = self.split;
        let missing = MIN_TEXTS.saturating_sub(train + dev + test);
        if missing > 0 {
            return Some(format!("Not enough texts yet. Accept {missing} more to train."));
        }
        if train == 0 {
            return Some(
                "Every accepted text is on the dev or test side. Accept more, or change the split."
                    .to_owned(),
            );
        }
        if wanted.is_empty() {
            return Some("No label is chosen. Tick at least one to learn.".to_owned());
        }
        if self.learnable(wanted).0.is_empty() {
            return Some("No text to learn from holds a mark of these labels. Mark some, and accept the texts.".to_owned());
        }
        None
    }

    /// What else there is to know before it starts, as sentences.
    pub fn remarks(&self, wanted: &[Label]) -> Vec<String> {
        let mut remarks = Vec::new();
        let (_, without) = self.learnable(wanted);
        if !without.is_empty() {
            let names = some_of(without.iter().map(Label::as_str));
            let (has, is) = if without.len() == 1 { ("has", "is") } else { ("have", "are") };
            remarks.push(format!("{names} {has} no marks to learn from, and {is} left out."));
        }
        if self.split.dev == 0 {
            remarks.push(
                "No accepted text is on the dev side. Training does all steps and keeps the last \
                 model."
                    .to_owned(),
            );
        }
        if self.split.test == 0 {
            remarks.push(match self.split.dev {
                0 => "No accepted text is on the test side either, so there are no scores."
                    .to_owned(),
                _ => "No accepted text is on the test side. The scores are of the dev set."
                    .to_owned(),
            });
        }
        remarks
    }
}

/// What a pipeline of these labels may lose while it learns those, as a sentence. What is learned
/// from has no marks of its other labels, and so says that there are none.
pub fn may_forget(known: &[String], learned: &[Label]) -> Option<String> {
    let is_lost = |it: &&String| !learned.iter().any(|label| label.as_str() == it.as_str());
    let lost: Vec<&str> = known.iter().filter(is_lost).map(String::as_str).collect();
    (!lost.is_empty()).then(|| {
        format!(
            "The pipeline also finds {}. Nothing here teaches that, so it may forget it.",
            some_of(lost.into_iter())
        )
    })
}

/// The first names of a list, and how many more there are.
fn some_of<'n>(mut names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const MOST: usize = 4;

    let more = names.len().saturating_sub(MOST);
    let first = names.by_ref().take(MOST).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// The labels that are ticked.
pub fn wanted(known: &[Label], skipped: &BTreeSet<Label>) -> Vec<Label> {
    known.iter().filter(|it| !skipped.contains(it)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> Label {
        Label::new(name).unwrap()
    }

    fn texts(n: u32, marked: &[&str]) -> Vec<Answered> {
        let marks: BTreeMap<_, _> = marked.iter().map(|it| (label(it), 2)).collect();
        let text = |n| Answered {
            id: DocId(format!("doc-{n}")),
            answer: Answer::Accept,
            marks: marks.clone(),
            is_partly_read: false,
        };
        (0..n).map(text).collect()
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let all = SplitRule::new(0, 0, 0).unwrap();
        let mut texts = texts(9, &["Gene"]);
        assert_eq!(Plan::of(&texts, &all).left_out(), "Only accepted texts.");
        texts[0].is_partly_read = true;
        texts[1].answer = Answer::Reject;
        texts[2].answer = Answer::Ignore;
        texts[2].is_partly_read = true;
        let plan = Plan::of(&texts, &all);
        assert_eq!(plan.split.train, 7);
        assert_eq!(
            plan.left_out(),
            "Only accepted texts. 1 rejected and 1 ignored stay out. What is unread of 1 text is \
             left out."
        );
    }

    #[test]
    fn what_is_in_the_way_is_a_sentence() {
        let all = SplitRule::new(0, 0, 0).unwrap();
        let gene = [label("Gene")];
        let obstacle = |n, marked: &[&str], wanted: &[Label]| {
            Plan::of(&texts(n, marked), &all).obstacle(wanted)
        };
        let expected = "Not enough texts yet. Accept 8 more to train.";
        assert_eq!(obstacle(0, &[], &gene).as_deref(), Some(expected));
        let expected = "Not enough texts yet. Accept 1 more to train.";
        assert_eq!(obstacle(7, &["Gene"], &gene).as_deref(), Some(expected));
        assert!(obstacle(8, &["Gene"], &[]).unwrap().starts_with("No label is chosen."));
        assert!(obstacle(8, &["Cell"], &gene).unwrap().starts_with("No text to learn from"));
        assert_eq!(obstacle(8, &["Gene"], &gene), None);
    }

    #[test]
    fn what_is_missing_is_said_and_does_not_stop() {
        let all = SplitRule::new(0, 0, 0).unwrap();
        let plan = Plan::of(&texts(9, &["Gene"]), &all);
        assert_eq!(plan.marks[&label("Gene")], 18);
        let remarks = plan.remarks(&[label("Gene"), label("Cell")]);
        assert_eq!(
            remarks,
            [
                "Cell has no marks to learn from, and is left out.",
                "No accepted text is on the dev side. Training does all steps and keeps the last model.",
                "No accepted text is on the test side either, so there are no scores.",
            ]
        );
        let split = SplitRule::new(0, 40, 0).unwrap();
        let remarks = Plan::of(&texts(40, &["Gene"]), &split).remarks(&[label("Gene")]);
        assert_eq!(
            remarks,
            ["No accepted text is on the test side. The scores are of the dev set."]
        );
    }

    #[test]
    fn what_may_be_forgotten_is_named() {
        let learned = [Label::new("Gene").unwrap()];
        let known = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(may_forget(&known(&["Gene"]), &learned), None);
        let lost = may_forget(&known(&["A", "B", "Gene", "C", "D", "E"]), &learned).unwrap();
        assert!(lost.starts_with("The pipeline also finds A, B, C, D and 1 more."), "{lost}");
    }
}
