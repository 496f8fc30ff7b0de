//! Files of word vectors: text as word2vec, fastText (`.vec`) and GloVe write it, and word2vec's
//! binary form.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use model::{VectorMode, Vectors};
use tokenizer::lex::string_id;

/// The most numbers of a vector.
const MAX_WIDTH: usize = 8_192;

/// The longest word of a binary file, in bytes.
const MAX_WORD: u64 = 4_096;

/// The longest line of a text, in bytes.
const MAX_LINE: u64 = 1 << 20;

/// The first bytes of a model of fastText.
const FASTTEXT_MODEL: [u8; 4] = 793_712_314_u32.to_le_bytes();

/// The first bytes of what gzip compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many vectors are read between two reports.
const REPORTED: usize = 1_000;

/// Why a file of word vectors cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// It cannot be read.
    #[error("the word vectors cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error(
        "no word vectors: the first line is neither two numbers (rows and width) nor a word with its numbers"
    )]
    NotVectors,
    /// It is fastText's own model.
    #[error("a model of fastText, not its vectors: take the file that ends with .vec")]
    FastTextModel,
    /// A vector is no word with as many numbers as the first.
    #[error(
        "line {line} of the word vectors is not one word and {width} numbers: fetch the file again"
    )]
    BadLine {
        /// The line, from 1; of a binary file it is the row behind the first line.
        line: usize,
        /// How many numbers there should be.
        width: usize,
    },
    /// There are fewer or more vectors than the file says.
    #[error("the word vectors should be {said} and are {found}: the file is cut off or damaged")]
    WrongCount {
        /// How many the first line says.
        said: usize,
        /// How many there are, as far as was read.
        found: usize,
    },
}

/// Reads a file of word vectors: what `spacy init vectors` reads, and word2vec's binary form. Of a
/// word that comes twice the later vector counts, as there. Words that are no valid UTF-8 are left
/// out, since no text holds them. The file may be gzipped. `progress` hears how many bytes the
/// vectors read so far have, now and then.
pub fn read(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(u64),
) -> Result<Vectors, VectorsError> {
    if input.fill_buf()?.starts_with(&GZIP) {
        return read_plain(&mut BufReader::new(MultiGzDecoder::new(input)), progress);
    }
    read_plain(input, progress)
}

fn read_plain(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(u64),
) -> Result<Vectors, VectorsError> {
    if input.fill_buf()?.starts_with(&FASTTEXT_MODEL) {
        return Err(VectorsError::FastTextModel);
    }
    let mut first = Vec::new();
    read_line(input, &mut first)?;
    let line = std::str::from_utf8(&first).map_err(|_not_text| VectorsError::NotVectors)?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let sizes: Vec<usize> = words.iter().map_while(|it| it.parse().ok()).collect();
    if let ([rows, width], 2) = (sizes.as_slice(), words.len()) {
        let (rows, width) = (*rows, *width);
        if width == 0 || MAX_WIDTH < width {
            return Err(VectorsError::NotVectors);
        }
        let mut table = Table::new(width, progress);
        match is_binary(input.fill_buf()?, width) {
            true => table.add_binary(input, rows)?,
            false => table.add_lines(input, 2)?,
        }
        return match table.n_read == rows {
            true => Ok(table.finish()),
            false => Err(VectorsError::WrongCount { said: rows, found: table.n_read }),
        };
    }
    let width = words.len().saturating_sub(1);
    let is_number = |it: &&str| it.parse::<f32>().is_ok_and(f32::is_finite);
    if !(2..=MAX_WIDTH).contains(&width) || !words[1..].iter().all(is_number) {
        return Err(VectorsError::NotVectors);
    }
    let mut table = Table::new(width, progress);
    table.add_line(&first, 1)?;
    table.add_lines(input, 2)?;
    Ok(table.finish())
}

/// Whether what follows the first line is binary: numbers as bytes look like control characters
/// now and then, numbers in words never.
fn is_binary(bytes: &[u8], width: usize) -> bool {
    let first = bytes.iter().take(64 + 4 * width);
    first.filter(|it| !it.is_ascii_whitespace()).any(u8::is_ascii_control)
}

