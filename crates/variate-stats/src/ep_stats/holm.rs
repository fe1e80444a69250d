/// Makes p-values Holm's adjusted ones, at most 1, and sorts them; each comes with whose it is. One that is none counts as a test
/// and stays none.
pub(crate) fn holm(p: &mut [(f64, usize)]) {
    let count = p.len();
    // None sorts last.
    p.sort_by(|(left, _), (right, _)| {
        left.is_nan()
            .cmp(&right.is_nan())
            .then(left.total_cmp(right))
    });
    let mut highest = 0.0;
    for (rank, (value, _)) in p.iter_mut().enumerate() {
        let raised = *value * (count - rank) as f64;
        highest = if raised.is_nan() {
            raised
        } else {
            f64::max(highest, raised)
        };
        *value = if highest > 1.0 { 1.0 } else { highest };
    }
}

#[cfg(test)]
mod tests {
    // From statsmodels 0.14.4: multipletests(p, method="holm").
    #[test]
    fn p_values_are_adjusted() {
        let near = |got: Vec<f64>, wanted: &[f64]| {
            assert!(
                got.iter()
                    .zip(wanted)
                    .all(|(g, w)| (g - w).abs() < 1e-15 || (g.is_nan() && w.is_nan())),
                "{got:?}"
            );
        };
        let holm = |p: &[f64]| {
            let mut adjusted: Vec<_> = p.iter().copied().zip(0..).collect();
            super::holm(&mut adjusted);
            adjusted.sort_by_key(|(_, at)| *at);
            adjusted.into_iter().map(|(p, _)| p).collect::<Vec<_>>()
        };
        near(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        near(holm(&[0.5, f64::NAN, 0.01]), &[1.0, f64::NAN, 0.03]);
        near(holm(&[]), &[]);
    }
}
