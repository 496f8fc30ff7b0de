use serde::{Deserialize, Serialize};

use crate::{Span, SpanError};

/// The stretches of a text that nobody has looked at. A mark in one of them is known to be right;
/// of everything else there it is not known whether it should be marked.
///
/// Offsets are bytes into the text, half-open, on code point borders. A set of stretches: whatever
/// was added in what order, they are sorted and do not touch each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u32, u32)>", into = "Vec<(u32, u32)>")]
pub struct Unread(Vec<(u32, u32)>);

impl Unread {
    /// Whether all of the text was looked at.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// First byte of each stretch and the byte behind its last, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().copied()
    }

    /// Whether one of the bytes `start..end` was not looked at.
    pub fn touches(&self, start: u32, end: u32) -> bool {
        self.0.iter().any(|it| it.0 < end && start < it.1)
    }

    /// Whether none of the bytes `start..end` was looked at.
    pub fn covers(&self, start: u32, end: u32) -> bool {
        self.0.iter().any(|it| it.0 <= start && end <= it.1)
    }

    /// Nobody has looked at the bytes `start..end`. An empty stretch changes nothing.
    pub fn add(&mut self, start: u32, end: u32) {
        if end <= start {
            return;
        }
        self.0.push((start, end));
        self.0.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(self.0.len());
        for it in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if it.0 <= last.1 => last.1 = last.1.max(it.1),
                _ => joined.push(it),
            }
        }
        self.0 = joined;
    }

    /// Somebody has looked at the bytes `start..end` after all.
    pub fn remove(&mut self, start: u32, end: u32) {
        if end <= start {
            return;
        }
        let rest = |it: (u32, u32)| [(it.0, it.1.min(start)), (it.0.max(end), it.1)];
        let rests = self.0.drain(..).flat_map(rest).filter(|it| it.0 < it.1);
        self.0 = rests.collect();
    }

    /// Whether the stretches lie in `text` and cut no character.
    pub fn check(&self, text: &str) -> Result<(), SpanError> {
        let len = text.len() as u32;
        for (start, end) in self.iter() {
            if len < end {
                return Err(SpanError::OutOfRange { start, end, len });
            }
            if let Some(at) =
                [start, end].into_iter().find(|it| !text.is_char_boundary(*it as usize))
            {
                return Err(SpanError::SplitsCharacter { start, end, at });
            }
        }
        Ok(())
    }

    /// Whether it is known if a span that a model found is right: what touches an unread stretch and
    /// no mark could be right without anybody having said so.
    pub fn judges(&self, marks: &[Span], found: &Span) -> bool {
        !self.touches(found.start(), found.end()) || marks.iter().any(|it| it.overlaps(found))
    }

    /// Of spans that a model found, those that it [judges](Self::judges).
    pub fn judged(&self, marks: &[Span], mut found: Vec<Span>) -> Vec<Span> {
        found.retain(|it| self.judges(marks, it));
        found
    }
}

impl From<Vec<(u32, u32)>> for Unread {
    fn from(stretches: Vec<(u32, u32)>) -> Self {
        let mut unread = Self::default();
        for (start, end) in stretches {
            unread.add(start, end);
        }
        unread
    }
}

impl From<Unread> for Vec<(u32, u32)> {
    fn from(unread: Unread) -> Self {
        unread.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Label;

    #[test]
    fn stretches_join_and_fall_apart() {
        let mut unread = Unread::from(vec![(8, 12), (0, 3), (3, 5), (7, 7)]);
        assert_eq!(Vec::from(unread.clone()), [(0, 5), (8, 12)]);
        unread.remove(2, 9);
        assert_eq!(Vec::from(unread.clone()), [(0, 2), (9, 12)]);
        assert!(unread.touches(1, 4) && !unread.touches(2, 9) && unread.covers(9, 12));
        assert!(!unread.covers(1, 3));
        assert!(unread.check("é2345678aé").is_ok());
        assert!(unread.check("ab23456789é").is_ok());
        assert!(unread.check("1é3456789aaa").is_err());
        assert!(unread.check("short").is_err());
    }

    #[test]
    fn what_is_found_where_nobody_looked_is_not_judged() {
        let span = |start, end| Span::new(start, end, Label::new("A").unwrap()).unwrap();
        let unread = Unread::from(vec![(10, 20)]);
        let found = vec![span(0, 2), span(8, 12), span(13, 15), span(18, 20)];
        let judged = unread.judged(&[span(14, 15)], found);
        assert_eq!(judged, [span(0, 2), span(13, 15)]);
    }

    proptest! {
        #[test]
        fn it_is_a_set_of_bytes(steps in proptest::collection::vec((any::<bool>(), 0u32..40, 0u32..12), 0..20)) {
            let mut unread = Unread::default();
            let mut bytes = [false; 64];
            for (is_added, start, len) in steps {
                let end = start + len;
                if is_added { unread.add(start, end) } else { unread.remove(start, end) }
                (start..end).for_each(|it| bytes[it as usize] = is_added);
            }
            for at in 0..63 {
                prop_assert_eq!(unread.touches(at, at + 1), bytes[at as usize]);
            }
            let stretches: Vec<_> = unread.iter().collect();
            prop_assert!(stretches.iter().all(|it| it.0 < it.1));
            prop_assert!(stretches.windows(2).all(|it| it[0].1 < it[1].0));
        }
    }
}
