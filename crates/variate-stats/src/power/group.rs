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
/// looks, times do not increase to 1, or a boundary is NaN or not above 0 (an infinite one is never crossed).
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
    // What nobody crosses.
    let finite: Vec<f64> = boundaries
        .iter()
        .map(|&bound| if bound > NEVER { NEVER } else { bound })
        .collect();
    // Every argument is looked at here, so that nothing fails below.
    crossing_probabilities(times, &finite, 0.0)?;
    let crossed = |drift: f64| {
        crossing_probabilities(times, &finite, drift).map_or(f64::NAN, |p| p.iter().sum::<f64>())
    };
    let critical = Normal::STANDARD.survival_quantile(0.5 * alpha);
    let once = |drift: f64| {
        Normal::STANDARD.survival(critical - drift) + Normal::STANDARD.survival(critical + drift)
    };
    // The last look alone has this power here.
    let enough =
        |bound: f64| bound + Normal::STANDARD.survival_quantile(1.0 - power).max(0.0) + 1.0;
    let single = increasing_root_secant(|d| once(d) - power, 0.0, enough(critical), 1e-12);
    let bound = finite.last().copied().unwrap_or(critical);
    let plan = increasing_root_secant(|d| crossed(d) - power, 0.0, enough(bound), 1e-12);
    Ok((plan / single) * (plan / single))
}

const NEVER: f64 = 30.0;
