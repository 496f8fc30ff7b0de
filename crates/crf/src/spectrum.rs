//! The strongest directions of a sparse matrix: a randomised singular value decomposition.

use crate::pace::Pace;
use random::Random;

/// Rows of few numbers that are not 0.
#[derive(Default)]
pub(crate) struct Sparse {
    pub(crate) n_columns: usize,
    columns: Vec<u32>,
    values: Vec<f32>,
    ends: Vec<usize>,
}

impl Sparse {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { n_columns, ..Self::default() }
    }

    /// Adds a row at the end.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            self.columns.push(column);
            self.values.push(value);
        }
        self.ends.push(self.columns.len());
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn row(&self, at: usize) -> impl Iterator<Item = (u32, f32)> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        let range = start..self.ends[at];
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// The same row with length 1, times `factor`.
    pub(crate) fn unit_row(&self, at: usize, factor: f32) -> impl Iterator<Item = (u32, f32)> {
        let length = self.row(at).map(|it| it.1 * it.1).sum::<f32>().sqrt();
        let factor = if length == 0.0 { 0.0 } else { factor / length };
        self.row(at).map(move |(column, value)| (column, factor * value))
    }
}

/// Directions that are looked for beyond those wanted.
const EXTRA: usize = 8;

/// How often the matrix is applied to sharpen the directions.
const POWERS: usize = 3;

/// The rows of a matrix in its `n` strongest directions, each times the root of its strength, and
/// brought to length 1.
pub(crate) async fn embed(matrix: &Sparse, n: usize, pace: &Pace) -> Vec<f32> {
    let k = n + EXTRA;
    let mut random = Random::new(k as u64, 7);
    let mut columns = Vec::with_capacity(matrix.n_columns * k);
    for _ in 0..matrix.n_columns {
        columns.extend((0..k).map(|_| random.uniform(1.0)));
        pace.spend(4 * k as u64).await;
    }
    let mut rows = Vec::new();
    for power in 0..=POWERS {
        rows = apply(matrix, &columns, k, pace).await;
        orthonormal(&mut rows, k, pace).await;
        columns = apply_transposed(matrix, &rows, k, pace).await;
        if power < POWERS {
            orthonormal(&mut columns, k, pace).await;
        }
    }
    // rows · columnsᵀ is the matrix's nearest one in these directions.
    let (values, vectors) = eigen(gram(&columns, k, pace).await, k, pace).await;
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut turn = vec![0.0; k * n];
    for (to, from) in order.into_iter().take(n).enumerate() {
        let strength = values[from].max(0.0).sqrt().sqrt() as f32;
        (0..k).for_each(|it| turn[it * n + to] = vectors[it * k + from] as f32 * strength);
    }
    let mut embedded = vec![0.0; matrix.n_rows() * n];
    for (row, out) in rows.chunks_exact(k).zip(embedded.chunks_exact_mut(n)) {
        for (value, turn) in row.iter().zip(turn.chunks_exact(n)) {
            out.iter_mut().zip(turn).for_each(|(it, turn)| *it += value * turn);
        }
        let length = out.iter().map(|it| it * it).sum::<f32>().sqrt().max(1e-12);
        for it in out {
            *it /= length;
        }
        pace.spend((k * n) as u64).await;
    }
    embedded
}

async fn apply(matrix: &Sparse, columns: &[f32], k: usize, pace: &Pace) -> Vec<f32> {
    let mut rows = vec![0.0; matrix.n_rows() * k];
    for (at, row) in rows.chunks_exact_mut(k).enumerate() {
        let mut n = 1;
        for (column, value) in matrix.row(at) {
            let from = &columns[column as usize * k..][..k];
            row.iter_mut().zip(from).for_each(|(it, from)| *it += value * from);
            n += 1;
        }
        pace.spend(n * k as u64).await;
    }
    rows
}

async fn apply_transposed(matrix: &Sparse, rows: &[f32], k: usize, pace: &Pace) -> Vec<f32> {
    let mut columns = vec![0.0; matrix.n_columns * k];
    for (at, row) in rows.chunks_exact(k).enumerate() {
        let mut n = 1;
        for (column, value) in matrix.row(at) {
            let to = &mut columns[column as usize * k..][..k];
            to.iter_mut().zip(row).for_each(|(it, from)| *it += value * from);
            n += 1;
        }
        pace.spend(n * k as u64).await;
    }
    columns
}

