/// Corrects p values for having asked so many questions, by Holm's step-down method (1979): of
/// `m` values in rising order, the one at position `k` from 0 is multiplied by `m - k`, and none
/// becomes smaller than the one before it. The order of the input is kept.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut floor = 0.0_f64;
    for (at, idx) in order.into_iter().enumerate() {
        floor = floor.max(p[idx] * (p.len() - at) as f64).min(1.0);
        corrected[idx] = floor;
    }
    corrected
}
