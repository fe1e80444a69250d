mod config_ref;
mod error;
mod operations;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use self::config_ref::ConfigRef;
pub use self::error::ConfigError;
use crate::contain::contain;
use crate::context::ContextRef;
use crate::declared::{Current, Sources, Surroundings};
use crate::diagnostics::Counters;
use crate::forcing::Overrides;
use crate::randomness::{Randomness, ThreadRandomness};
use crate::switches::Switches;
use crate::{
    AssignmentStore, Canonical, Clock, Declaration, Diagnostics, Experiment, Forcing, Holdout,
    Hook, KeyScheme, Layer, LogTracker, Nesting, Percent, Resolver, Tracker, limits,
};

/// How experiments are keyed, resolved and tracked. Immutable once built; clones are the same configuration.
///
/// Install it once for the process with [`init`](crate::init), hand it around, or swap it for a
/// scope with [`with_config`](crate::with_config).
///
/// ```
/// use variate::{Config, Percent, context};
///
/// let config = Config::builder()
///     .name_prefix("shop")
///     .resolver(Percent::new([90, 10])?)
///     .build()?;
/// let exp = config.experiment("pill_color", context! { user_id: 42 });
/// assert_eq!(exp.name(), "shop_pill_color");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Config {
    parts: Arc<Parts>,
}

#[allow(
    clippy::struct_excessive_bools,
    reason = "each is read by itself on the way of a decision"
)]
struct Parts {
    name_prefix: Option<String>,
    key_scheme: Box<dyn KeyScheme>,
    key_is_uniform: bool,
    resolver: Box<dyn Resolver>,
    tracker: Box<dyn Tracker>,
    clock: Box<dyn Clock>,
    randomness: Box<dyn Randomness>,
    declarations: Current,
    /// Neither strict, nor with files that may switch all off, a switch, a store, forced assignments or denied nesting.
    is_plain: bool,
    surrounds_runs: bool,
    strict: bool,
    switches: Switches,
    switch: Option<Box<dyn Switch>>,
    store: Option<Box<dyn AssignmentStore>>,
    forcing: Option<Forcing>,
    overrides: Overrides,
    hooks: Vec<Box<dyn Hook>>,
    nesting: Nesting,
    counters: Counters,
}

/// Says of an experiment by its full name whether it is on.
trait Switch: Fn(&str) -> bool + Send + Sync {}
impl<F: Fn(&str) -> bool + Send + Sync> Switch for F {}

impl Config {
    /// A builder with the defaults: [`Canonical`] keys, an even split, events to `tracing`.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// An experiment under this configuration. See [`experiment`](crate::experiment()).
    #[inline(always)]
    pub fn experiment<'a>(
        &'a self,
        name: impl Into<Cow<'a, str>>,
        context: impl Into<ContextRef<'a>>,
    ) -> Experiment<'a> {
        Experiment::new(ConfigRef::Borrowed(self), name.into(), context.into())
    }

    /// Waits until every event so far is where it should be, `timeout` at the longest; answers
    /// whether they are: not if a [`Background`](crate::Background) tracker dropped some since the last time. The way to end `main`.
    pub fn flush(&self, timeout: Duration) -> bool {
        contain(|| self.tracker().flush(timeout)).unwrap_or(false)
    }

    /// What went wrong and was survived so far.
    pub fn diagnostics(&self) -> Diagnostics {
        self.counters().read()
    }

    #[inline(always)]
    pub(crate) fn full_name<'a>(&self, name: Cow<'a, str>) -> Cow<'a, str> {
        match &self.parts.name_prefix {
            Some(prefix) if !name.is_empty() => Cow::Owned(prefixed(prefix, &name)),
            _ => name,
        }
    }
}

pub(crate) fn prefixed(prefix: &str, name: &str) -> String {
    format!("{prefix}_{name}")
}

impl fmt::Debug for Config {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config")
            .field("name_prefix", &self.parts.name_prefix)
            .field("declarations", &self.parts.declarations)
            .field("diagnostics", &self.diagnostics())
            .finish_non_exhaustive()
    }
}

/// Builds a [`Config`].
#[must_use]
pub struct ConfigBuilder {
    name_prefix: Option<String>,
    key_scheme: Box<dyn KeyScheme>,
    resolver: Box<dyn Resolver>,
    tracker: Box<dyn Tracker>,
    clock: Box<dyn Clock>,
    randomness: Box<dyn Randomness>,
    sources: Sources,
    strict: bool,
    switch: Option<Box<dyn Switch>>,
    store: Option<Box<dyn AssignmentStore>>,
    forcing: Option<Forcing>,
    hooks: Vec<Box<dyn Hook>>,
    nesting: Nesting,
}

impl Default for ConfigBuilder {
    fn default() -> Self {
        Self {
            name_prefix: None,
            key_scheme: Box::new(Canonical),
            resolver: Box::new(Percent::even()),
            tracker: Box::new(LogTracker::new()),
            clock: Box::new(SystemTime::now),
            randomness: Box::new(ThreadRandomness),
            sources: Sources::default(),
            strict: false,
            switch: None,
            store: None,
            forcing: None,
            hooks: Vec::new(),
            nesting: Nesting::Allow,
        }
    }
}