/// The products of all pairs of columns, `[k, k]`.
async fn gram(rows: &[f32], k: usize, pace: &Pace) -> Vec<f64> {
    let mut gram = vec![0.0f64; k * k];
    let mut part = vec![0.0f32; k * k];
    for some in rows.chunks(64 * k) {
        part.fill(0.0);
        for row in some.chunks_exact(k) {
            for (value, sums) in row.iter().zip(part.chunks_exact_mut(k)) {
                sums.iter_mut().zip(row).for_each(|(it, other)| *it += value * other);
            }
        }
        gram.iter_mut().zip(&part).for_each(|(it, part)| *it += f64::from(*part));
        pace.spend((some.len() * k) as u64).await;
    }
    gram
}

/// Makes the columns orthogonal and of length 1, by Cholesky's decomposition. A column that
/// depends on those before it becomes 0.
async fn orthonormal(rows: &mut [f32], k: usize, pace: &Pace) {
    let gram = gram(rows, k, pace).await;
    let mut lower = vec![0.0f64; k * k];
    for i in 0..k {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|it| lower[i * k + it] * lower[j * k + it]).sum();
            let rest = gram[i * k + j] - dot;
            lower[i * k + j] = if i == j {
                if gram[i * k + i] * 1e-7 < rest { rest.sqrt() } else { 0.0 }
            } else if lower[j * k + j] == 0.0 {
                0.0
            } else {
                rest / lower[j * k + j]
            };
        }
    }
    let lower: Vec<f32> = lower.into_iter().map(|it| it as f32).collect();
    for row in rows.chunks_exact_mut(k) {
        for i in 0..k {
            let diagonal = lower[i * k + i];
            let dot: f32 = row[..i].iter().zip(&lower[i * k..]).map(|(a, b)| a * b).sum();
            row[i] = if diagonal == 0.0 { 0.0 } else { (row[i] - dot) / diagonal };
        }
        pace.spend((k * k) as u64).await;
    }
}

/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix, by Jacobi's rotations.
async fn eigen(mut a: Vec<f64>, k: usize, pace: &Pace) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; k * k];
    (0..k).for_each(|it| vectors[it * k + it] = 1.0);
    for _ in 0..8 {
        for p in 0..k {
            for q in p + 1..k {
                rotate(&mut a, &mut vectors, k, (p, q));
            }
            pace.spend((k * k * 16) as u64).await;
        }
    }
    ((0..k).map(|it| a[it * k + it]).collect(), vectors)
}

/// Turns two axes so that their product becomes 0.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], k: usize, (p, q): (usize, usize)) {
    let off = matrix[p * k + q];
    let (at_p, at_q) = (matrix[p * k + p], matrix[q * k + q]);
    if off * off <= 1e-24 * (at_p * at_q).abs() {
        return;
    }
    let theta = (at_q - at_p) / (2.0 * off);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], first: usize, second: usize| {
        let (one, other) = (values[first], values[second]);
        values[first] = cosine * one - sine * other;
        values[second] = sine * one + cosine * other;
    };
    for it in 0..k {
        turn(matrix, it * k + p, it * k + q);
        turn(vectors, it * k + p, it * k + q);
    }
    for it in 0..k {
        turn(matrix, p * k + it, q * k + it);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::finish;

    #[test]
    fn rows_that_point_the_same_way_stay_together() {
        let mut matrix = Sparse::new(30);
        for row in 0..40_u32 {
            let topic = row % 3;
            let noise = 0.01 * (row as f32 % 7.0);
            matrix.push((0..10).map(|it| (topic * 10 + it, 1.0 + noise * it as f32)));
        }
        let embedded = finish(embed(&matrix, 3, &Pace::default()));
        let dot = |a: usize, b: usize| -> f32 {
            let rows: Vec<&[f32]> = embedded.chunks_exact(3).collect();
            rows[a].iter().zip(rows[b]).map(|(a, b)| a * b).sum()
        };
        assert!(0.98 < dot(0, 3) && 0.98 < dot(4, 37));
        assert!(dot(0, 1).abs() < 0.02 && dot(1, 2).abs() < 0.02);
    }

    #[test]
    fn eigenvectors_are_stretched() {
        let matrix = vec![4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 1.0];
        let (values, vectors) = finish(eigen(matrix.clone(), 3, &Pace::default()));
        for column in 0..3 {
            for row in 0..3 {
                let out: f64 =
                    (0..3).map(|it| matrix[row * 3 + it] * vectors[it * 3 + column]).sum();
                assert!((out - values[column] * vectors[row * 3 + column]).abs() < 1e-9);
            }
        }
    }
}
