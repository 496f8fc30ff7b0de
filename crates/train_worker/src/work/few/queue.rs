use std::collections::BTreeSet;

use project::DocNumber;
use protocol::{Queued, Why};
use random::Random;

/// A text that is to do.
pub(super) struct ToDo {
    pub(super) doc: DocNumber,
    /// Whether it is learned from once it is accepted. Of the others nobody may ask for the ones
    /// that the model finds hard: they say how good it is on texts as they come.
    pub(super) is_learned: bool,
    /// How many decisions about it are expected to be wrong, and its tokens; none while it was not
    /// read.
    pub(super) doubt: Option<(f32, usize)>,
}

/// Of so many texts to learn from one is drawn at random, so that what the model is wrongly sure of
/// comes up, too.
const ONE_RANDOM_IN: usize = 5;

/// What reading a text costs beside its own length, in tokens.
const FIXED_COST: f32 = 30.0;

/// The order in which texts are worth being marked: those that tell the model most for what there is
/// to read come first, with random ones between them.
pub(super) fn queue(all: &[ToDo], seed: u64) -> Vec<Queued> {
    let mut random = Random::new(seed, 5);
    let worth = |it: &ToDo| it.doubt.map_or(0.0, |(doubt, n)| doubt / (n as f32 + FIXED_COST));
    let of_side = |is_learned: bool| all.iter().filter(move |it| it.is_learned == is_learned);
    let mut unsure: Vec<&ToDo> = of_side(true).filter(|it| it.doubt.is_some()).collect();
    unsure.sort_by(|a, b| worth(a).total_cmp(&worth(b)).then_with(|| b.doc.cmp(&a.doc)));
    let mut drawn: Vec<&ToDo> = of_side(true).collect();
    let mut judged: Vec<&ToDo> = of_side(false).collect();
    random.shuffle(&mut drawn);
    random.shuffle(&mut judged);
    let mut queued = BTreeSet::new();
    let mut order = Vec::with_capacity(all.len());
    let mut n_judged = judged.len();
    while order.len() < all.len() {
        let left = all.len() - order.len();
        let is_judged = random.below(left) < n_judged;
        let is_random = random.below(ONE_RANDOM_IN) == 0;
        let from = match (is_judged, is_random) {
            (true, _) => &mut judged,
            (false, true) => &mut drawn,
            (false, false) => &mut unsure,
        };
        let next = std::iter::from_fn(|| from.pop()).find(|it| !queued.contains(&it.doc));
        // When one list is used up the next draws go to the others.
        let Some(next) = next else { continue };
        queued.insert(next.doc);
        if is_judged {
            n_judged -= 1;
        }
        let why = match next.doubt.filter(|_| !is_judged && !is_random) {
            Some((spans, _)) => Why::Unsure { spans },
            None => Why::Drawn,
        };
        order.push(Queued { doc: next.doc, why });
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_do(n: u32) -> Vec<ToDo> {
        let one = |at: u32| ToDo {
            doc: DocNumber(at),
            is_learned: at % 10 < 7,
            doubt: (!at.is_multiple_of(3)).then_some((at as f32, 70)),
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn the_unsure_come_first_and_texts_to_judge_by_come_as_they_are() {
        let all = to_do(200);
        let found = queue(&all, 1);
        let mut docs: Vec<u32> = found.iter().map(|it| it.doc.0).collect();
        let unsure = found.iter().filter(|it| matches!(it.why, Why::Unsure { .. }));
        let doubts: Vec<u32> = unsure.clone().map(|it| it.doc.0).collect();
        assert!(doubts.is_sorted_by(|a, b| b < a), "{doubts:?}");
        assert!(unsure.clone().all(|it| it.doc.0 % 10 < 7), "never by what it is to judge");
        assert!(60 < doubts.len());
        // Of the first half, about as many are to judge by as of all.
        let judged = docs[..100].iter().filter(|it| **it % 10 >= 7).count();
        assert!((15..=45).contains(&judged), "{judged}");
        docs.sort_unstable();
        assert_eq!(docs, (0..200).collect::<Vec<_>>(), "each comes once");
        assert_eq!(queue(&all, 1), queue(&all, 1));
        assert_ne!(queue(&all, 1), queue(&all, 2));
        assert_eq!(queue(&[], 1), []);
    }
}
