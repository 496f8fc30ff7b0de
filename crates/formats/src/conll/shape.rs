//! What the columns of a file hold, told from its first lines.

use corpus::offsets::Unit;

use crate::tags::{Census, Reading, is_tag};
use crate::warning::Reason;

/// How many lines are looked at.
const LINES: usize = 400;

/// What a line is.
pub(super) enum Line<'l> {
    /// Between two texts.
    Blank,
    /// `-DOCSTART-`, and its other cells.
    DocStart(Vec<&'l str>),
    /// A comment without its `#`.
    Comment(&'l str),
    /// A word with what is said of it.
    Row(Vec<&'l str>),
}

impl<'l> Line<'l> {
    /// Tells a comment from a row whose word is `#`: that ends with a tag.
    pub(super) fn of(line: &'l str) -> Self {
        let line = line.trim_end();
        if line.is_empty() {
            return Line::Blank;
        }
        let cells = cells(line);
        if cells[0] == "-DOCSTART-" {
            return Line::DocStart(cells[1..].to_vec());
        }
        match line.strip_prefix('#') {
            Some(comment) if !cells.last().is_some_and(|it| is_tag(it)) || is_entry(&cells) => {
                Line::Comment(comment)
            }
            _ => Line::Row(cells),
        }
    }
}

/// `# id = B`: an entry, though it ends with what could be a tag.
fn is_entry(cells: &[&str]) -> bool {
    2 < cells.len() && cells[1..cells.len().min(4)].contains(&"=")
}

fn cells(line: &str) -> Vec<&str> {
    match line.contains('\t') {
        true => line.split('\t').collect(),
        false => line.split_ascii_whitespace().collect(),
    }
}

/// Which column holds what. Columns are counted from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// How many columns most lines have.
    pub(super) n_columns: usize,
    /// The word.
    pub(super) word: usize,
    /// The tag.
    pub(super) tag: usize,
    /// Where the word starts, with its end in the next column, and what both count.
    pub(super) offsets: Option<(usize, Unit)>,
    /// What is no fault in the tags.
    pub(super) reading: Reading,
    /// What a person should know of the tags.
    pub(super) note: Option<Reason>,
    /// Whether nearly every line is a word with a tag.
    pub(super) is_sure: bool,
}

impl Shape {
    /// Whether the columns stand as `NERsuite` has them.
    pub(super) fn is_nersuite(&self) -> bool {
        self.tag == 0 && self.offsets.is_some()
    }

    /// The tag of a row: where it is the last column, the last cell of a row of any length.
    fn tag_in<'l>(&self, cells: &[&'l str]) -> Option<&'l str> {
        let at =
            if self.tag + 1 == self.n_columns { cells.len().checked_sub(1)? } else { self.tag };
        cells.get(at).copied()
    }

    /// Looks at the start of a file. The last line may be cut.
    ///
    /// A person may know that it is `NERsuite`'s.
    pub(super) fn of(text: &str, is_nersuite: bool) -> Self {
        let cut = text.rfind('\n').filter(|_| crate::SAMPLE_BYTES <= text.len());
        let text = &text[..cut.unwrap_or(text.len())];
        let lines: Vec<Line<'_>> = text.lines().take(LINES).map(Line::of).collect();
        let rows: Vec<&[&str]> = (lines.iter())
            .filter_map(|line| match line {
                Line::Row(cells) => Some(cells.as_slice()),
                _ => None,
            })
            .collect();
        let mut shape = Shape { n_columns: usual_length(&rows), ..Self::default() };
        let n = |is: &dyn Fn(&[&str]) -> bool| rows.iter().filter(|it| is(it)).count();
        let mostly = |n: usize| rows.len() * 9 <= n * 10;
        let n_last = n(&|it| 1 < it.len() && it.last().is_some_and(|it| is_tag(it)));
        let column = (0..shape.n_columns)
            .rev()
            .find(|at| mostly(n(&|it| it.get(*at).is_some_and(|it| is_tag(it)))));
        // The last column first: a column of chunks before it looks just like tags.
        shape.tag = match column {
            Some(at) if 1 < shape.n_columns && !mostly(n_last) => at,
            _ => shape.n_columns.saturating_sub(1),
        };
        let n_tags = n_last.max(column.filter(|_| 1 < shape.n_columns).map_or(0, |_| rows.len()));
        if is_nersuite {
            shape.tag = 0;
        }
        // One line of few may be anything.
        shape.is_sure = 2 <= rows.len() && rows.len() * 9 <= n_tags * 10 + 9;
        shape.word = usize::from(shape.tag == 0 && 1 < shape.n_columns);
        if let Some((word, start, unit)) = offsets(&rows, &shape) {
            (shape.word, shape.offsets) = (word, Some((start, unit)));
        } else if 2 < shape.n_columns && shape.tag != 1 && counts_words(&lines) {
            shape.word = 1;
        }
        let mut census = Census::default();
        let blocks = lines.split(|line| matches!(line, Line::Blank | Line::DocStart(_)));
        for block in blocks {
            census.add(block.iter().filter_map(|line| match line {
                Line::Row(cells) => shape.tag_in(cells),
                _ => None,
            }));
        }
        (shape.reading, shape.note) = census.reading();
        shape
    }
}

/// The length that most rows have.
fn usual_length(rows: &[&[&str]]) -> usize {
    let n = |len: usize| rows.iter().filter(|it| it.len() == len).count();
    let longest = rows.iter().map(|it| it.len()).max().unwrap_or_default().min(64);
    (1..=longest).max_by_key(|len| n(*len)).unwrap_or_default()
}

/// The columns of word and start, where two columns measure the words.
fn offsets(rows: &[&[&str]], shape: &Shape) -> Option<(usize, usize, Unit)> {
    let fits = |row: &&[&str], word: usize, start: usize, unit: Unit| {
        let at = |column: usize| row.get(column).and_then(|it| it.parse::<u64>().ok());
        let length = at(start).zip(at(start + 1)).and_then(|(start, end)| end.checked_sub(start));
        row.get(word).is_some_and(|it| length == Some(u64::from(length_in(it, unit))))
    };
    let words = |start: usize| [start.checked_sub(1), Some(start + 2)].into_iter().flatten();
    for start in 0..shape.n_columns.saturating_sub(2) {
        for word in words(start).filter(|it| *it < shape.n_columns && *it != shape.tag) {
            for unit in [Unit::CodePoints, Unit::Utf16, Unit::Bytes] {
                let n = rows.iter().filter(|row| fits(row, word, start, unit)).count();
                if rows.len() * 9 <= n * 10 {
                    return Some((word, start, unit));
                }
            }
        }
    }
    None
}

/// The length of a word.
pub(super) fn length_in(word: &str, unit: Unit) -> u32 {
    corpus::offsets::Ruler::new(word).len(unit)
}

/// Whether the first column counts the words of each text from 1, or goes on counting.
fn counts_words(lines: &[Line<'_>]) -> bool {
    let (mut before, mut n) = (None, 0);
    for line in lines {
        match line {
            Line::Row(cells) => {
                let number = cells[0].parse::<u64>().ok();
                let follows = match (before, number) {
                    (Some(before), Some(number)) => number == before + 1 || number == 1,
                    (None, Some(number)) => number <= 1,
                    (_, None) => false,
                };
                if !follows {
                    return false;
                }
                (before, n) = (number, n + 1);
            }
            Line::Blank => before = None,
            Line::DocStart(_) | Line::Comment(_) => {}
        }
    }
    2 <= n
}
