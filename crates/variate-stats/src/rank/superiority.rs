use serde::{Deserialize, Serialize};

use super::ranks::Ranks;
use crate::mean::{Arm, Arms, Names};
use crate::values::number;
use crate::{ArgumentError, Estimate, Interval, Moments, Side};

/// How often a unit of the treatment has more than one of the control.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Superiority {
    /// P(treatment > control) + ½P(equal).
    pub probability: f64,
    /// Where that is, from 0 to 1, by the logit; an end that one side does not bound is 0 or 1.
    pub interval: Interval,
    /// The probability less ½ with Brunner and Munzel's standard error and degrees of freedom: the test of no tendency.
    pub estimate: Estimate,
}

/// P(treatment > control) + ½P(equal), with an interval and the test of ½ (Brunner & Munzel).
///
/// The variance is that of the placements: of the share of the control below each unit of the treatment, over n, and of
/// the share of the treatment below each unit of the control, over m. Unlike [`mann_whitney`](super::mann_whitney) it does not take the arms to
/// be alike: it holds where they differ in spread, and with ties. The interval is of the logit of the probability, so it
/// stays within 0 and 1.
///
/// Valid from some ten units an arm. References: Brunner & Munzel 2000 (Biometrical Journal 42); Newcombe 2006 (Statistics
/// in Medicine 25) for intervals.
///
/// ```
/// use variate_stats::{Side, rank::superiority};
///
/// let control = [1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 1.0, 1.0];
/// let treatment = [3.0, 3.0, 4.0, 3.0, 1.0, 2.0, 3.0, 1.0, 1.0, 5.0, 4.0];
/// let more = superiority(&control, &treatment, 0.05, Side::Both)?;
/// // Brunner & Munzel 2000: 0.788, p = 0.0058
/// assert!((more.probability - 0.788_961).abs() < 1e-6);
/// assert!((more.estimate.p_value - 0.005_786).abs() < 1e-6);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When an arm has fewer than two values, one is not finite, the arms do not overlap (nothing tells how sure that is; ask
/// `mann_whitney`), or `alpha` is not between 0 and 1 (below ½ for one side).
pub fn superiority(
    control: &[f64],
    treatment: &[f64],
    alpha: f64,
    side: Side,
) -> Result<Superiority, ArgumentError> {
    let ranks = Ranks::of(control, treatment)?;
    let pairs = number(control.len()) * number(treatment.len());
    let probability = ranks.u / pairs;
    if probability <= 0.0 || probability >= 1.0 {
        return Err(ArgumentError::Range {
            name: "probability that the treatment has more",
            value: probability,
            expected: "arms that overlap, for nothing else tells how sure it is, or ask mann_whitney",
        });
    }
    // The means of both arms' placements say the same: that of the treatment's counts, as a difference from ½.
    let arm = |places: &[f64], others: &[f64], value: f64, names: Names| {
        let others = number(others.len());
        let placements: Moments = places.iter().map(|place| place / others).collect();
        Arm::new(placements.count(), value, placements.variance(), names)
    };
    let arms = Arms {
        control: arm(&ranks.control, treatment, 0.0, Names::CONTROL)?,
        treatment: arm(
            &ranks.treatment,
            control,
            probability - 0.5,
            Names::TREATMENT,
        )?,
    };
    let estimate = arms.difference(alpha, side)?;
    Ok(Superiority {
        probability,
        interval: logit_interval(probability, &estimate),
        estimate,
    })
}

/// The interval of ln(p/(1 − p)) by the delta method, brought back.
fn logit_interval(probability: f64, estimate: &Estimate) -> Interval {
    let scale = 1.0 / (probability * (1.0 - probability));
    let centre = (probability / (1.0 - probability)).ln();
    // The estimate's own ends are so many standard errors away; infinite ones stay.
    let end = |end: f64| 1.0 / (1.0 + (-(centre + (end - estimate.effect) * scale)).exp());
    Interval::new(end(estimate.interval.lower), end(estimate.interval.upper))
}
