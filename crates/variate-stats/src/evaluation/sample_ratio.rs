use super::answer::{Reading, SampleRatio};
use crate::ArgumentError;
use crate::goodness_of_fit::goodness_of_fit;
use crate::sequential::SequentialSampleRatio;

/// Whether units are split by these shares, which add up to 1; `None` without units or with one variant.
pub(super) fn sample_ratio(
    shares: &[f64],
    units: &[u64],
    reading: Reading,
) -> Result<Option<SampleRatio>, ArgumentError> {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let counts: Vec<f64> = units.iter().map(|units| *units as f64).collect();
    let total: f64 = counts.iter().sum();
    if counts.len() < 2 || total == 0.0 {
        return Ok(None);
    }
    let expected = shares.iter().map(|share| share * total);
    let (_, p_value) = goodness_of_fit(&counts, expected);
    let always_valid_p_value = SequentialSampleRatio::new(shares)?.p_value(&counts)?;
    let is_unlikely = reading == Reading::Fixed && p_value <= SampleRatio::FIXED_LEVEL;
    Ok(Some(SampleRatio {
        p_value,
        always_valid_p_value,
        is_mismatch: is_unlikely || always_valid_p_value <= SampleRatio::LEVEL,
    }))
}
