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
