//! What each format writes is read back: the same text and marks where it holds them, and from
//! then on the same every time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made_up;

use std::io::{Cursor, Read};

use corpus::{Doc, Label, Mark, Origin, Span};
use formats::{Files, Format, InFile, Options, Severity, What, read};
use proptest::prelude::*;

use made_up::{mark, named, span_in, text, write};

fn doc() -> impl Strategy<Value = Doc> {
    let name = prop_oneof![Just("Gene"), Just("Cell line"), Just("粒子"), Just("a-b|c\\s_=")];
    let marks = proptest::collection::vec(((0_usize..60, 0_usize..60), name), 0..6);
    let more = [" ", " \n\n\t", "\u{200b}\u{202e}\u{feff}", "[x]|y_z;*->\\n # # = - "];
    (text(&more), marks).prop_map(|(text, marks)| {
        let mut doc = Doc::new("x", text);
        for (place, name) in marks {
            if let Some(span) = span_in(&doc.text, place, name) {
                mark(&mut doc, span, Origin::Import, 0);
            }
        }
        doc
    })
}

fn docs() -> impl Strategy<Value = Vec<Doc>> {
    named(proptest::collection::vec(doc(), 1..4), |n| format!("doc {n}"))
}

/// The files that were written: those of a zip one by one, in order.
fn files(format: &'static Format, bytes: Vec<u8>) -> Files {
    if !format.is_folder() {
        let name = format!("a.{}", format.extensions[0]);
        return vec![InFile::new(name, Cursor::new(bytes))];
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            InFile::new(file.name().to_owned(), Cursor::new(bytes))
        })
        .collect()
}

/// The texts in a file, told by its content alone where `by_content`.
fn read_back(format: &'static Format, bytes: Vec<u8>, by_content: bool) -> Vec<Doc> {
    let options = Options { format: (!by_content).then_some(format), ..Options::default() };
    let reader = read(files(format, bytes), options);
    let mut found = Vec::new();
    for item in reader {
        match item {
            Ok(doc) => found.push(doc),
            // What comes in, comes in as it was: texts may be the same twice, schemes and what
            // offsets count are told.
            Err(it) => {
                let is_told = matches!(it.severity(), Severity::Note | Severity::Kept);
                assert!(is_told, "{format:?}: {it}");
            }
        }
    }
    found
}

/// Written, read, written and read again: the second time nothing may change.
fn there_and_back(format: &'static Format, docs: &[Doc]) -> (Vec<Doc>, formats::Losses) {
    let (bytes, losses) = write(format, docs);
    let first = read_back(format, bytes, false);
    assert_eq!(first.len(), docs.len(), "{format:?}");
    let (bytes, again) = write(format, &first);
    let is_lossy = |it: &&formats::Loss| it.what != What::Ids && it.changed + it.left_out != 0;
    assert_eq!(again.0.iter().find(is_lossy), None, "{format:?}");
    let second = read_back(format, bytes, false);
    assert_eq!(first, second, "{format:?}");
    for (first, doc) in first.iter().zip(docs).filter(|_| format.holds(What::Ids)) {
        assert_eq!(first.id, doc.id, "{format:?}");
    }
    (first, losses)
}

/// Formats that hold the text as it is.
#[track_caller]
fn holds_texts(format: &'static Format, docs: &[Doc]) {
    let (found, losses) = there_and_back(format, docs);
    let lost = |what| losses.row(what).map_or(0, |it| it.changed + it.left_out);
    for (found, doc) in found.iter().zip(docs) {
        assert_eq!(found.text, doc.text, "{format:?}");
        if lost(What::Marks) + lost(What::Overlaps) == 0 {
            assert!(found.spans().eq(doc.spans()), "{format:?}: {found:?} {doc:?}");
        }
    }
}

/// Formats that hold words alone: as many marks come back as were kept.
#[track_caller]
fn holds_words(format: &'static Format, docs: &[Doc]) {
    let (found, losses) = there_and_back(format, docs);
    let n = |docs: &[Doc]| docs.iter().map(|it| it.annotation.marks.len() as u32).sum::<u32>();
    let left_out = |what| losses.row(what).map_or(0, |it| it.left_out);
    assert_eq!(n(&found), n(docs) - left_out(What::Marks) - left_out(What::Overlaps), "{format:?}");
}

proptest! {
    #[test]
    fn columns_hold_words(docs in docs()) {
        holds_words(&formats::CONLL, &docs);
        holds_words(&formats::CONLL_BILUO, &docs);
        holds_words(&formats::CONLL_BIOES, &docs);
        holds_words(&formats::CONLL_BMES, &docs);
        holds_words(&formats::CONLL_IOB1, &docs);
        holds_words(&formats::CONLL_IOE2, &docs);
        holds_words(&formats::NERSUITE, &docs);
    }

    #[test]
    fn conllu_holds_texts(docs in docs()) {
        holds_texts(&formats::CONLLU, &docs);
        holds_texts(&formats::CONLLU_PLUS, &docs);
    }

    #[test]
    fn webanno_holds_texts(docs in docs()) {
        holds_texts(&formats::WEBANNO, &docs);
    }

    #[test]
    fn records_of_tokens_hold_texts(docs in docs()) {
        holds_texts(&formats::HUGGING_FACE, &docs);
        holds_texts(&formats::GLINER, &docs);
        holds_texts(&formats::SPACY_JSON, &docs);
        holds_texts(&formats::SPACY_PAIRS, &docs);
    }

    #[test]
    fn a_row_or_a_bracket_a_mark_holds_texts(docs in docs()) {
        holds_texts(&formats::CSV_SPANS, &docs);
        // It has no escapes: its own signs in a text are parted, which is told as a loss.
        let signs = ["[@", "[$", "*]"];
        let can_hold = |it: &&Doc| !signs.iter().any(|sign| it.text.contains(sign));
        holds_texts(&formats::YEDDA, &docs.iter().filter(can_hold).cloned().collect::<Vec<_>>());
    }
}

#[test]
fn what_is_written_is_known_by_its_content() {
    let mut doc = Doc::new("a", "🧪 PEG-coated AuNPs entered HeLa cells.");
    let span = Span::new(5, 21, Label::new("NP").unwrap()).unwrap();
    doc.annotation.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
    let formats = formats::FORMATS.iter().filter(|it| it.is_written() && it.key != "nerine");
    for format in formats {
        let (bytes, _) = write(format, &[doc.clone(), Doc::new("b", "More words.")]);
        let found = read_back(format, bytes, true);
        assert_eq!(found.len(), 2, "{format:?}");
        assert_eq!(found[0].annotation.marks.len(), 1, "{format:?}");
        assert!(found[0].id.0 == "a" || !format.holds(What::Ids), "{format:?}");
    }
}
