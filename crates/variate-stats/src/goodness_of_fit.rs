use crate::distribution::ChiSquared;

/// Pearson's chi-squared test of counts against what was expected of each: the statistic and its p-value, which is NaN of fewer
/// than two counts.
#[expect(clippy::cast_precision_loss, reason = "a number of counts")]
pub(crate) fn goodness_of_fit(
    counts: &[f64],
    expected: impl IntoIterator<Item = f64>,
) -> (f64, f64) {
    let statistic = counts
        .iter()
        .zip(expected)
        .map(|(count, expected)| (count - expected).powi(2) / expected)
        .sum();
    let p_value =
        ChiSquared::new(counts.len() as f64 - 1.0).map_or(f64::NAN, |of| of.survival(statistic));
    (statistic, p_value)
}
