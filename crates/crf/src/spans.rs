//! Probable spans: averaged over members, and chosen so that they do not overlap.

use crate::tags::TokenSpan;

/// A span and how probable it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) span: TokenSpan,
    pub(crate) probability: f32,
}

/// Takes the most probable spans first, leaves out those that overlap one taken, and orders them.
pub(crate) fn choose(mut candidates: Vec<Candidate>, threshold: f32) -> Vec<Candidate> {
    candidates.retain(|it| threshold <= it.probability);
    candidates
        .sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.span.cmp(&b.span)));
    let mut chosen: Vec<Candidate> = Vec::new();
    for it in candidates {
        let apart =
            |other: &Candidate| it.span.last < other.span.first || other.span.last < it.span.first;
        if chosen.iter().all(apart) {
            chosen.push(it);
        }
    }
    chosen.sort_by_key(|it| it.span);
    chosen
}

/// Averages what several members list, each with its weight. Weights sum to 1.
pub(crate) fn average(lists: &[(f32, Vec<Candidate>)]) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = lists
        .iter()
        .flat_map(|(weight, list)| {
            list.iter().map(move |it| Candidate { probability: weight * it.probability, ..*it })
        })
        .collect();
    all.sort_by_key(|it| it.span);
    all.dedup_by(|it, kept| {
        let same = it.span == kept.span;
        if same {
            kept.probability += it.probability;
        }
        same
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(first: u32, last: u32, probability: f32) -> Candidate {
        Candidate { span: TokenSpan { first, last, label: 0 }, probability }
    }

    #[test]
    fn the_most_probable_come_first_and_the_rest_gives_way() {
        let all = vec![
            candidate(0, 1, 0.5),
            candidate(1, 2, 0.6),
            candidate(2, 2, 0.55),
            candidate(3, 3, 0.3),
            candidate(5, 5, 0.1),
        ];
        assert_eq!(choose(all, 0.2), [candidate(1, 2, 0.6), candidate(3, 3, 0.3)]);
    }

    #[test]
    fn a_span_that_one_member_lacks_is_less_probable() {
        let lists = [
            (0.5, vec![candidate(0, 0, 0.8), candidate(2, 2, 0.4)]),
            (0.5, vec![candidate(0, 0, 0.4)]),
        ];
        let found: Vec<f32> = average(&lists).iter().map(|it| it.probability).collect();
        assert!((found[0] - 0.6).abs() < 1e-6 && (found[1] - 0.2).abs() < 1e-6, "{found:?}");
    }
}
