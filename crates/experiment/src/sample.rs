//! Made-up documents and runs for tests.

use std::collections::BTreeMap;

use corpus::{Annotation, Doc, DocId, Label, Mark, Origin, Span};

use crate::{Base, BaseKey, BaseKind, Prediction, Record, Run, RunKey};

pub(crate) fn label(name: &str) -> Label {
    Label::new(name).unwrap()
}

pub(crate) fn span(start: u32, end: u32, name: &str) -> Span {
    Span::new(start, end, label(name)).unwrap()
}

pub(crate) fn doc(id: &str, text: &str, spans: &[(u32, u32, &str)]) -> Doc {
    let mark = |&(start, end, name): &(u32, u32, &str)| Mark {
        span: span(start, end, name),
        origin: Origin::Person,
        at_ms: 0,
    };
    let marks = spans.iter().map(mark).collect();
    Doc { annotation: Annotation { marks, ..Annotation::default() }, ..Doc::new(id, text) }
}

pub(crate) fn base(name: &str, kind: BaseKind) -> Base {
    Base {
        key: BaseKey(name.into()),
        name: name.into(),
        kind,
        vectors: None,
        labels: Vec::new(),
        parts: None,
        settings: None,
    }
}

/// A run on all training documents in the first fold.
pub(crate) fn record(base: &str, seed: u64, found: &[(&str, &[Span])]) -> Record {
    let prediction = |(doc, spans): &(&str, &[Span])| Prediction {
        doc: DocId((*doc).into()),
        spans: spans.to_vec(),
    };
    Record {
        run: Run {
            key: RunKey(format!("{base} {seed}")),
            base: BaseKey(base.into()),
            seed,
            fold: 0,
            share: 100,
        },
        predictions: found.iter().map(prediction).collect(),
        n_train_docs: 100,
        looks: Vec::new(),
        train_secs: 60.0,
        words_per_sec: 10_000.0,
        model_bytes: 2_000_000,
        device: "CPU".into(),
        versions: BTreeMap::new(),
        misaligned: 0,
    }
}
