//! What came with a text's marks that Nerine does not edit: pieces of discontinuous marks,
//! relations, events, attributes, database entries, comments, marks of other annotators.
//!
//! It lies in the text's [`Meta`](corpus::Meta) under [`EXTRAS`], is written again by formats that
//! can hold it, and counted by those that cannot. Marks are edited beside it: what is about a mark
//! that is gone stays behind when it is written.

use std::collections::{BTreeMap, BTreeSet};

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Label, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::losses::{Tally, What};

/// The entry of [`Doc::meta`] that holds what Nerine does not edit: an object with `marks`,
/// `relations`, `events`, `attributes`, `entries`, `comments`, `others`. Offsets are code points.
pub const EXTRAS: &str = "_extras";

/// What Nerine does not edit, of one text. What is about something names its `id`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extras {
    /// Who made the marks, if the file says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) annotator: String,
    /// What marks are called in the file, and their pieces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) marks: Vec<Ent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) relations: Vec<Relation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attributes: Vec<Attribute>,
    /// Entries of databases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) entries: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) comments: Vec<Comment>,
    /// Marks and the rest of other annotators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) others: Vec<Extras>,
    /// What only the format knows that it came from.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) more: Map<String, Value>,
}

/// A mark as the file has it. Offsets are code points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ent {
    pub(crate) id: String,
    /// Where the mark began when it came in.
    pub(crate) start: u32,
    /// Where it ended.
    pub(crate) end: u32,
    pub(crate) label: String,
    /// Its pieces, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pieces: Vec<(u32, u32)>,
    /// Which marks stand for the pieces.
    #[serde(default, skip_serializing_if = "Pieces::is_default")]
    pub(crate) stands: Pieces,
    /// What only the format knows that it came from.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) more: Map<String, Value>,
}

/// What becomes of a mark of several pieces, which cannot be trained as such. The pieces are kept
/// in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pieces {
    /// One mark from the start of the first to the end of the last.
    #[default]
    Whole,
    /// A mark over the first.
    First,
    /// A mark over each.
    Each,
    /// No mark.
    None,
}

impl Pieces {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_default(&self) -> bool {
        *self == Pieces::default()
    }
}

/// How things are related.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Relation {
    pub(crate) id: String,
    pub(crate) label: String,
    /// Role and what plays it.
    pub(crate) args: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) more: Map<String, Value>,
}

/// Something that happens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) label: String,
    /// The mark that says so.
    pub(crate) trigger: String,
    /// Role and what plays it.
    pub(crate) args: Vec<(String, String)>,
}

/// Something that holds of a mark, an event or a relation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) target: String,
    /// None where it just holds.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) value: Value,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) more: Map<String, Value>,
}

/// The entry of a database that something is.
#[expect(clippy::struct_field_names, reason = "it is what databases call it")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) target: String,
    /// Database and number, as `CVCL:0030`, or a number alone.
    pub(crate) entry: String,
    /// What it is called there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
}

/// What somebody wrote about something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: String,
    /// Its kind, as `AnnotatorNotes`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) text: String,
}

/// A mark as it is written: its name in the file, its pieces in bytes, its label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) pieces: Vec<(u32, u32)>,
    pub(crate) label: Label,
    pub(crate) more: Map<String, Value>,
}

impl Named {
    /// Where it begins and ends, in bytes.
    pub(crate) fn extent(&self) -> (u32, u32) {
        let start = self.pieces.iter().map(|it| it.0).min().unwrap_or_default();
        (start, self.pieces.iter().map(|it| it.1).max().unwrap_or_default())
    }
}

impl Extras {
    /// What lies in a text's meta; nothing where it is something else.
    pub(crate) fn of(doc: &Doc) -> Self {
        let found = doc.meta.0.get(EXTRAS);
        found.and_then(|it| Self::deserialize(it).ok()).unwrap_or_default()
    }

    /// Puts it into a text's meta, unless there is nothing.
    pub(crate) fn keep(&self, doc: &mut Doc) {
        if *self == Self::default() {
            return;
        }
        if let Ok(value) = serde_json::to_value(self) {
            doc.meta.0.insert(EXTRAS.into(), value);
        }
    }

    /// Leaves out what marks are called where it follows from their order, as `T1`, `T2` for the
    /// prefix `T`, and nothing is about them.
    pub(crate) fn forget_names(&mut self, doc: &Doc, prefix: &str) {
        let Extras { relations, events, attributes, entries, comments, .. } = self;
        let is_plain = relations.is_empty()
            && events.is_empty()
            && attributes.is_empty()
            && entries.is_empty()
            && comments.is_empty();
        if !is_plain {
            return;
        }
        let plain = Extras { marks: std::mem::take(&mut self.marks), ..Extras::default() };
        let said = plain.named(doc, prefix);
        let unsaid = Extras::default().named(doc, prefix);
        if said != unsaid || plain.marks.iter().any(|it| !it.pieces.is_empty()) {
            self.marks = plain.marks;
        }
    }

