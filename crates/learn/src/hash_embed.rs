//! Tables of vectors for words and their shapes, addressed by hashes (spaCy's `MultiHashEmbed`).
//!
//! They live on the host. A step touches a few hundred of their thousands of rows, which a GPU's
//! embedding gradient answers with a pass over the whole table; here the device gets the rows it
//! needs and hands back their gradient, and only those rows are updated.

use tokenizer::murmur;

use crate::Config;
use random::Random;

/// Attributes of a token that have a table: norm, prefix, suffix, shape.
pub(crate) const COLUMNS: usize = 4;

/// spaCy's seed of the first table; the others count on from it.
const FIRST_SEED: u32 = 8;

/// How much faster a table's rows move than the dense layers. A row is met rarely.
const RATE: f32 = 30.0;

/// The tables of all columns.
#[derive(Clone, Debug)]
pub(crate) struct HashTables {
    tables: Vec<Table>,
    width: usize,
}

/// One column's table and the sums of squared gradients (`AdaGrad`) of its numbers.
#[derive(Clone, Debug)]
struct Table {
    rows: usize,
    values: Vec<f32>,
    squares: Vec<f32>,
    gradient: Vec<f32>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl HashTables {
    /// Random tables.
    pub(crate) fn new(config: &Config, random: &mut Random) -> Self {
        let values = config.rows.map(|rows| random.uniforms(rows * config.width, 0.1));
        Self::with_values(values, config.width)
    }

    /// Tables with these numbers, each `[rows, width]`.
    pub(crate) fn with_values(values: [Vec<f32>; COLUMNS], width: usize) -> Self {
        let tables = values.map(|values| {
            let (rows, n) = (values.len() / width, values.len());
            Table {
                rows,
                values,
                squares: vec![0.0; n],
                gradient: vec![0.0; n],
                touched: Vec::new(),
                is_touched: vec![false; rows],
            }
        });
        Self { tables: tables.into(), width }
    }

    /// Numbers that stand for a token.
    pub(crate) fn n_outputs(&self) -> usize {
        COLUMNS * self.width
    }

    /// The numbers of a column's table, `[rows, width]`.
    pub(crate) fn values(&self, column: usize) -> &[f32] {
        &self.tables[column].values
    }

    /// Writes the vectors of a token, one column behind the other, into `output`, which is zero.
    pub(crate) fn look_up(&self, ids: &[u64; COLUMNS], output: &mut [f32]) {
        for (column, output) in output.chunks_exact_mut(self.width).enumerate() {
            let table = &self.tables[column];
            for key in murmur::of_id(ids[column], FIRST_SEED + column as u32) {
                let row = key as usize % table.rows * self.width;
                let values = &table.values[row..row + self.width];
                output.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// Adds up the gradient of what [`look_up`](Self::look_up) gave for a token.
    pub(crate) fn add_gradient(&mut self, ids: &[u64; COLUMNS], gradient: &[f32]) {
        for (column, gradient) in gradient.chunks_exact(self.width).enumerate() {
            let table = &mut self.tables[column];
            for key in murmur::of_id(ids[column], FIRST_SEED + column as u32) {
                let row = key as usize % table.rows;
                if !table.is_touched[row] {
                    table.is_touched[row] = true;
                    table.touched.push(row as u32);
                }
                let sums = &mut table.gradient[row * self.width..(row + 1) * self.width];
                sums.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// Moves the touched rows against their gradient.
    pub(crate) fn update(&mut self, learning_rate: f32) {
        const EPSILON: f32 = 1e-6;

        let rate = learning_rate * RATE;
        for table in &mut self.tables {
            for row in table.touched.drain(..) {
                table.is_touched[row as usize] = false;
                let range = row as usize * self.width..(row as usize + 1) * self.width;
                let values = &mut table.values[range.clone()];
                let squares = &mut table.squares[range.clone()];
                let gradient = &mut table.gradient[range];
                for ((value, square), slope) in values.iter_mut().zip(squares).zip(gradient) {
                    *square += *slope * *slope;
                    *value -= rate * *slope / (square.sqrt() + EPSILON);
                    *slope = 0.0;
                }
            }
        }
    }
}
