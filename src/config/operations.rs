//! What an operator, or a request, does with a configuration while the process runs.

use std::borrow::Cow;
use std::time::Duration;

use super::Config;
use crate::diagnostics::tell;
use crate::experiment::Experiment;
use crate::forcing::{self, Forced, TokenError};
use crate::{DeclaredExperiment, Key, Signature, StoreError, StoredUnit, Variant};

impl Config {
    /// Switches all experiments off or on: off, everybody gets the control, untracked, whatever
    /// [`set_experiment_enabled`](Self::set_experiment_enabled) says of one. Holds for
    /// every clone of the configuration, and for handles that were not used yet.
    pub fn set_enabled(&self, on: bool) {
        self.parts.switches.switch_all(on);
    }

    /// Switches one experiment off or on, by its name without the prefix. On is not more than it was before: one that is
    /// declared off, or outside its dates, stays off.
    pub fn set_experiment_enabled(&self, name: &str, on: bool) {
        self.parts.switches.switch(&self.full_name(name.into()), on);
    }

    /// Whether an experiment is declared, by its name without the prefix.
    pub fn is_declared(&self, name: &str) -> bool {
        self.declares(&self.full_name(name.into()))
    }

    /// The declared experiments, sorted by name: for a page of an operator's, or a test that fails
    /// when one is past its due date.
    ///
    /// ```
    /// use variate::{Config, Declaration};
    ///
    /// let config = Config::builder().declare(Declaration::new("pill_color").owner("growth")).build()?;
    /// assert_eq!(config.declared()[0].owner.as_deref(), Some("growth"));
    /// # Ok::<(), variate::ConfigError>(())
    /// ```
    pub fn declared(&self) -> Vec<DeclaredExperiment> {
        self.parts.declarations.summaries()
    }

    /// What the tokens in a request's header [`Forcing::HEADER`](crate::Forcing::HEADER) force. Tokens that cannot be
    /// read force nothing; that is told and counted.
    pub fn forced_by_header(&self, value: &str) -> Forced {
        self.read_tokens(forcing::of_header(value))
    }

    /// What the tokens in a URL's query ([`Forcing::QUERY_PARAMETER`](crate::Forcing::QUERY_PARAMETER)) force. Tokens that cannot
    /// be read force nothing; that is told and counted.
    pub fn forced_by_query(&self, query: &str) -> Forced {
        self.read_tokens(forcing::of_query(query))
    }

    fn read_tokens<'t>(&self, tokens: impl Iterator<Item = Cow<'t, str>>) -> Forced {
        Forced::collect(
            self.forcing(),
            tokens,
            || self.clock().now(),
            |error| {
                tell!(
                    self.teller(),
                    Force,
                    refused_tokens,
                    error = error.to_string(),
                    "a token of a forced assignment is refused: it forces nothing",
                );
            },
        )
    }

    /// A token that forces `variant` of an experiment, by its name without the prefix, for as long as `lasts`.
    ///
    /// # Errors
    ///
    /// When the configuration has no [`Forcing`](crate::Forcing).
    pub fn forcing_token(
        &self,
        name: &str,
        variant: impl Into<Variant>,
        lasts: Duration,
    ) -> Result<String, TokenError> {
        let forcing = self.forcing().ok_or(TokenError::NotAllowed)?;
        let now = self.clock().now();
        // What no clock can reach is as good as a hundred years.
        let century = Duration::from_hours(24 * 365 * 100);
        let expires = now.checked_add(lasts.min(century)).unwrap_or(now);
        Ok(forcing.token(&self.full_name(name.into()), variant, expires))
    }

    /// Forces a variant for one unit of an experiment (by its name without the prefix), or for
    /// everybody where `unit` is `None`, until [`clear_forced`](Self::clear_forced). In this process only. It counts before a request's tokens.
    /// A variant that the experiment does not have forces nothing, and that is told when a unit comes.
    ///
    /// # Errors
    ///
    /// When the configuration has no [`Forcing`](crate::Forcing).
    pub fn force(
        &self,
        name: &str,
        unit: Option<Key>,
        variant: impl Into<Variant>,
    ) -> Result<(), TokenError> {
        if self.forcing().is_none() {
            return Err(TokenError::NotAllowed);
        }
        let full_name = self.full_name(name.into());
        self.overrides().set(&full_name, unit, variant.into());
        Ok(())
    }

    /// Forgets what [`force`](Self::force) has set for an experiment: for everybody and for all units.
    pub fn clear_forced(&self, name: &str) {
        self.overrides().clear(&self.full_name(name.into()));
    }

    /// Forgets the stored assignments of an experiment, by its name without the prefix; answers how many.
    ///
    /// # Errors
    ///
    /// When there is no store, or the store's own error.
    pub fn purge(&self, name: &str) -> Result<u64, StoreError> {
        let store = self.store().ok_or("the configuration has no store")?;
        store.purge(&self.full_name(name.into()))
    }

    /// Forgets the stored assignment of one unit.
    ///
    /// # Errors
    ///
    /// When there is no store, or the store's own error.
    pub fn forget(&self, unit: &Experiment<'_>) -> Result<(), StoreError> {
        let store = self.store().ok_or("the configuration has no store")?;
        store.forget(&StoredUnit::new(
            unit.name(),
            unit.key(),
            unit.migration_keys(),
        ))
    }

    /// The experience of a [`Signature`], where its context is not at hand: in a job, behind a link.
    ///
    /// Key and variant are those of the signature, with the reason [`Restored`](crate::Reason::Restored); the
    /// exposure counts as tracked already. A signature that was read from text has the variant's name and no payload. Take signatures only from where nobody can forge them.
    ///
    /// ```
    /// use variate::{Config, MemoryTracker, context};
    ///
    /// let tracker = MemoryTracker::new();
    /// let config = Config::builder().tracker(tracker.clone()).build()?;
    /// let exp = config.experiment("pill", context! { user_id: 42 });
    /// exp.expose();
    /// let job = serde_json::to_string(&exp.signature())?;
    ///
    /// let signature = serde_json::from_str(&job)?;
    /// config.restore(&signature).track("delivered");
    /// assert_eq!(tracker.events()[1].key, *exp.key());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(&self, signature: &Signature) -> Experiment<'_> {
        Experiment::restored(super::ConfigRef::Borrowed(self), signature)
    }
}
