//! Products of matrices, blocked so that a compiler keeps the sums in registers of four floats.
//!
//! Weights lie in panels of eight outputs, `[outputs / 8][inputs][8]`.

use std::array::from_fn;

/// Outputs of a panel.
pub(crate) const PANEL: usize = 8;

/// Rows that are multiplied together.
pub(crate) const BLOCK: usize = 4;

/// Rows of numbers, of which each may overlap the next: a window of three tokens is three rows of
/// tokens read as one.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    /// From the start of a row to the start of the next.
    pub(crate) stride: usize,
    pub(crate) width: usize,
}

impl<'a> Rows<'a> {
    fn row(self, at: usize) -> &'a [f32] {
        &self.data[at * self.stride..][..self.width]
    }
}

/// Adds `rows · weights` to `out`, for `n` rows, a multiple of [`BLOCK`]. `out` is `[n, stride]`,
/// and its first columns are written.
pub(crate) fn multiply(n: usize, rows: Rows<'_>, weights: &[f32], out: &mut [f32], stride: usize) {
    for (at, panel) in weights.chunks_exact(rows.width * PANEL).enumerate() {
        let lines = panel.as_chunks::<PANEL>().0;
        for first in (0..n).step_by(BLOCK) {
            let sums = block(from_fn(|it| rows.row(first + it)), lines);
            for (row, sums) in sums.iter().enumerate() {
                let out = &mut out[(first + row) * stride + at * PANEL..][..PANEL];
                out.iter_mut().zip(sums).for_each(|(it, sum)| *it += sum);
            }
        }
    }
}

#[inline]
fn block(rows: [&[f32]; BLOCK], lines: &[[f32; PANEL]]) -> [[f32; PANEL]; BLOCK] {
    let mut sums = [[0.0; PANEL]; BLOCK];
    let [a, b, c, d] = rows;
    for ((((line, a), b), c), d) in lines.iter().zip(a).zip(b).zip(c).zip(d) {
        for (sums, value) in sums.iter_mut().zip([a, b, c, d]) {
            for (sum, weight) in sums.iter_mut().zip(line) {
                *sum += value * weight;
            }
        }
    }
    sums
}

/// Adds the gradient of the weights: `rows` transposed times `errors`, both of `n` rows.
pub(crate) fn multiply_transposed(
    n: usize,
    rows: Rows<'_>,
    errors: Rows<'_>,
    gradient: &mut [f32],
) {
    for input in (0..rows.width).step_by(BLOCK) {
        for panel in 0..errors.width / PANEL {
            let mut sums = [[0.0; PANEL]; BLOCK];
            let values = rows.data[input..].chunks(rows.stride);
            let errors = errors.data[panel * PANEL..].chunks(errors.stride);
            for (values, errors) in values.zip(errors).take(n) {
                let Some(values) = values.first_chunk::<BLOCK>() else { break };
                let Some(errors) = errors.first_chunk::<PANEL>() else { break };
                for (sums, value) in sums.iter_mut().zip(values) {
                    for (sum, error) in sums.iter_mut().zip(errors) {
                        *sum += value * error;
                    }
                }
            }
            let at = (panel * rows.width + input) * PANEL;
            let gradient = &mut gradient[at..][..BLOCK * PANEL];
            gradient.iter_mut().zip(sums.as_flattened()).for_each(|(it, sum)| *it += sum);
        }
    }
}

/// Weights of `inputs`, the other way round: panels of inputs that take the outputs' errors back.
pub(crate) fn turn(weights: &[f32], n_inputs: usize, inputs: std::ops::Range<usize>) -> Vec<f32> {
    let n_outputs = weights.len() / n_inputs;
    let mut turned = vec![0.0; n_outputs * inputs.len()];
    for (panel, weights) in weights.chunks_exact(n_inputs * PANEL).enumerate() {
        let lines = &weights.as_chunks::<PANEL>().0[inputs.clone()];
        for (input, line) in lines.iter().enumerate() {
            let at = (input / PANEL * n_outputs + panel * PANEL) * PANEL + input % PANEL;
            for (output, weight) in line.iter().enumerate() {
                turned[at + output * PANEL] = *weight;
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use random::Random;

    #[test]
    fn products_are_those_by_hand() {
        let (n, inputs, outputs, stride) = (8, 24, 16, 8);
        let mut random = Random::new(1, 0);
        let data = random.uniforms(n * stride + inputs, 1.0);
        let weights = random.uniforms(inputs * outputs, 1.0);
        let errors = random.uniforms(n * outputs, 1.0);
        let rows = Rows { data: &data, stride, width: inputs };
        let weight = |i: usize, o: usize| weights[(o / 8 * inputs + i) * 8 + o % 8];
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-4, "{a} {b}");

        let mut out = vec![1.0; n * outputs];
        multiply(n, rows, &weights, &mut out, outputs);
        for t in 0..n {
            for o in 0..outputs {
                let sum: f32 = (0..inputs).map(|i| data[t * stride + i] * weight(i, o)).sum();
                close(out[t * outputs + o], 1.0 + sum);
            }
        }
        let mut gradient = vec![0.0; weights.len()];
        let errors_rows = Rows { data: &errors, stride: outputs, width: outputs };
        multiply_transposed(n, rows, errors_rows, &mut gradient);
        for i in 0..inputs {
            for o in 0..outputs {
                let sum: f32 = (0..n).map(|t| data[t * stride + i] * errors[t * outputs + o]).sum();
                close(gradient[(o / 8 * inputs + i) * 8 + o % 8], sum);
            }
        }
        let turned = turn(&weights, inputs, 8..24);
        let mut back = vec![0.0; n * 16];
        multiply(n, errors_rows, &turned, &mut back, 16);
        for t in 0..n {
            for i in 0..16 {
                let sum: f32 =
                    (0..outputs).map(|o| errors[t * outputs + o] * weight(i + 8, o)).sum();
                close(back[t * 16 + i], sum);
            }
        }
    }
}
