//! Word vectors that a person brought, as far as the words of a project have some.

use std::collections::BTreeSet;
use std::sync::Arc;

use crf::Vectors;
use predict::RowFinder;
use project::{PickedRows, TRUNK_PART, trunk_of_part};
use storage::Store;
use tokenizer::{Base, lex::string_id};

use crate::work::{Clock, Page, Stopped, TURN_SECS};

/// The vectors of a base for the words of texts: none where the base is a built-in one or has none.
/// Rows of other words are in memory for as long as it takes to pass them over.
pub(super) async fn vectors(
    store: &impl Store,
    page: &impl Page,
    base: &str,
    texts: impl Iterator<Item = &Arc<str>>,
) -> Result<Vectors, Stopped> {
    if base.parse::<Base>().is_ok() {
        return Ok(Vectors::default());
    }
    let record = store.base(base).await?;
    let trunk = store.base_part(base, TRUNK_PART).await?;
    let (pipeline, n_rows) = trunk_of_part(&trunk).map_err(|it| Stopped::failed(&it))?;
    let Some(brought) = pipeline.vectors.filter(|_| n_rows != 0) else {
        return Ok(Vectors::default());
    };
    let width = brought.width;
    let finder = RowFinder::new(brought.mode);
    let rows_of = |word: &str| {
        let mut rows = Vec::new();
        finder.for_each_row(word, string_id(word), n_rows, |row| rows.push(row));
        rows
    };
    let words: Vec<(&str, Vec<usize>)> = crf::spellings(texts.map(|it| &**it))
        .into_iter()
        .map(|word| match rows_of(word) {
            // Many vectors were made of words in lower case.
            rows if rows.is_empty() => (word, rows_of(&word.to_lowercase())),
            rows => (word, rows),
        })
        .collect();
    let wanted: BTreeSet<usize> = words.iter().flat_map(|it| it.1.iter().copied()).collect();
    let mut picked = PickedRows::new(width, wanted);
    let mut turn = Clock::every(TURN_SECS);
    for number in TRUNK_PART + 1..record.n_parts {
        let part = store.base_part(base, number).await?;
        picked.add(&part).map_err(|it| Stopped::failed(&it))?;
        if turn.is_due() {
            page.turn().await;
        }
    }
    let mut vectors = Vectors::new(width as usize);
    for (word, rows) in words {
        let mut sum = vec![0.0; width as usize];
        for row in rows.iter().filter_map(|it| picked.row(*it)) {
            sum.iter_mut().zip(row).for_each(|(it, value)| *it += value);
        }
        vectors.insert(word, &sum);
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use model::{Pipeline, Rules, VectorMode, Vectors as Brought};
    use project::{BaseRecord, PipelineParts};
    use protocol::TrainReply;
    use storage::Memory;

    use super::*;

    struct Nobody;

    impl Page for Nobody {
        fn send(&self, _: TrainReply) {}

        fn wants_stop(&self) -> bool {
            false
        }

        async fn turn(&self) {}
    }

    /// A store with a base of this name.
    fn store(name: &str, vectors: Option<Brought>) -> Memory {
        let mut pipeline = Pipeline::of_tokens("en", Rules::default());
        pipeline.vectors = vectors;
        let parts = PipelineParts::new(pipeline);
        let store = Memory::default();
        let record = BaseRecord {
            name: name.to_owned(),
            package: name.to_owned(),
            version: String::new(),
            lang: "en".to_owned(),
            description: String::new(),
            license: String::new(),
            added_ms: 0,
            labels: Vec::new(),
            components: Vec::new(),
            starts_sentences: false,
            vectors: None,
            n_parts: parts.count(),
            bytes: parts.n_bytes(),
            hash: [0; 32],
            ner_parts: None,
        };
        block_on(async {
            for (number, part) in (0..).zip(parts.iter()) {
                store.stage_base(name, number, &part).await.unwrap();
            }
            store.adopt_base(&record).await.unwrap();
        });
        store
    }

    fn read(store: &Memory, base: &str) -> Vectors {
        let texts: [Arc<str>; 2] = ["Zinc oxide and zinc".into(), "Gold and unheard".into()];
        block_on(vectors(store, &Nobody, base, texts.iter())).unwrap_or_else(|_| panic!("{base}"))
    }

    #[test]
    fn words_have_the_vectors_of_their_base() {
        let row = |word: &str, row| (string_id(word), row);
        // One word in lower case only, one spelled as it stands, one without a row.
        let table = vec![row("zinc", 1), row("Gold", 0), row("and", -1), row("other", 2)];
        let rows = vec![3.0, 4.0, 0.0, 2.0, 7.0, 7.0];
        let brought = Brought { width: 2, rows, mode: VectorMode::Table(table) };
        let mut expected = Vectors::new(2);
        expected.insert("Gold", &[3.0, 4.0]);
        expected.insert("Zinc", &[0.0, 2.0]);
        expected.insert("zinc", &[0.0, 2.0]);
        let store = store("mine-1", Some(brought));
        assert_eq!(read(&store, "mine-1"), expected);
        assert!(read(&store, "blank:en").is_empty());
    }

    #[test]
    fn a_base_without_vectors_gives_none() {
        assert!(read(&store("bare-1", None), "bare-1").is_empty());
    }
}
