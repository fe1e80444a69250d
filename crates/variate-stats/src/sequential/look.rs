//! What is seen at one look, and what all looks so far have shown.

use serde::{Deserialize, Serialize};

use crate::{
    ArgumentError, Interval,
    argument::{finite, positive},
};

/// An estimated effect at one look at the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    effect: f64,
    variance: f64,
    units: f64,
}

impl Look {
    /// An `effect` (treatment less control, or a relative one), its `variance` (the square of its standard error, in
    /// the square of the effect's unit) and the number of `units` of both arms together.
    ///
    /// ```
    /// use variate_stats::sequential::Look;
    ///
    /// // 12.4 against 12.0 seconds, standard deviation 3 in both arms of 500 users
    /// let look = Look::new(0.4, 9.0 / 500.0 + 9.0 / 500.0, 1000.0)?;
    /// assert!((look.z() - 2.108).abs() < 1e-3);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When the effect is not finite, or the variance or the number of units is not a finite number above 0: data
    /// without variation say nothing about chance.
    pub fn new(effect: f64, variance: f64, units: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            effect: finite("effect", effect)?,
            variance: positive("variance of the effect", variance)?,
            units: positive("units", units)?,
        })
    }

    /// The estimated effect.
    pub fn effect(&self) -> f64 {
        self.effect
    }

    /// The square of the effect's standard error.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Units of both arms.
    pub fn units(&self) -> f64 {
        self.units
    }

    /// The effect in standard errors.
    pub fn z(&self) -> f64 {
        self.effect / self.variance.sqrt()
    }
}

/// What an always-valid method says of one look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlwaysValid {
    /// The p-value of no effect: at or below α at any look whatever with a probability of at most α.
    pub p_value: f64,
    /// Every effect that this look does not reject; all looks' intervals hold the effect at once.
    pub interval: Interval,
}

/// What all looks so far have shown together: the least p-value, and what all intervals have in common.
///
/// Both are as valid as any single look, and they never take back what was concluded: keep the value from look to
/// look (it is serialisable), for it cannot be had from the last look alone.
///
/// ```
/// use variate_stats::sequential::{Look, Msprt, Running};
///
/// let test = Msprt::new(0.05, 0.2)?;
/// let mut seen = Running::new();
/// for (effect, variance, units) in [(0.9, 0.09, 400.0), (0.5, 0.05, 720.0), (0.7, 0.03, 1200.0)] {
///     seen.see(&test.at(&Look::new(effect, variance, units)?));
/// }
/// assert_eq!(seen.looks(), 3);
/// assert!(seen.p_value() < 0.05 && !seen.interval().expect("the looks agree").contains(0.0));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Running {
    looks: u64,
    p_value: f64,
    interval: Option<Interval>,
}

impl Default for Running {
    fn default() -> Self {
        Self::new()
    }
}

impl Running {
    /// Before the first look: p is 1, nothing is excluded.
    pub fn new() -> Self {
        Self {
            looks: 0,
            p_value: 1.0,
            interval: Some(Interval::EVERYTHING),
        }
    }

    /// Takes a look into account and gives what is known now.
    pub fn see(&mut self, look: &AlwaysValid) -> &mut Self {
        self.looks = self.looks.saturating_add(1);
        self.p_value = self.p_value.min(look.p_value);
        self.interval = self
            .interval
            .and_then(|so_far| so_far.intersection(look.interval));
        self
    }

    /// How many looks there were.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// The least p-value of all looks.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }

    /// The effects that no look rejected. `None` when there are none: the looks contradict each other, which happens
    /// with a probability of at most α unless the effect itself changes with time, or the data are not what the
    /// method supposes.
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }
}
