//! Declarations as a decision reads them: names checked, references resolved, percentages in basis points.

mod compile;
mod current;
mod kept;
mod layers;
mod name_hasher;
mod shares;
mod summary;

use std::sync::Arc;
use std::time::SystemTime;

pub(crate) use self::compile::{Declarations, Surroundings};
pub(crate) use self::current::{Current, Sources};
pub(crate) use self::shares::{Held, Traffic, Within};
pub use self::summary::DeclaredExperiment;
use crate::contain::contain;
use crate::declaration::About;
use crate::draw::Draw;
use crate::{KeyScheme, Reason, Resolver, Rule, Unit, Variant};

/// One declared experiment.
pub(crate) struct Declared {
    /// The control first.
    pub(crate) variants: Vec<&'static Variant>,
    pub(crate) resolver: Option<Arc<dyn Resolver>>,
    pub(crate) seed: Option<Draw>,
    pub(crate) traffic: Option<Traffic>,
    pub(crate) exclusions: Vec<Arc<dyn Rule>>,
    /// By the variant's place.
    pub(crate) segments: Vec<(usize, Arc<dyn Rule>)>,
    pub(crate) layers: Vec<Within>,
    pub(crate) holdouts: Vec<Held>,
    pub(crate) key_scheme: Option<Arc<dyn KeyScheme>>,
    /// Whether its keys separate experiments; `None` where the configuration's scheme makes them.
    pub(crate) key_is_uniform: Option<bool>,
    pub(crate) former_key_schemes: Vec<Arc<dyn KeyScheme>>,
    pub(crate) sticky: bool,
    pub(crate) only_assigned: bool,
    pub(crate) enabled: bool,
    pub(crate) about: About,
}

impl Declared {
    /// Whether the time has to be known to decide.
    #[inline]
    pub(crate) fn has_dates(&self) -> bool {
        self.about.starts.is_some() || self.about.ends.is_some()
    }

    /// Why nobody takes part at `now`, if nobody does.
    pub(crate) fn closed_at(&self, now: SystemTime) -> Option<Reason> {
        if self.about.starts.is_some_and(|starts| now < starts) {
            Some(Reason::NotStarted)
        } else if self.about.ends.is_some_and(|ends| now >= ends) {
            Some(Reason::Ended)
        } else {
            None
        }
    }

    /// Why the unit does not take part, if it does not: by a rule, a holdout, a layer, or the traffic share.
    #[inline]
    pub(crate) fn left_out(&self, unit: &Unit<'_>, failed: &mut bool) -> Option<Reason> {
        if self.excluded(unit, failed).is_some() {
            Some(Reason::Excluded)
        } else if self.holdouts.iter().any(|holdout| holdout.holds(unit)) {
            Some(Reason::HeldOut)
        } else if !self.layers.iter().all(|within| within.has(unit)) {
            Some(Reason::OutsideLayer)
        } else if self.traffic.is_some_and(|traffic| !traffic.admits(unit)) {
            Some(Reason::OutsideTraffic)
        } else {
            None
        }
    }

    /// The rule that excludes the unit. One that panics excludes it, for nobody knows better.
    pub(crate) fn excluded(&self, unit: &Unit<'_>, failed: &mut bool) -> Option<&dyn Rule> {
        self.exclusions
            .iter()
            .map(AsRef::as_ref)
            .find(|rule| holds(*rule, unit, failed).unwrap_or(true))
    }

    /// The segment that the unit is in: the place of its variant, and its rule. A rule that panics does not hold.
    pub(crate) fn segment(&self, unit: &Unit<'_>, failed: &mut bool) -> Option<(usize, &dyn Rule)> {
        self.segments
            .iter()
            .map(|(place, rule)| (*place, rule.as_ref()))
            .find(|(_, rule)| holds(*rule, unit, failed).unwrap_or(false))
    }
}

#[inline]
fn holds(rule: &dyn Rule, unit: &Unit<'_>, failed: &mut bool) -> Option<bool> {
    let answer = contain(|| rule.matches(unit));
    *failed |= answer.is_none();
    answer
}
