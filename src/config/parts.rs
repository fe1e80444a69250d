//! A configuration as the way of a decision reads it.

use super::Config;
use crate::contain::{Raising, contain, contain_nested};
use crate::declared::Declared;
use crate::diagnostics::{Counters, Teller};
use crate::forcing::Overrides;
use crate::{
    AssignmentStore, Clock, Forcing, Hook, KeyScheme, Nesting, Raised, Randomness, Resolver,
    Tracker,
};

impl Config {
    /// The experiment's own key scheme where it has one, or that of all experiments.
    #[inline]
    pub(crate) fn key_scheme_of<'a>(&'a self, declared: Option<&'a Declared>) -> &'a dyn KeyScheme {
        declared
            .and_then(|declared| declared.key_scheme.as_deref())
            .unwrap_or(&*self.parts.key_scheme)
    }

    #[inline]
    pub(crate) fn key_is_uniform(&self, declared: Option<&Declared>) -> bool {
        declared
            .and_then(|declared| declared.key_is_uniform)
            .unwrap_or(self.parts.key_is_uniform)
    }

    /// The experiment's own resolver where it has one, or that of all experiments.
    #[inline]
    pub(crate) fn resolver_of<'a>(&'a self, declared: Option<&'a Declared>) -> &'a dyn Resolver {
        declared
            .and_then(|declared| declared.resolver.as_deref())
            .unwrap_or(&*self.parts.resolver)
    }

    /// Calls `read` with the declaration of an experiment, if there is one.
    #[inline(always)]
    pub(crate) fn with_declared<R>(
        &self,
        full_name: &str,
        read: impl FnOnce(Option<&Declared>) -> R,
    ) -> R {
        self.parts.declarations.with(full_name, read)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn name_prefix(&self) -> Option<&str> {
        self.parts.name_prefix.as_deref()
    }

    pub(crate) fn declares(&self, full_name: &str) -> bool {
        self.with_declared(full_name, |declared| declared.is_some())
    }

    pub(crate) fn tracker(&self) -> &dyn Tracker {
        &*self.parts.tracker
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.parts.clock
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        &*self.parts.randomness
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.parts.counters
    }

    #[inline]
    pub(crate) fn is_strict(&self) -> bool {
        self.parts.strict
    }

    /// Whether the experiment is switched off, for everybody.
    #[inline]
    pub(crate) fn is_switched_off(&self, full_name: &str) -> bool {
        self.parts.switches.is_off(full_name)
            || self
                .parts
                .switch
                .as_ref()
                .is_some_and(|is_on| !contain_nested(|| is_on(full_name)).unwrap_or(false))
    }

    /// Whether nothing but the resolver has a say in the decisions of undeclared experiments.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.parts.is_plain && self.parts.switches.are_all_on()
    }

    pub(crate) fn store(&self) -> Option<&dyn AssignmentStore> {
        self.parts.store.as_deref()
    }

    pub(crate) fn forcing(&self) -> Option<&Forcing> {
        self.parts.forcing.as_ref()
    }

    pub(crate) fn overrides(&self) -> &Overrides {
        &self.parts.overrides
    }

    #[inline]
    pub(crate) fn nesting(&self) -> Nesting {
        self.parts.nesting
    }

    #[inline]
    pub(crate) fn has_hooks(&self) -> bool {
        !self.parts.hooks.is_empty()
    }

    /// Whether a run has more around it than its behaviour.
    #[inline]
    pub(crate) fn surrounds_runs(&self) -> bool {
        self.parts.surrounds_runs
    }

    pub(crate) fn hooks(&self) -> impl DoubleEndedIterator<Item = &dyn Hook> {
        self.parts.hooks.iter().map(AsRef::as_ref)
    }

    pub(crate) fn raise(&self, raised: &Raised<'_>) {
        // What goes wrong in a hook is not raised to it in its turn: there would be no end of it.
        let Some(_raising) = Raising::begin() else {
            return;
        };
        for hook in self.hooks() {
            contain(|| hook.raised(raised));
        }
    }

    /// Whether catalogues switch off even what they do not declare.
    #[inline]
    pub(crate) fn catalogues_are_off(&self) -> bool {
        self.parts.declarations.is_off()
    }

    /// Reads the catalogue files again: see [`Current::reload`](crate::declared::Current::reload).
    #[cfg(feature = "catalogue")]
    pub(crate) fn reload_declarations(&self, always: bool) -> Result<bool, crate::CatalogueError> {
        let around = crate::declared::Surroundings {
            name_prefix: self.parts.name_prefix.as_deref(),
            resolver: &*self.parts.resolver,
            has_store: self.parts.store.is_some(),
        };
        self.parts.declarations.reload(&around, always)
    }

    pub(crate) fn teller(&self) -> Teller<'_> {
        Teller {
            config: self,
            experiment: None,
        }
    }
}
