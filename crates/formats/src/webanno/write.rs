use std::fmt::Write as _;
use std::io;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Span};
use rustc_hash::FxHashSet;
use tokenizer::Token;

use super::cells::{escape, escape_line};
use super::{EXTRAS, three};
use crate::losses::{Tally, What};
use crate::names::Names;
use crate::place::words_of;
use crate::words::{WORDS, own_words};
use crate::writer::{To, WriteTexts};

const HEAD: &str = "#FORMAT=WebAnno TSV 3.3\n\
    #T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n\n";

/// Writes a file for each text.
#[derive(Default)]
pub(super) struct WriteWebanno {
    names: Names,
}

impl WriteTexts for WriteWebanno {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let (path, is_same) = self.names.path(&doc.id.0, "tsv");
        if !is_same {
            to.tally.change(What::Ids, "Names of files cannot have every sign.");
        }
        if let Some(lines) = three::kept_lines(doc) {
            let again = three::parse(&lines, &doc.id.0).doc;
            if again.is_some_and(|it| it.text == doc.text && it.spans().eq(doc.spans())) {
                return to.out.file(&path, lines.as_bytes());
            }
            let why = "Marks were changed, so that other layers are not written.";
            to.tally.leave_out(What::Metadata, why);
        }
        let tokens = own_words(doc).unwrap_or_else(|| to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        let file = render(doc, &words, to.tally);
        to.out.file(&path, file.as_bytes())
    }
}

/// A token or a part of one, in bytes, with the marks that have it.
struct Row {
    start: u32,
    end: u32,
    is_part: bool,
    marks: Vec<usize>,
}

fn render(doc: &Doc, words: &[Token], tally: &mut Tally) -> String {
    let ruler = Ruler::new(doc.text.as_str());
    let utf16 = |at: u32| ruler.from_bytes(at, Unit::Utf16).unwrap_or_default();
    let spans: Vec<&Span> = doc.spans().collect();
    // The rows of each word: itself, then the parts of it that marks have.
    let mut rows: Vec<Vec<Row>> = words
        .iter()
        .map(|it| vec![Row { start: it.start, end: it.end, is_part: false, marks: Vec::new() }])
        .collect();
    // How many rows a mark has.
    let mut lengths = vec![0; spans.len()];
    let mut seen = FxHashSet::default();
    for (nth, span) in spans.iter().enumerate() {
        let first = words.partition_point(|it| it.end <= span.start());
        let behind = words.partition_point(|it| it.start < span.end());
        let touched = first.min(behind)..behind;
        let Some(reached) = (words[touched.clone()].first().zip(words[touched.clone()].last()))
            .map(|(first, last)| (span.start().max(first.start), span.end().min(last.end)))
        else {
            tally.leave_out(What::Marks, "Some cover no token.");
            continue;
        };
        if !seen.insert((reached, span.label())) {
            tally.leave_out(What::Marks, "Some are the same without the blanks around.");
            continue;
        }
        if reached != (span.start(), span.end()) {
            tally.change(What::Marks, "They begin and end in tokens, not in the blanks between.");
        }
        for (word, rows) in words[touched.clone()].iter().zip(&mut rows[touched]) {
            let (start, end) = (span.start().max(word.start), span.end().min(word.end));
            lengths[nth] += 1;
            match rows.iter_mut().find(|it| (it.start, it.end) == (start, end)) {
                Some(row) => row.marks.push(nth),
                None => rows.push(Row { start, end, is_part: true, marks: vec![nth] }),
            }
        }
    }
    let stacked = |row: &Row| 1 < row.marks.len();
    let mut is_tied: Vec<bool> = lengths.iter().map(|n| 1 < *n).collect();
    for row in rows.iter().flatten().filter(|it| stacked(it)) {
        row.marks.iter().for_each(|it| is_tied[*it] = true);
    }
    let mut n_ids = 0;
    let ids: Vec<Option<u32>> = is_tied
        .iter()
        .map(|is_tied| {
            n_ids += u32::from(*is_tied);
            is_tied.then_some(n_ids)
        })
        .collect();
    let mut file = HEAD.to_owned();
    for (nth, sentence) in sentences(&doc.text, words).into_iter().enumerate() {
        file.push('\n');
        for line in doc.text[sentence.text].split('\n') {
            let _ = writeln!(file, "#Text={}", escape_line(line));
        }
        for (at, word) in sentence.words.enumerate() {
            let rows = &mut rows[word];
            rows.sort_by_key(|it| (it.is_part, it.start, std::cmp::Reverse(it.end)));
            for (part, row) in rows.iter().enumerate() {
                let _ = write!(file, "{}-{}", nth + 1, at + 1);
                if row.is_part {
                    let _ = write!(file, ".{part}");
                }
                let form = escape(&doc.text[row.start as usize..row.end as usize]);
                let _ = write!(file, "\t{}-{}\t{form}", utf16(row.start), utf16(row.end));
                let cell = |value: &dyn Fn(usize) -> String| {
                    let value = |it: &usize| match ids[*it] {
                        Some(id) => format!("{}[{id}]", value(*it)),
                        None => value(*it),
                    };
                    match row.marks.is_empty() {
                        true => "_".to_owned(),
                        false => row.marks.iter().map(value).collect::<Vec<_>>().join("|"),
                    }
                };
                let label = |it: usize| escape(spans[it].label().as_str());
                let _ = writeln!(file, "\t{}\t{}\t", cell(&|_| "*".to_owned()), cell(&label));
            }
        }
    }
    file
}

/// A stretch of whole lines, in bytes, and its words.
struct Sentence {
    text: std::ops::Range<usize>,
    words: std::ops::Range<usize>,
}

/// A sentence for each line. What a reader could not guess between two lines belongs to the first:
/// it takes every gap for line ends.
fn sentences(text: &str, words: &[Token]) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or(0, |it| words[it].end as usize);
        let gap = &text[before..word.start as usize];
        let ends = gap.trim_start_matches(|c: char| c != '\n' && c.is_whitespace());
        let parts = !ends.is_empty()
            && ends.trim_start_matches('\n').chars().all(|c| c == ' ' || c == '\t');
        match sentences.last_mut() {
            Some(last) if !parts => {
                last.text.end = word.end as usize;
                last.words.end = at + 1;
            }
            Some(last) => {
                last.text.end = word.start as usize - ends.len();
                let start = last.text.end + ends.len() - ends.trim_start_matches('\n').len();
                sentences.push(Sentence { text: start..word.end as usize, words: at..at + 1 });
            }
            None => sentences.push(Sentence { text: 0..word.end as usize, words: 0..1 }),
        }
    }
    if let Some(last) = sentences.last_mut() {
        last.text.end = text.len();
    }
    sentences
}
