//! The words that a text came with, for formats that hold words instead of text.
//!
//! They are kept with the text, so that the same words are written again; the tokens of a base
//! are for texts that came without.

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Meta};
use serde_json::{Value, json};
use tokenizer::Token;

/// The entry of [`Doc::meta`] that says which words a text came with: `"blanks"` where exactly one
/// blank parts them, else a list of `[start, end]` in code points.
pub const WORDS: &str = "_words";

/// A text that is put together word by word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    /// The text so far.
    pub(crate) text: String,
    /// Its words.
    pub(crate) words: Vec<Token>,
}

impl Joined {
    /// Words with one blank between.
    pub(crate) fn with_blanks<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut joined = Self::default();
        for word in words {
            joined.push(" ", word);
        }
        joined
    }

    /// The words where they lie in a text that is known, with nothing but white space between.
    /// `None` where they do not.
    pub(crate) fn within<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<Self> {
        let mut joined = Self { text: text.to_owned(), words: Vec::new() };
        let mut at = 0;
        for word in words {
            at += text[at..].len() - text[at..].trim_start().len();
            if !text[at..].starts_with(word) {
                return None;
            }
            joined.words.push(Token::new(at as u32, (at + word.len()) as u32, false));
            at += word.len();
        }
        text[at..].trim().is_empty().then_some(joined)
    }

    /// Adds a word, behind `gap` unless it is the first.
    pub(crate) fn push(&mut self, gap: &str, word: &str) {
        if !self.words.is_empty() {
            self.text.push_str(gap);
        }
        let start = self.text.len() as u32;
        self.text.push_str(word);
        self.words.push(Token::new(start, self.text.len() as u32, false));
    }

    /// The document, which keeps its words.
    pub(crate) fn into_doc(self, id: String) -> Doc {
        let mut doc = Doc::new(id, self.text);
        keep(&self.words, &doc.text, &mut doc.meta);
        doc
    }
}

/// Keeps the words of a text with it.
pub(crate) fn keep(words: &[Token], text: &str, meta: &mut Meta) {
    let parted = words
        .windows(2)
        .all(|it| it[0].end + 1 == it[1].start && text.as_bytes()[it[0].end as usize] == b' ');
    let whole = words.first().is_some_and(|it| it.start == 0)
        && words.last().is_some_and(|it| it.end as usize == text.len());
    let plain = words.iter().all(|it| !it.text(text).contains(' '));
    let value = if parted && whole && plain {
        json!("blanks")
    } else {
        let ruler = Ruler::new(text);
        let points = |at| ruler.from_bytes(at, Unit::CodePoints);
        words.iter().map(|it| json!([points(it.start), points(it.end)])).collect()
    };
    meta.0.insert(WORDS.into(), value);
}

/// The words that a text came with. `None` when it came without, or when they do not fit it.
pub(crate) fn own_words(doc: &Doc) -> Option<Vec<Token>> {
    let words = match doc.meta.0.get(WORDS)? {
        Value::String(it) if it == "blanks" => {
            let mut at = 0;
            let word = |it: &str| {
                let word = Token::new(at, at + it.len() as u32, false);
                at = word.end + 1;
                word
            };
            doc.text.split(' ').map(word).collect()
        }
        Value::Array(list) => {
            let ruler = Ruler::new(doc.text.as_str());
            let bytes =
                |it: &Value| ruler.to_bytes(u32::try_from(it.as_u64()?).ok()?, Unit::CodePoints);
            let word = |it: &Value| Some(Token::new(bytes(it.get(0)?)?, bytes(it.get(1)?)?, false));
            list.iter().map(word).collect::<Option<Vec<Token>>>()?
        }
        _ => return None,
    };
    let sorted = words.windows(2).all(|it| it[0].end <= it[1].start);
    let shows = |it: &Token| it.start < it.end && !it.text(&doc.text).trim().is_empty();
    (sorted && !words.is_empty() && words.iter().all(shows)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_with_their_text() {
        let joined = Joined::with_blanks(["🧪", "e\u{301}", "x"]);
        let doc = joined.clone().into_doc("a".into());
        assert_eq!(doc.meta.0[WORDS], "blanks");
        assert_eq!(own_words(&doc), Some(joined.words));

        let joined =
            Joined::within("🧪PEG-\r\n x ", ["🧪", "PEG", "-", "x"]).expect("they lie in it");
        let doc = joined.clone().into_doc("a".into());
        assert_eq!(doc.meta.0[WORDS], json!([[0, 1], [1, 4], [4, 5], [8, 9]]));
        assert_eq!(own_words(&doc), Some(joined.words));
        assert!(Joined::within("a b c", ["a", "c"]).is_none());
        assert!(Joined::within("a b c", ["a", "b"]).is_none());
    }

    #[test]
    fn words_that_do_not_fit_are_no_words() {
        let fits = |value: Value| {
            let mut doc = Doc::new("a", "🧪 b");
            doc.meta.0.insert(WORDS.into(), value);
            own_words(&doc).is_some()
        };
        assert!(fits(json!([[0, 1], [2, 3]])));
        for bad in [
            json!([[0, 1], [2, 4]]),
            json!([[2, 3], [0, 1]]),
            json!([[1, 2]]),
            json!(["a"]),
            json!(1),
        ] {
            assert!(!fits(bad.clone()), "{bad}");
        }
    }
}