/// Reads a line without its end. Nothing is left of the input when it is empty.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let n = input.take(MAX_LINE).read_until(b'\n', line)?;
    line.truncate(line.trim_ascii_end().len());
    Ok(n != 0)
}

/// Vectors that are being read.
struct Table<'p> {
    progress: &'p mut dyn FnMut(u64),
    width: usize,
    rows: Vec<f32>,
    words: Vec<(u64, i32)>,
    /// Where a word is in `words`.
    places: HashMap<u64, usize>,
    /// Vectors that were read, those that were left out too.
    n_read: usize,
}

impl<'p> Table<'p> {
    fn new(width: usize, progress: &'p mut dyn FnMut(u64)) -> Self {
        Self {
            progress,
            width,
            rows: Vec::new(),
            words: Vec::new(),
            places: HashMap::new(),
            n_read: 0,
        }
    }

    fn add_lines(&mut self, input: &mut dyn BufRead, first: usize) -> Result<(), VectorsError> {
        let mut line = Vec::new();
        let mut number = first;
        while read_line(input, &mut line)? {
            // Some files end with empty lines.
            if !line.is_empty() {
                self.add_line(&line, number)?;
            }
            number += 1;
        }
        Ok(())
    }

    /// Adds a word and its numbers. A word may hold blanks: the numbers are counted from the end.
    fn add_line(&mut self, line: &[u8], number: usize) -> Result<(), VectorsError> {
        let bad = || VectorsError::BadLine { line: number, width: self.width };
        let is_blank = |it: &u8| matches!(*it, b' ' | b'\t');
        let start = self.rows.len();
        let mut rest = line;
        for _ in 0..self.width {
            rest = rest.trim_ascii_end();
            let at = rest.iter().rposition(is_blank).ok_or_else(bad)?;
            let value = std::str::from_utf8(&rest[at + 1..]).ok().and_then(|it| it.parse().ok());
            self.rows.push(value.filter(|it: &f32| it.is_finite()).ok_or_else(bad)?);
            rest = &rest[..at];
        }
        self.rows[start..].reverse();
        self.name(rest);
        Ok(())
    }

