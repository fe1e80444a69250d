mod config_ref;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use self::config_ref::ConfigRef;
use crate::contain::contain;
use crate::context::ContextRef;
use crate::diagnostics::Counters;
use crate::randomness::{Randomness, ThreadRandomness};
use crate::resolver::ResolverError;
use crate::{
    Canonical, Clock, Declaration, Diagnostics, Experiment, KeyScheme, LogTracker, Percent,
    Resolver, Tracker, limits,
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

struct Parts {
    name_prefix: Option<String>,
    key_scheme: Box<dyn KeyScheme>,
    key_is_uniform: bool,
    resolver: Box<dyn Resolver>,
    tracker: Box<dyn Tracker>,
    clock: Box<dyn Clock>,
    randomness: Box<dyn Randomness>,
    declarations: HashMap<Box<str>, Declaration>,
    counters: Counters,
}

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
    /// whether they are. The way to end `main`.
    pub fn flush(&self, timeout: Duration) -> bool {
        contain(|| self.tracker().flush(timeout)).unwrap_or(false)
    }

    /// What went wrong and was survived so far.
    pub fn diagnostics(&self) -> Diagnostics {
        self.counters().read()
    }

    pub(crate) fn key_scheme(&self) -> &dyn KeyScheme {
        &*self.parts.key_scheme
    }

    pub(crate) fn key_is_uniform(&self) -> bool {
        self.parts.key_is_uniform
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

    pub(crate) fn declaration(&self, full_name: &str) -> Option<&Declaration> {
        let declarations = &self.parts.declarations;
        if declarations.is_empty() {
            return None;
        }
        declarations.get(full_name)
    }

    /// The declaration's resolver where it has one, or that of all experiments.
    pub(crate) fn resolver_of<'a>(
        &'a self,
        declaration: Option<&'a Declaration>,
    ) -> &'a dyn Resolver {
        declaration
            .and_then(|declaration| declaration.resolver.as_deref())
            .unwrap_or(&*self.parts.resolver)
    }

    #[inline(always)]
    pub(crate) fn full_name<'a>(&self, name: Cow<'a, str>) -> Cow<'a, str> {
        match &self.parts.name_prefix {
            Some(prefix) if !name.is_empty() => Cow::Owned(prefixed(prefix, &name)),
            _ => name,
        }
    }
}

fn prefixed(prefix: &str, name: &str) -> String {
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
    declarations: Vec<Declaration>,
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
            declarations: Vec::new(),
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

    /// Declares an experiment.
    pub fn declare(mut self, declaration: Declaration) -> Self {
        self.declarations.push(declaration);
        self
    }

    fn with_declarations(self, declarations: HashMap<Box<str>, Declaration>) -> Config {
        Config {
            parts: Arc::new(Parts {
                name_prefix: self.name_prefix,
                key_is_uniform: self.key_scheme.separates_experiments(),
                key_scheme: self.key_scheme,
                resolver: self.resolver,
                tracker: self.tracker,
                clock: self.clock,
                randomness: self.randomness,
                declarations,
                counters: Counters::default(),
            }),
        }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// When the prefix is empty or over-long, when a declared name is empty, over-long or comes
    /// twice, or when a declared experiment's resolver does not fit its variants.
    pub fn build(mut self) -> Result<Config, ConfigError> {
        // A name of one byte must still fit behind it.
        if let Some(prefix) = &self.name_prefix
            && (prefix.is_empty() || !limits::name_fits(&prefixed(prefix, "x")))
        {
            return Err(ConfigError::InvalidPrefix(prefix.clone()));
        }
        let mut declarations = HashMap::with_capacity(self.declarations.len());
        for declaration in std::mem::take(&mut self.declarations) {
            let full_name = match &self.name_prefix {
                Some(prefix) => prefixed(prefix, &declaration.name),
                None => declaration.name.clone(),
            };
            let declaration = declaration.complete(full_name.clone(), &*self.resolver)?;
            if declarations
                .insert(full_name.clone().into_boxed_str(), declaration)
                .is_some()
            {
                return Err(ConfigError::DuplicateExperiment(full_name));
            }
        }
        Ok(self.with_declarations(declarations))
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConfigBuilder")
            .field("name_prefix", &self.name_prefix)
            .field("declarations", &self.declarations)
            .finish_non_exhaustive()
    }
}

impl Default for Config {
    /// The configuration of [`Config::builder`] with nothing set.
    fn default() -> Self {
        ConfigBuilder::default().with_declarations(HashMap::new())
    }
}
