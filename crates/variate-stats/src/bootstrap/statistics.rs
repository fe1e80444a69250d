//! What can be drawn again: a mean, a ratio, any statistic, of one arm or two.

use std::sync::atomic::AtomicU32;

use super::draws::Arm;
use super::error::BootstrapError;
use super::interval::{Bootstrapped, IntervalMethod};
use super::jackknife::{acceleration, groups, without};
use super::philox::Philox;
use super::replicates::{Bootstrap, Run};
use crate::Side;

impl Bootstrap<'_> {
    /// The mean of an arm.
    ///
    /// # Errors
    /// When there are fewer than two values, one is not finite, none differs from the others, the number of replicates is out
    /// of range, it was cancelled, or `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn mean(
        &self,
        values: &[f64],
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        self.arms(&[Arm::mean(values)?], |[mean]| mean, alpha, side)
    }

    /// The difference of the means, treatment less control.
    ///
    /// # Errors
    /// As [`Bootstrap::mean`], for each arm.
    pub fn difference_of_means(
        &self,
        control: &[f64],
        treatment: &[f64],
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        let arms = [Arm::mean(control)?, Arm::mean(treatment)?];
        self.arms(&arms, |[ours, theirs]| theirs - ours, alpha, side)
    }

    /// The ratio of two totals of an arm: clicks per view, the units being users.
    ///
    /// # Errors
    /// As [`Bootstrap::mean`], and when there are not as many denominators as numerators, they do not add up to more than 0,
    /// or those of a replicate add up to 0.
    pub fn ratio(
        &self,
        numerators: &[f64],
        denominators: &[f64],
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        let arm = Arm::ratio(numerators, denominators)?;
        self.arms(&[arm], |[ratio]| ratio, alpha, side)
    }

    /// The difference of the ratios of two arms, each with its numerators and denominators; treatment less control.
    ///
    /// # Errors
    /// As [`Bootstrap::ratio`], for each arm.
    pub fn difference_of_ratios(
        &self,
        control: (&[f64], &[f64]),
        treatment: (&[f64], &[f64]),
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        let arms = [
            Arm::ratio(control.0, control.1)?,
            Arm::ratio(treatment.0, treatment.1)?,
        ];
        self.arms(&arms, |[ours, theirs]| theirs - ours, alpha, side)
    }

    /// Any statistic of one arm: a function of the numbers of the units drawn, each from 0 to `units` − 1.
    ///
    /// It is called from several threads, with as many units as there are, or fewer for the `BCa` interval; a panic of it is
    /// the caller's.
    ///
    /// # Errors
    /// When there are fewer than two units, the statistic is not finite for the units as they are, for a replicate, or with units
    /// left out, no replicate differs from another, the number of replicates is out of range, it was cancelled, or `alpha` is not
    /// between 0 and 1 (below ½ for one side).
    pub fn statistic(
        &self,
        units: usize,
        statistic: impl Fn(&[u32]) -> f64 + Sync,
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        self.closure([units], |[drawn]| statistic(drawn), alpha, side)
    }

    /// Any statistic of two arms: a function of the numbers of the control's units and of the treatment's that were drawn.
    ///
    /// # Errors
    /// As [`Bootstrap::statistic`].
    pub fn compare(
        &self,
        control_units: usize,
        treatment_units: usize,
        statistic: impl Fn(&[u32], &[u32]) -> f64 + Sync,
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        let units = [control_units, treatment_units];
        self.closure(units, |[ours, theirs]| statistic(ours, theirs), alpha, side)
    }

    fn arms<const N: usize>(
        &self,
        arms: &[Arm<'_>; N],
        statistic: impl Fn([f64; N]) -> f64 + Sync,
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        side.two_sided_alpha(alpha)?;
        let units = arms.each_ref().map(Arm::units);
        self.check(&units)?;
        let observed = observed(statistic(arms.each_ref().map(Arm::observed)))?;
        let run = Run {
            units: units.iter().sum(),
            done: AtomicU32::new(0),
            total: self.replicates,
        };
        let replicates = self.replicates(
            &run,
            || (),
            |(), stream| statistic(arms.each_ref().map(|arm| arm.draw(stream, self.resampling))),
        )?;
        let mut acceleration_of_arms = 0.0;
        if self.method == IntervalMethod::Bca {
            let mut left_out = Vec::with_capacity(N);
            let all = arms.each_ref().map(Arm::observed);
            for (arm, place) in arms.iter().zip(0..) {
                let mut values = arm.without_each();
                for value in &mut values {
                    let mut of = all;
                    if let Some(here) = of.get_mut::<usize>(place) {
                        *here = *value;
                    }
                    *value = statistic(of);
                }
                left_out.push(finite(values)?);
            }
            acceleration_of_arms = acceleration(&left_out);
        }
        Bootstrapped::new(
            observed,
            replicates,
            self.method,
            acceleration_of_arms,
            alpha,
            side,
        )
    }

    fn closure<const N: usize>(
        &self,
        units: [usize; N],
        statistic: impl Fn([&[u32]; N]) -> f64 + Sync,
        alpha: f64,
        side: Side,
    ) -> Result<Bootstrapped, BootstrapError> {
        side.two_sided_alpha(alpha)?;
        self.check(&units)?;
        let counts = units.map(|units| u32::try_from(units).unwrap_or(u32::MAX));
        let everyone = counts.map(|count| (0..count).collect::<Vec<u32>>());
        let everyone = everyone.each_ref().map(Vec::as_slice);
        let observed = observed(statistic(everyone))?;
        let corrected = self.method == IntervalMethod::Bca;
        let groups = units.map(groups);
        let left_out: usize = if corrected { groups.iter().sum() } else { 0 };
        let run = Run {
            units: units.iter().sum(),
            done: AtomicU32::new(0),
            total: self.replicates + u32::try_from(left_out).unwrap_or(0),
        };
        let replicates = self.replicates(
            &run,
            || units.map(Vec::with_capacity),
            |drawn: &mut [Vec<u32>; N], stream: &mut Philox| {
                for (drawn, count) in drawn.iter_mut().zip(counts) {
                    drawn.clear();
                    stream.each_below(count, count as usize, |unit| drawn.push(unit));
                }
                statistic(drawn.each_ref().map(Vec::as_slice))
            },
        )?;
        let mut arms = Vec::with_capacity(N);
        if corrected {
            for ((place, units), groups) in units.iter().enumerate().zip(groups) {
                let groups = u32::try_from(groups).unwrap_or(0);
                let values = self.each(&run, groups, Vec::new, |left, group| {
                    without(*units, group as usize, left);
                    let mut drawn = everyone;
                    if let Some(here) = drawn.get_mut(place) {
                        *here = left.as_slice();
                    }
                    statistic(drawn)
                })?;
                arms.push(finite(values)?);
            }
        }
        Bootstrapped::new(
            observed,
            replicates,
            self.method,
            acceleration(&arms),
            alpha,
            side,
        )
    }
}

fn observed(value: f64) -> Result<f64, BootstrapError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(BootstrapError::Observed { value })
    }
}

fn finite(values: Vec<f64>) -> Result<Vec<f64>, BootstrapError> {
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(BootstrapError::LeftOut { value: *value }),
        None => Ok(values),
    }
}
