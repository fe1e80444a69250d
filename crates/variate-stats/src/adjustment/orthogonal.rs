//! The least squares of one arm: orthonormal columns, one after another.

use super::{RobustError, Unusable};
use crate::ArgumentError;
use crate::argument::length;
use crate::values::number;

/// A column that is left below this share of its length by those before it is a sum of them.
const DEPENDENT: f64 = 1e-9;
/// Deviations below this share of the mean are its rounding.
const CONSTANT: f64 = 1e-14;

/// A column about its mean.
pub(super) struct Column {
    pub(super) mean: f64,
    values: Vec<f64>,
}

impl Column {
    pub(super) fn centred(values: &[f64]) -> Self {
        let count = number(values.len());
        // Shares first: the sum of large values may have no f64. Then what the rounding left.
        let rough = values.iter().map(|value| value / count).sum::<f64>();
        let mean = rough + values.iter().map(|value| value - rough).sum::<f64>() / count;
        Self {
            mean,
            values: values.iter().map(|value| value - mean).collect(),
        }
    }
}

/// A column of length 1 that is orthogonal to those of the basis, and how it was made of them.
pub(super) struct Orthogonal {
    values: Vec<f64>,
    /// What was taken away, in units of each column of the basis.
    shares: Vec<f64>,
    length: f64,
}

/// The columns of an arm, each orthogonal to the others and to the constant.
pub(super) struct Basis {
    mean: f64,
    /// √Σ(y − ȳ)².
    spread: f64,
    /// What the columns do not explain.
    rest: Vec<f64>,
    columns: Vec<Vec<f64>>,
    /// Where the covariates' common mean is, along each column: Rᵀz = d.
    place: Vec<f64>,
    /// The outcome along the columns, at that place.
    shift: f64,
}

impl Basis {
    pub(super) fn new(outcomes: &[f64]) -> Self {
        let Column { mean, values } = Column::centred(outcomes);
        Self {
            mean,
            spread: norm(&values),
            rest: values,
            columns: Vec::new(),
            place: Vec::new(),
            shift: 0.0,
        }
    }

    /// The column without what those before it say.
    pub(super) fn orthogonal(&self, column: Column) -> Result<Orthogonal, Unusable> {
        let mut values = column.values;
        let before = norm(&values);
        if before <= CONSTANT * column.mean.abs() * number(values.len()).sqrt() {
            return Err(Unusable::Constant);
        }
        for value in &mut values {
            *value /= before;
        }
        let mut shares = vec![0.0; self.columns.len()];
        // Twice is enough (Giraud, Langou & Rozložník 2005).
        for _ in 0..2 {
            for (column, share) in self.columns.iter().zip(&mut shares) {
                *share += take(&mut values, column);
            }
        }
        let length = norm(&values);
        // More columns than units end here too: nothing is left of them.
        if length.is_nan() || length <= DEPENDENT {
            return Err(Unusable::Dependent);
        }
        for value in &mut values {
            *value /= length;
        }
        for share in &mut shares {
            *share *= before;
        }
        Ok(Orthogonal {
            values,
            shares,
            length: length * before,
        })
    }

    /// One more column, whose common mean is `ahead` of this arm's.
    pub(super) fn push(&mut self, column: Orthogonal, ahead: f64) {
        let before: f64 = self
            .place
            .iter()
            .zip(&column.shares)
            .map(|(place, share)| place * share)
            .sum();
        let place = (ahead - before) / column.length;
        self.shift += place * take(&mut self.rest, &column.values);
        self.place.push(place);
        self.columns.push(column.values);
    }

    /// The mean of the outcome where the covariates are the common ones, and its robust variance.
    pub(super) fn mean(&self, errors: RobustError) -> Result<(f64, f64), ArgumentError> {
        let units = self.rest.len();
        length(
            units >= self.columns.len() + 2,
            "units of an arm",
            units,
            "more than one above the number of covariates",
        )?;
        let even = 1.0 / number(units);
        let mut weights = vec![even; units];
        let mut leverages = weights.clone();
        for (column, place) in self.columns.iter().zip(&self.place) {
            for ((weight, leverage), value) in weights.iter_mut().zip(&mut leverages).zip(column) {
                *weight += place * value;
                *leverage += value * value;
            }
        }
        // What the columns explain to its rounding has no variance.
        if norm(&self.rest) <= 1e-13 * self.spread {
            return Ok((self.mean + self.shift, 0.0));
        }
        let mut variance = 0.0;
        for ((weight, leverage), rest) in weights.iter().zip(&leverages).zip(&self.rest) {
            let left = 1.0 - leverage;
            if left < 1e-10 {
                return Err(ArgumentError::Range {
                    name: "leverage of a unit",
                    value: *leverage,
                    expected: "covariates that are not other than 0 for a single unit",
                });
            }
            let spread = match errors {
                RobustError::Hc2 => rest * rest / left,
                RobustError::Hc3 => rest * rest / (left * left),
            };
            variance += weight * weight * spread;
        }
        Ok((self.mean + self.shift, variance))
    }
}

fn norm(values: &[f64]) -> f64 {
    let largest = values
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    // In units of the largest: squares of large and small values have no f64.
    let squares: f64 = values
        .iter()
        .map(|value| (value / largest) * (value / largest))
        .sum();
    largest * squares.sqrt()
}

/// Takes away what `values` have of a column of length 1, and says how much.
fn take(values: &mut [f64], column: &[f64]) -> f64 {
    let share: f64 = values.iter().zip(column).map(|(a, b)| a * b).sum();
    for (value, entry) in values.iter_mut().zip(column) {
        *value -= share * entry;
    }
    share
}
