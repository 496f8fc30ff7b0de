//! The order of a set in Python.
//!
//! spaCy's `EntityRuler` puts its matches into a set and sorts that by length and place, so that of
//! two rules that match the same tokens the one wins that comes first in the set. Tuples of whole
//! numbers hash alike in every run, so the order is always the same: `Objects/setobject.c` and
//! `tuplehash` in `Objects/tupleobject.c`, as they are since Python 3.8.

/// How many places in a row are tried before the next jump.
const LINEAR_PROBES: usize = 9;

/// The order in which Python goes through a set of different tuples that were added in this order:
/// their numbers.
pub(crate) fn order(tuples: &[[u64; 3]]) -> Vec<usize> {
    let hashes: Vec<u64> = tuples.iter().map(|it| hash(*it)).collect();
    let mut table: Vec<Option<usize>> = vec![None; 8];
    for number in 0..tuples.len() {
        let at = free(&table, hashes[number]);
        table[at] = Some(number);
        let n_used = number + 1;
        if (table.len() - 1) * 3 <= n_used * 5 {
            let wanted = if 50_000 < n_used { n_used * 2 } else { n_used * 4 };
            let mut size = 8;
            while size <= wanted {
                size *= 2;
            }
            let mut larger = vec![None; size];
            for number in table.into_iter().flatten() {
                let at = free(&larger, hashes[number]);
                larger[at] = Some(number);
            }
            table = larger;
        }
    }
    table.into_iter().flatten().collect()
}

/// Where something of this hash goes.
fn free(table: &[Option<usize>], hash: u64) -> usize {
    let mask = table.len() - 1;
    let (mut perturb, mut at) = (hash, hash as usize & mask);
    loop {
        let n_more = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
        if let Some(free) = (at..=at + n_more).find(|it| table[*it].is_none()) {
            return free;
        }
        perturb >>= 5;
        at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
    }
}

/// The hash of a tuple of whole numbers.
fn hash(tuple: [u64; 3]) -> u64 {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    /// Numbers are taken modulo this.
    const MODULUS: u64 = (1 << 61) - 1;
    let mut sum = PRIME_5;
    for number in tuple {
        sum = sum.wrapping_add((number % MODULUS).wrapping_mul(PRIME_2));
        sum = sum.rotate_left(31).wrapping_mul(PRIME_1);
    }
    sum = sum.wrapping_add(tuple.len() as u64 ^ (PRIME_5 ^ 0x0035_d373));
    if sum == u64::MAX { 1_546_275_796 } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python 3.11 says of sets of `((17 * n * n + 3) * 11400714819323198485 % 2**64, n % 7,
    /// n % 7 + 1)` for `n` below a number.
    #[test]
    fn sets_are_gone_through_as_in_python() {
        let order = |n: u64| {
            let tuple = |n: u64| {
                let id = (17 * n * n + 3).wrapping_mul(11_400_714_819_323_198_485);
                [id, n % 7, n % 7 + 1]
            };
            order(&(0..n).map(tuple).collect::<Vec<_>>())
        };
        assert_eq!(order(2), [1, 0]);
        assert_eq!(order(5), [2, 1, 3, 4, 0]);
        assert_eq!(order(9), [5, 7, 2, 1, 3, 6, 4, 0, 8]);
        assert_eq!(
            order(30),
            [
                9, 29, 13, 19, 27, 7, 18, 1, 25, 6, 22, 0, 16, 10, 20, 11, 28, 14, 26, 4, 23, 17,
                12, 5, 21, 2, 15, 3, 8, 24
            ]
        );
        // A large one, as the sum of its numbers times their places.
        let sum: usize = order(3000).iter().enumerate().map(|(at, it)| at * it).sum();
        assert_eq!(sum, 6_854_248_823);
    }
}
