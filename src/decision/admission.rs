//! Whether a unit takes part: switches, forced and stored assignments, exclusions.

use super::{Question, told};
use crate::contain::contain;
use crate::declared::Declared;
use crate::{
    Assignment, AssignmentStore, Experiment, Nesting, Reason, StoreError, StoredUnit, Variant,
    nesting,
};

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

    /// The store, if this experiment's assignments are kept there.
    fn sticky_store(&self) -> Option<&dyn AssignmentStore> {
        let is_sticky = self.declared.is_none_or(|declared| declared.sticky);
        self.experiment.config().store().filter(|_| is_sticky)
    }

    /// What a store answers; `None` where it fails or panics, which is told.
    fn ask<R>(&self, ask: impl FnOnce() -> Result<R, StoreError>) -> Option<R> {
        match contain(ask) {
            Some(Ok(answer)) => Some(answer),
            failed => {
                told::store_failed(self.experiment, failed.and_then(Result::err));
                None
            }
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
        let store = self.sticky_store()?;
        let unit = self.stored_unit();
        let Some(stored) = self.ask(|| store.find(&unit))? else {
            return Some(Err(false));
        };
        Some(self.among.find(&stored).ok_or_else(|| {
            told::stale(self.experiment, &stored);
            true
        }))
    }

    /// The assignment, once it is stored. The store may have another one by now: that one counts.
    pub(super) fn kept(&self, assignment: Assignment, is_stale: bool) -> Assignment {
        let Some(store) = self.sticky_store() else {
            return assignment;
        };
        let is_choice = matches!(assignment.reason, Reason::Resolved | Reason::Segment);
        // Who asked not to be tracked leaves nothing behind.
        if !is_choice || !self.experiment.tracks() {
            return assignment;
        }
        let unit = self.stored_unit();
        let kept = self.ask(|| {
            if is_stale {
                store.replace(&unit, &assignment.variant)?;
                return Ok(None);
            }
            store.keep(&unit, &assignment.variant).map(Some)
        });
        let first = kept.flatten().filter(|first| *first != assignment.variant);
        match first.and_then(|first| self.among.find(&first)) {
            Some(variant) => Assignment::new(variant, Reason::Stored, assignment.among),
            None => assignment,
        }
    }

    /// The pinned assignment, stored in place of any other.
    pub(super) fn stored_as(&self, assignment: Assignment) -> Assignment {
        if let Some(store) = self.sticky_store()
            && self.among.known
            && self.experiment.tracks()
        {
            let unit = self.stored_unit();
            self.ask(|| match store.find(&unit)? {
                Some(stored) if stored == assignment.variant => Ok(()),
                _ => store.replace(&unit, &assignment.variant),
            });
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
