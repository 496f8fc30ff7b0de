//! Which words keep the same company: contexts and spellings of words in the raw text, and what
//! follows from them, vectors and clusters.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bytes::coarsen;
use crate::clusters::cluster;
use crate::hash::Hash;
use crate::numbers::ln;
use crate::pace::{Pace, Stage};
use crate::spectrum::{Sparse, embed};
use crate::tokens::tokenize;
use crate::vectors::Vectors;
use crate::words::{CLUSTERINGS, Known, Words, key};

/// Directions of a view of the words.
pub(crate) const DIRECTIONS: usize = 64;

/// Numbers of a word's vector: a view by contexts, and one by contexts and spelling.
pub(crate) const VECTOR: usize = 2 * DIRECTIONS;

/// How long vectors from elsewhere are beside the contexts, whose length is 1.
const GIVEN: f32 = 1.0;

/// How much longer than 1 a view's vector is.
const LENGTH: f32 = 4.0;

/// How many words get vectors, the most frequent ones.
const MOST_WORDS: usize = 12_000;

/// How many words are told apart as company.
const COMPANY: u32 = 4_000;

/// Sizes of the clusterings of a view.
const SIZES: [usize; CLUSTERINGS / 2] = [16, 64, 256];

/// A word of the raw text.
struct Entry {
    key: u32,
    count: u32,
    spelling: Box<str>,
}

/// What the raw texts, and vectors from elsewhere, say about their words. Each text must come once.
pub(crate) async fn words(texts: &[Arc<str>], given: &Vectors, pace: &Pace) -> Words {
    pace.report(Stage::Words, 0.0);
    let mut words = Words::default();
    let (entries, sequences) = read(texts, given, &mut words, pace).await;
    if entries.is_empty() {
        return words;
    }
    let contexts = contexts(&entries, &sequences, pace).await;
    let both = with_spelling(&contexts, &entries, given, pace).await;
    let mut views = Vec::new();
    let mut known = vec![Known::default(); entries.len()];
    for (view, matrix) in [contexts, both].iter().enumerate() {
        pace.report(Stage::Words, 0.1 + 0.45 * view as f32);
        let vectors = embed(matrix, DIRECTIONS, pace).await;
        for (at, size) in SIZES.into_iter().enumerate() {
            let groups = cluster(&vectors, DIRECTIONS, size, pace).await;
            let kind = view * SIZES.len() + at;
            known.iter_mut().zip(groups).for_each(|(it, group)| it.clusters[kind] = group);
        }
        views.push(vectors);
    }
    for (at, (entry, known)) in entries.iter().zip(known).enumerate() {
        let word = words.known.entry(entry.key).or_default();
        (word.clusters, word.vector) = (known.clusters, Some(at as u32));
        word.is_given = given.get(entry.key).is_some();
    }
    let rows = views[0].chunks_exact(DIRECTIONS).zip(views[1].chunks_exact(DIRECTIONS));
    words.vectors = rows.flat_map(|(a, b)| a.iter().chain(b)).map(|it| LENGTH * it).collect();
    // As they will be stored, so that nothing changes then.
    words.vectors.chunks_exact_mut(DIRECTIONS).for_each(coarsen);
    pace.spend(4 * words.vectors.len() as u64).await;
    words
}

/// Counts words. Gives those that come twice or more or have a vector, most frequent first, and the
/// texts as numbers of words; another word is `u32::MAX`.
async fn read(
    texts: &[Arc<str>],
    given: &Vectors,
    words: &mut Words,
    pace: &Pace,
) -> (Vec<Entry>, Vec<Vec<u32>>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut index: FxHashMap<u32, u32> = FxHashMap::default();
    let mut sequences = Vec::new();
    for text in texts {
        let mut sequence = Vec::new();
        for token in tokenize(text) {
            let word = &text[token.start as usize..token.end as usize];
            words.count(word);
            let key = key(word);
            let at = *index.entry(key).or_insert_with(|| {
                entries.push(Entry { key, count: 0, spelling: word.to_lowercase().into() });
                entries.len() as u32 - 1
            });
            entries[at as usize].count += 1;
            sequence.push(at);
        }
        pace.spend(400 * sequence.len() as u64).await;
        sequences.push(sequence);
    }
    let mut order: Vec<u32> = (0..entries.len() as u32).collect();
    let is_known = |it: &Entry| 2 <= it.count || given.get(it.key).is_some();
    order.retain(|it| is_known(&entries[*it as usize]));
    order.sort_by_key(|it| (std::cmp::Reverse(entries[*it as usize].count), *it));
    order.truncate(MOST_WORDS);
    let mut number = vec![u32::MAX; entries.len()];
    order.iter().enumerate().for_each(|(at, it)| number[*it as usize] = at as u32);
    for it in sequences.iter_mut().flatten() {
        *it = number[*it as usize];
    }
    let mut sorted: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    let entries = order.iter().filter_map(|it| sorted[*it as usize].take()).collect();
    (entries, sequences)
}

