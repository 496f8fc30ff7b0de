use corpus::DocId;
use random::Random;

/// Documents that go to the same part.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) docs: Vec<DocId>,
    /// How many spans of each label they hold.
    pub(super) spans: Vec<u32>,
}

/// Deals items to parts so that each part gets its share of every label's spans, and of the
/// documents: the algorithm of Sechidis, Tsoumakas and Vlahavas, "On the stratification of
/// multi-label data" (2011), with spans counted where they count documents.
///
/// The label that is left in the fewest items is dealt first. Each of its items, in random order,
/// goes to the part that misses most of that label, then to the one that misses most documents,
/// then by lot. Where most documents hold most labels, the first label decides nearly everything;
/// so items move or change places afterwards where that brings their parts nearer to their shares. No part of a share above 0 stays empty while another has two items.
pub(super) fn stratify(items: &[Item], shares: &[f64], random: &mut Random) -> Vec<Vec<DocId>> {
    let mut deal = Deal::new(items, shares);
    let mut open: Vec<usize> = (0..items.len()).collect();
    random.shuffle(&mut open);
    while let Some(label) = rarest(items, &open) {
        let (dealt, rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|it| holds(&items[*it], label));
        for item in dealt {
            deal.give(item, Some(label), random);
        }
        open = rest;
    }
    for item in open {
        deal.give(item, None, random);
    }
    deal.fill_empty();
    deal.exchange(random);
    let docs = |part: &Vec<usize>| part.iter().flat_map(|it| items[*it].docs.clone()).collect();
    deal.parts.iter().map(docs).collect()
}

fn holds(item: &Item, label: usize) -> bool {
    0 < item.spans[label]
}

/// The label that the fewest of these items hold, and at least one does.
fn rarest(items: &[Item], open: &[usize]) -> Option<usize> {
    let n_labels = items.first().map_or(0, |it| it.spans.len());
    let n_items = |label: usize| open.iter().filter(|it| holds(&items[**it], label)).count();
    let left = (0..n_labels).map(|label| (n_items(label), label));
    left.filter(|(n, _)| 0 < *n).min().map(|(_, label)| label)
}

struct Deal {
    /// The counts of each item: documents, then spans of each label.
    counts: Vec<Vec<f64>>,
    /// The counts of all items together.
    all: Vec<f64>,
    /// Shares of the whole, 0 to 1.
    shares: Vec<f64>,
    /// Items of each part, by position.
    parts: Vec<Vec<usize>>,
    /// The counts that each part still misses.
    missing: Vec<Vec<f64>>,
}

/// Where documents are counted; labels follow.
const DOCS: usize = 0;
/// How often an item is tried for another's place, on average.
const TRIES: usize = 30;

impl Deal {
    fn new(items: &[Item], shares: &[f64]) -> Self {
        let count = |it: &Item| {
            [it.docs.len() as f64]
                .into_iter()
                .chain(it.spans.iter().map(|it| f64::from(*it)))
                .collect()
        };
        let counts: Vec<Vec<f64>> = items.iter().map(count).collect();
        let width = counts.first().map_or(1, Vec::len);
        let all: Vec<f64> = (0..width).map(|at| counts.iter().map(|it| it[at]).sum()).collect();
        let whole: f64 = shares.iter().sum();
        let shares: Vec<f64> = shares.iter().map(|it| it / whole).collect();
        let missing = shares.iter().map(|share| all.iter().map(|it| it * share).collect());
        let missing = missing.collect();
        Self { counts, all, parts: vec![Vec::new(); shares.len()], shares, missing }
    }

    fn give(&mut self, item: usize, label: Option<usize>, random: &mut Random) {
        let need = |part: usize| {
            let missing = &self.missing[part];
            [label.map_or(0.0, |it| missing[it + 1]), missing[DOCS]]
        };
        let compare = |a: [f64; 2], b: [f64; 2]| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]));
        let taking: Vec<usize> =
            (0..self.parts.len()).filter(|it| 0.0 < self.shares[*it]).collect();
        let Some(most) = taking.iter().map(|it| need(*it)).max_by(|a, b| compare(*a, *b)) else {
            return;
        };
        let neediest: Vec<usize> =
            taking.into_iter().filter(|it| compare(need(*it), most).is_eq()).collect();
        self.put(item, neediest[random.below(neediest.len())]);
    }

    fn put(&mut self, item: usize, part: usize) {
        self.parts[part].push(item);
        for (missing, n) in self.missing[part].iter_mut().zip(&self.counts[item]) {
            *missing -= n;
        }
    }

    fn take(&mut self, part: usize, at: usize) -> usize {
        let item = self.parts[part].swap_remove(at);
        for (missing, n) in self.missing[part].iter_mut().zip(&self.counts[item]) {
            *missing += n;
        }
        item
    }

    /// Gives each part that wants documents and has none one item of the part with most items:
    /// the one with the fewest spans.
    fn fill_empty(&mut self) {
        for part in 0..self.parts.len() {
            if !self.parts[part].is_empty() || self.shares[part] <= 0.0 {
                continue;
            }
            let richest = (0..self.parts.len()).max_by_key(|it| self.parts[*it].len());
            let Some(richest) = richest.filter(|it| 1 < self.parts[*it].len()) else { return };
            let n_spans = |at: usize| self.counts[self.parts[richest][at]][1..].iter().sum::<f64>();
            let least = (0..self.parts[richest].len())
                .min_by(|a, b| n_spans(*a).total_cmp(&n_spans(*b)))
                .expect("it has two items");
            let item = self.take(richest, least);
            self.put(item, part);
        }
    }

    /// Lets random items move to another part, or change places with one of its items, where their
    /// parts come nearer to their shares.
    fn exchange(&mut self, random: &mut Random) {
        let filled: Vec<usize> =
            (0..self.parts.len()).filter(|it| !self.parts[*it].is_empty()).collect();
        if filled.len() < 2 {
            return;
        }
        for turn in 0..TRIES * self.counts.len() {
            let first = filled[random.below(filled.len())];
            let second = filled[random.below(filled.len())];
            let at = random.below(self.parts[first].len());
            let other = random.below(self.parts[second].len());
            if first == second {
                continue;
            }
            let before = self.distance(first) + self.distance(second);
            if turn % 2 == 0 && 1 < self.parts[first].len() {
                let item = self.take(first, at);
                self.put(item, second);
                if before <= self.distance(first) + self.distance(second) {
                    self.take(second, self.parts[second].len() - 1);
                    self.put(item, first);
                }
                continue;
            }
            self.swap((first, at), (second, other));
            if before <= self.distance(first) + self.distance(second) {
                self.swap((first, at), (second, other));
            }
        }
    }

    fn swap(&mut self, (first, at): (usize, usize), (second, other): (usize, usize)) {
        let (a, b) = (self.parts[first][at], self.parts[second][other]);
        for idx in 0..self.all.len() {
            let change = self.counts[a][idx] - self.counts[b][idx];
            self.missing[first][idx] += change;
            self.missing[second][idx] -= change;
        }
        self.parts[first][at] = b;
        self.parts[second][other] = a;
    }

    /// How far a part is from its share: squares of what it misses, as shares of the whole, and
    /// weightier the smaller its own share is.
    fn distance(&self, part: usize) -> f64 {
        let shares = self.missing[part].iter().zip(&self.all).filter(|it| 0.0 < *it.1);
        shares.map(|(missing, all)| (missing / all).powi(2)).sum::<f64>() / self.shares[part]
    }
}
