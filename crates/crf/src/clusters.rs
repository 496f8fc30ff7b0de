//! Groups of rows that lie close together: k-means.

use crate::matmul::{BLOCK, PANEL, Rows, multiply};
use crate::pace::Pace;
use random::Random;

/// How often centres are moved.
const MOVES: usize = 10;

/// Rows that are compared with all centres at a time.
const SOME: usize = 64;

/// The group of each row, of `k` groups, a multiple of eight.
pub(crate) async fn cluster(rows: &[f32], width: usize, k: usize, pace: &Pace) -> Vec<u16> {
    let n = rows.len() / width;
    let mut groups = vec![0; n];
    if n == 0 {
        return groups;
    }
    let mut order: Vec<usize> = (0..n).collect();
    Random::new(k as u64, 11).shuffle(&mut order);
    let mut centres: Vec<f32> =
        (0..k).flat_map(|it| rows[order[it % n] * width..][..width].iter().copied()).collect();
    for _ in 0..MOVES {
        assign(rows, &centres, width, &mut groups, pace).await;
        let mut sums = vec![0.0; k * width];
        let mut counts = vec![0_u32; k];
        for (row, group) in rows.chunks_exact(width).zip(&groups) {
            let group = usize::from(*group);
            let sum = &mut sums[group * width..][..width];
            sum.iter_mut().zip(row).for_each(|(it, value)| *it += value);
            counts[group] += 1;
        }
        let all = centres.chunks_exact_mut(width).zip(sums.chunks_exact(width)).zip(counts);
        for ((centre, sum), count) in all.filter(|it| it.1 != 0) {
            centre.iter_mut().zip(sum).for_each(|(it, sum)| *it = sum / count as f32);
        }
        pace.spend(rows.len() as u64).await;
    }
    assign(rows, &centres, width, &mut groups, pace).await;
    groups
}

/// Writes the centre that is nearest to each row.
async fn assign(rows: &[f32], centres: &[f32], width: usize, groups: &mut [u16], pace: &Pace) {
    let k = centres.len() / width;
    let mut panels = vec![0.0; centres.len()];
    let mut halves = Vec::with_capacity(k);
    for (at, centre) in centres.chunks_exact(width).enumerate() {
        halves.push(-0.5 * centre.iter().map(|it| it * it).sum::<f32>());
        for (input, value) in centre.iter().enumerate() {
            panels[(at / PANEL * width + input) * PANEL + at % PANEL] = *value;
        }
    }
    let mut some = vec![0.0; SOME * width];
    let mut near = vec![0.0; SOME * k];
    for (rows, groups) in rows.chunks(SOME * width).zip(groups.chunks_mut(SOME)) {
        some[..rows.len()].copy_from_slice(rows);
        near.chunks_exact_mut(k).for_each(|it| it.copy_from_slice(&halves));
        let n = groups.len().next_multiple_of(BLOCK);
        multiply(n, Rows { data: &some, stride: width, width }, &panels, &mut near, k);
        for (group, near) in groups.iter_mut().zip(near.chunks_exact(k)) {
            let mut best = 0;
            for (at, value) in near.iter().enumerate() {
                if near[best] < *value {
                    best = at;
                }
            }
            *group = best as u16;
        }
        pace.spend((SOME * k * width) as u64).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::finish;

    #[test]
    fn rows_of_a_heap_share_a_group() {
        let mut random = Random::new(2, 0);
        let rows: Vec<f32> = (0..90)
            .flat_map(|row| (0..4).map(move |it| if it == row % 3 { 5.0 } else { 0.0 }))
            .map(|it| it + random.uniform(0.1))
            .collect();
        let groups = finish(cluster(&rows, 4, 8, &Pace::default()));
        for a in 0..90 {
            let apart = (0..90).filter(|b| b % 3 != a % 3);
            assert!(apart.clone().all(|b| groups[a] != groups[b]), "{groups:?}");
        }
    }
}
