use std::collections::BTreeSet;
use std::fmt::{self, Write};

use corpus::{Doc, DocId, Label, Span, Unread};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Refusal;

/// The SHA-256 of what a snapshot holds, as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub String);

impl ContentHash {
    /// The hash of words in this order.
    pub fn of<'t>(words: impl IntoIterator<Item = &'t str>) -> Self {
        let mut digest = Fields::default();
        words.into_iter().for_each(|it| digest.text(it));
        Self(digest.hex())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The texts and marks of an experiment, as they were when it began.
///
/// Its hash is of the documents in the order of their ids: of each the id, the text and its gold
/// spans (start, end, label), every string and list with its length before it, and where nobody has
/// looked. Groups and the order in which documents came do not enter.
///
/// Invariant: two or more documents, sorted by id, no id twice; spans sorted, none twice; at
/// least one span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<FrozenDoc>", into = "Vec<FrozenDoc>")]
pub struct Snapshot {
    docs: Vec<FrozenDoc>,
    labels: Vec<Label>,
    hash: ContentHash,
}

/// A document of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenDoc {
    /// Its name.
    pub id: DocId,
    /// Its text.
    pub text: String,
    /// What is right: spans of the labels that are learned, sorted, none twice.
    pub gold: Vec<Span>,
    /// What it shares with documents that must stay on its side, such as a patient or a source.
    pub group: Option<String>,
    /// Where nobody has looked: what is found there is not judged.
    #[serde(default)]
    pub unread: Unread,
}

impl Snapshot {
    /// Freezes documents whose marks are complete. Spans of other labels than `labels` are left
    /// out. `group_by` names a field of [`Doc::meta`]: documents with the same value there stay
    /// together in every split.
    pub fn freeze<'d>(
        docs: impl IntoIterator<Item = &'d Doc>,
        labels: &[Label],
        group_by: Option<&str>,
    ) -> Result<Self, Refusal> {
        let freeze = |doc: &Doc| FrozenDoc {
            id: doc.id.clone(),
            text: doc.text.clone(),
            gold: doc.spans().filter(|it| labels.contains(it.label())).cloned().collect(),
            group: group_by.and_then(|field| doc.meta.0.get(field)).and_then(group),
            unread: doc.annotation.unread.clone(),
        };
        docs.into_iter().map(freeze).collect::<Vec<_>>().try_into()
    }

    /// The documents, sorted by id.
    pub fn docs(&self) -> &[FrozenDoc] {
        &self.docs
    }

    /// The document of this name.
    pub fn doc(&self, id: &DocId) -> Option<&FrozenDoc> {
        let found = self.docs.binary_search_by(|it| it.id.cmp(id)).ok()?;
        self.docs.get(found)
    }

    /// The labels of the gold spans, sorted.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What tells this snapshot from every other.
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }
}

impl TryFrom<Vec<FrozenDoc>> for Snapshot {
    type Error = Refusal;

    fn try_from(mut docs: Vec<FrozenDoc>) -> Result<Self, Refusal> {
        match docs.as_slice() {
            [] => return Err(Refusal::NoDocs),
            [only] => return Err(Refusal::OneDoc(only.id.clone())),
            _ => docs.sort_by(|a, b| a.id.cmp(&b.id)),
        }
        if let Some(twice) = docs.windows(2).find(|it| it[0].id == it[1].id) {
            return Err(Refusal::SameId(twice[0].id.clone()));
        }
        for doc in &mut docs {
            doc.gold.sort();
            doc.gold.dedup();
        }
        let labels: BTreeSet<&Label> =
            docs.iter().flat_map(|it| &it.gold).map(Span::label).collect();
        if labels.is_empty() {
            return Err(Refusal::NoLabels);
        }
        let labels = labels.into_iter().cloned().collect();
        Ok(Self { hash: content_hash(&docs), labels, docs })
    }
}

impl From<Snapshot> for Vec<FrozenDoc> {
    fn from(snapshot: Snapshot) -> Self {
        snapshot.docs
    }
}

