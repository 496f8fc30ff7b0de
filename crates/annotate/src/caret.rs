use unicode_segmentation::UnicodeSegmentation;

/// Where a caret may stand in a text, in bytes: at the borders of its words and of its letters.
///
/// Words are the tokens of a base where they are known, else Unicode words. Letters are grapheme
/// clusters, so an emoji or a combined accent is never split.
#[derive(Clone, Debug, Default)]
pub struct Boundaries {
    /// Words as `start..end`, sorted, not touching blanks.
    words: Vec<(u32, u32)>,
}

impl Boundaries {
    /// Borders of the given tokens. Those of nothing but blanks are left out.
    pub fn of_tokens(text: &str, tokens: &[(u32, u32)]) -> Self {
        let shows = |&(start, end): &(u32, u32)| {
            text.get(start as usize..end as usize).is_some_and(|it| !it.trim().is_empty())
        };
        Self { words: tokens.iter().copied().filter(shows).collect() }
    }

    /// Borders of Unicode words (UAX #29), until the tokens are there.
    pub fn of_unicode_words(text: &str) -> Self {
        let words = text
            .split_word_bound_indices()
            .filter(|(_, word)| !word.trim().is_empty())
            .map(|(at, word)| (at as u32, (at + word.len()) as u32))
            .collect();
        Self { words }
    }

    /// The words as `start..end` in bytes.
    pub fn words(&self) -> &[(u32, u32)] {
        &self.words
    }

    /// How many words touch the bytes `start..end`.
    pub fn count(&self, start: u32, end: u32) -> usize {
        let from = self.words.partition_point(|word| word.1 <= start);
        self.words[from..].iter().take_while(|word| word.0 < end).count()
    }

    /// The word that the byte `at` lies in.
    pub fn word_at(&self, at: u32) -> Option<(u32, u32)> {
        let idx = self.words.partition_point(|word| word.1 <= at);
        self.words.get(idx).copied().filter(|word| word.0 <= at)
    }

    /// The next start or end of a word behind `at`, or the end of the text.
    pub fn next_word_border(&self, text: &str, at: u32) -> u32 {
        let idx = self.words.partition_point(|word| word.1 <= at);
        match self.words.get(idx) {
            Some(&(start, _)) if at < start => start,
            Some(&(_, end)) => end,
            None => text.len() as u32,
        }
    }

    /// The start or end of a word before `at`, or the start of the text.
    pub fn previous_word_border(&self, at: u32) -> u32 {
        let idx = self.words.partition_point(|word| word.0 < at);
        match idx.checked_sub(1).map(|idx| self.words[idx]) {
            Some((_, end)) if end < at => end,
            Some((start, _)) => start,
            None => 0,
        }
    }

    /// The end of the first word that ends behind `at`.
    pub fn next_word_end(&self, at: u32) -> Option<u32> {
        let idx = self.words.partition_point(|word| word.1 <= at);
        self.words.get(idx).map(|word| word.1)
    }

    /// The end of the last word that ends before `at`.
    pub fn previous_word_end(&self, at: u32) -> Option<u32> {
        let idx = self.words.partition_point(|word| word.1 < at);
        idx.checked_sub(1).map(|idx| self.words[idx].1)
    }

    /// The start of the first word that starts behind `at`.
    pub fn next_word_start(&self, at: u32) -> Option<u32> {
        let idx = self.words.partition_point(|word| word.0 <= at);
        self.words.get(idx).map(|word| word.0)
    }

    /// The start of the last word that starts before `at`.
    pub fn previous_word_start(&self, at: u32) -> Option<u32> {
        let idx = self.words.partition_point(|word| word.0 < at);
        idx.checked_sub(1).map(|idx| self.words[idx].0)
    }

    /// The next border between letters behind `at`.
    pub fn next_letter(text: &str, at: u32) -> u32 {
        let rest = text.get(at as usize..).unwrap_or_default();
        at + rest.graphemes(true).next().map_or(0, str::len) as u32
    }

    /// The border between letters before `at`.
    pub fn previous_letter(text: &str, at: u32) -> u32 {
        let before = text.get(..at as usize).unwrap_or_default();
        at - before.graphemes(true).next_back().map_or(0, str::len) as u32
    }
}

/// Grows the bytes `start..end` to whole words and leaves the blanks at its edges out. None when
/// nothing but blanks is touched.
pub fn snap(text: &str, boundaries: &Boundaries, start: u32, end: u32) -> Option<(u32, u32)> {
    let (start, end) = trim(text, start, end)?;
    let from = boundaries.word_at(start).map_or(start, |word| word.0);
    let last = end - text.get(..end as usize)?.chars().next_back()?.len_utf8() as u32;
    let to = boundaries.word_at(last).map_or(end, |word| word.1);
    trim(text, from, to)
}

/// The bytes `start..end` without the blanks at its edges, on letter borders. None when nothing
/// is left.
pub fn trim(text: &str, start: u32, end: u32) -> Option<(u32, u32)> {
    let stretch = text.get(start as usize..end as usize)?;
    let shown = stretch.trim();
    let from = start + (stretch.len() - stretch.trim_start().len()) as u32;
    (!shown.is_empty()).then(|| (from, from + shown.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "in  Fe3O4@SiO2 (🔬é) ok";

    fn boundaries() -> Boundaries {
        Boundaries::of_unicode_words(TEXT)
    }

    #[track_caller]
    fn check_snap(from: &str, expected: &str) {
        let start = TEXT.find(from).unwrap() as u32;
        let found = snap(TEXT, &boundaries(), start, start + from.len() as u32);
        let (start, end) = found.unwrap_or_default();
        assert_eq!(&TEXT[start as usize..end as usize], expected);
    }

    #[test]
    fn a_selection_grows_to_words_and_loses_blanks() {
        check_snap("e3O4@Si", "Fe3O4@SiO2");
        check_snap("  Fe3", "Fe3O4");
        check_snap("O2 ", "SiO2");
        check_snap("  ", "");
        check_snap("é", "é");
    }

    #[test]
    fn the_caret_walks_by_words_and_never_splits_a_letter() {
        let mut stops = vec![0];
        let boundaries = boundaries();
        while *stops.last().unwrap() < TEXT.len() as u32 {
            stops.push(boundaries.next_word_border(TEXT, *stops.last().unwrap()));
        }
        let mut back = vec![TEXT.len() as u32];
        while *back.last().unwrap() > 0 {
            back.push(boundaries.previous_word_border(*back.last().unwrap()));
        }
        back.reverse();
        assert_eq!(stops, back);
        let emoji = TEXT.find('🔬').unwrap() as u32;
        assert_eq!(Boundaries::next_letter(TEXT, emoji), emoji + 4);
        assert_eq!(Boundaries::previous_letter(TEXT, emoji + 4), emoji);
        assert_eq!(Boundaries::previous_letter("e\u{301}", 3), 0);
    }
}