    /// The same for a format that has no pieces: what marks stand for them is called by their name.
    pub(crate) fn without_pieces(mut self) -> Self {
        let mut marks = Vec::new();
        for ent in std::mem::take(&mut self.marks) {
            match ent.stands {
                Pieces::None => {}
                Pieces::Each if !ent.pieces.is_empty() => {
                    for (n, (start, end)) in ent.pieces.iter().copied().enumerate() {
                        let id = if n == 0 { ent.id.clone() } else { format!("{}.{n}", ent.id) };
                        let pieces = Vec::new();
                        marks.push(Ent { id, start, end, pieces, ..ent.clone() });
                    }
                }
                _ => marks.push(Ent { pieces: Vec::new(), ..ent }),
            }
        }
        self.marks = marks;
        self
    }

    /// Counts it.
    pub(crate) fn count(&self, more: &mut BTreeMap<What, u32>) {
        let in_pieces = self.marks.iter().filter(|it| !it.pieces.is_empty()).count();
        let others: usize = self.others.iter().map(|it| it.marks.len()).sum();
        let counts = [
            (What::Fragments, in_pieces),
            (What::Relations, self.relations.len()),
            (What::Events, self.events.len()),
            (What::Attributes, self.attributes.len()),
            (What::Normalisations, self.entries.len()),
            (What::Comments, self.comments.len()),
            (What::Annotators, others),
        ];
        for (what, n) in counts {
            *more.entry(what).or_default() += n as u32;
        }
    }

