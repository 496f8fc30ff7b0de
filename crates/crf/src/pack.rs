//! A model as bytes: sparse weights without those that are nearly 0, the rest as whole numbers.

use std::sync::Arc;

use corpus::Label;
use rustc_hash::FxHashMap;

use crate::bytes::{Keys, Reader, Writer};
use crate::conv::{Conv, HIDDEN, INPUT, WINDOW, outputs};
use crate::error::ModelError;
use crate::linear::Linear;
use crate::member::Member;
use crate::model::Model;
use crate::pace::{PAUSE, Pace};
use crate::pack_words::{Counts, read_words, write_words};
use crate::tables::{TABLES, Tables};
use crate::tags::{MOST_LABELS, Tags};

/// What a packed model starts with: its kind, and the version of its form.
const START: &[u8; 8] = b"NERINEB\x01";

/// Weights of no more than this are left out.
const NEGLIGIBLE: f32 = 0.01;

impl Model {
    /// The model as it is after it was written and read, which costs a pause for each part.
    pub(crate) async fn packed(self, pace: &Pace) -> Self {
        let mut writer = Writer::default();
        self.write_start(&mut writer);
        for member in &self.members {
            pace.spend(PAUSE).await;
            self.write_member(member, &mut writer);
        }
        drop(self);
        pace.spend(PAUSE).await;
        let mut reader = Reader(&writer.0);
        let written = "what was written can be read";
        let (mut model, n_members) = Self::read_start(&mut reader).expect(written);
        for _ in 0..n_members {
            pace.spend(PAUSE).await;
            model.read_member(&mut reader).expect(written);
        }
        model
    }

    /// The model as bytes, the same for the same model.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write_start(&mut writer);
        self.members.iter().for_each(|it| self.write_member(it, &mut writer));
        writer.0
    }

    /// Reads what [`Model::to_bytes`] wrote, and refuses anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader(bytes);
        let (mut model, n_members) = Self::read_start(&mut reader)?;
        for _ in 0..n_members {
            model.read_member(&mut reader)?;
        }
        if reader.0.is_empty() { Ok(model) } else { Err(ModelError::Damaged) }
    }

    /// Everything but the members.
    fn write_start(&self, writer: &mut Writer) {
        writer.0.extend(START);
        writer.number(self.labels.len() as u32);
        self.labels.iter().for_each(|it| writer.text(it.as_str()));
        writer.float(self.threshold);
        writer.float(self.shift);
        write_words(&self.words, Counts::Shares, writer);
        writer.number(self.members.len() as u32);
    }

    fn write_member(&self, (weight, member): &(f32, Member), writer: &mut Writer) {
        writer.float(*weight);
        match member {
            Member::Linear(it) => {
                writer.byte(0);
                write_linear(it, &self.rows, writer);
            }
            Member::Conv(it) => {
                writer.byte(1);
                write_conv(it, writer);
            }
        }
    }

    /// The model without its members, and how many follow.
    fn read_start(reader: &mut Reader<'_>) -> Result<(Self, usize), ModelError> {
        let start = reader.take(START.len()).or(Err(ModelError::Unknown))?;
        if start[..7] != START[..7] {
            return Err(ModelError::Unknown);
        }
        if start != START {
            return Err(ModelError::Version);
        }
        let n_labels = reader.count()?;
        if !(1..=MOST_LABELS).contains(&n_labels) {
            return Err(ModelError::Damaged);
        }
        let label = |_| Label::new(reader.text()?).or(Err(ModelError::Damaged));
        let labels = (0..n_labels).map(label).collect::<Result<_, _>>()?;
        let (threshold, shift) = (reader.float()?, reader.float()?);
        let words = Arc::new(read_words(Counts::Shares, reader)?);
        let (rows, members) = (FxHashMap::default(), Vec::new());
        Ok((Self { labels, words, rows, members, threshold, shift }, reader.count()?))
    }

    fn read_member(&mut self, reader: &mut Reader<'_>) -> Result<(), ModelError> {
        let tags = Tags::new(self.labels.len());
        let weight = reader.float()?;
        let member = match reader.byte()? {
            0 => Member::Linear(read_linear(tags, &mut self.rows, reader)?),
            1 => Member::Conv(Box::new(read_conv(tags, reader)?)),
            _ => return Err(ModelError::Damaged),
        };
        self.members.push((weight, member));
        Ok(())
    }
}