/// What a field says of a document; nothing where it is empty.
fn group(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

fn content_hash(docs: &[FrozenDoc]) -> ContentHash {
    let mut digest = Fields::default();
    digest.number(docs.len());
    for doc in docs {
        digest.text(&doc.id.0);
        digest.text(&doc.text);
        digest.number(doc.gold.len());
        for span in &doc.gold {
            digest.number(span.start() as usize);
            digest.number(span.end() as usize);
            digest.text(span.label().as_str());
        }
        // Most documents have none, and their hash is as it was before there were any.
        if !doc.unread.is_empty() {
            digest.text("unread");
            for (start, end) in doc.unread.iter() {
                digest.number(start as usize);
                digest.number(end as usize);
            }
        }
    }
    ContentHash(digest.hex())
}

/// A SHA-256 over fields that cannot run into each other.
#[derive(Default)]
pub(crate) struct Fields(Sha256);

impl Fields {
    pub(crate) fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text);
    }

    pub(crate) fn docs(&mut self, docs: &[DocId]) {
        self.number(docs.len());
        for doc in docs {
            self.text(&doc.0);
        }
    }

    pub(crate) fn hex(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes everything");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{doc, label, span};

    fn freeze(docs: &[Doc]) -> Result<Snapshot, Refusal> {
        Snapshot::freeze(docs, &[label("A"), label("B")], Some("source"))
    }

    #[test]
    fn the_hash_is_of_what_is_learned_whatever_the_order() {
        let (one, two) = (doc("1", "a b", &[(0, 1, "A")]), doc("2", "c d", &[(2, 3, "B")]));
        let hash = freeze(&[one.clone(), two.clone()]).unwrap().hash().clone();
        // Stored experiments name their snapshot by it: a change here is a change of the format.
        assert_eq!(hash.0, "7ed39bdca33db53d33dc741f9ea73ba05cb98f6fb1b6f82d40ae6381e40539c5");
        assert_eq!(freeze(&[two.clone(), one.clone()]).unwrap().hash(), &hash);
        let mut half_read = two.clone();
        half_read.annotation.unread.add(0, 1);
        assert_ne!(freeze(&[one.clone(), half_read]).unwrap().hash(), &hash);
        let mut other = two.clone();
        other.annotation.marks[0].span = span(2, 3, "A");
        assert_ne!(freeze(&[one.clone(), other]).unwrap().hash(), &hash);
        let mut unlearned = two;
        unlearned.annotation.marks.push(corpus::Mark {
            span: span(0, 1, "Other"),
            ..unlearned.annotation.marks[0].clone()
        });
        assert_eq!(freeze(&[one, unlearned]).unwrap().hash(), &hash);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let one = doc("1", "a", &[(0, 1, "A")]);
        assert_eq!(freeze(&[]), Err(Refusal::NoDocs));
        assert_eq!(freeze(std::slice::from_ref(&one)), Err(Refusal::OneDoc(DocId("1".into()))));
        assert_eq!(freeze(&[one.clone(), one.clone()]), Err(Refusal::SameId(DocId("1".into()))));
        let bare = [doc("1", "a", &[(0, 1, "Other")]), doc("2", "b", &[])];
        assert_eq!(freeze(&bare), Err(Refusal::NoLabels));
    }

    #[test]
    fn it_is_stored_and_read_back_with_its_hash() {
        let mut grouped = doc("2", "c d", &[(2, 3, "B")]);
        grouped.meta.0.insert("source".into(), 7.into());
        let snapshot = freeze(&[doc("1", "a b", &[(0, 1, "A")]), grouped]).unwrap();
        assert_eq!(snapshot.doc(&DocId("2".into())).unwrap().group.as_deref(), Some("7"));
        let stored = serde_json::to_string(&snapshot).unwrap();
        assert_eq!(serde_json::from_str::<Snapshot>(&stored).unwrap(), snapshot);
        assert!(serde_json::from_str::<Snapshot>("[]").is_err());
    }
}
