use std::io;

use corpus::{Doc, Span};
use serde_json::{Map, Value};
use tokenizer::Token;

use super::misc::{Misc, escape, spacing};
use super::{Columns, EXTRAS, Surface, TEN};
use crate::losses::{Losses, Tally, Which};
use crate::place::{place, words_of};
use crate::tags::{Scheme, encode};
use crate::words::{WORDS, own_words};
use crate::writer::{To, WriteTexts};

/// Writes sentences that [`super::Conllu`] reads.
pub(super) struct WriteConllu {
    plus: bool,
    /// The columns of the file, once its first text is known.
    columns: Option<Columns>,
}

impl WriteConllu {
    pub(super) fn new(plus: bool) -> Self {
        Self { plus, columns: None }
    }

    /// The columns of a file whose first text is `doc`.
    fn columns_for(&self, extras: Option<&Extras<'_>>) -> Columns {
        if !self.plus {
            return Columns::ten();
        }
        let Some(extras) = extras else { return Columns::of(["ID", "FORM", "MISC", "NER"]) };
        let mut names: Vec<&str> = extras.columns.names.iter().map(String::as_str).collect();
        let absent = |name: &&str| extras.columns.names.iter().all(|it| it != name);
        names.extend(["ID", "FORM", "MISC"].into_iter().filter(absent));
        if extras.columns.tags.is_none() {
            names.push("NER");
        }
        Columns::of(names)
    }
}

impl WriteTexts for WriteConllu {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let tokens = to.tally.words_or(own_words(doc), || to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        let extras = Extras::of(doc, &words);
        if self.columns.is_none() {
            let columns = self.columns_for(extras.as_ref());
            if self.plus {
                writeln!(to.out, "# global.columns = {}", columns.names.join(" "))?;
            }
            self.columns = Some(columns);
        }
        let columns = self.columns.as_ref().unwrap_or_else(|| unreachable!("it was set above"));
        let comments = doc.meta.0.get(EXTRAS).and_then(|it| it.get("comments"));
        for comment in comments.and_then(Value::as_array).into_iter().flatten() {
            writeln!(to.out, "#{}", one_line(comment.as_str().unwrap_or_default()))?;
        }
        writeln!(to.out, "# sent_id = {}", one_line(doc.id.0.trim()))?;
        writeln!(to.out, "# text = {}", one_line(&doc.text))?;
        let rows = match &extras {
            Some(extras) if extras.is_unchanged(doc, &words, columns) => extras.rows_in(columns),
            Some(extras) => {
                let mut rows = extras.rows_in(columns);
                let tags = encode(words.len(), &place(doc, &words, to.tally), Scheme::Iob2);
                extras.tag(&mut rows, &tags, columns);
                rows
            }
            None => {
                let tags = encode(words.len(), &place(doc, &words, to.tally), Scheme::Iob2);
                plain_rows(doc, &words, &tags, columns)
            }
        };
        for row in rows {
            writeln!(to.out, "{}", row.join("\t"))?;
        }
        writeln!(to.out)
    }

    fn losses(&self, tally: &Tally, which: Which, base: &str) -> Option<Losses> {
        Some(tally.tokens_only(which, base))
    }
}

/// The rows of a text that came without any.
fn plain_rows(doc: &Doc, words: &[Token], tags: &[String], columns: &Columns) -> Vec<Vec<String>> {
    let row = |(at, word): (usize, &Token)| {
        let mut row = vec!["_".to_owned(); columns.names.len()];
        if let Some(cell) = columns.id.and_then(|it| row.get_mut(it)) {
            *cell = (at + 1).to_string();
        }
        row[columns.form] = one_line(word.text(&doc.text));
        let mut entries = Vec::new();
        if at == 0 && word.start != 0 {
            let before = escape(&doc.text[..word.start as usize]);
            entries.push(format!("SpacesBefore={before}"));
        }
        match words.get(at + 1) {
            Some(next) => {
                let gap = &doc.text[word.end as usize..next.start as usize];
                entries.extend(spacing(gap));
            }
            // Nothing is said behind the last word where nothing is, and a blank would be.
            None => match &doc.text[word.end as usize..] {
                "" => {}
                rest => entries.push(format!("SpacesAfter={}", escape(rest))),
            },
        }
        if let Some(cell) = columns.misc.and_then(|it| row.get_mut(it)) {
            *cell = Misc::default().with(entries);
        }
        set_tag(&mut row, &tags[at], columns);
        row
    };
    words.iter().enumerate().map(row).collect()
}

