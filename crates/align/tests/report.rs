//! Reports on texts that real tokenizers cut.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;

use align::{Drawn, Place, Report, Row, SpanEdit, Tokens, Verdict};
use corpus::{DocId, Label, Span};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use tokenizer::{Base, Tokenizer};

const BASES: [Base; 2] = [Base::BlankEn, Base::SciSpacy];

thread_local! {
    static TOKENIZERS: [Tokenizer; 2] = BASES.map(Tokenizer::new);
}

/// A text and its marks, written `<like this|Label>`.
fn parse(marked: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::new(), Vec::new());
    let mut rest = marked;
    while let Some(ch) = rest.chars().next() {
        rest = &rest[ch.len_utf8()..];
        match ch {
            '<' => open.push(text.len() as u32),
            '|' => {
                let (name, after) = rest.split_once('>').unwrap();
                let start = open.pop().unwrap();
                spans.push(Span::new(start, text.len() as u32, Label::new(name).unwrap()).unwrap());
                rest = after;
            }
            _ => text.push(ch),
        }
    }
    spans.sort();
    (text, spans)
}

fn report(docs: &[(String, Vec<Span>)]) -> Report {
    let mut report = Report::new(BASES.map(Base::name));
    for (idx, (text, spans)) in docs.iter().enumerate() {
        let bounds = TOKENIZERS.with(|it| it.each_ref().map(|it| bounds(it, text)));
        let tokens = bounds.each_ref().map(|it| Tokens { text, bounds: it, sentence_starts: &[] });
        report.add(&DocId(idx.to_string()), spans, &tokens);
    }
    report
}

fn bounds(tokenizer: &Tokenizer, text: &str) -> Vec<(u32, u32)> {
    tokenizer.tokenize(text).iter().map(|it| (it.start, it.end)).collect()
}

#[track_caller]
fn check(docs: &[&str], expected: &Expect) {
    let docs: Vec<_> = docs.iter().map(|it| parse(it)).collect();
    let report = report(&docs);
    let rows: String = report.rows().iter().map(draw).collect();
    expected.assert_eq(&rows);
    check_fixes(&docs, &report);
}

/// A row, its tokens between uprights and its marked part in brackets.
fn draw(row: &Row) -> String {
    let mut out = format!("{} {}, {} times\n", row.label, row.text, row.places.len());
    for (cell, base) in row.cells.iter().zip(BASES) {
        let tokens: String = cell.tokens.iter().map(draw_token).collect();
        let mut verdict = cell.verdict.words();
        if let Verdict::Misfit { reason, .. } = cell.verdict {
            let action = cell.verdict.action().unwrap().words();
            let to = cell.corrected.as_deref().unwrap_or_default();
            write!(verdict, "; {action}: {to}, {}", reason.words()).unwrap();
        }
        writeln!(out, "  {base:8} {tokens}| {verdict}").unwrap();
    }
    out
}

fn draw_token(token: &Drawn) -> String {
    let (start, end) = (token.marked.0 as usize, token.marked.1 as usize);
    let marked = match start < end {
        true => format!("[{}]", &token.text[start..end]),
        false => String::new(),
    };
    let blank = if token.blank_before { " " } else { "" };
    format!("|{blank}{}{marked}{}", &token.text[..start], &token.text[end..])
}

/// Corrections make marks fit, touch no other mark, and let none run into another.
#[track_caller]
fn check_fixes(docs: &[(String, Vec<Span>)], before: &Report) {
    for (base, name) in BASES.iter().enumerate() {
        let edits = before.fix_everything(base);
        assert_eq!(edits.len() as u32, before.bases[base].plan().n_fixed());
        let mut fixed = docs.to_vec();
        for SpanEdit { doc, old, new } in &edits {
            let (text, spans) = &mut fixed[doc.0.parse::<usize>().unwrap()];
            let idx = spans.iter().position(|it| it == old).unwrap();
            new.check(text).unwrap();
            spans[idx] = new.clone();
        }
        let after = report(&fixed);
        let (was, is) = (&before.bases[base], &after.bases[base]);
        assert_eq!(is.counts.spans, was.counts.spans);
        assert_eq!(is.counts.misfits, was.plan().look_at, "{name}: {edits:?}");
        for ((_, old), (_, new)) in docs.iter().zip(&fixed) {
            assert!(overlaps(new) <= overlaps(old), "{old:?} became {new:?}");
        }
    }
}

