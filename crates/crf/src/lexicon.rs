//! Words as features: what is the same wherever a word stands is worked out once.

use rustc_hash::FxHashMap;

use crate::hash::Hash;
use crate::shape::{Case, case, shape};
use crate::words::{Known, NO_CLUSTER, Words, buckets};

/// Longest prefix and suffix, in letters.
const AFFIX: usize = 6;

/// The kinds of features of a word by itself.
#[derive(Clone, Copy)]
enum Kind {
    Bias = 1,
    Word,
    Digitless,
    Shape,
    Collapsed,
    Case,
    Length,
    Prefix,
    Suffix,
    Gram,
    CaseShare,
    CaseShares,
    New,
}

/// A word as both members read it.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Rows of the features that it has anywhere, those of its looks first.
    pub(crate) rows: Vec<u32>,
    /// How many rows say how it looks, whatever its letters.
    n_looks: usize,
    /// Hashes of the word in lower case, of its shape, of that without runs, cut to three signs,
    /// and of its last three letters.
    pub(crate) lower: u32,
    pub(crate) shape: u32,
    pub(crate) outline: u32,
    pub(crate) suffix: u32,
    /// Hash of its first three letters.
    pub(crate) prefix: u32,
    /// Hashes of its runs of three and four characters.
    pub(crate) grams: Vec<u32>,
    pub(crate) case: Case,
    /// What the raw text says of it.
    pub(crate) known: Known,
}

impl Word {
    /// Rows of its looks: case, shape and length.
    pub(crate) fn looks(&self) -> &[u32] {
        &self.rows[..self.n_looks]
    }
}

/// All words met so far.
#[derive(Default)]
pub(crate) struct Lexicon {
    pub(crate) words: Vec<Word>,
    /// By whether its own occurrence is left out, and spelling.
    index: [FxHashMap<Box<str>, u32>; 2],
}

impl Lexicon {
    /// The number of a word. `own` is said in [`Words::get`]; `row` gives a feature's row, if it
    /// has one.
    pub(crate) fn number(
        &mut self,
        word: &str,
        own: bool,
        words: &Words,
        row: &mut impl FnMut(u32) -> Option<u32>,
    ) -> u32 {
        if let Some(number) = self.index[usize::from(own)].get(word) {
            return *number;
        }
        let number = self.words.len() as u32;
        self.words.push(read(word, words.get(word, own), row));
        self.index[usize::from(own)].insert(word.into(), number);
        number
    }
}

fn read(word: &str, known: Known, row: &mut impl FnMut(u32) -> Option<u32>) -> Word {
    let characters: Vec<char> = word.chars().collect();
    let lower: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let digitless: Vec<char> =
        lower.iter().map(|it| if it.is_numeric() { '0' } else { *it }).collect();
    let case = case(&characters);
    let (long, short) = (shape(&characters, 3), shape(&characters, 1));
    let bounded = [&['^'], lower.as_slice(), &['$']].concat();

    let hash = |kind: Kind| Hash::new(kind as u32);
    let looks = [
        hash(Kind::Bias),
        hash(Kind::Shape).with_all(&long),
        hash(Kind::Collapsed).with_all(&short),
        hash(Kind::Case).with(case as u32),
        hash(Kind::Length).with(characters.len().min(10) as u32),
    ];
    let mut keys = Vec::with_capacity(64);
    keys.push(hash(Kind::Word).with_all(&lower));
    if digitless != lower {
        keys.push(hash(Kind::Digitless).with_all(&digitless));
    }
    for n in 1..=AFFIX.min(lower.len()) {
        keys.push(hash(Kind::Prefix).with_all(&lower[..n]));
        keys.push(hash(Kind::Suffix).with_all(&lower[lower.len() - n..]));
    }
    for n in 2..=4 {
        keys.extend(bounded.windows(n).map(|it| hash(Kind::Gram).with_all(it)));
    }
    keys.extend(case_shares(known, &long, &short));

    let mut rows: Vec<u32> = looks.into_iter().filter_map(|it| row(it.finish())).collect();
    let n_looks = rows.len();
    let mut letters: Vec<u32> = keys.into_iter().filter_map(|it| row(it.finish())).collect();
    letters.sort_unstable();
    letters.dedup();
    rows.extend(letters);
    let tail = &lower[lower.len().saturating_sub(3)..];
    let head = &lower[..lower.len().min(3)];
    let of = |kind: Kind, characters: &[char]| hash(kind).with_all(characters).finish();
    Word {
        rows,
        n_looks,
        lower: of(Kind::Word, &lower),
        shape: of(Kind::Shape, &long),
        outline: of(Kind::Collapsed, &short[..short.len().min(3)]),
        suffix: of(Kind::Suffix, tail),
        prefix: of(Kind::Prefix, head),
        grams: [3, 4]
            .into_iter()
            .flat_map(|n| bounded.windows(n).map(|it| of(Kind::Gram, it)))
            .collect(),
        case,
        known,
    }
}

/// In which cases the word comes elsewhere in the raw text.
fn case_shares(known: Known, long: &[char], short: &[char]) -> Vec<Hash> {
    if known.counts[3] == 0 {
        return vec![Hash::new(Kind::New as u32), Hash::new(Kind::New as u32).with_all(long)];
    }
    let buckets = buckets(known.counts);
    let mut keys: Vec<Hash> = buckets
        .iter()
        .enumerate()
        .map(|(at, it)| Hash::new(Kind::CaseShare as u32).with(at as u32).with(*it))
        .collect();
    let all = buckets.iter().fold(Hash::new(Kind::CaseShares as u32), |hash, it| hash.with(*it));
    keys.push(all.with_all(&short[..short.len().min(2)]));
    keys
}

/// The clusters that a word has, with their kinds.
pub(crate) fn clusters(word: &Word) -> impl Iterator<Item = (u32, u32)> {
    let clusters = word.known.clusters.into_iter().enumerate();
    clusters.filter(|it| it.1 != NO_CLUSTER).map(|(kind, it)| (kind as u32, u32::from(it)))
}