impl ConfigBuilder {
    /// Put before every experiment's name, with `_` between: part of the key and of every event.
    ///
    /// Joining them is the one heap allocation that making an experiment costs.
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.name_prefix = Some(prefix.into());
        self
    }

    /// How contexts become keys; [`Canonical`] unless set.
    pub fn key_scheme(mut self, scheme: impl KeyScheme + 'static) -> Self {
        self.key_scheme = Box::new(scheme);
        self
    }

    /// How units get their variants; [`Percent::even`] unless set.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Box::new(resolver);
        self
    }

    /// Where events go; [`LogTracker`] unless set.
    pub fn tracker(mut self, tracker: impl Tracker + 'static) -> Self {
        self.tracker = Box::new(tracker);
        self
    }

    /// Where the time of events comes from; the system's clock unless set.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Where random bits come from; a generator seeded by the system unless set.
    pub fn randomness(mut self, randomness: impl Randomness + 'static) -> Self {
        self.randomness = Box::new(randomness);
        self
    }

    /// Declares an experiment: what [`Config::experiment`] of that name goes by.
    pub fn declare(mut self, declaration: Declaration) -> Self {
        self.sources.declarations.push(declaration);
        self
    }

    /// Declares a layer, of which experiments take ranges ([`Declaration::layer`]).
    pub fn layer(mut self, layer: Layer) -> Self {
        self.sources.layers.push(layer);
        self
    }

    /// Declares a holdout, for the experiments that name it ([`Declaration::holdout`]).
    pub fn holdout(mut self, holdout: Holdout) -> Self {
        self.sources.holdouts.push(holdout);
        self
    }

    /// Declares all that a catalogue declares.
    #[cfg(feature = "catalogue")]
    pub fn catalogue(mut self, catalogue: crate::Catalogue) -> Self {
        self.sources.catalogues.push(catalogue);
        self
    }

    /// Declares all that a file declares, which [`Config::reload`] and [`Config::watch`] read again.
    ///
    /// There may be several. A file names layers and holdouts of its own; code may name those of files.
    #[cfg(feature = "catalogue")]
    pub fn catalogue_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.sources.files.push(path.into());
        self
    }

    /// A key scheme that catalogues may name: one of yours, or one that has a secret.
    ///
    /// ```
    /// use variate::{Catalogue, Config, Format, Keyed};
    ///
    /// # let secret = "0123456789abcdef";
    /// let catalogue = "[experiments.search]\nkey = \"keyed\"";
    /// let config = Config::builder()
    ///     .named_key_scheme("keyed", Keyed::new(secret)?)
    ///     .catalogue(Catalogue::parse(catalogue, Format::Toml, "catalogue.toml")?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "catalogue")]
    pub fn named_key_scheme(
        mut self,
        name: impl Into<String>,
        scheme: impl KeyScheme + 'static,
    ) -> Self {
        self.sources
            .key_schemes
            .insert(name.into(), Arc::new(scheme));
        self
    }

    /// Takes only declared experiments: any other one runs its control, untracked, and that is told.
    /// Unless set, an experiment needs no declaration.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Asks `is_on` of every experiment, by its full name, before anything else: the place of a kill
    /// switch that is managed elsewhere. It is called on every cold run and must not block.
    ///
    /// One that panics counts as off.
    pub fn enabled_if(mut self, is_on: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.switch = Some(Box::new(is_on));
        self
    }

    /// Keeps assignments, so that a unit stays in its variant whatever changes around it.
    ///
    /// Rollouts are the same for a unit each time, and do not need it for that: only weights, rules
    /// and resolvers that change do.
    pub fn store(mut self, store: impl AssignmentStore + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Allows forced assignments: by tokens that come with a request, and by [`Config::force`]. Not allowed unless set.
    pub fn forcing(mut self, forcing: Forcing) -> Self {
        self.forcing = Some(forcing);
        self
    }

    /// Calls a hook around every run, within those that were set before.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// What happens when an experiment runs inside another one's behaviour; nothing unless set.
    pub fn nesting(mut self, nesting: Nesting) -> Self {
        self.nesting = nesting;
        self
    }

    fn with_declarations(self, declarations: Current) -> Config {
        Config {
            parts: Arc::new(Parts {
                name_prefix: self.name_prefix,
                key_is_uniform: self.key_scheme.separates_experiments(),
                key_scheme: self.key_scheme,
                resolver: self.resolver,
                tracker: self.tracker,
                clock: self.clock,
                randomness: self.randomness,
                is_plain: declarations.are_always_on()
                    && !self.strict
                    && self.switch.is_none()
                    && self.store.is_none()
                    && self.forcing.is_none()
                    && self.nesting != Nesting::Deny,
                declarations,
                surrounds_runs: !self.hooks.is_empty() || self.nesting != Nesting::Allow,
                strict: self.strict,
                switches: Switches::default(),
                switch: self.switch,
                store: self.store,
                forcing: self.forcing,
                overrides: Overrides::default(),
                hooks: self.hooks,
                nesting: self.nesting,
                counters: Counters::default(),
            }),
        }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// When a name, a percentage, a date or a resolver of a declaration is wrong, or refers to something that there is not: see [`ConfigError`].
    pub fn build(mut self) -> Result<Config, ConfigError> {
        // A name of one byte must still fit behind it.
        if let Some(prefix) = &self.name_prefix
            && (prefix.is_empty() || !limits::name_fits(&prefixed(prefix, "x")))
        {
            return Err(ConfigError::InvalidPrefix(prefix.clone()));
        }
        let sources = std::mem::take(&mut self.sources);
        let declarations = Current::new(
            sources,
            &Surroundings {
                name_prefix: self.name_prefix.as_deref(),
                resolver: &*self.resolver,
                has_store: self.store.is_some(),
            },
        )?;
        Ok(self.with_declarations(declarations))
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConfigBuilder")
            .field("name_prefix", &self.name_prefix)
            .field("declarations", &self.sources.declarations)
            .finish_non_exhaustive()
    }
}

impl Default for Config {
    /// The configuration of [`Config::builder`] with nothing set.
    fn default() -> Self {
        ConfigBuilder::default().with_declarations(Current::default())
    }
}
