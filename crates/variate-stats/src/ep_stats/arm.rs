use super::Mode;
use super::goal_row::ROUNDED;
use super::reason::Reason;
use crate::Side;
use crate::proportion::{Proportion, TwoProportions};

/// One variant of one metric: what the test needs to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arm {
    /// The denominator.
    pub(crate) n: f64,
    pub(crate) mean: f64,
    /// What the mean is more than that, beyond its last digit.
    pub(crate) rest: f64,
    pub(crate) std: f64,
    /// The nominator.
    pub(crate) sum: f64,
    /// Why there is no standard deviation, if the mode is interested.
    pub(crate) reason: Option<Reason>,
    /// What the mean is.
    pub(crate) measure: Measure,
}

/// What the mean of a variant is, which says how two of them are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Measure {
    /// A mean, or what the delta method makes one.
    #[default]
    Mean,
    /// The share of units that did it, so many times: each did it once or not at all.
    Rate(Proportion, f64),
    /// A quantile, with its standard error.
    Quantile(f64),
}

/// By this share a sum of squares may be off that was written with few digits: cents of prices that are all alike.
pub(crate) const WRITTEN: f64 = 1e-6;

/// The share of units, where sums can be of nothing else: a whole number that is no more than the units and its own sum of squares, but for a rounding.
pub(crate) fn rate(moments: Moments) -> Measure {
    let Moments { n, sum, square } = moments;
    let hits = sum.round();
    let is_rate = (sum - square).abs() <= ROUNDED * sum
        && (sum - hits).abs() <= ROUNDED * sum
        && n.fract() == 0.0
        && sum >= 0.0
        && hits <= n
        && n >= 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and not below 0"
    )]
    let rate = is_rate.then(|| Proportion::new(hits as u64, n as u64));
    match rate {
        Some(Ok(rate)) => Measure::Rate(rate, 1.0),
        _ => Measure::Mean,
    }
}

/// Sums over the units of a variant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) n: f64,
    pub(crate) sum: f64,
    pub(crate) square: f64,
}

impl Moments {
    fn variance(self) -> f64 {
        (self.square - self.sum * self.sum / self.n) / (self.n - 1.0)
    }

    /// The variance, 0 where only rounding makes it negative.
    fn sound_variance(self) -> Result<f64, Reason> {
        let variance = self.variance();
        if self.n == 0.0 {
            Err(Reason::NoUnits)
        } else if self.n < 2.0 {
            Err(Reason::TooFewUnits)
        } else if !variance.is_finite() {
            Err(Reason::NotFinite)
        } else if variance >= 0.0 {
            Ok(variance)
        } else if -variance * (self.n - 1.0) <= WRITTEN * self.square.abs() {
            Ok(0.0)
        } else {
            Err(Reason::SumsContradict)
        }
    }
}

impl Arm {
    pub(crate) fn new(moments: Moments, mode: Mode) -> Self {
        let mean = moments.sum / moments.n;
        match mode {
            Mode::Compat => Self {
                n: moments.n,
                mean,
                rest: 0.0,
                std: moments.variance().sqrt(),
                sum: moments.sum,
                reason: None,
                measure: Measure::Mean,
            },
            Mode::Corrected => Self::sound(moments, moments.sound_variance()),
        }
    }

    fn sound(moments: Moments, variance: Result<f64, Reason>) -> Self {
        let mean = moments.sum / moments.n;
        let mean = if mean.is_finite() { mean } else { f64::NAN };
        Self {
            n: moments.n,
            mean,
            rest: 0.0,
            std: variance.map_or(f64::NAN, f64::sqrt),
            sum: moments.sum,
            reason: variance.err(),
            measure: Measure::Mean,
        }
    }

    /// An arm whose numbers cannot be used.
    pub(crate) fn faulty(self, reason: Reason) -> Self {
        Self {
            std: f64::NAN,
            reason: Some(reason),
            measure: Measure::Mean,
            ..self
        }
    }

    /// If a value is none though all sums are numbers, it was divided by zero, or is too large.
    pub(crate) fn divided(self, size: f64, divides: bool) -> Self {
        if self.sum.is_finite() && size.is_finite() {
            return self;
        }
        self.faulty(if divides {
            Reason::DivisionByZero
        } else {
            Reason::NotFinite
        })
    }

