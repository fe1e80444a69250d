//! Many treatments against one control.

use crate::{
    ArgumentError, Interval, Side,
    argument::{finite, fraction, length, non_negative, positive},
    distribution::Normal,
    quadrature::{LINE, adaptive, increasing_root_secant, ln_log_concave},
    special::{LN_ROOT_TAU, stirling},
};

/// Units, mean and variance of an arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    units: f64,
    mean: f64,
    variance: f64,
}

impl Group {
    /// An arm of `units` with the sample `mean` and the sample `variance` (divided by n − 1).
    ///
    /// # Errors
    /// When there is less than one unit, or a number is not finite, or the variance is negative.
    pub fn new(units: f64, mean: f64, variance: f64) -> Result<Self, ArgumentError> {
        if units.is_nan() || units < 1.0 {
            return Err(ArgumentError::Range {
                name: "units",
                value: units,
                expected: "at least 1",
            });
        }
        Ok(Self {
            units: finite("units", units)?,
            mean: finite("mean", mean)?,
            variance: non_negative("variance", variance)?,
        })
    }
}

/// A treatment against the control, with all treatments accounted for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct DunnettComparison {
    /// Mean of the treatment less mean of the control.
    pub difference: f64,
    /// The difference in standard errors of the pooled variance.
    pub statistic: f64,
    /// The adjusted p-value: the chance of any treatment to stray as far.
    pub p_value: f64,
    /// All intervals together hold their differences with the probability 1 − α.
    pub interval: Interval,
}

/// Dunnett's test of every treatment against the control, and simultaneous intervals at the level `alpha`.
///
/// One pooled variance for all arms (√ of it is as uncertain as its Σn − k − 1 degrees of freedom say), normal data
/// or many units, any group sizes. Reference: Dunnett 1955 (JASA 50), 1964 (Biometrics 20).
///
/// ```
/// use variate_stats::{Side, multiplicity::{Group, dunnett}};
///
/// let control = Group::new(100.0, 10.0, 4.0)?;
/// let treatments = [Group::new(100.0, 10.7, 4.2)?, Group::new(100.0, 10.1, 3.9)?];
/// let found = dunnett(&control, &treatments, 0.05, Side::Both)?;
/// assert!(found[0].p_value < 0.05 && found[1].p_value > 0.5);
/// assert!(!found[0].interval.contains(0.0));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When there is no treatment or more than 1,000, `alpha` is not between 0 and 1, there is no variation in any arm or not a
/// degree of freedom.
pub fn dunnett(
    control: &Group,
    treatments: &[Group],
    alpha: f64,
    side: Side,
) -> Result<Vec<DunnettComparison>, ArgumentError> {
    let groups = || std::iter::once(control).chain(treatments);
    let degrees = positive(
        "degrees of freedom",
        groups().map(|group| group.units - 1.0).sum(),
    )?;
    let squares: f64 = groups()
        .map(|group| (group.units - 1.0) * group.variance)
        .sum();
    let pooled = positive("pooled variance", squares / degrees)?;
    let units: Vec<f64> = treatments.iter().map(|group| group.units).collect();
    let law = Dunnett::new(control.units, &units, degrees)?;
    let critical = law.critical(alpha, side)?;
    treatments
        .iter()
        .map(|treatment| {
            let difference = finite("difference", treatment.mean - control.mean)?;
            let error = (pooled * (1.0 / treatment.units + 1.0 / control.units)).sqrt();
            let statistic = difference / error;
            let reach = critical * error;
            let interval = match side {
                Side::Both => Interval::around(difference, reach),
                Side::Greater => Interval::new(difference - reach, f64::INFINITY),
                Side::Less => Interval::new(f64::NEG_INFINITY, difference + reach),
            };
            Ok(DunnettComparison {
                difference,
                statistic,
                p_value: law.p_value(statistic, side)?,
                interval,
            })
        })
        .collect()
}

/// The distribution of the greatest of several t-statistics that share a control and a pooled variance: a
/// multivariate t with the correlations λᵢλⱼ, λᵢ = √(nᵢ/(nᵢ+n₀)).
///
/// P(all |Tᵢ| ≤ c) = ∫f(s)∫φ(z)Π[Φ((cs+λᵢz)/γᵢ) − Φ((−cs+λᵢz)/γᵢ)]dz ds with γᵢ² = 1 − λᵢ² and s·√ν of a χ with ν degrees
/// of freedom, by nested adaptive quadrature of the complement: relative error below 1e-9, tails included.
#[derive(Debug, Clone, PartialEq)]
pub struct Dunnett {
    /// (λ, γ, how many treatments have it).
    loadings: Vec<(f64, f64, f64)>,
    degrees: f64,
}

const INNER: f64 = 1e-11;
const OUTER: f64 = 1e-10;
/// From so many degrees of freedom on the variance is as good as known (a relative error of 1e-10 in the tail's logarithm).
const KNOWN: f64 = 1e12;

