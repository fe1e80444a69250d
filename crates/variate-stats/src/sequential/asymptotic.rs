//! The asymptotic confidence sequence.

use super::{AlwaysValid, Look};
use crate::{ArgumentError, Interval, Side, argument::positive};

/// The asymptotic confidence sequence of a difference: the always-valid method that products offer most.
///
/// With N units of both arms, the effect Δ and its variance V,
/// half width = √(N·V)·√(2(Nρ²+1)/(N²ρ²)·ln(√(Nρ²+1)/α)) on two sides, with ln(1 + √(Nρ²+1)/(2α)) in place of the
/// logarithm on one. The p-value is the level at which the interval would just touch no effect:
/// √(Nρ²+1)·exp(−ρ²N·(Δ²/V)/(2(Nρ²+1))) on two sides. ρ = √((−2 ln α + ln(1 − 2 ln α))/N*), with 2α for one side,
/// makes it narrowest at about N* units.
///
/// Valid for any distribution with a finite variance as N grows (asymptotic, not exact: wait for some hundred units
/// an arm; from there on it raised 1.9 % false alarms at 5 % with a look at each unit). Reference: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024 (Annals of Statistics 52), equation 9 and
/// appendix B; the one-sided form is Howard et al. 2021's bound.
///
/// ```
/// use variate_stats::{Side, sequential::{AsymptoticSequence, Look}};
///
/// let sequence = AsymptoticSequence::new(0.05, 5000.0, Side::Both)?;
/// // revenue: 14.764 against 14.058 a user, 4,100 users
/// let seen = sequence.at(&Look::new(0.7066, 0.21773_f64.powi(2), 4100.0)?);
/// assert!((seen.interval.lower - 0.0448).abs() < 1e-4 && (seen.p_value - 0.0285).abs() < 1e-4);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AsymptoticSequence {
    alpha: f64,
    rho: f64,
    side: Side,
}

impl AsymptoticSequence {
    /// A sequence at level `alpha`, narrowest at about `tuned_for` units of both arms (5,000 is `GrowthBook`'s default).
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), or `tuned_for` is not a finite number above 0.
    pub fn new(alpha: f64, tuned_for: f64, side: Side) -> Result<Self, ArgumentError> {
        let two_sided = side.two_sided_alpha(alpha)?;
        let units = positive("units to tune for", tuned_for)?;
        let logarithm = -2.0 * two_sided.ln();
        Self::with_rho(
            alpha,
            ((logarithm + logarithm.ln_1p()) / units).sqrt(),
            side,
        )
    }

    /// A sequence with its tuning parameter ρ given outright.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), or `rho` is not a finite number above 0.
    pub fn with_rho(alpha: f64, rho: f64, side: Side) -> Result<Self, ArgumentError> {
        side.two_sided_alpha(alpha)?;
        Ok(Self {
            alpha,
            rho: positive("rho", rho)?,
            side,
        })
    }

    /// The level α.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The tuning parameter ρ.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// What a look shows by itself; a [`super::Running`] puts the looks together.
    pub fn at(&self, look: &Look) -> AlwaysValid {
        let information = look.units() * self.rho * self.rho;
        let ln_growth = 0.5 * information.ln_1p();
        // (Nρ²+1)/(Nρ²): the width beside √V, without forming N².
        let inflation = 1.0 + 1.0 / information;
        let half = |logarithm: f64| (look.variance() * 2.0 * inflation * logarithm).sqrt();
        let z = look.z();
        let evidence = z * z / (2.0 * inflation);
        let one_sided = |z: f64| {
            // ln(1 + e^g/(2p)) = evidence, solved for p.
            let p = if z > 0.0 {
                (ln_growth - evidence).exp() / (-2.0 * (-evidence).exp_m1())
            } else {
                1.0
            };
            p.min(1.0)
        };
        let reach = half(ln_one_plus_exp(ln_growth - (2.0 * self.alpha).ln()));
        match self.side {
            Side::Both => AlwaysValid {
                p_value: (ln_growth - evidence).exp().min(1.0),
                interval: Interval::around(look.effect(), half(ln_growth - self.alpha.ln())),
            },
            Side::Greater => AlwaysValid {
                p_value: one_sided(z),
                interval: Interval::new(look.effect() - reach, f64::INFINITY),
            },
            Side::Less => AlwaysValid {
                p_value: one_sided(-z),
                interval: Interval::new(f64::NEG_INFINITY, look.effect() + reach),
            },
        }
    }
}

fn ln_one_plus_exp(x: f64) -> f64 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}
