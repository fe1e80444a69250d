//! The exact distribution of U, without ties.

use crate::values::number;

/// P(U = 0), P(U = 1), … for arms of `m` and `n` units without ties.
///
/// By which arm the largest value is of (Mann & Whitney 1947): p<sub>m,n</sub>(u) = m/(m+n)·p<sub>m−1,n</sub>(u − n) +
/// n/(m+n)·p<sub>m,n−1</sub>(u). Only sums of what is above 0: every digit but the last few holds.
pub(super) fn distribution(m: usize, n: usize) -> Vec<f64> {
    // For 0 units of the one arm and each number of the other, U is 0.
    let mut rows = vec![vec![1.0]; n + 1];
    for i in 1..=m {
        let mut shorter = vec![1.0];
        for (j, row) in rows.iter_mut().enumerate() {
            let all = number(i + j);
            let mut next = vec![0.0; i * j + 1];
            for (to, from) in next.iter_mut().skip(j).zip(row.iter()) {
                *to += number(i) / all * from;
            }
            if j > 0 {
                for (to, from) in next.iter_mut().zip(&shorter) {
                    *to += number(j) / all * from;
                }
            }
            shorter.clone_from(&next);
            *row = next;
        }
    }
    rows.pop().unwrap_or_default()
}

/// P(U ≤ u).
pub(super) fn at_most(distribution: &[f64], u: f64) -> f64 {
    distribution
        .iter()
        .enumerate()
        .take_while(|(at, _)| number(*at) <= u)
        .map(|(_, probability)| probability)
        .sum::<f64>()
        .min(1.0)
}
