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
/// then by lot. No part of a share above 0 stays empty while another has two items.
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

struct Deal<'i> {
    items: &'i [Item],
    shares: &'i [f64],
    /// Items of each part, by position.
    parts: Vec<Vec<usize>>,
    /// Spans of each label that each part still misses.
    spans_missing: Vec<Vec<f64>>,
    /// Documents that each part still misses.
    docs_missing: Vec<f64>,
}

impl<'i> Deal<'i> {
    fn new(items: &'i [Item], shares: &'i [f64]) -> Self {
        let whole: f64 = shares.iter().sum();
        let n_labels = items.first().map_or(0, |it| it.spans.len());
        let n_spans = |label: usize| items.iter().map(|it| f64::from(it.spans[label])).sum::<f64>();
        let n_docs = items.iter().map(|it| it.docs.len()).sum::<usize>() as f64;
        let spans_of = |share: &f64| (0..n_labels).map(|it| n_spans(it) * share / whole).collect();
        Self {
            items,
            shares,
            parts: vec![Vec::new(); shares.len()],
            spans_missing: shares.iter().map(spans_of).collect(),
            docs_missing: shares.iter().map(|share| n_docs * share / whole).collect(),
        }
    }

    fn give(&mut self, item: usize, label: Option<usize>, random: &mut Random) {
        let need = |part: usize| {
            let spans = label.map_or(0.0, |it| self.spans_missing[part][it]);
            (spans, self.docs_missing[part])
        };
        let taking: Vec<usize> =
            (0..self.parts.len()).filter(|it| 0.0 < self.shares[*it]).collect();
        let compare = |a: (f64, f64), b: (f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        let Some(most) = taking.iter().map(|it| need(*it)).max_by(|a, b| compare(*a, *b)) else {
            return;
        };
        let neediest: Vec<usize> =
            taking.into_iter().filter(|it| compare(need(*it), most).is_eq()).collect();
        self.put(item, neediest[random.below(neediest.len())]);
    }

    fn put(&mut self, item: usize, part: usize) {
        self.parts[part].push(item);
        self.docs_missing[part] -= self.items[item].docs.len() as f64;
        for (missing, n) in self.spans_missing[part].iter_mut().zip(&self.items[item].spans) {
            *missing -= f64::from(*n);
        }
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
            let n_spans = |item: usize| self.items[item].spans.iter().sum::<u32>();
            let least = (0..self.parts[richest].len())
                .min_by_key(|it| n_spans(self.parts[richest][*it]))
                .expect("it has two items");
            let item = self.parts[richest].remove(least);
            self.put(item, part);
        }
    }
}
