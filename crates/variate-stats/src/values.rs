//! What every method on values asks of them first.

use crate::argument::{finite, non_negative, positive};
use crate::{ArgumentError, Estimate, Moments, Side};

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

/// The mean of a sample and the square of its standard error, and how many units they are of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) variance: f64,
    pub(crate) degrees_of_freedom: f64,
}

impl Mean {
    /// # Errors
    /// When there are fewer than two units, or tallies contradict each other.
    pub(crate) fn of(moments: &Moments) -> Result<Self, ArgumentError> {
        if moments.count() < 2 {
            return Err(ArgumentError::Range {
                name: "units",
                value: units(moments.count()),
                expected: "at least 2 in each arm",
            });
        }
        let count = units(moments.count());
        let squares = non_negative("sum of squared deviations", moments.squared_deviations())?;
        Ok(Self {
            value: finite("mean", moments.mean())?,
            variance: squares / (count - 1.0) / count,
            degrees_of_freedom: count - 1.0,
        })
    }
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

/// The difference of two independent means with variances of their own.
pub(crate) fn difference(
    control: Mean,
    treatment: Mean,
    alpha: f64,
    side: Side,
) -> Result<Estimate, ArgumentError> {
    let effect = treatment.value - control.value;
    sum_of_parts(
        effect,
        &[control, treatment].map(|arm| (arm.variance, arm.degrees_of_freedom)),
        alpha,
        side,
    )
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
