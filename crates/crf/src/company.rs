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
use crate::words::{CLUSTERINGS, Known, Words, key};

/// Directions of a view of the words.
pub(crate) const DIRECTIONS: usize = 64;

/// Numbers of a word's vector: a view by contexts, and one by contexts and spelling.
pub(crate) const VECTOR: usize = 2 * DIRECTIONS;

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

/// What the raw texts say about their words. Each text must come once.
pub(crate) async fn words(texts: &[Arc<str>], pace: &Pace) -> Words {
    pace.report(Stage::Words, 0.0);
    let mut words = Words::default();
    let (entries, sequences) = read(texts, &mut words, pace).await;
    if entries.is_empty() {
        return words;
    }
    let contexts = contexts(entries.len(), &sequences, pace).await;
    let both = with_spelling(&contexts, &entries, pace).await;
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
    }
    let rows = views[0].chunks_exact(DIRECTIONS).zip(views[1].chunks_exact(DIRECTIONS));
    words.vectors = rows.flat_map(|(a, b)| a.iter().chain(b)).map(|it| LENGTH * it).collect();
    // As they will be stored, so that nothing changes then.
    words.vectors.chunks_exact_mut(DIRECTIONS).for_each(coarsen);
    pace.spend(4 * words.vectors.len() as u64).await;
    words
}

/// Counts words. Gives those that come twice or more, most frequent first, and the texts as
/// numbers of words; a word that comes once is `u32::MAX`.
async fn read(texts: &[Arc<str>], words: &mut Words, pace: &Pace) -> (Vec<Entry>, Vec<Vec<u32>>) {
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
    order.retain(|it| 2 <= entries[*it as usize].count);
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
/// behind, and those one further. Positive pointwise mutual information, `[words, company]`.
async fn contexts(n_words: usize, sequences: &[Vec<u32>], pace: &Pace) -> Sparse {
    // The last column of each block is the edge of the text.
    const BLOCK: u32 = COMPANY + 1;
    let column = |sequence: &[u32], at: usize, place: isize| -> Option<u32> {
        match at.checked_add_signed(place).and_then(|it| sequence.get(it)) {
            None => Some(COMPANY),
            Some(word) => (*word < COMPANY).then_some(*word),
        }
    };
    let mut company: Vec<Vec<u32>> = vec![Vec::new(); n_words];
    for sequence in sequences {
        for (at, word) in sequence.iter().enumerate() {
            let Some(company) = company.get_mut(*word as usize) else { continue };
            for (block, place) in [(0, -1), (1, 1), (2, -2), (2, 2)] {
                company.extend(column(sequence, at, place).map(|it| block * BLOCK + it));
            }
        }
        pace.spend(60 * sequence.len() as u64).await;
    }
    // Neighbours count 1, those one further a half.
    let weight = |column: u32| if column < 2 * BLOCK { 1.0 } else { 0.5 };
    let mut sums = vec![0.0f32; 3 * BLOCK as usize];
    let mut counts = Vec::with_capacity(n_words);
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

/// The contexts at length 1, beside the words' runs of 3 to 5 characters at half of it.
async fn with_spelling(contexts: &Sparse, entries: &[Entry], pace: &Pace) -> Sparse {
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
    let n_contexts = contexts.n_columns as u32;
    let mut both = Sparse::new(contexts.n_columns + spelling.n_columns);
    for at in 0..entries.len() {
        let spelled = spelling.unit_row(at, 0.5).map(|(it, value)| (it + n_contexts, value));
        both.push(contexts.unit_row(at, 1.0).chain(spelled));
        pace.spend(1000).await;
    }
    both
}

#[cfg(test)]
mod tests {
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
        let words = finish(words(&texts, &Pace::default()));
        let clusters = |word: &str| words.get(word, false).clusters;
        assert_eq!(clusters("aspirin")[2], clusters("Warfarin")[2]);
        assert_eq!(clusters("cold")[2], clusters("hot")[2]);
        assert_ne!(clusters("aspirin")[2], clusters("cold")[2]);
        assert_eq!(words.get("unheard", false), Known::default());
        assert_eq!(words.get("ASPIRIN", false).counts, [40, 0, 0, 40]);
        assert_eq!(words.get("aspirin", true).counts, [39, 0, 0, 39]);
    }
}
