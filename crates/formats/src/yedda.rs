//! YEDDA: one text a file, with brackets around its marks.
//!
//! ```text
//! 🧪 [@PEG-coated AuNPs#NANOPARTICLE*] entered [$HeLa cells#CELL_LINE*].
//! ```
//!
//! `[$` is a mark that the program proposed. Marks may lie in others. The format has no escapes: a
//! text with its signs cannot be written as it is.

use std::io;

use corpus::{Doc, Label, Mark, Origin, Span};
use serde_json::{Value, json};

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::json_tree::{damage_problem, read_text};
use crate::losses::What;
use crate::names::Names;
use crate::reader::Found;
use crate::record::MARK_FIELDS;
use crate::warning::Reason;
use crate::whole::Whole;
use crate::writer::{To, WriteTexts};

/// Texts with brackets.
pub static YEDDA: Format = Format {
    key: "yedda",
    aliases: &[],
    name: "YEDDA",
    about: "One text a file, with brackets around its marks: [@HeLa cells#CELL_LINE*].",
    extensions: &["ann"],
    offsets: Offsets::None,
    holds: &[What::Marks, What::Overlaps, What::Ids, What::Metadata],
    is_text: true,
    is_folder: true,
    together: None,
    recognise: |sample| match parse(&sample.text).1.is_empty() {
        false => Some(Sure::Certain),
        true => (sample.extension == "ann").then_some(Sure::Possible),
    },
    read: Some(|mut source, _| {
        let (text, damage) = read_text(&mut source.file, LIMIT)?;
        let (text, marks) = parse(&text);
        if text.trim().is_empty() {
            return Err(Reason::Empty);
        }
        let doc = doc_of(source.file.stem(), text, marks);
        let problems = damage_problem(damage).into_iter().collect::<Vec<_>>();
        Ok(Box::new(Whole::new([Found::new(Some(1), Some(doc), problems)], source.len)))
    }),
    write: Written::Texts(|_| Box::new(WriteYedda::default())),
};

/// The longest file that is read, in bytes.
const LIMIT: u64 = 32 * 1024 * 1024;

/// A mark, and whether the program proposed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bracket {
    span: Span,
    is_proposed: bool,
}

fn doc_of(id: &str, text: String, marks: Vec<Bracket>) -> Doc {
    let mut doc = Doc::new(id, text);
    let points = |at: u32| doc.text[..at as usize].chars().count();
    let field = |it: &Bracket| {
        let (start, end) = (points(it.span.start()), points(it.span.end()));
        json!({"start": start, "end": end, "label": it.span.label().as_str(), "proposed": true})
    };
    let fields: Vec<Value> = marks.iter().filter(|it| it.is_proposed).map(field).collect();
    let mark = |it: Bracket| Mark { span: it.span, origin: Origin::Import, at_ms: 0 };
    doc.annotation.marks = marks.into_iter().map(mark).collect();
    doc.annotation.marks.sort();
    doc.annotation.marks.dedup_by(|a, b| a.span == b.span);
    if !fields.is_empty() {
        doc.meta.0.insert(MARK_FIELDS.into(), Value::Array(fields));
    }
    doc
}

/// A bracket and where its parts lie in the source, in bytes.
struct Pair {
    open: usize,
    /// The sign between words and label.
    sign: usize,
    /// Where the closing signs begin.
    close: usize,
}

