//! Whether a unit takes part: switches, forced and stored assignments, exclusions.

use super::{Question, told};
use crate::contain::contain;
use crate::declared::Declared;
use crate::{Assignment, Experiment, Nesting, Reason, StoredUnit, Variant, nesting};

/// Why nobody takes part here and now, if nobody does.
#[inline(always)]
pub(super) fn off(experiment: &Experiment<'_>, declared: Option<&Declared>) -> Option<Reason> {
    let config = experiment.config();
    if !experiment.is_enabled() || config.is_switched_off(experiment.name()) {
        return Some(Reason::Disabled);
    }
    match declared {
        None if config.catalogues_are_off() => return Some(Reason::Disabled),
        None if config.is_strict() => return Some(told::not_declared(experiment)),
        Some(declared) if !declared.enabled => return Some(Reason::Disabled),
        Some(declared) if declared.has_dates() => {
            if let Some(closed) = declared.closed_at(config.clock().now()) {
                return Some(closed);
            }
        }
        _ => {}
    }
    if config.nesting() == Nesting::Deny && nesting::is_inside(experiment.name()) {
        return Some(told::nesting_denied(experiment));
    }
    None
}

impl Question<'_> {
    /// The variant that a token of the request or the program itself forces.
    pub(super) fn forced(&self) -> Option<Variant> {
        let config = self.experiment.config();
        config.forcing()?;
        let overrides = config.overrides();
        let overridden = overrides.find(self.experiment.name(), self.unit.key);
        let usable = |forced: &Variant| {
            let found = self.among.find(forced);
            if found.is_none() {
                told::unknown_forced(self.experiment, forced);
            }
            found
        };
        overridden
            .as_ref()
            .and_then(usable)
            .or_else(|| self.experiment.forced().and_then(usable))
    }

    fn is_sticky(&self) -> bool {
        match self.declared {
            Some(declared) => declared.sticky,
            None => true,
        }
    }

    fn stored_unit(&self) -> StoredUnit<'_> {
        StoredUnit::new(
            self.experiment.name(),
            self.unit.key,
            self.experiment.migration_keys_of(self.declared),
        )
    }

    /// What the store says: a variant that can be assigned, or whether it has one that cannot;
    /// `None` where nothing is to be stored.
    pub(super) fn stored(&self) -> Option<Result<Variant, bool>> {
        let store = self.experiment.config().store()?;
        if !self.is_sticky() {
            return None;
        }
        let unit = self.stored_unit();
        Some(match contain(|| store.find(&unit)) {
            Some(Ok(Some(stored))) => self.among.find(&stored).ok_or_else(|| {
                told::stale(self.experiment, &stored);
                true
            }),
            Some(Ok(None)) => Err(false),
            failed => {
                told::store_failed(self.experiment, failed.and_then(Result::err));
                return None;
            }
        })
    }

    /// The assignment, once it is stored. The store may have another one by now: that one counts.
    pub(super) fn kept(&self, assignment: Assignment, is_stale: bool) -> Assignment {
        let Some(store) = self.experiment.config().store() else {
            return assignment;
        };
        let is_choice = matches!(assignment.reason, Reason::Resolved | Reason::Segment);
        // Who asked not to be tracked leaves nothing behind.
        if !is_choice || !self.experiment.tracks() {
            return assignment;
        }
        let unit = self.stored_unit();
        let kept = contain(|| {
            if is_stale {
                store.replace(&unit, &assignment.variant)?;
                return Ok(None);
            }
            store.keep(&unit, &assignment.variant).map(Some)
        });
        match kept {
            Some(Ok(Some(first))) if first != assignment.variant => match self.among.find(&first) {
                Some(variant) => Assignment::new(variant, Reason::Stored, assignment.among),
                None => assignment,
            },
            Some(Ok(_)) => assignment,
            failed => {
                told::store_failed(self.experiment, failed.and_then(Result::err));
                assignment
            }
        }
    }

    /// The pinned assignment, stored in place of any other.
    pub(super) fn stored_as(&self, assignment: Assignment) -> Assignment {
        let Some(store) = self.experiment.config().store() else {
            return assignment;
        };
        if !self.is_sticky() || !self.among.known || !self.experiment.tracks() {
            return assignment;
        }
        let unit = self.stored_unit();
        let stored = contain(|| match store.find(&unit)? {
            Some(stored) if stored == assignment.variant => Ok(()),
            _ => store.replace(&unit, &assignment.variant),
        });
        match stored {
            Some(Ok(())) => {}
            failed => told::store_failed(self.experiment, failed.and_then(Result::err)),
        }
        assignment
    }

    /// Why the unit does not take part, if it does not.
    #[inline]
    pub(super) fn left_out(&self) -> Option<Reason> {
        if self.experiment.is_excluded() {
            return Some(Reason::Excluded);
        }
        if let Some(declared) = self.declared {
            let mut failed = false;
            let left_out = declared.left_out(&self.unit, &mut failed);
            if failed {
                told::rule_failed(self.experiment);
            }
            if left_out.is_some() {
                return left_out;
            }
        }
        let only_assigned = self.experiment.is_only_assigned()
            || self.declared.is_some_and(|declared| declared.only_assigned);
        only_assigned.then_some(Reason::NotAssigned)
    }
}
