//! What every method on values asks of them first.

use crate::argument::positive;
use crate::{ArgumentError, Estimate, Side};

/// A count as a number: exact, as no list has 2^53 entries.
#[expect(clippy::cast_precision_loss, reason = "lists are shorter than 2^53")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// The same for a count of units.
#[expect(clippy::cast_precision_loss, reason = "fewer units than 2^53")]
pub(crate) fn units(count: u64) -> f64 {
    count as f64
}

/// All of them finite.
pub(crate) fn finite_values(name: &'static str, values: &[f64]) -> Result<(), ArgumentError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(ArgumentError::Entry {
            name,
            index,
            value: values.get(index).copied().unwrap_or(f64::NAN),
            expected: "a finite number",
        }),
    }
}

/// All of them finite, and at least two.
pub(crate) fn sample(name: &'static str, values: &[f64]) -> Result<(), ArgumentError> {
    crate::argument::length(values.len() >= 2, name, values.len(), "at least 2")?;
    finite_values(name, values)
}

/// The degrees of freedom of a sum of independent variances (Welch 1947, Satterthwaite 1946), each with its own.
pub(crate) fn satterthwaite(parts: &[(f64, f64)]) -> f64 {
    // In shares of the sum: squares of small variances have no f64.
    let whole: f64 = parts.iter().map(|part| part.0).sum();
    let share = |variance: f64| variance / whole;
    1.0 / parts
        .iter()
        .map(|(variance, freedom)| share(*variance) * share(*variance) / freedom)
        .sum::<f64>()
}

/// An effect whose variance is the sum of independent parts, each with its degrees of freedom.
pub(crate) fn sum_of_parts(
    effect: f64,
    parts: &[(f64, f64)],
    alpha: f64,
    side: Side,
) -> Result<Estimate, ArgumentError> {
    let error = parts.iter().map(|part| part.0).sum::<f64>().sqrt();
    let error = positive("standard error", error)?;
    Estimate::student(effect, error, satterthwaite(parts), alpha, side)
}
