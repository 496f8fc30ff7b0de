use std::cmp::Reverse;
use std::collections::BTreeSet;

use corpus::{DocId, Label, Span};
use scorer::{ErrorKind, Mistake, mistakes};
use serde::{Deserialize, Serialize};

use crate::{BaseKey, Record, Snapshot};

/// A document in which models differ from each other or from gold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// The document.
    pub doc: DocId,
    /// What each model got wrong, in the order in which models were given; nothing for one that
    /// agrees with gold.
    pub models: Vec<ModelMistakes>,
    /// Spans, gold or predicted, that some models have and others have not.
    pub n_split: u32,
    /// Mistakes of all models together.
    pub n_mistakes: u32,
}

/// What one model got wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelMistakes {
    /// The base that the model is of.
    pub base: BaseKey,
    /// What it predicted.
    pub predicted: Vec<Span>,
    /// Its mistakes, in order.
    pub mistakes: Vec<Mistake>,
}

/// Which mistakes are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeFilter {
    /// Mistakes of these kinds. Empty for all.
    pub kinds: Vec<ErrorKind>,
    /// Mistakes in which gold or prediction has one of these labels. Empty for all.
    pub labels: Vec<Label>,
}

impl MistakeFilter {
    /// Whether a mistake is looked at.
    pub fn takes(&self, mistake: &Mistake) -> bool {
        let has_label =
            |span: &Option<Span>| span.as_ref().is_some_and(|it| self.labels.contains(it.label()));
        let is_of_kind = self.kinds.is_empty() || self.kinds.contains(&mistake.kind);
        let is_of_label =
            self.labels.is_empty() || has_label(&mistake.gold) || has_label(&mistake.predicted);
        is_of_kind && is_of_label
    }
}

impl ModelMistakes {
    /// What stands beside the model: “agrees”, “1 missed, 2 wrong edges”.
    pub fn summary(&self) -> String {
        let kinds = [
            (ErrorKind::Missed, "missed", "missed"),
            (ErrorKind::Extra, "extra", "extra"),
            (ErrorKind::WrongLabel, "wrong label", "wrong labels"),
            (ErrorKind::WrongEdge, "wrong edge", "wrong edges"),
        ];
        let part = |(kind, one, many): (ErrorKind, &str, &str)| {
            let n = self.mistakes.iter().filter(|it| it.kind == kind).count();
            (n != 0).then(|| format!("{n} {}", if n == 1 { one } else { many }))
        };
        let parts: Vec<String> = kinds.into_iter().filter_map(part).collect();
        if parts.is_empty() { "agrees".to_owned() } else { parts.join(", ") }
    }
}

/// The documents with a mistake that the filter takes, those first that tell most about the
/// models: where most spans are found by some and not by others, then where most mistakes are,
/// then by id. `docs` are those that every record scored.
pub fn disagreements(
    snapshot: &Snapshot,
    models: &[(&BaseKey, &Record)],
    docs: &[DocId],
    filter: &MistakeFilter,
) -> Vec<Disagreement> {
    let predicted: Vec<_> = models.iter().map(|it| it.1.predicted(docs, snapshot)).collect();
    let in_doc = |(at, id): (usize, &DocId)| {
        let gold = &snapshot.doc(id)?.gold;
        let of_model = |((base, _), predicted): (&(&BaseKey, &Record), &Vec<Vec<Span>>)| {
            let predicted = predicted[at].clone();
            let mut mistakes = mistakes(gold, &predicted);
            mistakes.retain(|it| filter.takes(it));
            ModelMistakes { base: (*base).clone(), predicted, mistakes }
        };
        let models: Vec<_> = models.iter().zip(&predicted).map(of_model).collect();
        let n_mistakes: usize = models.iter().map(|it| it.mistakes.len()).sum();
        let n_split = n_split(&models) as u32;
        let found =
            Disagreement { doc: id.clone(), models, n_split, n_mistakes: n_mistakes as u32 };
        (n_mistakes != 0).then_some(found)
    };
    let mut found: Vec<_> = docs.iter().enumerate().filter_map(in_doc).collect();
    found.sort_by(|a, b| {
        let weight = |it: &Disagreement| Reverse((it.n_split, it.n_mistakes));
        weight(a).cmp(&weight(b)).then_with(|| a.doc.cmp(&b.doc))
    });
    found
}

/// How many of the spans in the models' mistakes are predicted by some models and not by others.
fn n_split(models: &[ModelMistakes]) -> usize {
    let spans = |it: &Mistake| it.gold.iter().chain(&it.predicted).cloned().collect::<Vec<_>>();
    let in_question: BTreeSet<Span> =
        models.iter().flat_map(|it| &it.mistakes).flat_map(spans).collect();
    let is_split = |span: &&Span| {
        let n = models.iter().filter(|it| it.predicted.contains(span)).count();
        0 < n && n < models.len()
    };
    in_question.iter().filter(is_split).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{doc, label, record, span};

    fn show(filter: &MistakeFilter) -> Vec<String> {
        let docs = [
            doc("1", "abcdefgh", &[(0, 2, "A"), (4, 6, "B")]),
            doc("2", "abcdefgh", &[(0, 2, "A")]),
            doc("3", "abcdefgh", &[(0, 2, "A")]),
            doc("4", "abcdefgh", &[]),
        ];
        let snapshot = Snapshot::freeze(&docs, &["A", "B"].map(label), None).unwrap();
        let right = [span(0, 2, "A")];
        let one = record(
            "one",
            1,
            &[("1", &[span(0, 2, "A"), span(4, 6, "B")]), ("2", &[]), ("3", &right)],
        );
        let two = record(
            "two",
            1,
            &[("1", &[span(0, 3, "A"), span(4, 6, "A")]), ("2", &[]), ("3", &right), ("4", &right)],
        );
        let (a, b) = (BaseKey("one".into()), BaseKey("two".into()));
        let ids = ["1", "2", "3", "4"].map(|it| DocId(it.into()));
        let line = |it: Disagreement| {
            let models: Vec<_> = it.models.iter().map(ModelMistakes::summary).collect();
            format!("{} {} {}", it.doc, it.n_split, models.join(" | "))
        };
        disagreements(&snapshot, &[(&a, &one), (&b, &two)], &ids, filter)
            .into_iter()
            .map(line)
            .collect()
    }

    #[test]
    fn texts_that_tell_models_apart_come_first() {
        assert_eq!(
            show(&MistakeFilter::default()),
            [
                "1 4 agrees | 1 wrong label, 1 wrong edge",
                "4 1 agrees | 1 extra",
                "2 0 1 missed | 1 missed"
            ]
        );
    }

    #[test]
    fn kinds_and_labels_are_filtered() {
        let kinds = vec![ErrorKind::Missed, ErrorKind::WrongEdge];
        assert_eq!(
            show(&MistakeFilter { kinds, labels: vec![] }),
            ["1 2 agrees | 1 wrong edge", "2 0 1 missed | 1 missed"]
        );
        let labels = vec![label("B")];
        assert_eq!(show(&MistakeFilter { kinds: vec![], labels }), ["1 2 agrees | 1 wrong label"]);
    }
}