    /// The marks of a text by the names that they had in the file, in the file's order; new ones
    /// follow with new names of `prefix` and a number. What is named and not marked any more is
    /// not among them.
    pub(crate) fn named(&self, doc: &Doc, prefix: &str) -> Vec<Named> {
        let ruler = Ruler::new(doc.text.as_str());
        let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).unwrap_or_default();
        let bytes = |at| ruler.to_bytes(at, Unit::CodePoints);
        let spans: Vec<&Span> = doc.spans().collect();
        let places: Vec<(u32, u32)> =
            spans.iter().map(|it| (points(it.start()), points(it.end()))).collect();
        let mut by_place = BTreeMap::<(u32, u32), Vec<usize>>::new();
        for (idx, place) in places.iter().enumerate() {
            by_place.entry(*place).or_default().push(idx);
        }
        let exact = |place: (u32, u32), label: &str| {
            let found = by_place.get(&place)?.iter();
            found.copied().find(|it| spans[*it].label().as_str() == label)
        };
        let mut taken = vec![false; spans.len()];
        // First those that are as they came, so that a renamed one does not take their place.
        let kept: Vec<Option<(Vec<usize>, bool)>> = self
            .marks
            .iter()
            .map(|ent| {
                let found: Vec<usize> = match ent.stands {
                    Pieces::None => return Some((Vec::new(), true)),
                    Pieces::Each if !ent.pieces.is_empty() => {
                        ent.pieces.iter().filter_map(|it| exact(*it, &ent.label)).collect()
                    }
                    _ => exact((ent.start, ent.end), &ent.label).into_iter().collect(),
                };
                for it in &found {
                    taken[*it] = true;
                }
                (!found.is_empty()).then_some((found, false))
            })
            .collect();
        let mut named = Vec::new();
        for (ent, kept) in self.marks.iter().zip(kept) {
            let renamed = || by_place.get(&(ent.start, ent.end))?.iter().find(|it| !taken[**it]);
            let (found, is_unmarked) = match kept {
                Some(kept) => kept,
                None => match renamed().copied() {
                    Some(it) => (vec![it], false),
                    None => continue,
                },
            };
            for it in &found {
                taken[*it] = true;
            }
            let label = match found.first() {
                Some(it) => spans[*it].label().clone(),
                None => match Label::new(&ent.label) {
                    Ok(label) => label,
                    Err(_) => continue,
                },
            };
            let pieces: Option<Vec<(u32, u32)>> = match (ent.stands, ent.pieces.is_empty()) {
                (Pieces::Each, false) if !is_unmarked => {
                    Some(found.iter().map(|it| (spans[*it].start(), spans[*it].end())).collect())
                }
                (_, true) => bytes(ent.start).zip(bytes(ent.end)).map(|it| vec![it]),
                _ => ent.pieces.iter().map(|it| bytes(it.0).zip(bytes(it.1))).collect(),
            };
            let Some(pieces) = pieces else { continue };
            named.push(Named { id: ent.id.clone(), pieces, label, more: ent.more.clone() });
        }
        let mut ids: BTreeSet<String> = self.marks.iter().map(|it| it.id.clone()).collect();
        let mut n = 0;
        for (span, taken) in spans.iter().zip(taken) {
            if taken {
                continue;
            }
            let id = loop {
                n += 1;
                let id = format!("{prefix}{n}");
                if ids.insert(id.clone()) {
                    break id;
                }
            };
            let pieces = vec![(span.start(), span.end())];
            named.push(Named { id, pieces, label: span.label().clone(), more: Map::new() });
        }
        named
    }

    /// What is about things that are still there, when `ids` are the marks that are. The rest is
    /// told to the tally.
    pub(crate) fn about(&self, ids: &[Named], tally: &mut Tally) -> Extras {
        const GONE: &str = "What they are about is not marked any more.";
        let mut there: BTreeSet<&str> = ids.iter().map(|it| it.id.as_str()).collect();
        // What was never the name of anything here cannot be gone.
        let parts = |it: &'_ Entry| {
            it.entry.split([',', ';', '|', '+']).map(|it| it.trim().to_owned()).collect::<Vec<_>>()
        };
        let mut named: BTreeSet<String> = self.entries.iter().flat_map(parts).collect();
        named.extend(self.marks.iter().map(|it| it.id.clone()));
        named.extend(self.events.iter().map(|it| it.id.clone()));
        named.extend(self.relations.iter().map(|it| it.id.clone()));
        let ends = self.relations.iter().flat_map(|it| &it.args).map(|it| it.1.as_str());
        there.extend(ends.filter(|it| !named.contains(*it)));
        // Some formats relate the entries that marks are of.
        let entries = self.entries.iter().filter(|it| there.contains(it.target.as_str()));
        let entries: Vec<&str> =
            entries.flat_map(|it| it.entry.split([',', ';', '|', '+'])).map(str::trim).collect();
        there.extend(entries);
        // Events may be about events: the ones that are there grow until none is new.
        loop {
            let n = there.len();
            let is_there = |it: &&Event| there.contains(it.trigger.as_str());
            let more: Vec<&str> =
                self.events.iter().filter(is_there).map(|it| it.id.as_str()).collect();
            there.extend(more);
            let knows = |it: &&Relation| it.args.iter().all(|arg| there.contains(arg.1.as_str()));
            let more: Vec<&str> =
                self.relations.iter().filter(knows).map(|it| it.id.as_str()).collect();
            there.extend(more);
            if n == there.len() {
                break;
            }
        }
        let mut keep = |what, is_kept: bool| {
            if !is_kept {
                tally.leave_out(what, GONE);
            }
            is_kept
        };
        let mut about = Extras { marks: Vec::new(), ..self.clone() };
        about.relations.retain(|it| {
            let all = it.args.iter().all(|arg| there.contains(arg.1.as_str()));
            keep(What::Relations, all)
        });
        about.events.retain(|it| keep(What::Events, there.contains(it.trigger.as_str())));
        for event in &mut about.events {
            event.args.retain(|arg| there.contains(arg.1.as_str()));
        }
        let is_there = |it: &str| it.is_empty() || there.contains(it);
        about.attributes.retain(|it| keep(What::Attributes, is_there(&it.target)));
        let named: BTreeSet<&str> = about.attributes.iter().map(|it| it.id.as_str()).collect();
        let is_there = |it: &str| is_there(it) || named.contains(it);
        about.entries.retain(|it| keep(What::Normalisations, is_there(&it.target)));
        about.comments.retain(|it| keep(What::Comments, is_there(&it.target)));
        about
    }
}

/// Names for things, one each, of which no two are the same: what `fits` and is the first of its
/// name keeps it, the others get `prefix` and a number that is free.
pub(crate) fn rename(names: &[&str], prefix: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let all: BTreeSet<&str> = names.iter().copied().collect();
    let mut used = BTreeSet::new();
    let mut n = 0;
    let mut new = |name: &&str| {
        if fits(name) && used.insert((*name).to_owned()) {
            return (*name).to_owned();
        }
        loop {
            n += 1;
            let name = format!("{prefix}{n}");
            if !all.contains(name.as_str()) {
                return name;
            }
        }
    };
    names.iter().map(&mut new).collect()
}

