//! Numbers as bytes, and back without trust.

use crate::error::ModelError;

/// Bytes being written.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn float(&mut self, number: f32) {
        self.0.extend(number.to_le_bytes());
    }

    /// A number that is mostly small: seven bits a byte.
    pub(crate) fn number(&mut self, mut number: u32) {
        while 0x80 <= number {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend(text.as_bytes());
    }

    /// The upper half of a float.
    pub(crate) fn half(&mut self, number: f32) {
        self.0.extend(((rounded(number).to_bits() >> 16) as u16).to_le_bytes());
    }

    /// A row of numbers as whole numbers of eight bits, behind what one is worth.
    pub(crate) fn row(&mut self, row: &[f32]) {
        let scale = scale(row, 127.0);
        self.half(scale);
        self.0.extend(row.iter().map(|it| nearest(*it, scale, 127.0).cast_unsigned()));
    }

    /// A row of numbers as whole numbers of four bits, behind what one is worth.
    pub(crate) fn coarse_row(&mut self, row: &[f32]) {
        let scale = scale(row, 7.0);
        self.half(scale);
        self.0.extend(row.chunks(2).map(|pair| {
            let nibble = |at: usize| {
                let number = pair.get(at).map_or(0, |it| nearest(*it, scale, 7.0));
                (number + 8).cast_unsigned()
            };
            nibble(0) | nibble(1) << 4
        }));
    }
}

/// The nearest float whose lower half is 0.
fn rounded(number: f32) -> f32 {
    f32::from_bits(number.to_bits().wrapping_add(0x8000) & 0xffff_0000)
}

fn scale(row: &[f32], most: f32) -> f32 {
    let largest = row.iter().fold(0.0f32, |max, it| max.max(it.abs()));
    rounded((largest / most).max(1e-20))
}

fn nearest(number: f32, scale: f32, most: f32) -> i8 {
    (number / scale).round().clamp(-most, most) as i8
}

/// Bytes being read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(ModelError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ModelError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn float(&mut self) -> Result<f32, ModelError> {
        let bytes = self.take(4)?.try_into().expect("four bytes were taken");
        finite(f32::from_le_bytes(bytes))
    }

    pub(crate) fn number(&mut self) -> Result<u32, ModelError> {
        let mut number = 0u32;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && 0x0f < bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(ModelError::Damaged)
    }

    /// How many items follow, each of at least one byte.
    pub(crate) fn count(&mut self) -> Result<usize, ModelError> {
        let count = self.number()? as usize;
        if count <= self.0.len() { Ok(count) } else { Err(ModelError::Damaged) }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, ModelError> {
        let n = self.number()? as usize;
        str::from_utf8(self.take(n)?).or(Err(ModelError::Damaged))
    }

    pub(crate) fn half(&mut self) -> Result<f32, ModelError> {
        let bytes = self.take(2)?;
        let bits = u32::from(u16::from_le_bytes([bytes[0], bytes[1]]));
        finite(f32::from_bits(bits << 16))
    }

    pub(crate) fn halves(&mut self, n: usize) -> Result<Vec<f32>, ModelError> {
        (0..n).map(|_| self.half()).collect()
    }

    pub(crate) fn row(&mut self, row: &mut [f32]) -> Result<(), ModelError> {
        let scale = self.half()?;
        let bytes = self.take(row.len())?;
        row.iter_mut()
            .zip(bytes)
            .for_each(|(it, byte)| *it = scale * f32::from(byte.cast_signed()));
        Ok(())
    }

    pub(crate) fn coarse_row(&mut self, row: &mut [f32]) -> Result<(), ModelError> {
        let scale = self.half()?;
        let bytes = self.take(row.len().div_ceil(2))?;
        for (pair, byte) in row.chunks_mut(2).zip(bytes) {
            for (it, nibble) in pair.iter_mut().zip([byte & 15, byte >> 4]) {
                *it = scale * (f32::from(nibble) - 8.0);
            }
        }
        Ok(())
    }
}

/// Weights of trained models are small; what is not was not written by one.
fn finite(number: f32) -> Result<f32, ModelError> {
    if number.abs() < 1e6 { Ok(number) } else { Err(ModelError::Damaged) }
}

/// Keys in order, each as its distance from the one before.
pub(crate) struct Keys(pub(crate) u32);

impl Keys {
    pub(crate) fn write(&mut self, key: u32, writer: &mut Writer) {
        writer.number(key.wrapping_sub(self.0));
        self.0 = key;
    }

    pub(crate) fn read(&mut self, reader: &mut Reader<'_>) -> Result<u32, ModelError> {
        self.0 = self.0.wrapping_add(reader.number()?);
        Ok(self.0)
    }
}

/// What a row becomes when it is written in four bits and read.
pub(crate) fn coarsen(row: &mut [f32]) {
    let scale = scale(row, 7.0);
    for it in row {
        *it = scale * f32::from(nearest(*it, scale, 7.0));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(
            number in any::<u32>(),
            row in prop::collection::vec(-9.0f32..9.0, 1..40),
        ) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.row(&row);
            writer.coarse_row(&row);
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.number(), Ok(number));
            let (mut fine, mut coarse, mut coarsened) = (row.clone(), row.clone(), row.clone());
            reader.row(&mut fine).unwrap();
            reader.coarse_row(&mut coarse).unwrap();
            coarsen(&mut coarsened);
            prop_assert_eq!(&coarse, &coarsened);
            prop_assert!(reader.0.is_empty());
            let largest = row.iter().fold(0.0f32, |max, it| max.max(it.abs()));
            for (fine, it) in fine.iter().zip(&row) {
                prop_assert!((fine - it).abs() <= largest / 180.0, "{} {}", fine, it);
            }
        }
    }
}