/// The brackets that have their three parts. What is only a part of one is text.
fn pairs(source: &str) -> Vec<Pair> {
    let bytes = source.as_bytes();
    // Where brackets open that are not closed, and where the last one in them closed.
    let (mut open, mut pairs): (Vec<(usize, usize)>, Vec<Pair>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'[', b'@' | b'$') => {
                open.push((at, at + 2));
                at += 2;
            }
            (b'*', b']') => {
                if let Some((start, inner_end)) = open.last().copied() {
                    let inside = &source[inner_end..at];
                    let sign = inside.rfind('#').map(|it| inner_end + it);
                    let is_label = |sign: &usize| Label::new(&source[sign + 1..at]).is_ok();
                    if let Some(sign) = sign.filter(is_label).filter(|it| start + 2 < *it) {
                        pairs.push(Pair { open: start, sign, close: at });
                        open.pop();
                        if let Some(outer) = open.last_mut() {
                            outer.1 = at + 2;
                        }
                    }
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    pairs
}

/// The text and the marks of a source.
fn parse(source: &str) -> (String, Vec<Bracket>) {
    // What is cut out of the source, and which end of which pair it is.
    let pairs = pairs(source);
    let mut cuts: Vec<(usize, usize, usize, bool)> = Vec::new();
    for (nth, it) in pairs.iter().enumerate() {
        cuts.push((it.open, it.open + 2, nth, true));
        cuts.push((it.sign, it.close + 2, nth, false));
    }
    cuts.sort_unstable();
    let mut text = String::with_capacity(source.len());
    let (mut marks, mut starts) = (Vec::new(), vec![0; pairs.len()]);
    let mut at = 0;
    for (from, to, nth, opens) in cuts {
        text.push_str(&source[at..from]);
        at = to;
        if opens {
            starts[nth] = text.len() as u32;
            continue;
        }
        let pair = &pairs[nth];
        let label = Label::new(&source[pair.sign + 1..pair.close]);
        let span = label.ok().and_then(|it| Span::new(starts[nth], text.len() as u32, it).ok());
        let is_proposed = source.as_bytes()[pair.open + 1] == b'$';
        marks.extend(span.map(|span| Bracket { span, is_proposed }));
    }
    text.push_str(&source[at..]);
    marks.sort();
    (text, marks)
}

/// Writes a file for each text.
#[derive(Default)]
struct WriteYedda {
    names: Names,
}

impl WriteTexts for WriteYedda {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[MARK_FIELDS]);
        let (path, is_same) = self.names.path(&doc.id.0, "ann");
        if !is_same {
            to.tally.change(What::Ids, "Names of files cannot have every sign.");
        }
        let fields = doc.meta.0.get(MARK_FIELDS).and_then(Value::as_array);
        let points = |at: u32| json!(doc.text[..at as usize].chars().count());
        let is_proposed = |span: &Span| {
            fields.into_iter().flatten().any(|it| {
                it["proposed"] == true
                    && it["start"] == points(span.start())
                    && it["end"] == points(span.end())
                    && it["label"] == span.label().as_str()
            })
        };
        // The longest first, so that a mark opens before what lies in it.
        let mut spans: Vec<&Span> = doc.spans().collect();
        spans.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
        let mut kept: Vec<Bracket> = Vec::new();
        for span in spans {
            let crosses = |it: &Bracket| {
                let inside = it.span.start() <= span.start() && span.end() <= it.span.end();
                it.span.overlaps(span) && !inside
            };
            if kept.iter().any(crosses) {
                to.tally.leave_out(
                    What::Overlaps,
                    "Marks lie in others or beside them. The longer stays.",
                );
            } else {
                kept.push(Bracket { span: span.clone(), is_proposed: is_proposed(span) });
            }
        }
        let mut written = render(&doc.text, &kept);
        let mut expected = kept.clone();
        expected.sort();
        if parse(&written) != (doc.text.clone(), expected) {
            // Its own signs stand in the text or in a label: they are taken apart.
            to.tally
                .change(What::Marks, "A blank parts signs that the format would take for its own.");
            let apart = |it: &str| {
                it.replace("[@", "[ @").replace("[$", "[ $").replace("*]", "* ]").replace('#', "＃")
            };
            written = render_with(&doc.text, &kept, apart);
        }
        to.out.file(&path, written.as_bytes())
    }
}

fn render(text: &str, marks: &[Bracket]) -> String {
    render_with(text, marks, str::to_owned)
}

/// The text with brackets around marks that do not cross, the longer before the shorter.
fn render_with(text: &str, marks: &[Bracket], shown: impl Fn(&str) -> String) -> String {
    // At each place what ends there comes before what begins, the inner one first.
    let mut places: Vec<(u32, bool, usize)> = Vec::new();
    for (nth, it) in marks.iter().enumerate() {
        places.push((it.span.start(), true, nth));
        places.push((it.span.end(), false, nth));
    }
    places.sort_by_key(|(at, opens, nth)| {
        (*at, *opens, if *opens { *nth } else { usize::MAX - nth })
    });
    let (mut written, mut before) = (String::with_capacity(text.len()), 0);
    for (at, opens, nth) in places {
        written.push_str(&shown(&text[before as usize..at as usize]));
        before = at;
        let mark = &marks[nth];
        match (opens, mark.is_proposed) {
            (true, true) => written.push_str("[$"),
            (true, false) => written.push_str("[@"),
            (false, _) => {
                written.push('#');
                written.push_str(&shown(mark.span.label().as_str()));
                written.push_str("*]");
            }
        }
    }
    written.push_str(&shown(&text[before as usize..]));
    written
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &Expect) {
        let (text, marks) = parse(source);
        let marks = marks.iter().map(|it| {
            let sign = if it.is_proposed { "?" } else { "" };
            format!("\n{:?} {}{sign}", it.span.text(&text), it.span.label())
        });
        expected.assert_eq(&format!("{text:?}{}", marks.collect::<String>()));
    }

    #[test]
    fn brackets_are_marks_where_they_are_whole() {
        check(
            "🧪 [@PEG-coated AuNPs#NP*] and [$e\u{301}#C*]\r\n",
            &expect![[r#"
            "🧪 PEG-coated AuNPs and e\u{301}\r\n"
            "PEG-coated AuNPs" NP
            "e\u{301}" C?"#]],
        );
        check(
            "[@[$West#Direction*] Coast#Location*]",
            &expect![[r#"
            "West Coast"
            "West" Direction?
            "West Coast" Location"#]],
        );
        check(
            "[@a#b#L*] [@ *] #x*] [@open",
            &expect![[r#"
            "a#b  *]  [@open"
            "a#b" L
            " *] " x"#]],
        );
        check(
            "[@[@x#A*]#B*][@#C*][@y#*]",
            &expect![[r#"
            "x[@#C*][@y#*]"
            "x" A
            "x" B"#]],
        );
        check(
            "[@out [@x#A*] no label*]",
            &expect![[r#"
            "[@out x no label*]"
            "x" A"#]],
        );
    }
}
