//! What offsets count in files that quote no words.

use crate::count::{Count, Scale};
use crate::warning::{Reason, Severity};

/// How many marks must speak against what is usual.
const ENOUGH: u32 = 5;

/// How many marks begin and end where words do, under each way of counting.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// The ways of counting, the most usual first.
    usual: &'static [Count],
    n_good: Vec<u32>,
    /// Marks whose place depends on it.
    n: u32,
}

impl Evidence {
    pub(crate) fn new(usual: &'static [Count]) -> Self {
        Self { usual, n_good: vec![0; usual.len()], n: 0 }
    }

    /// Looks at the marks of a text. Says whether it matters there what they count.
    pub(crate) fn add(&mut self, text: &str, places: &[(i64, i64)]) -> bool {
        if text.is_ascii() && !text.contains('\r') {
            return false;
        }
        let scales: Vec<Scale<'_>> = self.usual.iter().map(|it| Scale::new(text, *it)).collect();
        let mut matters = false;
        for place in places {
            let found: Vec<Option<(u32, u32)>> =
                scales.iter().map(|it| it.to_byte(place.0).zip(it.to_byte(place.1))).collect();
            if found.windows(2).all(|it| it[0] == it[1]) {
                continue;
            }
            matters = true;
            self.n += 1;
            for (n, found) in self.n_good.iter_mut().zip(&found) {
                *n += u32::from(found.is_some_and(|it| is_good(text, it)));
            }
        }
        matters
    }

    /// What the offsets count: what is usual, unless nearly all marks speak for another way and
    /// nearly none for that.
    pub(crate) fn count(&self) -> Count {
        let is_most = |n: u32| self.n * 9 <= n * 10;
        let speaks = |at: &usize| is_most(self.n_good[*at]);
        let against = ENOUGH <= self.n && self.n_good[0] * 10 <= self.n;
        match (1..self.usual.len()).find(speaks).filter(|_| against) {
            Some(at) => self.usual[at],
            None => self.usual[0],
        }
    }

    /// What a person should know of it.
    pub(crate) fn reason(&self) -> Reason {
        let (count, usual) = (self.count(), self.usual[0]);
        match count == usual {
            true => Reason::own(
                Severity::Kept,
                "does not say what its offsets count",
                format!("They are taken as {count}. Look at the marks."),
            ),
            false => Reason::own(
                Severity::Changed,
                format!("has offsets that count {count}"),
                format!("Only so do its marks begin and end with words. Usual are {usual}."),
            ),
        }
    }
}

/// Whether a stretch shows at both ends and cuts no word.
fn is_good(text: &str, (start, end): (u32, u32)) -> bool {
    let (start, end) = (start as usize, end as usize);
    let Some(words) = text.get(start..end) else { return false };
    let cuts = |at: usize| {
        let before = text[..at].chars().next_back();
        let behind = text[at..].chars().next();
        let is_part = |c: char| c.is_alphanumeric() || is_joiner(c);
        before.zip(behind).is_some_and(|it| {
            is_joiner(it.1)
                || is_joiner(it.0) && !it.1.is_whitespace()
                || is_part(it.0) && is_part(it.1)
        })
    };
    !words.is_empty() && words.trim() == words && !cuts(start) && !cuts(end)
}

/// Combining marks, joiners and variation selectors: no mark begins with one.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: [Count; 3] = [Count::Utf16, Count::Graphemes, Count::CodePoints];

    #[track_caller]
    fn check(text: &str, place: (i64, i64), n: usize, expected: Count, matters: bool) {
        let mut evidence = Evidence::new(&USUAL);
        let found = (0..n).all(|_| evidence.add(text, &[place]));
        assert_eq!((evidence.count(), found), (expected, matters), "{text}");
    }

    #[test]
    fn marks_that_cut_words_tell_what_offsets_count() {
        check("Zn in HeLa cells", (6, 10), 9, Count::Utf16, false);
        check("🧪 in HeLa cells", (6, 10), 9, Count::Utf16, true);
        check("🧪 in HeLa cells", (5, 9), 9, Count::Graphemes, true);
        check("🧪 in HeLa cells", (5, 9), 4, Count::Utf16, true);
        check("e\u{301}e\u{301} in HeLa cells", (8, 12), 9, Count::Utf16, true);
        check("e\u{301}e\u{301} in HeLa cells", (6, 10), 9, Count::Graphemes, true);
        check("👩‍🔬 in HeLa cells", (7, 11), 9, Count::CodePoints, true);
        check("🧪 a b c", (3, 4), 9, Count::Utf16, true);
    }
}
