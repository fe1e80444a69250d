use super::Mode;
use super::arm::{Arm, Comparison, Measure, Moments, rate};
use super::metric::Case;
use super::numpy::Generator;
use super::quantile::{SEED, deviation, quantile, replicates, spread};
use super::reason::Reason;
use crate::DoubleDouble;

/// The units of a variant.
pub(crate) struct Sample {
    pub(crate) values: Vec<f64>,
    /// The denominator of each.
    pub(crate) sizes: Vec<f64>,
    /// The denominator of all, where single ones are not asked for.
    pub(crate) n: Option<f64>,
}

impl Sample {
    /// Whether the denominator is not 1 for every unit.
    pub(crate) fn varies(&self) -> bool {
        self.sizes.iter().any(|size| *size != 1.0)
    }

    pub(crate) fn arm(&self, mode: Mode) -> Arm {
        match mode {
            Mode::Compat => {
                let moments = Moments {
                    n: self.n.unwrap_or(self.values.len() as f64),
                    sum: self.values.iter().sum(),
                    square: self.values.iter().map(|value| value * value).sum(),
                };
                Arm::new(moments, mode)
            }
            Mode::Corrected if self.varies() => self.ratio(),
            Mode::Corrected => self.mean(),
        }
    }

    /// From the mean, so that nothing cancels.
    fn mean(&self) -> Arm {
        let exact = crate::Moments::from_values(&self.values);
        let around = Moments {
            n: self.values.len() as f64,
            sum: 0.0,
            square: exact.squared_deviations(),
        };
        let (_, rest) = exact.exact_mean().parts();
        let measure = rate(Moments {
            n: around.n,
            sum: self.values.iter().sum(),
            square: self.values.iter().map(|value| value * value).sum(),
        });
        let arm = Arm::new(around, Mode::Corrected).moved((exact.mean(), rest), total(exact));
        Arm { measure, ..arm }
    }

    /// Units that are in neither sum say nothing of the ratio.
    fn ratio(&self) -> Arm {
        let pairs = self.values.iter().zip(&self.sizes);
        let (values, sizes): (Vec<f64>, Vec<f64>) = pairs
            .filter(|(value, size)| **value != 0.0 || **size != 0.0)
            .unzip();
        let of = [&values, &sizes].map(|of| crate::Moments::from_values(of));
        let [y, x] = of.map(|of| of.mean());
        let [nominator, denominator] = of.map(total);
        // Around the means, so that nothing cancels.
        let ratio = nominator / denominator;
        let remains = values
            .iter()
            .zip(&sizes)
            .map(|(value, size)| ((value - y) - ratio * (size - x)).powi(2))
            .sum();
        Arm::of_ratio(values.len() as f64, nominator, denominator, remains)
    }
}

/// The sum of all values.
fn total(of: crate::Moments) -> f64 {
    (of.exact_mean() * DoubleDouble::from(of.count())).value()
}

/// Sets what lies outside of the percentiles of all variants together to these percentiles.
pub(crate) fn winsorise(samples: &mut [Sample], lower: Option<f64>, upper: Option<f64>) {
    if lower.is_none() && upper.is_none() {
        return;
    }
    let mut pool: Vec<f64> = samples
        .iter()
        .flat_map(|sample| sample.values.iter().copied())
        .filter(|value| !value.is_nan())
        .collect();
    pool.sort_by(f64::total_cmp);
    let low = lower.map_or(f64::NEG_INFINITY, |percent| {
        quantile(&pool, percent / 100.0)
    });
    let high = upper.map_or(f64::INFINITY, |percent| {
        quantile(&pool, 1.0 - percent / 100.0)
    });
    let values = samples.iter_mut().flat_map(|sample| &mut sample.values);
    for value in values.filter(|value| !value.is_nan()) {
        *value = value.max(low).min(high);
    }
}

/// Quantiles instead of means, compared by drawing units again.
pub(crate) fn quantiles(
    samples: &[Sample],
    arms: &mut [Arm],
    case: &Case<'_>,
    probability: f64,
) -> Vec<Comparison> {
    for (arm, sample) in arms.iter_mut().zip(samples) {
        let mut sorted = sample.values.clone();
        sorted.sort_by(f64::total_cmp);
        arm.mean = quantile(&sorted, probability);
        arm.measure = Measure::Quantile(f64::NAN);
        if case.mode == Mode::Corrected && sorted.is_empty() {
            arm.reason = Some(Reason::NoUnits);
        }
        // Which stands last.
        if sorted.last().is_some_and(|value| value.is_nan()) {
            arm.mean = f64::NAN;
        }
    }
    let Some((control, of_control)) = samples.get(case.control).zip(arms.get(case.control)) else {
        return Vec::new();
    };
    let mut generator = Generator::new(SEED);
    let few = |sample: &Sample| {
        sample.values.len() < 2 || sample.values.iter().any(|value| value.is_nan())
    };
    let drawn = if few(control) {
        Vec::new()
    } else {
        replicates(&control.values, probability, &mut generator)
    };
    let of_control = (of_control.mean, deviation(&drawn));
    samples
        .iter()
        .zip(arms.iter_mut())
        .enumerate()
        .map(|(at, (sample, arm))| {
            let (of_control, control_error) = of_control;
            let diff = (arm.mean - of_control) / of_control.abs();
            let df = (sample.values.len() + control.values.len()) as f64 - 2.0;
            if few(control) || few(sample) {
                return Comparison {
                    diff,
                    error: f64::NAN,
                    df: f64::NAN,
                    statistic: f64::NAN,
                    degenerate: true,
                    p_value: None,
                };
            }
            let again = replicates(&sample.values, probability, &mut generator);
            let error = spread(&drawn, &again);
            let mut degenerate = error == 0.0 || !error.is_finite();
            let mut statistic = if degenerate { 0.0 } else { diff / error };
            if case.mode == Mode::Corrected {
                let own = if at == case.control {
                    control_error
                } else {
                    deviation(&again)
                };
                arm.measure = Measure::Quantile(own);
                let null = own.hypot(control_error);
                degenerate |= null == 0.0;
                statistic = if degenerate {
                    0.0
                } else {
                    (arm.mean - of_control) / null
                };
                if !statistic.is_finite() {
                    statistic = f64::NAN;
                }
            }
            Comparison {
                diff,
                error,
                df,
                statistic,
                degenerate,
                p_value: None,
            }
        })
        .collect()
}