/// Puts a tag into its column, or into `MISC` where there is none.
fn set_tag(row: &mut [String], tag: &str, columns: &Columns) {
    let tag = escape(tag);
    if let Some(at) = columns.tags {
        row[at] = tag;
    } else if let (Some(at), true) = (columns.misc, tag != "O") {
        row[at] = Misc::of(&row[at]).with([format!("NE={tag}")]);
    }
}

/// What came with a sentence.
struct Extras<'d> {
    columns: Columns,
    rows: Vec<Vec<&'d str>>,
    surface: Surface,
    type_at: usize,
}

impl<'d> Extras<'d> {
    /// `None` where there is nothing, or where it is not of these words.
    fn of(doc: &'d Doc, words: &[Token]) -> Option<Self> {
        let extras: &Map<String, Value> = doc.meta.0.get(EXTRAS)?.as_object()?;
        let strings = |it: &'d Value| {
            it.as_array().map(|it| it.iter().filter_map(Value::as_str).collect::<Vec<&str>>())
        };
        let columns = match extras.get("columns").and_then(strings) {
            Some(names) => Columns::of(names),
            None => Columns::of(TEN),
        };
        let rows: Vec<Vec<&str>> =
            extras.get("rows")?.as_array()?.iter().map(strings).collect::<Option<_>>()?;
        let surface = Surface::of(&rows, &columns);
        let fits = |(token, word): (&super::Surfaced, &Token)| {
            let form = rows[token.row].get(columns.form);
            form.is_some_and(|it| *it == one_line(word.text(&doc.text)))
        };
        let is_whole = surface.tokens.len() == words.len()
            && surface.tokens.iter().zip(words).all(fits)
            && rows.iter().flatten().all(|it| !it.contains(['\t', '\n', '\r']));
        let type_at = extras.get("type_at").and_then(Value::as_u64).unwrap_or(1) as usize;
        is_whole.then_some(Self { columns, rows, surface, type_at })
    }

    /// Whether the rows say what is marked, and `columns` hold all of that.
    fn is_unchanged(&self, doc: &Doc, words: &[Token], columns: &Columns) -> bool {
        let same_place = match (self.columns.tags, columns.tags) {
            (Some(from), Some(to)) => self.columns.names[from] == columns.names[to],
            (None, None) => true,
            _ => false,
        };
        let (marks, _) = self.surface.marks(&self.rows, &self.columns, self.type_at);
        let span = |it: &crate::tags::Tagged| {
            Span::new(words[it.first].start, words[it.last].end, it.label.clone()).ok()
        };
        let mut spans: Vec<Span> = marks.iter().filter_map(span).collect();
        spans.sort();
        spans.dedup();
        same_place && spans.iter().eq(doc.spans())
    }

    /// The rows with these columns.
    fn rows_in(&self, columns: &Columns) -> Vec<Vec<String>> {
        let from: Vec<Option<usize>> = (columns.names.iter())
            .map(|name| self.columns.names.iter().position(|it| it == name))
            .collect();
        let cell = |row: &[&str], at: Option<usize>| {
            let cell = at.and_then(|at| row.get(at)).filter(|it| !it.is_empty());
            cell.map_or_else(|| "_".to_owned(), |it| (*it).to_owned())
        };
        let row = |row: &Vec<&str>| from.iter().map(|at| cell(row, *at)).collect();
        self.rows.iter().map(row).collect()
    }

    /// Puts the tag of each token on the rows of its words.
    fn tag(&self, rows: &mut [Vec<String>], tags: &[String], columns: &Columns) {
        for row in rows.iter_mut() {
            if let Some(at) = columns.misc {
                row[at] = Misc::of(&row[at]).without(&["NE", "NER", "Entity"]);
            }
            if let Some(at) = columns.tags {
                "_".clone_into(&mut row[at]);
            }
        }
        for (token, tag) in self.surface.tokens.iter().zip(tags) {
            let of_words =
                if token.words.is_empty() { vec![token.row] } else { token.words.clone() };
            for (nth, row) in of_words.into_iter().enumerate() {
                match tag.strip_prefix("B-").filter(|_| nth != 0) {
                    Some(label) => set_tag(&mut rows[row], &format!("I-{label}"), columns),
                    None => set_tag(&mut rows[row], tag, columns),
                }
            }
        }
    }
}

/// On one line, each character for one.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }).collect()
}
