use serde::{Deserialize, Serialize};

use super::exact;
use super::ranks::Ranks;
use crate::argument::positive;
use crate::distribution::Normal;
use crate::values::number;
use crate::{ArgumentError, Side};

/// What the Mann–Whitney test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MannWhitney {
    /// Pairs of a unit of each arm in which the treatment has more; equal ones count a half.
    pub u: f64,
    /// `u` over all pairs: how often the treatment has more. ½ where the arms are alike.
    pub superiority: f64,
    /// How likely a `u` as far from half of the pairs is where the arms are alike, 0 to 1.
    pub p_value: f64,
    /// Whether the p-value is that of the exact distribution, not of its normal approximation.
    pub exact: bool,
}

/// The test of Mann & Whitney (Wilcoxon's rank sums): is it as likely that a unit of the treatment has more as less?
///
/// Exact where no two values are equal and both arms are below 50 units; else z = (U − mn/2 ∓ ½)/σ with σ² =
/// mn/12·((N + 1) − Σ(t³ − t)/(N(N − 1))), ties counted. O(N log N).
///
/// Valid for any distribution as a test of arms that are alike throughout: where they differ in spread alone it may reject
/// too often, then ask [`superiority`](super::superiority). References: Mann & Whitney 1947 (Annals of Mathematical
/// Statistics 18); Hollander, Wolfe & Chicken 2014, chapter 4.
///
/// ```
/// use variate_stats::{Side, rank::mann_whitney};
///
/// // Hollander & Wolfe: permeability of membranes at term, and at 12 to 26 weeks.
/// let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
/// let earlier = [1.15, 0.88, 0.90, 0.74, 1.21];
/// let test = mann_whitney(&earlier, &term, Side::Greater)?;
/// assert_eq!(test.u, 35.0);
/// assert!(test.exact && (test.p_value - 0.1272).abs() < 5e-5);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When an arm has fewer than two values, one is not finite, or all of them are equal.
pub fn mann_whitney(
    control: &[f64],
    treatment: &[f64],
    side: Side,
) -> Result<MannWhitney, ArgumentError> {
    from_ranks(&Ranks::of(control, treatment)?, side)
}

pub(super) fn from_ranks(ranks: &Ranks, side: Side) -> Result<MannWhitney, ArgumentError> {
    let pairs = number(ranks.control.len()) * number(ranks.treatment.len());
    let (p_value, exact) = match ranks.small() {
        Some((m, n)) => (
            exactly(&exact::distribution(m, n), ranks.u, pairs, side),
            true,
        ),
        None => (normal(ranks, pairs, side)?, false),
    };
    Ok(MannWhitney {
        u: ranks.u,
        superiority: ranks.u / pairs,
        p_value: p_value.min(1.0),
        exact,
    })
}

fn exactly(distribution: &[f64], u: f64, pairs: f64, side: Side) -> f64 {
    // The distribution is the same from both ends: the upper tail is the lower one of what is left.
    let greater = || exact::at_most(distribution, pairs - u);
    let less = || exact::at_most(distribution, u);
    match side {
        Side::Both => 2.0 * greater().min(less()),
        Side::Greater => greater(),
        Side::Less => less(),
    }
}

fn normal(ranks: &Ranks, pairs: f64, side: Side) -> Result<f64, ArgumentError> {
    let deviation = positive("variance of the ranks", ranks.variance())?.sqrt();
    // Half a pair is the step from one U to the next.
    let survival = |beyond: f64| Normal::STANDARD.survival((beyond - 0.5) / deviation);
    let above = ranks.u - 0.5 * pairs;
    Ok(match side {
        Side::Both => 2.0 * survival(above.abs()),
        Side::Greater => survival(above),
        Side::Less => survival(-above),
    })
}
