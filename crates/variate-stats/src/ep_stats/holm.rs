/// Holm's adjusted p-values, at most 1. One that is none counts as a test and stays none.
pub(crate) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    // None sorts last.
    order.sort_by(|(_, left), (_, right)| {
        left.is_nan()
            .cmp(&right.is_nan())
            .then(left.total_cmp(right))
    });
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut highest = 0.0;
    for (rank, (at, value)) in order.into_iter().enumerate() {
        let raised = value * (p.len() - rank) as f64;
        highest = if raised.is_nan() {
            raised
        } else {
            f64::max(highest, raised)
        };
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = if highest > 1.0 { 1.0 } else { highest };
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

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
        near(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        near(holm(&[0.5, f64::NAN, 0.01]), &[1.0, f64::NAN, 0.03]);
        near(holm(&[]), &[]);
    }
}