fn write_linear(linear: &Linear, rows: &FxHashMap<u32, u32>, writer: &mut Writer) {
    let width = linear.tags.width;
    let weights = |row: u32| &linear.weights[row as usize * width..][..width];
    let mut kept: Vec<(u32, u32)> = rows
        .iter()
        .map(|(key, row)| (*key, *row))
        .filter(|(_, row)| weights(*row).iter().any(|it| NEGLIGIBLE < it.abs()))
        .collect();
    kept.sort_unstable();
    linear.transitions.iter().for_each(|it| writer.half(*it));
    writer.number(kept.len() as u32);
    let mut keys = Keys(0);
    let mut some = Vec::new();
    for (key, row) in kept {
        keys.write(key, writer);
        some.clear();
        for eight in weights(row).chunks(8) {
            let mut bits = 0;
            for (at, weight) in eight.iter().enumerate().filter(|it| NEGLIGIBLE < it.1.abs()) {
                bits |= 1 << at;
                some.push(*weight);
            }
            writer.byte(bits);
        }
        writer.row(&some);
    }
}

fn read_linear(
    tags: Tags,
    rows: &mut FxHashMap<u32, u32>,
    reader: &mut Reader<'_>,
) -> Result<Linear, ModelError> {
    let width = tags.width;
    let mut linear = Linear::new(tags, rows.len());
    linear.transitions = reader.halves(width * width)?;
    let mut keys = Keys(0);
    let mut some = Vec::new();
    for _ in 0..reader.count()? {
        let key = keys.read(reader)?;
        let next = rows.len() as u32;
        let row = *rows.entry(key).or_insert(next) as usize;
        if linear.weights.len() <= row * width {
            linear.weights.resize((row + 1) * width, 0.0);
        }
        let bits = reader.take(width.div_ceil(8))?;
        let is_set = |at: usize| bits[at / 8] >> (at % 8) & 1 == 1;
        some.clear();
        some.resize((0..width).filter(|it| is_set(*it)).count(), 0.0);
        reader.row(&mut some)?;
        let places = (0..width).filter(|it| is_set(*it));
        places.zip(&some).for_each(|(at, it)| linear.weights[row * width + at] = *it);
    }
    // Rows that only another member has.
    linear.weights.resize(rows.len() * width, 0.0);
    Ok(linear)
}

fn write_conv(conv: &Conv, writer: &mut Writer) {
    for (table, rows) in TABLES.iter().zip(&conv.tables.0) {
        for row in rows.chunks_exact(table.width) {
            // A row that was never learned is 0.
            let learned = row.iter().any(|it| *it != 0.0);
            writer.byte(learned.into());
            if learned {
                writer.row(row);
            }
        }
    }
    let layers = [&conv.first, &conv.second, &conv.last, &conv.transitions];
    layers.into_iter().flatten().for_each(|it| writer.half(*it));
}

fn read_conv(tags: Tags, reader: &mut Reader<'_>) -> Result<Conv, ModelError> {
    let mut tables = Tables(TABLES.map(|it| vec![0.0; it.rows * it.width]));
    for (table, rows) in TABLES.iter().zip(&mut tables.0) {
        for row in rows.chunks_exact_mut(table.width) {
            match reader.byte()? {
                0 => {}
                1 => reader.row(row)?,
                _ => return Err(ModelError::Damaged),
            }
        }
    }
    let outputs = outputs(tags);
    Ok(Conv {
        tags,
        tables,
        first: reader.halves((WINDOW * INPUT + 1) * HIDDEN)?,
        second: reader.halves((WINDOW * HIDDEN + 1) * HIDDEN)?,
        last: reader.halves((HIDDEN + 1) * outputs)?,
        transitions: reader.halves(tags.width * tags.width)?,
    })
}
