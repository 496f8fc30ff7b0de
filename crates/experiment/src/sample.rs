//! Made-up documents and runs for tests.

use corpus::{Annotation, Doc, Label, Mark, Origin, Span};

use crate::{Base, BaseKey, BaseKind};

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
