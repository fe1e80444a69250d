use crate::argument::{finite, length, positive};
use crate::values::{finite_values, number};
use crate::{ArgumentError, DoubleDouble};

/// One value per unit for a ratio of totals (clicks per view, revenue per order): R + (y − R·w)/w̄ with R = Σy/Σw.
///
/// The mean of these values is R and the variance of that mean is that of the delta method, so an arm's values go through
/// [`Cuped`](super::Cuped), [`Regression`](super::Regression) or [`post_stratify`](super::post_stratify) as any other
/// metric does; the effect is R<sub>t</sub> − R<sub>c</sub>. Linearise each arm by itself. Without an adjustment
/// [`TwoRatios`](crate::ratio::TwoRatios) needs no values, only sums. Valid when w̄ is many of its
/// standard errors from 0. Reference: Budylin, Drutsa, Katsev & Tsoy 2018 (WSDM); Deng, Knoblich & Lu 2018 (KDD).
///
/// ```
/// use variate_stats::adjustment::linearise;
///
/// let (clicks, views) = ([1.0, 0.0, 3.0], [10.0, 5.0, 25.0]);
/// let values = linearise(&clicks, &views)?;
/// let mean = values.iter().sum::<f64>() / 3.0;
/// assert!((mean - 4.0 / 40.0).abs() < 1e-15);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When the lists are not of one length, a value is not finite, or the denominators do not add up to more than 0.
pub fn linearise(numerators: &[f64], denominators: &[f64]) -> Result<Vec<f64>, ArgumentError> {
    length(
        numerators.len() == denominators.len(),
        "denominators",
        denominators.len(),
        "one for each numerator",
    )?;
    finite_values("numerators", numerators)?;
    finite_values("denominators", denominators)?;
    let total = |values: &[f64]| {
        values
            .iter()
            .map(|v| DoubleDouble::from(*v))
            .sum::<DoubleDouble>()
    };
    let whole = total(denominators);
    positive("sum of the denominators", whole.value())?;
    let ratio = finite("ratio", (total(numerators) / whole).value())?;
    let mean = whole.value() / number(denominators.len());
    Ok(numerators
        .iter()
        .zip(denominators)
        .map(|(y, w)| ratio + (-ratio).mul_add(*w, *y) / mean)
        .collect())
}
