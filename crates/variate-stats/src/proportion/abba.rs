use serde::{Deserialize, Serialize};

use super::{IntervalMethod, Proportion};
use crate::argument::length;
use crate::distribution::{Binomial, Normal};
use crate::{ArgumentError, Interval, Side};

/// What Abba says of an experiment: rates, and each treatment against the control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Abba {
    /// The control's rate.
    pub rate: f64,
    /// Agresti and Coull's interval of it.
    pub interval: Interval,
    /// The treatments, in the order given.
    pub treatments: Vec<AbbaVariant>,
}

/// What Abba says of a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbbaVariant {
    /// Its rate.
    pub rate: f64,
    /// Agresti and Coull's interval of it.
    pub interval: Interval,
    /// How much greater than the control's the rate is, by the control's; none if the control has no successes.
    pub improvement: Option<f64>,
    /// The interval of the improvement, from the smoothed rates: it does not always hold the improvement.
    pub improvement_interval: Option<Interval>,
    /// How likely at least one of as many treatments without an effect is as far from the control as this one.
    pub p_value: f64,
}

/// Abba's report: what the A/B calculator of Thumbtack, and Gimel's dashboard with it, says of a control and its treatments.
///
/// With k treatments, z is the normal quantile of α/2k, rates are smoothed as Agresti and Coull's (p̃, ñ), and the improvement
/// is between (p̃₁ − p̃₀ ± z·√(p̃₀(1 − p̃₀)/ñ₀ + p̃₁(1 − p̃₁)/ñ₁))/p̃₀. The p-value is
/// 1e-5 + Σ P(B = b)·(1 − (1 − q(b))^k) over the successes b that the control might have had, B ~ Bin(n₀, p) with the pooled p, and
/// q(b) the chance of a rate of Bin(n₁, p) at least as far from b/n₀ as the rates seen are from each other. Binomial
/// probabilities are exact, as in Abba's Python edition; its JavaScript edition takes normal ones above 100 trials and is off
/// by a few thousandths. Ties are decided as there, by the rounding of an `f64`.
///
/// For the sake of those who come from there: for a decision take [`TwoProportions::score`](super::TwoProportions::score)
/// and [`multiplicity`](crate::multiplicity).
///
/// ```
/// use variate_stats::proportion::{Proportion, abba};
///
/// let report = abba(Proportion::new(100, 1_000)?, &[Proportion::new(130, 1_000)?], 0.05)?;
/// assert!((report.treatments[0].p_value - 0.03826826747).abs() < 1e-11);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When `alpha` is not between 0 and 1, or there are no treatments or more than 1,000.
pub fn abba(
    control: Proportion,
    treatments: &[Proportion],
    alpha: f64,
) -> Result<Abba, ArgumentError> {
    let found = treatments.len();
    length(
        (1..=1000).contains(&found),
        "treatments",
        found,
        "1 to 1000",
    )?;
    let k = super::float(found as u64);
    // A level between 0 and 1 stays so.
    let level = crate::argument::fraction("alpha", alpha)? / k;
    let z = Normal::STANDARD.survival_quantile(0.5 * level);
    let interval = |of: &Proportion| of.interval(IntervalMethod::AgrestiCoull, level, Side::Both);
    let base = Smoothed::new(&control, z);
    let variants = treatments.iter().map(|treatment| {
        let smoothed = Smoothed::new(treatment, z);
        let half = z * (base.variance + smoothed.variance).sqrt() / base.rate;
        let known = control.successes() > 0;
        Ok(AbbaVariant {
            rate: treatment.rate(),
            interval: interval(treatment)?,
            improvement: known.then(|| (treatment.rate() - control.rate()) / control.rate()),
            improvement_interval: known
                .then(|| Interval::around((smoothed.rate - base.rate) / base.rate, half)),
            p_value: p_value(&control, treatment, k)?,
        })
    });
    Ok(Abba {
        rate: control.rate(),
        interval: interval(&control)?,
        treatments: variants.collect::<Result<_, ArgumentError>>()?,
    })
}

struct Smoothed {
    rate: f64,
    variance: f64,
}

impl Smoothed {
    fn new(of: &Proportion, z: f64) -> Self {
        let size = of.size() + z * z;
        let rate = (of.hits() + 0.5 * z * z) / size;
        Self {
            rate,
            variance: rate * (1.0 - rate) / size,
        }
    }
}

/// What the sum leaves out, and adds again to be on the safe side.
const REST: f64 = 1e-5;

/// So many terms are summed at most; of more, evenly spaced ones stand for their neighbours. They are then a tiny part of
/// a standard deviation apart, and such a sum over a bell is exact.
const TERMS: f64 = 20_000.0;

fn p_value(control: &Proportion, treatment: &Proportion, k: f64) -> Result<f64, ArgumentError> {
    let apart = (treatment.rate() - control.rate()).abs();
    if apart <= 0.0 {
        return Ok(1.0);
    }
    let (n0, n1) = (control.size(), treatment.size());
    let pooled = (control.hits() + treatment.hits()) / (n0 + n1);
    let base = Binomial::new(control.trials(), pooled)?;
    let other = Binomial::new(treatment.trials(), pooled)?;
    let (from, to) = if n0 < 1000.0 {
        (0.0, n0)
    } else {
        (
            base.quantile(0.5 * REST),
            base.survival_quantile(0.5 * REST),
        )
    };
    let stride = ((to - from + 1.0) / TERMS).ceil();
    let mut sum = 0.0;
    let mut b = from;
    while b <= to {
        let near = ((b / n0 - apart) * n1).floor();
        let far = ((b / n0 + apart) * n1).ceil();
        let beyond = (other.cdf(near) + other.survival(far - 1.0)).min(1.0);
        sum -= stride * base.pmf(b) * (k * (-beyond).ln_1p()).exp_m1();
        b += stride;
    }
    Ok((sum + REST).min(1.0))
}
