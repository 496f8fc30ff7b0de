//! Places in a text against what spaCy's `Doc.char_span` makes of them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use align::{Mode, Place, TokenRange, Tokens};
use corpus::offsets::{Ruler, Unit};
use serde::Deserialize;
use testkit::shared;
use tokenizer::{Base, Tokenizer};

/// A text that spaCy cut, as `tests/golden/spacy/char_spans.py` writes it, in code points.
#[derive(Deserialize)]
struct Cut {
    tokens: Vec<(u32, u32)>,
    spans: Vec<(u32, u32, Found, Found, Found)>,
}

type Found = Option<(u32, u32)>;

/// Compares, and gives back how many places do not fall on tokens.
#[track_caller]
fn check(text: &str, cut: &Cut) -> usize {
    let ruler = Ruler::new(text);
    let byte = |at| ruler.to_bytes(at, Unit::CodePoints).unwrap();
    let bounds: Vec<_> = cut.tokens.iter().map(|it| (byte(it.0), byte(it.1))).collect();
    let tokens = Tokens { text, bounds: &bounds, sentence_starts: &[] };
    let mut n_misfits = 0;
    for &(start, end, strict, contract, expand) in &cut.spans {
        let place = Place { start: byte(start), end: byte(end) };
        let fit = tokens.fit(place);
        let found = [fit.strict, fit.contract, fit.expand];
        let expected =
            [strict, contract, expand].map(|it| it.map(|(start, end)| TokenRange { start, end }));
        assert_eq!(found, expected, "{:?} in {text:?}", place.text(text));
        assert_eq!(tokens.char_span(place, Mode::Strict), expected[0]);
        // What fits is what spaCy finds, but for blanks, which no entity starts or ends with.
        let is_word = place.text(text).trim() == place.text(text);
        assert!(!is_word || fit.misfit.is_none() == strict.is_some(), "{text:?}");
        n_misfits += usize::from(fit.misfit.is_some());
    }
    n_misfits
}

#[test]
fn our_texts() {
    #[derive(Deserialize)]
    struct Line {
        text: String,
        #[serde(flatten)]
        cut: Cut,
    }
    let golden = Path::new("tests/golden/char_spans.jsonl");
    let golden = fs::read_to_string(golden).unwrap();
    let lines = golden.lines().map(|it| serde_json::from_str::<Line>(it).unwrap());
    let n_misfits: usize = lines.map(|it| check(&it.text, &it.cut)).sum();
    assert!(1000 < n_misfits, "{n_misfits}");
}

#[test]
fn real_texts() {
    let files = [
        "data/annotated/bc5cdr/test.docs.jsonl",
        "data/annotated/wnut17/test.jsonl",
        "data/nano/END-dev.docs.jsonl",
    ];
    for file in files {
        for base in [Base::BlankEn, Base::SciSpacy] {
            let Some(file) = shared(file) else { return };
            let Some(cuts) = ask_spacy(base, &file) else { return };
            check_file(base, &file, &cuts);
        }
    }
}

/// Compares the spans of a file of texts, and our tokens on the way.
fn check_file(base: Base, file: &Path, cuts: &str) {
    #[derive(Deserialize)]
    struct Line {
        text: String,
    }
    let texts = fs::read_to_string(file).unwrap();
    let tokenizer = Tokenizer::new(base);
    let (mut n_spans, mut n_misfits) = (0, 0);
    assert_eq!(texts.lines().count(), cuts.lines().count());
    for (line, cut) in texts.lines().zip(cuts.lines()) {
        let Line { text } = serde_json::from_str(line).unwrap();
        let cut: Cut = serde_json::from_str(cut).unwrap();
        let ruler = Ruler::new(&text);
        let point = |at| ruler.from_bytes(at, Unit::CodePoints).unwrap();
        let ours = tokenizer.tokenize(&text);
        let ours: Vec<_> = ours.iter().map(|it| (point(it.start), point(it.end))).collect();
        assert_eq!(ours, cut.tokens);
        n_spans += cut.spans.len();
        n_misfits += check(&text, &cut);
    }
    eprintln!("{base}, {}: {n_spans} places, {n_misfits} off tokens", file.display());
    assert!(100 < n_misfits);
}

/// What spaCy says, if there is a Python that has it.
fn ask_spacy(base: Base, file: &Path) -> Option<String> {
    let python = testkit::python(&["spacy", "scispacy"])?;
    let script = "../../tests/golden/spacy/char_spans.py";
    let output = Command::new(python).arg(script).arg(base.name()).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}