fn overlaps(spans: &[Span]) -> usize {
    let pairs = spans
        .iter()
        .enumerate()
        .flat_map(|(idx, it)| spans[..idx].iter().filter(move |other| other.overlaps(it)));
    pairs.count()
}

#[test]
fn alike_marks_are_one_row() {
    check(
        &[
            "The <Fe3O4|Chemical>@SiO2 core and <Fe3O4|Chemical>@SiO2 shells.",
            "<Fe3O4|Chemical>@SiO2 in <zebrafish|Organism>-derived cells; <Fe3O4|Chemical>.",
        ],
        &expect![[r#"
            Chemical Fe3O4, 3 times
              blank:en |[Fe3O4]@SiO2| cuts a word; Grow to word: Fe3O4@SiO2, a sign joins it to another word
              scispacy |[Fe3O4]@SiO2| cuts a word; Grow to word: Fe3O4@SiO2, a sign joins it to another word
            Chemical Fe3O4, 1 times
              blank:en |[Fe3O4]| fits · 1 token
              scispacy |[Fe3O4]| fits · 1 token
            Organism zebrafish, 1 times
              blank:en |[zebrafish]|-|derived| fits · 1 token
              scispacy |[zebrafish]-derived| cuts a word; Grow to word: zebrafish-derived, the word goes on with a hyphen
        "#]],
    );
}

#[test]
fn edges_say_what_is_there() {
    check(
        &[
            "a <tumor |Disease>of <mice.|Organism> Many <NP|Particle>s.",
            "<Fe(III|Chemical>) and anti-<IL-6|Gene> or (2S)-<alanine|Chemical>",
            "<nano|Particle>tubes, <gold (|Chemical>x)y, <NaCl+ zinc|Chemical>, 5<mg|Unit>",
            "<poly(lactic|Chemical>)acid and (<x)y|Chemical>",
            "<p53|Gene>/<p21|Gene> and < |Gene> <e.g|Other>.",
        ],
        &expect![[r#"
            Gene  , 1 times
              blank:en |[ ] | holds no word; Look at it: , there is no word in it
              scispacy |[ ] | holds no word; Look at it: , there is no word in it
            Chemical Fe(III, 1 times
              blank:en |[Fe(III]| fits · 1 token
              scispacy |[Fe(III]| fits · 1 token
            Gene IL-6, 1 times
              blank:en |anti|-|[IL-6]| fits · 1 token
              scispacy |anti-[IL-6]| cuts a word; Grow to word: anti-IL-6, the word goes on with a hyphen
            Particle NP, 1 times
              blank:en |[NP]s| cuts a word; Grow to word: NPs, the s belongs to the word
              scispacy |[NP]s| cuts a word; Grow to word: NPs, the s belongs to the word
            Chemical NaCl+ zinc, 1 times
              blank:en |[NaCl+]| [zinc]| fits · 2 tokens
              scispacy |[NaCl+]| [zinc]| fits · 2 tokens
            Chemical alanine, 1 times
              blank:en |(|2S)-[alanine]| cuts a word; Grow to word: (2S)-alanine, the word goes on with a hyphen
              scispacy |(2S)-[alanine]| cuts a word; Grow to word: (2S)-alanine, the word goes on with a hyphen
            Other e.g, 1 times
              blank:en |[e.g].| cuts a word; Grow to word: e.g., the punctuation belongs to the word
              scispacy |[e.g].| cuts a word; Grow to word: e.g., the punctuation belongs to the word
            Chemical gold (, 1 times
              blank:en |[gold]| [(]|x)y| fits · 2 tokens
              scispacy |[gold]| [(]x)y| cuts a word; Shrink to word: gold, leave the sign out
            Unit mg, 1 times
              blank:en |[mg]| fits · 1 token
              scispacy |[mg]| fits · 1 token
            Organism mice., 1 times
              blank:en |[mice]|[.]| fits · 2 tokens
              scispacy |[mice]|[.]| fits · 2 tokens
            Particle nano, 1 times
              blank:en |[nano]tubes| cuts a word; Grow to word: nanotubes, it is part of a longer word
              scispacy |[nano]tubes| cuts a word; Grow to word: nanotubes, it is part of a longer word
            Gene p21, 1 times
              blank:en |p53|/|[p21]| fits · 1 token
              scispacy |p53/[p21]| cuts a word; Look at it: , the word holds two marks
            Gene p53, 1 times
              blank:en |[p53]|/|p21| fits · 1 token
              scispacy |[p53]/p21| cuts a word; Look at it: , the word holds two marks
            Chemical poly(lactic, 1 times
              blank:en |[poly(lactic])acid| cuts a word; Grow to word: poly(lactic)acid, the bracket belongs to it
              scispacy |[poly(lactic])acid| cuts a word; Grow to word: poly(lactic)acid, the bracket belongs to it
            Disease tumor , 1 times
              blank:en |[tumor]| has a blank at its edge; Shrink to word: tumor, leave the blank out
              scispacy |[tumor]| has a blank at its edge; Shrink to word: tumor, leave the blank out
            Chemical x)y, 1 times
              blank:en |(|[x)y]| fits · 1 token
              scispacy |([x)y]| cuts a word; Grow to word: (x)y, the bracket belongs to it
        "#]],
    );
}

#[test]
fn figures() {
    let docs = ["<Fe3O4|A>@SiO2 <gold <rods|B>|A> <zinc|A>", "<tin|B>"].map(parse);
    let report = report(&docs);
    let base = &report.bases[0];
    assert_eq!((base.counts.spans, base.counts.misfits, base.counts.overlapping), (5, 1, 1));
    assert_eq!(base.counts.f1_ceiling(), Some(2.0 * 4.0 / (5.0 + 4.0)));
    assert_eq!(base.counts.f1_ceiling_flat(), Some(2.0 * 3.0 / (5.0 + 3.0)));
    assert_eq!(base.counts.share_fit(), Some(0.8));
    let labels: Vec<_> = base.labels.values().map(|it| (it.spans, it.learnable())).collect();
    assert_eq!(labels, [(3, 2), (2, 1)]);
    assert_eq!(base.docs.len(), 1, "only texts in which something is lost");
    let misfit = &base.misfits[0];
    assert_eq!((misfit.strict, misfit.contract), (None, None));
    assert_eq!(misfit.expand, Some(Place { start: 0, end: 10 }));
    assert_eq!(base.overlaps[0].lost.text(&docs[0].0), "rods");
    assert_eq!(Report::new(["x"]).bases[0].counts.f1_ceiling(), None);
}

#[test]
fn a_mark_across_sentences_is_to_look_at() {
    let (text, spans) = parse("<a b|A>");
    let tokens = Tokens { text: &text, bounds: &[(0, 1), (2, 3)], sentence_starts: &[0, 1] };
    let mut report = Report::new(["x"]);
    report.add(&DocId("1".into()), &spans, &[tokens]);
    let misfit = &report.bases[0].misfits[0];
    assert_eq!(misfit.strict, Some(Place { start: 0, end: 3 }));
    assert_eq!(misfit.advice.fix, None);
    assert_eq!(misfit.kind.words(), "crosses a sentence");
}

proptest! {
    #[test]
    fn corrections_correct(
        pieces in prop::collection::vec("[ab1]{1,3}|[ .,()/'-]{1,2}|é|°C\\.|\n", 1..12),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
    ) {
        let text = pieces.concat();
        let borders: Vec<u32> =
            text.char_indices().map(|it| it.0 as u32).chain([text.len() as u32]).collect();
        let span = |(start, end): &(prop::sample::Index, prop::sample::Index)| {
            let (start, end) = (*start.get(&borders), *end.get(&borders));
            Span::new(start, end, Label::new("A").unwrap()).ok()
        };
        let mut spans: Vec<Span> = picks.iter().filter_map(span).collect();
        spans.sort();
        spans.dedup();
        let docs = [(text, spans)];
        let report = report(&docs);
        let n_marks: usize = report.rows().iter().map(|it| it.places.len()).sum();
        prop_assert_eq!(n_marks, docs[0].1.len());
        check_fixes(&docs, &report);
    }
}
