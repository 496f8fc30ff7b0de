//! Made-up texts with marks, and how they are written.

use corpus::{Doc, Label, Mark, Origin, Span};
use formats::{Format, Losses, Which, Writer};
use proptest::prelude::*;
use proptest::strategy::Union;
use tokenizer::Base;

pub(crate) fn label(name: &str) -> Label {
    Label::new(name).expect("it shows")
}

/// Texts of signs that readers and writers have stumbled over, and of `more` such pieces.
pub(crate) fn text(more: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let usual = ["🧪", "👩‍🔬", "e\u{301}", "\r\n", "\n", "Zn²⁺ at 37 °C"];
    let any = ["[ -~]{1,12}", "\\PC{1,6}"].map(Strategy::boxed);
    let fixed = usual.iter().chain(more).map(|it| Just((*it).to_owned()).boxed());
    let piece = Union::new(any.into_iter().chain(fixed));
    let pieces = proptest::collection::vec(piece, 1..8);
    pieces.prop_map(|it| it.concat()).prop_filter("a text shows", |it| !it.trim().is_empty())
}

/// A span between two borders of characters, which are counted round and round.
pub(crate) fn span_in(text: &str, (a, b): (usize, usize), name: &str) -> Option<Span> {
    let mut borders: Vec<usize> = text.char_indices().map(|it| it.0).collect();
    borders.push(text.len());
    let (a, b) = (borders[a % borders.len()] as u32, borders[b % borders.len()] as u32);
    Span::new(a.min(b), a.max(b), label(name)).ok()
}

/// Marks a span, unless it is marked already.
pub(crate) fn mark(doc: &mut Doc, span: Span, origin: Origin, at_ms: u64) {
    if doc.spans().all(|it| *it != span) {
        doc.annotation.marks.push(Mark { span, origin, at_ms });
        doc.annotation.marks.sort();
    }
}

/// Gives each text an id of its own.
pub(crate) fn named(
    docs: impl Strategy<Value = Vec<Doc>>,
    name: fn(usize) -> String,
) -> impl Strategy<Value = Vec<Doc>> {
    docs.prop_map(move |mut docs| {
        for (n, doc) in docs.iter_mut().enumerate() {
            doc.id.0 = name(n);
        }
        docs
    })
}

/// The bytes of a file, and what it does not hold.
pub(crate) fn write(format: &'static Format, docs: &[Doc]) -> (Vec<u8>, Losses) {
    let mut writer = Writer::new(format, Which::All, Base::BlankEn, Vec::new());
    for doc in docs {
        writer.put(doc, 0).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything")
}