/// Whether a name is `prefix` with a number behind it.
pub(crate) fn is_numbered(name: &str, prefix: &str) -> bool {
    let number = name.strip_prefix(prefix).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use corpus::{Mark, Origin};

    use super::*;

    fn doc(text: &str, marks: &[(u32, u32, &str)]) -> Doc {
        let mut doc = Doc::new("a", text);
        for (start, end, label) in marks {
            let span = Span::new(*start, *end, Label::new(label).unwrap()).unwrap();
            doc.annotation.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
        }
        doc.annotation.marks.sort();
        doc
    }

    fn ent(id: &str, start: u32, end: u32, label: &str) -> Ent {
        Ent { id: id.into(), start, end, label: label.into(), ..Ent::default() }
    }

    type Expected<'a> = (&'a str, &'a [(u32, u32)], &'a str);

    #[track_caller]
    fn check(extras: &Extras, doc: &Doc, expected: &[Expected<'_>]) {
        let named = extras.named(doc, "T");
        let found: Vec<_> = named
            .iter()
            .map(|it| (it.id.as_str(), it.pieces.as_slice(), it.label.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn marks_keep_their_names_and_new_ones_get_free_ones() {
        let extras = Extras {
            marks: vec![ent("T2", 2, 4, "A"), ent("T9", 0, 1, "B"), ent("T1", 6, 7, "C")],
            ..Extras::default()
        };
        let doc = doc("🧪 ab cd", &[(0, 4, "B"), (5, 7, "New"), (8, 9, "D")]);
        // T1 is gone, T2 has another label.
        let expected: &[(&str, &[_], &str)] =
            &[("T2", &[(5, 7)], "New"), ("T9", &[(0, 4)], "B"), ("T3", &[(8, 9)], "D")];
        check(&extras, &doc, expected);
    }

    #[test]
    fn pieces_live_as_long_as_a_mark_stands_for_them() {
        let pieces = vec![(0, 1), (4, 6)];
        let with = |stands| Extras {
            marks: vec![Ent { pieces: pieces.clone(), stands, ..ent("T1", 0, 6, "A") }],
            ..Extras::default()
        };
        let whole: &[(&str, &[_], &str)] = &[("T1", &[(0, 1), (4, 6)], "A")];
        check(&with(Pieces::Whole), &doc("abcdef", &[(0, 6, "A")]), whole);
        check(&with(Pieces::None), &doc("abcdef", &[]), whole);
        check(&with(Pieces::Each), &doc("abcdef", &[(0, 1, "A"), (4, 6, "A")]), whole);
        check(&with(Pieces::Each), &doc("abcdef", &[(4, 6, "A")]), &[("T1", &[(4, 6)], "A")]);
        check(&with(Pieces::Whole), &doc("abcdef", &[(0, 5, "A")]), &[("T2", &[(0, 5)], "A")]);
    }

    #[test]
    fn what_is_about_a_mark_that_is_gone_stays_behind() {
        let relation = |id: &str, a: &str, b: &str| Relation {
            id: id.into(),
            label: "R".into(),
            args: vec![("x".into(), a.into()), ("y".into(), b.into())],
            ..Relation::default()
        };
        let event = |id: &str, trigger: &str, arg: &str| Event {
            id: id.into(),
            label: "E".into(),
            trigger: trigger.into(),
            args: vec![("Theme".into(), arg.into())],
        };
        let extras = Extras {
            marks: vec![ent("T1", 0, 1, "A"), ent("T9", 1, 2, "A")],
            relations: vec![
                relation("R1", "T1", "E1"),
                relation("R2", "T1", "T9"),
                relation("R3", "T1", "elsewhere"),
            ],
            events: vec![event("E1", "T1", "T9"), event("E2", "T9", "T1")],
            comments: vec![Comment { target: "R1".into(), ..Comment::default() }],
            ..Extras::default()
        };
        let doc = doc("ab", &[(0, 1, "A")]);
        let mut tally = Tally::default();
        let about = extras.about(&extras.named(&doc, "T"), &mut tally);
        let kept = [relation("R1", "T1", "E1"), relation("R3", "T1", "elsewhere")];
        assert_eq!(about.relations, kept);
        assert_eq!(about.events, [Event { args: vec![], ..event("E1", "T1", "T9") }]);
        assert_eq!(about.comments.len(), 1);
    }

    #[test]
    fn names_that_follow_from_the_order_are_not_kept() {
        let doc = doc("abc", &[(0, 1, "A"), (1, 2, "B")]);
        let mut extras =
            Extras { marks: vec![ent("T1", 0, 1, "A"), ent("T2", 1, 2, "B")], ..Extras::default() };
        let swapped =
            Extras { marks: vec![ent("T2", 0, 1, "A"), ent("T1", 1, 2, "B")], ..extras.clone() };
        extras.forget_names(&doc, "T");
        assert_eq!(extras, Extras::default());
        let mut again = swapped.clone();
        again.forget_names(&doc, "T");
        assert_eq!(again, swapped);
        let mut doc = doc;
        swapped.keep(&mut doc);
        assert_eq!(Extras::of(&doc), swapped);
    }
}
