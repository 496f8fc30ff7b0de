use std::io::{self, Write};

use corpus::Doc;
use corpus::offsets::{Ruler, Unit};
use serde_json::{Map, Value};

use super::EXTRAS;
use crate::losses::{Losses, Tally, Which};
use crate::place::{place, words_of};
use crate::tags::{Scheme, encode};
use crate::words::{WORDS, own_words};
use crate::writer::{To, WriteTexts};

/// How the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Word, what came with it, tag.
    WordFirst,
    /// `NERsuite`: tag, start and end in code points, word, what came with it.
    TagFirst,
}

/// Writes texts as blocks that [`super::Conll`] reads.
#[derive(Debug)]
pub(super) struct Blocks {
    scheme: Scheme,
    order: Order,
    /// The document that the last text belongs to.
    document: Option<Value>,
}

impl Blocks {
    pub(super) fn new(scheme: Scheme, order: Order) -> Self {
        Self { scheme, order, document: None }
    }
}

impl WriteTexts for Blocks {
    /// Writes a text. Marks grow to whole tokens; of those that then share a token the longest
    /// stays. Tokens of blanks are not written.
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let tokens = to.tally.words_or(own_words(doc), || to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        let placed = place(doc, &words, to.tally);
        let out = &mut to.out;
        let extras = doc.meta.0.get(EXTRAS).and_then(Value::as_object);
        self.head(doc, extras, out)?;
        let ruler = Ruler::new(doc.text.as_str());
        let offset = extras.and_then(|it| it.get("offset")).and_then(Value::as_u64);
        let unit = match extras.and_then(|it| it.get("unit")) {
            Some(unit) if unit == "utf16" => Unit::Utf16,
            _ => Unit::CodePoints,
        };
        let points = |at: u32| {
            let at = ruler.from_bytes(at, unit).unwrap_or_default();
            u64::from(at).saturating_add(offset.unwrap_or_default()).to_string()
        };
        for (at, tag) in encode(words.len(), &placed, self.scheme).into_iter().enumerate() {
            let word = words[at];
            let places = (self.order == Order::TagFirst || offset.is_some())
                .then(|| [points(word.start), points(word.end)]);
            let places = places.into_iter().flatten();
            let others = extras.into_iter().flat_map(|it| columns(it, at, words.len()));
            // A tokenizer of ours never leaves a blank inside a token; columns must hold anyway.
            let shown = word.text(&doc.text).split_whitespace().collect::<Vec<_>>().join("_");
            let cells: Vec<String> = match self.order {
                Order::TagFirst => {
                    [tag].into_iter().chain(places).chain([shown]).chain(others).collect()
                }
                Order::WordFirst => {
                    [shown].into_iter().chain(places).chain(others).chain([tag]).collect()
                }
            };
            writeln!(out, "{}", cells.join("\t"))?;
        }
        writeln!(out)
    }

    fn losses(&self, tally: &Tally, which: Which, base: &str) -> Option<Losses> {
        Some(tally.tokens_only(which, base))
    }
}

impl Blocks {
    /// What stands before a text: a new document, its id, and the comments that it came with.
    fn head(
        &mut self,
        doc: &Doc,
        extras: Option<&Map<String, Value>>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let document = extras.and_then(|it| it.get("document")).cloned();
        if document != self.document {
            match &document {
                Some(Value::String(name)) => writeln!(out, "# doc_id = {}", one_line(name))?,
                Some(_) => writeln!(out, "-DOCSTART-\tO\n")?,
                None => {}
            }
            self.document = document;
        }
        writeln!(out, "# id = {}", one_line(&doc.id.0))?;
        let comments = extras.and_then(|it| it.get("comments")).and_then(Value::as_array);
        for comment in comments.into_iter().flatten().filter_map(Value::as_str) {
            writeln!(out, "#{}", comment.lines().collect::<Vec<_>>().join(" "))?;
        }
        Ok(())
    }
}

/// The other cells of the word `at`; none where there are not as many rows as words.
fn columns(extras: &Map<String, Value>, at: usize, n_words: usize) -> Vec<String> {
    let rows = extras.get("columns").and_then(Value::as_array);
    let row = rows.filter(|it| it.len() == n_words).and_then(|it| it[at].as_array());
    let cell = |it: &Value| match it.as_str().map(|it| it.split_whitespace().collect::<Vec<_>>()) {
        Some(parts) if !parts.is_empty() => parts.join(" "),
        _ => "_".to_owned(),
    };
    row.into_iter().flatten().map(cell).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
