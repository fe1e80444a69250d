use crate::ArgumentError;
use crate::argument::fraction;
use crate::distribution::Normal;
use crate::quadrature::increasing_root_secant;
use crate::sequential::crossing_probabilities;

/// How many times the units of a test that is read once a group-sequential plan needs at its last look, for the same power:
/// what to give to [`Design::with_inflation`](super::Design::with_inflation).
///
/// `times` are the looks as shares of the last one (which is 1), `boundaries` those of |Z| at them, `alpha` the two-sided level
/// they were made for. The square of the drift with which the plan has this power by that of a single test; C. Jennison,
/// B. W. Turnbull: "Group sequential methods", 2000, chapter 2, whose R it is.
///
/// ```
/// use variate_stats::{power::group_sequential_inflation, sequential::WangTsiatis};
///
/// let times = [0.2, 0.4, 0.6, 0.8, 1.0];
/// let plan = WangTsiatis::pocock(0.05, 5)?;
/// let factor = group_sequential_inflation(&times, plan.boundaries(), 0.05, 0.8)?;
/// assert!((factor - 1.2284).abs() < 5e-5);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When `alpha` or `power` is not between 0 and 1 or the power not above `alpha`, there are no looks or as many boundaries as
/// looks, times do not increase to 1, a boundary is NaN or not above 0 (an infinite one is never crossed), or the power is not reached
/// because all boundaries are infinite or as good as that.
pub fn group_sequential_inflation(
    times: &[f64],
    boundaries: &[f64],
    alpha: f64,
    power: f64,
) -> Result<f64, ArgumentError> {
    let alpha = fraction("alpha", alpha)?;
    let power = fraction("power", power)?;
    if power <= alpha {
        return Err(ArgumentError::Range {
            name: "power",
            value: power,
            expected: "more than alpha",
        });
    }
    let last = times.last().copied().unwrap_or(f64::NAN);
    if !times.is_empty() && (last - 1.0).abs() > 1e-9 {
        return Err(ArgumentError::Range {
            name: "the last time",
            value: last,
            expected: "1",
        });
    }
    if !boundaries.is_empty() && boundaries.iter().all(|bound| *bound > NEVER) {
        return Err(ArgumentError::Range {
            name: "the least boundary",
            value: boundaries.iter().copied().fold(f64::INFINITY, f64::min),
            expected: "one that can be crossed, of 30 at most",
        });
    }
    let finite = crossable(boundaries);
    // Every argument is looked at here, so that nothing fails below.
    crossing_probabilities(times, &finite, 0.0)?;
    let crossed = |drift: f64| {
        crossing_probabilities(times, &finite, drift).map_or(f64::NAN, |p| p.iter().sum::<f64>())
    };
    let critical = Normal::STANDARD.survival_quantile(0.5 * alpha);
    let single = single_drift(alpha, power);
    let bound = finite.last().copied().unwrap_or(critical);
    let most = enough(bound, power);
    let plan = increasing_root_secant(|d| crossed(d) - power, 0.0, most, 1e-12);
    Ok((plan / single) * (plan / single))
}

/// The power of a group-sequential plan whose last look has as many units as a test that is read once, with the power `once`.
///
/// The drift that gives `once` at the two-sided level `alpha`, put into [`crossing_probabilities`]: exact for a statistic that is
/// normal. Arguments are those of [`group_sequential_inflation`], of which it is the counterpart where the units are given.
///
/// ```
/// use variate_stats::{power::group_sequential_power, sequential::WangTsiatis};
///
/// let times = [0.2, 0.4, 0.6, 0.8, 1.0];
/// let plan = WangTsiatis::obrien_fleming(0.05, 5)?;
/// let power = group_sequential_power(&times, plan.boundaries(), 0.05, 0.8)?;
/// assert!(power < 0.8 && power > 0.78);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When `alpha` is not between 0 and 1, `once` not from `alpha` to 1, or times and boundaries are none.
pub fn group_sequential_power(
    times: &[f64],
    boundaries: &[f64],
    alpha: f64,
    once: f64,
) -> Result<f64, ArgumentError> {
    let alpha = fraction("alpha", alpha)?;
    if !(alpha..=1.0).contains(&once) {
        return Err(ArgumentError::Range {
            name: "power of one look",
            value: once,
            expected: "a number from alpha to 1",
        });
    }
    // Beyond, a drift is told from a greater one no more.
    let drift = single_drift(alpha, once.min(1.0 - 1e-12));
    let crossed = crossing_probabilities(times, &crossable(boundaries), drift)?;
    Ok(crossed.iter().sum::<f64>().min(1.0))
}

/// With which a test that is read once has this power.
fn single_drift(alpha: f64, power: f64) -> f64 {
    let critical = Normal::STANDARD.survival_quantile(0.5 * alpha);
    let once = |drift: f64| {
        Normal::STANDARD.survival(critical - drift) + Normal::STANDARD.survival(critical + drift)
    };
    increasing_root_secant(|d| once(d) - power, 0.0, enough(critical, power), 1e-12)
}

/// With this drift the last look alone has the power.
fn enough(bound: f64, power: f64) -> f64 {
    bound + Normal::STANDARD.survival_quantile(1.0 - power).max(0.0) + 1.0
}

/// What nobody crosses is brought near.
fn crossable(boundaries: &[f64]) -> Vec<f64> {
    let near = |bound: &f64| if *bound > NEVER { NEVER } else { *bound };
    boundaries.iter().map(near).collect()
}

const NEVER: f64 = 30.0;
