use crate::distribution::Normal;

/// The power that sample sizes are planned for.
pub(crate) const POWER: f64 = 0.8;

/// How many units each variant needs to find a difference of `delta`, when the variances of both sum up to `variances`.
pub(crate) fn required(variances: f64, delta: f64, alpha: f64, power: f64) -> f64 {
    let normal = Normal::STANDARD;
    let z = normal.survival_quantile(alpha / 2.0) + normal.quantile(power);
    (z * z * (variances / (delta * delta))).round_ties_even()
}

/// What all comparisons of an experiment have in common, by Bonferroni.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thresholds {
    /// From where on a difference is significant, in standard errors.
    threshold: f64,
    /// Where it must lie for the planned power.
    z: f64,
}

impl Thresholds {
    /// Of an experiment with this level and so many variants.
    pub(crate) fn of(alpha: f64, variants: usize) -> Self {
        let normal = Normal::STANDARD;
        let alpha = alpha / (variants as f64 - 1.0);
        let threshold = normal.survival_quantile(alpha / 2.0);
        Self {
            threshold,
            z: threshold + normal.quantile(POWER),
        }
    }

    /// As [`required`] says.
    pub(crate) fn required(self, variances: f64, delta: f64) -> f64 {
        (self.z * self.z * (variances / (delta * delta))).round_ties_even()
    }

    /// The power with `units` where `required` give 80 %.
    pub(crate) fn reached(self, units: f64, required: f64) -> f64 {
        if required == 0.0 {
            return f64::NAN;
        }
        Normal::STANDARD.cdf((units / required).sqrt() * self.z - self.threshold)
    }
}

/// How probable it is that a difference with this p-value is none, when `rate` of all experiments have none.
pub(crate) fn false_positive_risk(p: f64, power: f64, rate: f64) -> f64 {
    p * rate / (p * rate + power * (1.0 - rate))
}
