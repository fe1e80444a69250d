use crate::resolver::{Resolution, Resolver, ResolverError, Unit};

/// Every new experiment handle draws a variant anew, all alike likely.
///
/// Nothing of the unit enters, so a unit that comes back may get another variant. Use it where
/// there is no unit (a job, a batch), and [`Percent`](crate::Percent) everywhere else. Declare the
/// variants, or run a handle before it tracks: what is only assumed is drawn for itself.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Random;

impl Random {
    /// A random rollout.
    pub const fn new() -> Self {
        Self
    }
}

impl Resolver for Random {
    #[allow(clippy::cast_possible_truncation)] // It is below the number of variants.
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        let count = unit.variants().len() as u128;
        Ok(Resolution::index(
            ((u128::from(unit.random()) * count) >> 64) as usize,
        ))
    }

    fn describe(&self, unit: &Unit<'_>) -> Option<String> {
        Some(format!("drawn at random from {}", unit.variants().len()))
    }
}
