use std::cmp::Reverse;

use crate::Place;

/// The places that give way to another, each with the one that stays, by number.
///
/// A flat model gives each token to one entity. Of two that overlap the longer stays, of equal
/// ones the first, as in `spacy.util.filter_spans` and in our own training.
pub(crate) fn losers(places: &[Place]) -> Vec<(usize, usize)> {
    let mut by_length: Vec<usize> = (0..places.len()).collect();
    by_length.sort_by_key(|it| (Reverse(places[*it].end - places[*it].start), places[*it].start));
    let mut kept: Vec<usize> = Vec::new();
    let mut lost = Vec::new();
    for idx in by_length {
        // The kept ones do not overlap, so they are in the order of their starts and their ends.
        let at = kept.partition_point(|it| places[*it].end <= places[idx].start);
        match kept.get(at) {
            Some(it) if places[*it].overlaps(places[idx]) => lost.push((idx, *it)),
            _ => kept.insert(at, idx),
        }
    }
    lost.sort_unstable();
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(places: &[(u32, u32)], expected: &[(usize, usize)]) {
        let places: Vec<Place> = places.iter().map(|&(start, end)| Place { start, end }).collect();
        assert_eq!(losers(&places), expected);
    }

    #[test]
    fn the_longer_stays() {
        check(&[(0, 3), (3, 5)], &[]);
        check(&[(0, 3), (1, 2), (2, 9)], &[(0, 2)]);
        check(&[(0, 3), (0, 3)], &[(1, 0)]);
        check(&[(8, 9), (0, 4), (3, 7), (6, 8)], &[(2, 1)]);
    }
}
