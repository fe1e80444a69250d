//! How much each unit moves the statistic, for the acceleration of the `BCa` interval.

use crate::values::number;

/// At most so many groups of units are left out in turn.
const GROUPS: usize = 1000;

/// How many groups an arm has: each unit by itself, up to [`GROUPS`].
pub(super) fn groups(units: usize) -> usize {
    units.min(GROUPS)
}

/// The units without those of a group: every `groups`th one from `group` on.
pub(super) fn without(units: usize, group: usize, into: &mut Vec<u32>) {
    let (groups, units) = (groups(units), u32::try_from(units).unwrap_or(u32::MAX));
    into.clear();
    into.extend((0..units).filter(|unit| *unit as usize % groups != group));
}

/// The acceleration from the statistic without each group, of each arm: Σ U³/n³ over 6(Σ U²/n²)^1.5 with
/// U = (n − 1)(mean − value), added up over the arms (Efron & Tibshirani 1993, 14.15; Davison & Hinkley 1997, 5.3).
pub(super) fn acceleration(arms: &[Vec<f64>]) -> f64 {
    let (mut cubes, mut squares) = (0.0, 0.0);
    // In units of the largest: cubes of small influences have no f64.
    let influences: Vec<Vec<f64>> = arms.iter().map(|values| influences(values)).collect();
    let largest = influences
        .iter()
        .flatten()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    for influences in &influences {
        for influence in influences {
            let influence = influence / largest;
            squares += influence * influence;
            cubes += influence * influence * influence;
        }
    }
    // Nothing moves it: nothing to correct.
    if squares > 0.0 {
        cubes / (6.0 * squares.powf(1.5))
    } else {
        0.0
    }
}

/// U/n.
fn influences(values: &[f64]) -> Vec<f64> {
    let count = number(values.len());
    let mean = values.iter().sum::<f64>() / count;
    values
        .iter()
        .map(|value| (count - 1.0) * (mean - value) / count)
        .collect()
}
