use std::collections::BTreeMap;

use corpus::{DocId, Span};
use scorer::Scores;
use serde::{Deserialize, Serialize};

use crate::{Fold, Run, Snapshot};

/// What came of one run. Scores follow from what it predicts and the snapshot's gold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The run.
    pub run: Run,
    /// What it found in the scored documents, each named once. A document that is absent is one in which it found
    /// nothing.
    pub predictions: Vec<Prediction>,
    /// How many documents it learned from.
    pub n_train_docs: u32,
    /// Its looks at the dev documents, in order.
    pub looks: Vec<Look>,
    /// How long training took, in seconds; 0 where nothing is trained.
    pub train_secs: f64,
    /// Words that it reads in a second while it predicts the scored documents.
    pub words_per_sec: f64,
    /// Size of the model with all that it needs, in bytes.
    pub model_bytes: u64,
    /// What it ran on, such as `CPU`.
    pub device: String,
    /// Versions of what took part, by name.
    pub versions: BTreeMap<String, String>,
    /// Gold spans of the scored documents that the base's tokens cannot express. They count as
    /// missed.
    pub misaligned: u32,
}

/// What a run found in one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// The document.
    pub doc: DocId,
    /// What is predicted in it.
    pub spans: Vec<Span>,
}

/// One look at how a training went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Epochs done, or steps, as the trainer counts.
    pub epoch: u32,
    /// F1 on the dev documents, 0 to 1.
    pub dev_f1: f64,
    /// Seconds since the start.
    pub secs: f64,
}

/// The scores of a run in one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocScores {
    /// The document.
    pub doc: DocId,
    /// Its spans, counted: exact matches of place and label.
    pub scores: Scores,
}

impl Record {
    /// The scores in each document that the fold scores, in the fold's order. Predicted spans
    /// whose label is not one of the snapshot's are not looked at, nor those where nobody has
    /// looked.
    pub fn score_docs(&self, snapshot: &Snapshot, fold: &Fold) -> Vec<DocScores> {
        let score = |(id, predicted): (&DocId, Vec<Span>)| {
            let gold = snapshot.doc(id).map_or(&[][..], |it| &it.gold);
            let mut scores = Scores::default();
            scores.add(gold, &predicted);
            DocScores { doc: id.clone(), scores }
        };
        fold.scored().iter().zip(self.predicted(fold.scored(), snapshot)).map(score).collect()
    }

    /// What it found in each of these documents, of the snapshot's labels and where somebody has
    /// looked; sorted, none twice.
    pub fn predicted(&self, docs: &[DocId], snapshot: &Snapshot) -> Vec<Vec<Span>> {
        let found: BTreeMap<&DocId, &[Span]> =
            self.predictions.iter().map(|it| (&it.doc, it.spans.as_slice())).collect();
        let in_doc = |id: &DocId| {
            let spans = found.get(id).copied().unwrap_or_default();
            let mut spans: Vec<Span> = known(spans, snapshot).cloned().collect();
            spans.sort();
            spans.dedup();
            match snapshot.doc(id) {
                Some(doc) => doc.unread.judged(&doc.gold, spans),
                None => spans,
            }
        };
        docs.iter().map(in_doc).collect()
    }
}

/// The spans whose label is one of the snapshot's.
fn known<'s>(spans: &'s [Span], snapshot: &Snapshot) -> impl Iterator<Item = &'s Span> {
    spans.iter().filter(|it| snapshot.labels().binary_search(it.label()).is_ok())
}

/// The scores of all documents together.
pub fn total<'d>(docs: impl IntoIterator<Item = &'d DocScores>) -> Scores {
    let mut total = Scores::default();
    for DocScores { scores, .. } in docs {
        add(&mut total.micro, scores.micro);
        for (label, prf) in &scores.labels {
            add(total.labels.entry(label.clone()).or_default(), *prf);
        }
    }
    total
}

fn add(sum: &mut scorer::Prf, more: scorer::Prf) {
    sum.hits += more.hits;
    sum.predicted += more.predicted;
    sum.gold += more.gold;
}

#[cfg(test)]
mod tests {
    use scorer::Prf;

    use super::*;
    use crate::sample::{doc, label, record, span};

    #[test]
    fn documents_are_counted_one_by_one_and_together() {
        let mut docs = [
            doc("1", "abcdef", &[(0, 1, "A"), (2, 3, "B")]),
            doc("2", "abcdef", &[(0, 1, "A")]),
            doc("3", "abcdef", &[]),
        ];
        docs[0].annotation.unread.add(4, 6);
        let snapshot = Snapshot::freeze(&docs, &["A", "B"].map(label), None).unwrap();
        let test = ["1", "2", "3"].map(|it| DocId(it.into())).to_vec();
        let fold = Fold { test, ..Fold::default() };
        let found = [
            span(0, 1, "A"),
            span(2, 3, "A"),
            span(2, 3, "Other"),
            span(0, 1, "A"),
            span(5, 6, "A"),
        ];
        let record = record("base", 1, &[("1", &found), ("3", &[span(0, 1, "B")])]);
        let scores = record.score_docs(&snapshot, &fold);
        let micro: Vec<_> = scores.iter().map(|it| it.scores.micro).collect();
        let prf = |hits, predicted, gold| Prf { hits, predicted, gold };
        assert_eq!(micro, [prf(1, 2, 2), prf(0, 0, 1), prf(0, 1, 0)]);
        let all = total(&scores);
        assert_eq!(all.micro, prf(1, 3, 3));
        assert_eq!(all.labels[&label("A")], prf(1, 2, 2));
        assert_eq!(all.labels[&label("B")], prf(0, 1, 1));
        let predicted = record.predicted(&fold.test[..1], &snapshot);
        assert_eq!(predicted, [[span(0, 1, "A"), span(2, 3, "A")]]);
    }
}
