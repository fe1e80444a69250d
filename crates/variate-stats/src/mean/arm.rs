//! What means and ratios of two arms have in common: two numbers, each with the variance of its own.

use super::Fieller;
use crate::argument::finite;
use crate::distribution::StudentT;
use crate::{ArgumentError, Estimate, Side};

/// More degrees of freedom than this make no difference, and the t distribution takes no more.
const MOST_DEGREES: f64 = 1e15;

/// A mean, or what is nearly one, with its error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arm {
    pub(crate) value: f64,
    /// Of the value, not of a unit.
    pub(crate) variance: f64,
    /// Units less 1.
    pub(crate) degrees: f64,
}

/// How the parts of an arm are called in errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    units: &'static str,
    mean: &'static str,
    variance: &'static str,
}

impl Names {
    pub(crate) const ONE: Self = Self {
        units: "units",
        mean: "mean",
        variance: "variance",
    };
    pub(crate) const CONTROL: Self = Self {
        units: "units of the control",
        mean: "mean of the control",
        variance: "variance of the control",
    };
    pub(crate) const TREATMENT: Self = Self {
        units: "units of the treatment",
        mean: "mean of the treatment",
        variance: "variance of the treatment",
    };
}

impl Arm {
    /// From the number of units, the value, and the variance of a unit.
    pub(crate) fn new(
        units: u64,
        value: f64,
        variance: f64,
        names: Names,
    ) -> Result<Self, ArgumentError> {
        #[expect(clippy::cast_precision_loss, reason = "a divisor")]
        let n = units as f64;
        if units < 2 {
            return Err(ArgumentError::Range {
                name: names.units,
                value: n,
                expected: "at least 2",
            });
        }
        if variance.is_nan() || variance < 0.0 || variance.is_infinite() {
            return Err(ArgumentError::Range {
                name: names.variance,
                value: variance,
                expected: "sums that agree: finite, and Σx² at least (Σx)²/n",
            });
        }
        Ok(Self {
            value: finite(names.mean, value)?,
            variance: variance / n,
            degrees: n - 1.0,
        })
    }

    pub(crate) fn estimate(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        let degrees = self.degrees.min(MOST_DEGREES);
        Estimate::student(self.value, self.variance.sqrt(), degrees, alpha, side)
    }
}

/// The treatment's beside the control's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arms {
    pub(crate) control: Arm,
    pub(crate) treatment: Arm,
}

impl Arms {
    pub(crate) fn difference(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        Estimate::student(
            self.treatment.value - self.control.value,
            self.error(1.0),
            self.degrees(),
            alpha,
            side,
        )
    }

    /// (m₁ − m₀)/|m₀|, by the delta method.
    pub(crate) fn relative(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        let base = self.base()?;
        // Where nothing varies there are no degrees of freedom either.
        let error = self.error(self.treatment.value / base) / base.abs();
        Estimate::student(
            (self.treatment.value - base) / base.abs(),
            error,
            self.degrees(),
            alpha,
            side,
        )
    }

    pub(crate) fn fieller(&self, alpha: f64) -> Result<Fieller, ArgumentError> {
        let level = crate::argument::fraction("alpha", alpha)?;
        crate::argument::positive("standard error", self.error(1.0))?;
        let critical = StudentT::new(self.degrees())?.survival_quantile(0.5 * level);
        Ok(Fieller::of(&self.treatment, &self.control, critical))
    }

    fn base(&self) -> Result<f64, ArgumentError> {
        if self.control.value == 0.0 {
            return Err(ArgumentError::Range {
                name: Names::CONTROL.mean,
                value: 0.0,
                expected: "another one for a relative difference, or ask for the difference",
            });
        }
        Ok(self.control.value)
    }

    /// Of the treatment less `weight` times the control.
    fn error(&self, weight: f64) -> f64 {
        self.treatment
            .variance
            .sqrt()
            .hypot(weight * self.control.variance.sqrt())
    }

    /// Welch's, by the shares of the variance, so that their squares cannot underflow. Without any variance, those of a
    /// pooled test: the error is refused then.
    fn degrees(&self) -> f64 {
        let total = self.control.variance + self.treatment.variance;
        let part = |arm: &Arm| {
            let share = arm.variance / total;
            share * share / arm.degrees
        };
        let degrees = if total > 0.0 {
            (part(&self.control) + part(&self.treatment)).recip()
        } else {
            self.control.degrees + self.treatment.degrees
        };
        degrees.min(MOST_DEGREES)
    }
}
