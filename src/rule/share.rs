use std::fmt;

use crate::draw::{Draw, place};
use crate::rollout::basis_points;
use crate::{PercentError, Unit, Value};

/// A share of all values of an entry.
#[derive(Clone)]
pub(super) struct Share {
    basis_points: u16,
    draw: Draw,
    by: By,
}

#[derive(Clone)]
enum By {
    Experiment,
    Seed(Box<str>),
}

impl Share {
    pub(super) fn of_experiment(percent: f64) -> Result<Self, PercentError> {
        Ok(Self {
            basis_points: basis_points(percent)?,
            draw: Draw::new(&["percent of"]),
            by: By::Experiment,
        })
    }

    pub(super) fn of_seed(percent: f64, seed: &str) -> Result<Self, PercentError> {
        Ok(Self {
            basis_points: basis_points(percent)?,
            draw: Draw::new(&["percent of", seed]),
            by: By::Seed(seed.into()),
        })
    }

    pub(super) fn takes(&self, value: &Value<'_>, unit: &Unit<'_>) -> bool {
        let bits = match self.by {
            By::Experiment => self.draw.of_value_in(unit.experiment(), value),
            By::Seed(_) => self.draw.of_value(value),
        };
        place(bits, 10_000) < u64::from(self.basis_points)
    }

    #[cfg(feature = "catalogue")]
    pub(super) const fn is_nobody(&self) -> bool {
        self.basis_points == 0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} %", f64::from(self.basis_points) / 100.0)?;
        match &self.by {
            By::Experiment => Ok(()),
            By::Seed(seed) => write!(out, " (seed {seed:?})"),
        }
    }
}