    fn add_binary(&mut self, input: &mut dyn BufRead, n_rows: usize) -> Result<(), VectorsError> {
        let mut word = Vec::new();
        let mut numbers = vec![0; 4 * self.width];
        for row in 0..n_rows {
            let bad = || VectorsError::BadLine { line: row + 1, width: self.width };
            let short = |found| VectorsError::WrongCount { said: n_rows, found };
            word.clear();
            let n = (&mut *input).take(MAX_WORD).read_until(b' ', &mut word)?;
            if n == 0 {
                return Err(short(row));
            }
            if word.pop() != Some(b' ') {
                return Err(bad());
            }
            input.read_exact(&mut numbers).map_err(|err| match err.kind() {
                io::ErrorKind::UnexpectedEof => short(row),
                _ => err.into(),
            })?;
            let numbers = numbers.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it));
            self.rows.extend(numbers);
            if self.rows[self.rows.len() - self.width..].iter().any(|it| !it.is_finite()) {
                return Err(bad());
            }
            // Some programs end each vector with a line break, some do not.
            let break_ = word.iter().take_while(|it| **it == b'\n').count();
            self.name(&word[break_..]);
        }
        Ok(())
    }

    /// Gives the last row to a word.
    fn name(&mut self, word: &[u8]) {
        self.n_read += 1;
        if self.n_read.is_multiple_of(REPORTED) {
            (self.progress)(size_of_val(self.rows.as_slice()) as u64);
        }
        let Ok(word) = std::str::from_utf8(word) else {
            self.rows.truncate(self.rows.len() - self.width);
            return;
        };
        // There is no memory for as many rows as would wrap around.
        let row = ((self.rows.len() / self.width - 1) as u32).cast_signed();
        let key = string_id(word);
        let place = *self.places.entry(key).or_insert(self.words.len());
        match self.words.get_mut(place) {
            Some(known) => known.1 = row,
            None => self.words.push((key, row)),
        }
    }

    fn finish(self) -> Vectors {
        let mode = VectorMode::Table(self.words);
        Vectors { width: self.width as u32, rows: self.rows, mode }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<Vectors, String> {
        read(&mut io::Cursor::new(bytes), &mut |_| ()).map_err(|it| it.to_string())
    }

    fn expected(words: &[(&str, i32)], width: u32, rows: &[f32]) -> Vectors {
        let words = words.iter().map(|(word, row)| (string_id(word), *row)).collect();
        Vectors { width, rows: rows.to_vec(), mode: VectorMode::Table(words) }
    }

    fn binary(break_: &[u8]) -> Vec<u8> {
        let mut bytes = b"2 3\n".to_vec();
        for (word, numbers) in [("gold", [1.0_f32, -2.5, 0.0]), ("zinc µ", [4.0, 5.0, 6.25])] {
            bytes.extend(word.replace(' ', "_").as_bytes());
            bytes.push(b' ');
            bytes.extend(numbers.iter().flat_map(|it| it.to_le_bytes()));
            bytes.extend(break_);
        }
        bytes
    }

    #[test]
    fn each_form_is_read() {
        let two = expected(&[("gold", 0), ("zinc", 1)], 3, &[1.0, -2.5, 0.0, 4.0, 5.0, 6.25]);
        assert_eq!(of(b"2 3\ngold 1 -2.5 0\nzinc 4.0 5e0 6.25 \n"), Ok(two.clone()));
        assert_eq!(of(b"gold 1 -2.5 0\r\nzinc\t4\t5\t6.25\n\n"), Ok(two));
        let blanks = expected(&[("a . .", 0), ("\u{a0}", 1)], 2, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(of("2 2\na . . 1 2\n\u{a0} 3 4\n".as_bytes()), Ok(blanks));
        let two = expected(&[("gold", 0), ("zinc_µ", 1)], 3, &[1.0, -2.5, 0.0, 4.0, 5.0, 6.25]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gzip, &binary(b"\n")).unwrap();
        assert_eq!(of(&gzip.finish().unwrap()), Ok(two.clone()));
        for break_ in [b"\n".as_slice(), b""] {
            assert_eq!(of(&binary(break_)), Ok(two.clone()));
        }
    }

    #[test]
    fn the_later_of_two_counts_and_what_no_text_holds_is_left_out() {
        let twice = expected(&[("a", 2), ("b", 1)], 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(of(b"3 2\na 1 2\nb 3 4\na 5 6\n"), Ok(twice));
        let one = expected(&[("b", 0)], 2, &[3.0, 4.0]);
        assert_eq!(of(b"2 2\n\xff\xfe 1 2\nb 3 4\n"), Ok(one));
    }

    #[test]
    fn what_is_damaged_is_refused_in_words() {
        let cut = &binary(b"")[..binary(b"").len() - 1];
        let cases: [(&[u8], &str); 9] = [
            (b"", "no word vectors"),
            (b"some words in a line\n", "no word vectors"),
            (b"\x00\x01\x02", "no word vectors"),
            (b"3 0\n", "no word vectors"),
            (b"2 2\na 1 2\nb 3\n", "line 3 of the word vectors is not one word and 2 numbers"),
            (b"2 2\na 1 2\nb 3 NaN\n", "line 3"),
            (b"a 1 2\nb 3 4 x\n", "line 2"),
            (b"3 2\na 1 2\n", "the word vectors should be 3 and are 1"),
            (cut, "the word vectors should be 2 and are 1"),
        ];
        for (bytes, wanted) in cases {
            let err = of(bytes).expect_err(wanted);
            assert!(err.starts_with(wanted), "{err}");
        }
        let model = [&FASTTEXT_MODEL[..], &[12, 0, 0, 0]].concat();
        assert!(of(&model).is_err_and(|it| it.contains(".vec")));
    }
}