/// How much more often than by chance each word has which company: the word before, the word
/// behind, and those one further. Positive pointwise mutual information, `[words, company]`. A word
/// that comes once has none: whoever learns from its only place would take that for knowledge.
async fn contexts(entries: &[Entry], sequences: &[Vec<u32>], pace: &Pace) -> Sparse {
    // The last column of each block is the edge of the text.
    const BLOCK: u32 = COMPANY + 1;
    let column = |sequence: &[u32], at: usize, place: isize| -> Option<u32> {
        match at.checked_add_signed(place).and_then(|it| sequence.get(it)) {
            None => Some(COMPANY),
            Some(word) => (*word < COMPANY).then_some(*word),
        }
    };
    let mut company: Vec<Vec<u32>> = vec![Vec::new(); entries.len()];
    let n_frequent = entries.partition_point(|it| 2 <= it.count);
    for sequence in sequences {
        for (at, word) in sequence.iter().enumerate() {
            let Some(company) = company[..n_frequent].get_mut(*word as usize) else { continue };
            for (block, place) in [(0, -1), (1, 1), (2, -2), (2, 2)] {
                company.extend(column(sequence, at, place).map(|it| block * BLOCK + it));
            }
        }
        pace.spend(60 * sequence.len() as u64).await;
    }
    // Neighbours count 1, those one further a half.
    let weight = |column: u32| if column < 2 * BLOCK { 1.0 } else { 0.5 };
    let mut sums = vec![0.0f32; 3 * BLOCK as usize];
    let mut counts = Vec::with_capacity(entries.len());
    for company in &mut company {
        company.sort_unstable();
        let count = |some: &[u32]| (some[0], weight(some[0]) * some.len() as f32);
        let row: Vec<(u32, f32)> = company.chunk_by(|a, b| a == b).map(count).collect();
        for (column, count) in &row {
            sums[*column as usize] += count;
        }
        counts.push(row);
        pace.spend(50 * company.len() as u64).await;
    }
    // Shares of the company, smoothed by the power 3/4.
    for it in &mut sums {
        *it = it.sqrt() * it.sqrt().sqrt();
    }
    let all: f32 = sums.iter().sum();
    let mut matrix = Sparse::new(sums.len());
    for row in counts {
        let n: f32 = row.iter().map(|it| it.1).sum();
        let information = row
            .into_iter()
            .map(|(column, count)| (column, ln(count * all / (n * sums[column as usize]))));
        matrix.push(information.filter(|it| 0.0 < it.1));
        pace.spend(1000).await;
    }
    matrix
}

/// The contexts at length 1, beside the words' runs of 3 to 5 characters at half of it, and beside
/// their vectors from elsewhere.
async fn with_spelling(
    contexts: &Sparse,
    entries: &[Entry],
    given: &Vectors,
    pace: &Pace,
) -> Sparse {
    let mut columns: FxHashMap<u32, u32> = FxHashMap::default();
    let mut rows: Vec<Vec<u32>> = Vec::new();
    let mut documents: Vec<f32> = Vec::new();
    for entry in entries {
        let characters: Vec<char> =
            ['^'].into_iter().chain(entry.spelling.chars()).chain(['$']).collect();
        let mut row: Vec<u32> = (3..=5)
            .flat_map(|n| characters.windows(n))
            .map(|it| {
                let next = columns.len() as u32;
                *columns.entry(Hash::new(0).with_all(it).finish()).or_insert(next)
            })
            .collect();
        row.sort_unstable();
        row.dedup();
        documents.resize(columns.len(), 0.0);
        for it in &row {
            documents[*it as usize] += 1.0;
        }
        rows.push(row);
        pace.spend(3000).await;
    }
    let mut spelling = Sparse::new(columns.len());
    for row in rows {
        let rarity = |it: u32| ln((1.0 + entries.len() as f32) / (1.0 + documents[it as usize]));
        spelling.push(row.into_iter().map(|it| (it, 1.0 + rarity(it))));
        pace.spend(1000).await;
    }
    let given = centred(entries, given);
    let n_contexts = contexts.n_columns as u32;
    let n_before = n_contexts + spelling.n_columns as u32;
    let mut both = Sparse::new(n_before as usize + given.n_columns);
    for at in 0..entries.len() {
        let spelled = spelling.unit_row(at, 0.5).map(|(it, value)| (it + n_contexts, value));
        let given = given.unit_row(at, GIVEN).map(|(it, value)| (it + n_before, value));
        both.push(contexts.unit_row(at, 1.0).chain(spelled).chain(given));
        pace.spend(1000).await;
    }
    both
}