impl Dunnett {
    /// The law for a control of `control` units, treatments of `treatments` units each, and a variance known to
    /// `degrees` degrees of freedom (infinity for a known one).
    ///
    /// # Errors
    /// When there is no treatment or more than 1,000, a number of units is not finite and above 0, or `degrees` is below 1.
    pub fn new(control: f64, treatments: &[f64], degrees: f64) -> Result<Self, ArgumentError> {
        length(
            (1..=1000).contains(&treatments.len()),
            "treatments",
            treatments.len(),
            "1 to 1000",
        )?;
        positive("units of the control", control)?;
        if degrees.is_nan() || degrees < 1.0 {
            let expected = "at least 1";
            return Err(ArgumentError::Range {
                name: "degrees of freedom",
                value: degrees,
                expected,
            });
        }
        let mut sizes = treatments.to_vec();
        sizes.sort_by(f64::total_cmp);
        let mut loadings: Vec<(f64, f64, f64)> = Vec::new();
        let mut last = f64::NAN;
        for size in sizes {
            positive("units of a treatment", size)?;
            let ratio = positive(
                "units of a treatment for one of the control",
                size / control,
            )?;
            match loadings.last_mut() {
                Some((_, _, number)) if size.total_cmp(&last).is_eq() => *number += 1.0,
                _ => loadings.push((
                    (ratio / (1.0 + ratio)).sqrt(),
                    (1.0 / (1.0 + ratio)).sqrt(),
                    1.0,
                )),
            }
            last = size;
        }
        Ok(Self { loadings, degrees })
    }

    /// The adjusted p-value of a treatment's t-`statistic`: the chance that any treatment's is as far out.
    ///
    /// # Errors
    /// When `statistic` is NaN.
    pub fn p_value(&self, statistic: f64, side: Side) -> Result<f64, ArgumentError> {
        if statistic.is_nan() {
            return Err(ArgumentError::Range {
                name: "statistic",
                value: statistic,
                expected: "a number",
            });
        }
        let t = match side {
            Side::Both => statistic.abs(),
            Side::Greater => statistic,
            Side::Less => -statistic,
        };
        Ok(self.beyond(t, side == Side::Both))
    }

    /// The statistic that any treatment exceeds with the probability `alpha`: half the width of the simultaneous
    /// intervals, in standard errors.
    ///
    /// # Errors
    /// When `alpha` is not from 1e-12 to below 1.
    pub fn critical(&self, alpha: f64, side: Side) -> Result<f64, ArgumentError> {
        if fraction("alpha", alpha)? < 1e-12 {
            return Err(ArgumentError::Range {
                name: "alpha",
                value: alpha,
                expected: "at least 1e-12",
            });
        }
        let both = side == Side::Both;
        let tests: f64 = self.loadings.iter().map(|loading| loading.2).sum();
        let miss = |t: f64| alpha.ln() - self.beyond(t, both).ln();
        let guess = Normal::STANDARD
            .survival_quantile(alpha / tests / 2.0)
            .max(1.0);
        let (mut low, mut high) = (if both { 0.0 } else { -guess }, guess);
        while !both && miss(low) > 0.0 && low > -1e15 {
            low *= 2.0;
        }
        while miss(high) < 0.0 && high < 1e15 {
            low = high;
            high *= 2.0;
        }
        Ok(increasing_root_secant(miss, low, high, 1e-11 * high))
    }

    /// The probability that any |T| (any T) exceeds `t`.
    fn beyond(&self, t: f64, both: bool) -> f64 {
        if t.is_infinite() {
            return if t > 0.0 { 0.0 } else { 1.0 };
        }
        if both && t == 0.0 {
            return 1.0;
        }
        if self.degrees >= KNOWN {
            return self.beyond_known(t, both).min(1.0);
        }
        let half = 0.5 * self.degrees;
        // ln of the density of ln s, by Stirling's formula so that many degrees of freedom cost no digits.
        let constant = std::f64::consts::LN_2 + 0.5 * half.ln() - LN_ROOT_TAU - stirling(half);
        let ln_density = |u: f64| constant + self.degrees * u - half * (2.0 * u).exp_m1();
        let ln_f = |u: f64| ln_density(u) + self.beyond_known(t * u.exp(), both).ln();
        let width = (2.0 * self.degrees).sqrt().recip();
        ln_log_concave(ln_f, 0.0, width, LINE, OUTER).exp().min(1.0)
    }

    /// The same for a known variance, with the bound `c`: ∫φ(z)(1 − Π(1 − qᵢ(z)))dz.
    fn beyond_known(&self, c: f64, both: bool) -> f64 {
        let f = |z: f64| {
            let inside: f64 = self
                .loadings
                .iter()
                .map(|&(lambda, gamma, number)| {
                    let above = Normal::STANDARD.cdf((lambda * z - c) / gamma);
                    let out = if both {
                        above + Normal::STANDARD.cdf((-lambda * z - c) / gamma)
                    } else {
                        above
                    };
                    number * (-out.min(1.0)).ln_1p()
                })
                .sum();
            -Normal::STANDARD.pdf(z) * inside.exp_m1()
        };
        // Where a factor turns from inside to outside, as wide as its γ/λ; and where φ has its mass.
        let mut breaks = vec![-38.0, -9.0, -4.0, -1.5, 0.0, 1.5, 4.0, 9.0, 38.0];
        for &(lambda, gamma, _) in [self.loadings.first(), self.loadings.last()]
            .into_iter()
            .flatten()
        {
            for centre in [c / lambda, lambda * c] {
                breaks.extend([centre - 4.0 * gamma, centre, centre + 4.0 * gamma]);
            }
        }
        if both {
            // The integrand is even.
            breaks.retain(|z| (0.0..=38.0).contains(z));
        } else {
            breaks.retain(|z| (-38.0..=38.0).contains(z));
        }
        breaks.sort_by(f64::total_cmp);
        let mass = adaptive(f, &breaks, INNER);
        if both { 2.0 * mass } else { mass }
    }
}