    /// So many times what it is: no test sees that.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        if factor == 1.0 {
            return self;
        }
        Self {
            mean: self.mean * factor,
            rest: self.rest * factor,
            std: self.std * factor.abs(),
            measure: match self.measure {
                Measure::Rate(rate, before) => Measure::Rate(rate, before * factor),
                other => other,
            },
            ..self
        }
    }

    /// The same spread around another mean.
    pub(crate) fn moved(self, (mean, rest): (f64, f64), sum: f64) -> Self {
        Self {
            mean: if mean.is_finite() { mean } else { f64::NAN },
            rest: if rest.is_finite() { rest } else { 0.0 },
            sum,
            ..self
        }
    }

    /// The ratio of two totals of units by the delta method (Deng, Knoblich and Lu 2018).
    pub(crate) fn ratio(nominator: Moments, denominator: Moments, product: f64) -> Self {
        let n = nominator.n;
        let ratio = nominator.sum / denominator.sum;
        let size = denominator.sum / n;
        let variance = (|| {
            let (y, x) = (nominator.sound_variance()?, denominator.sound_variance()?);
            let covariance = (product - nominator.sum * denominator.sum / n) / (n - 1.0);
            let variance = (y - 2.0 * ratio * covariance + ratio * ratio * x) / (size * size);
            let scale = (y + ratio * ratio * x) / (size * size);
            match variance {
                _ if denominator.sum == 0.0 => Err(Reason::NoUnits),
                variance if !variance.is_finite() => Err(Reason::NotFinite),
                variance if variance >= 0.0 => Ok(variance),
                variance if -variance <= 1e-9 * scale => Ok(0.0),
                _ => Err(Reason::SumsContradict),
            }
        })();
        Self {
            n,
            mean: if ratio.is_finite() { ratio } else { f64::NAN },
            rest: 0.0,
            std: variance.map_or(f64::NAN, f64::sqrt),
            sum: nominator.sum,
            reason: variance.err(),
            measure: Measure::Mean,
        }
    }

    /// The same from the totals of `n` units and the squares of what remains of each: its nominator less the ratio times its
    /// denominator, each around its mean.
    pub(crate) fn of_ratio(n: f64, nominator: f64, denominator: f64, remains: f64) -> Self {
        let ratio = nominator / denominator;
        let size = denominator / n;
        let around = Moments {
            n,
            sum: 0.0,
            square: remains / (size * size),
        };
        let variance = if denominator == 0.0 {
            Err(Reason::NoUnits)
        } else {
            around.sound_variance()
        };
        let arm = Self::sound(around, variance);
        arm.moved((ratio, 0.0), nominator)
    }
}

/// A treatment against control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) diff: f64,
    pub(crate) error: f64,
    pub(crate) df: f64,
    pub(crate) statistic: f64,
    /// There is no interval, whatever the error is.
    pub(crate) degenerate: bool,
    /// Of an exact test.
    pub(crate) p_value: Option<f64>,
}

/// Rates with fewer successes or failures are tested exactly.
const FEW: u64 = 10;

impl Comparison {
    /// Welch's test of the relative difference, its error by the delta method.
    pub(crate) fn welch(control: &Arm, arm: &Arm, mode: Mode) -> Self {
        let (c, t) = (control, arm);
        let (vc, vt) = (c.std * c.std / c.n, t.std * t.std / t.n);
        let df = (vc + vt).powi(2) / (vc * vc / (c.n - 1.0) + vt * vt / (t.n - 1.0));
        let diff = (t.mean - c.mean) / c.mean.abs();
        let root = ((t.mean * c.std).powi(2) / (c.mean * c.mean * c.n) + vt).sqrt();
        match mode {
            Mode::Compat => {
                let error = root / c.mean;
                let mut statistic = diff / error;
                if statistic.is_infinite() && t.sum <= 10.0 {
                    statistic = 0.0;
                }
                let df = ((df * 1e5).round_ties_even() / 1e5).trunc();
                Self {
                    diff,
                    error,
                    df,
                    statistic,
                    degenerate: false,
                    p_value: None,
                }
            }
            Mode::Corrected => {
                let diff = ((t.mean - c.mean) + (t.rest - c.rest)) / c.mean.abs();
                let diff = if diff.is_finite() { diff } else { f64::NAN };
                if let (Measure::Rate(control, _), Measure::Rate(treatment, _)) =
                    (c.measure, t.measure)
                {
                    return Self::rates(
                        &TwoProportions { control, treatment },
                        diff,
                        root / c.mean.abs(),
                        df,
                    );
                }
                // The test is of the difference itself: that of the relative one finds too much where control has few events.
                let error_of_difference = (vc + vt).sqrt();
                let null = error_of_difference / c.mean.abs();
                // A treatment that does nothing leaves the delta method nothing.
                let error = if root > 0.0 {
                    root / c.mean.abs()
                } else {
                    null
                };
                let statistic = if c.mean == 0.0 && error_of_difference > 0.0 {
                    // No relative difference, and a difference all the same.
                    ((t.mean - c.mean) + (t.rest - c.rest)) / error_of_difference
                } else if null > 0.0 {
                    diff / null
                } else {
                    f64::NAN
                };
                Self {
                    diff,
                    error,
                    df,
                    statistic,
                    degenerate: false,
                    p_value: None,
                }
            }
        }
    }

    /// Two rates by their own test, as [`evaluation`](crate::evaluation) has it: Wald's, or Fisher's where events are few.
    fn rates(rates: &TwoProportions, diff: f64, delta: f64, welch: f64) -> Self {
        let base = rates.control.rate();
        let wald = rates.wald_error() / base;
        let rarer = |of: Proportion| of.successes().min(of.failures());
        let few = rarer(rates.control).min(rarer(rates.treatment)) < FEW;
        let null = if few && wald == 0.0 && diff != 0.0 {
            rates.shrunk_error() / base
        } else {
            wald
        };
        let statistic = if null > 0.0 { diff / null } else { f64::NAN };
        // Without a success of control there is no relative difference, and a difference all the same.
        let is_tested = if base == 0.0 {
            rates.treatment.successes() > 0
        } else {
            statistic.is_finite()
        };
        Self {
            diff,
            error: if few { delta.max(null) } else { delta },
            df: if few { welch } else { f64::INFINITY },
            statistic,
            degenerate: false,
            p_value: (few && is_tested).then(|| rates.fisher(Side::Both)),
        }
    }
}