/// Vectors from elsewhere without what all of them have in common. A word that has none has an
/// empty row.
fn centred(entries: &[Entry], given: &Vectors) -> Sparse {
    let mut mean = vec![0.0; given.width()];
    let mut n = 0.0f32;
    for row in entries.iter().filter_map(|it| given.get(it.key)) {
        mean.iter_mut().zip(row).for_each(|(it, value)| *it += value);
        n += 1.0;
    }
    for it in &mut mean {
        *it /= n.max(1.0);
    }
    let mut centred = Sparse::new(given.width());
    for entry in entries {
        let row = given.get(entry.key).unwrap_or_default();
        let values = row.iter().zip(&mean).map(|(it, mean)| it - mean);
        centred.push((0..).zip(values));
    }
    centred
}

#[cfg(test)]
mod tests {
    use random::Random;

    use super::*;
    use crate::work::finish;

    #[test]
    fn words_of_like_company_share_clusters() {
        let mut texts: Vec<Arc<str>> = Vec::new();
        for (at, drug) in ["aspirin", "warfarin", "heparin"].into_iter().enumerate() {
            for n in 0..20 {
                texts.push(format!("We gave {drug} to patient {at}{n} today").into());
                texts.push(format!("The dose of {drug} was low").into());
                texts.push(format!("A very {} day in town", ["cold", "warm", "hot"][at]).into());
            }
        }
        let words = finish(words(&texts, &Vectors::default(), &Pace::default()));
        let clusters = |word: &str| words.get(word, false).clusters;
        assert_eq!(clusters("aspirin")[2], clusters("Warfarin")[2]);
        assert_eq!(clusters("cold")[2], clusters("hot")[2]);
        assert_ne!(clusters("aspirin")[2], clusters("cold")[2]);
        assert_eq!(words.get("unheard", false), Known::default());
        assert_eq!(words.get("ASPIRIN", false).counts, [40, 0, 0, 40]);
        assert_eq!(words.get("aspirin", true).counts, [39, 0, 0, 39]);
    }

    #[test]
    fn words_that_come_once_are_known_by_vectors_from_elsewhere() {
        const N: usize = 400;
        // Nothing in the texts tells one half of the names from the other: letters are drawn.
        let mut random = Random::new(4, 0);
        let mut name =
            || -> String { (0..7).map(|_| char::from(b'a' + random.below(26) as u8)).collect() };
        let names: Vec<String> = (0..N).map(|_| name()).collect();
        let texts: Vec<Arc<str>> =
            names.iter().map(|it| format!("They spoke of {it} at length").into()).collect();
        let mut given = Vectors::new(3);
        for (at, name) in names.iter().enumerate() {
            let drift = (at % 5) as f32 / 10.0;
            given.insert(name, &[f32::from(at % 2 == 0), drift, f32::from(at % 2 == 1)]);
        }
        let words = finish(words(&texts, &given, &Pace::default()));
        // Of the second view, the clustering of the fewest groups.
        let mut halves = [[0_usize; 2]; SIZES[0]];
        for (at, name) in names.iter().enumerate() {
            let known = words.get(name, true);
            assert!(known.is_given && known.vector.is_some(), "{name}");
            halves[usize::from(known.clusters[SIZES.len()])][at % 2] += 1;
        }
        let alike: usize = halves.iter().map(|it| it[0].max(it[1])).sum();
        assert!(N * 95 / 100 <= alike, "{halves:?}");
        let without = finish(super::words(&texts, &Vectors::default(), &Pace::default()));
        assert_eq!(without.get(&names[0], false).vector, None);
    }
}
