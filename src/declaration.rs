use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::layer::Slice;
use crate::{KeyScheme, Resolver, Rule, Value, Variant};

/// What is known of an experiment before it runs: variants, rollout, who takes part, who owns it.
///
/// With a declaration, code that only tracks knows the same variants as the code that runs.
///
/// ```
/// use variate::{Config, Declaration, Percent, context};
///
/// let config = Config::builder()
///     .declare(
///         Declaration::new("pill_color")
///             .variants(["red", "blue"])
///             .resolver(Percent::new([50, 25, 25])?)
///             .traffic(20)
///             .owner("growth"),
///     )
///     .build()?;
/// let variant = config.experiment("pill_color", context! { user_id: 42 }).variant().clone();
/// assert!(["control", "red", "blue"].contains(&variant.as_str()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A catalogue file holds the same.
#[derive(Clone)]
pub struct Declaration {
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) payloads: Vec<(String, Value<'static>)>,
    pub(crate) resolver: Option<Arc<dyn Resolver>>,
    pub(crate) seed: Option<String>,
    pub(crate) traffic: Option<f64>,
    pub(crate) exclusions: Vec<Arc<dyn Rule>>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) layer: Option<Slice>,
    pub(crate) holdouts: Vec<String>,
    pub(crate) key_scheme: Option<Arc<dyn KeyScheme>>,
    pub(crate) former_key_schemes: Vec<Arc<dyn KeyScheme>>,
    pub(crate) sticky: Option<bool>,
    pub(crate) only_assigned: bool,
    pub(crate) enabled: bool,
    pub(crate) about: About,
}

/// Units that get a variant by a rule.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) variant: Variant,
    pub(crate) rule: Arc<dyn Rule>,
}

/// What a declaration says for people, and when it holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct About {
    pub(crate) starts: Option<SystemTime>,
    pub(crate) ends: Option<SystemTime>,
    pub(crate) due: Option<SystemTime>,
    pub(crate) owner: Option<String>,
    pub(crate) issue: Option<String>,
    pub(crate) description: Option<String>,
}

impl Declaration {
    /// An experiment of this name (without the configuration's prefix) with control and candidate.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            variants: Vec::new(),
            payloads: Vec::new(),
            resolver: None,
            seed: None,
            traffic: None,
            exclusions: Vec::new(),
            segments: Vec::new(),
            layer: None,
            holdouts: Vec::new(),
            key_scheme: None,
            former_key_schemes: Vec::new(),
            sticky: None,
            only_assigned: false,
            enabled: true,
            about: About::default(),
        }
    }

    /// The variants besides the control, in order. `control` itself may stand first, or be left out.
    #[must_use]
    pub fn variants<V: Into<Variant>>(mut self, variants: impl IntoIterator<Item = V>) -> Self {
        self.variants.extend(variants.into_iter().map(Into::into));
        self
    }

    /// What a variant stands for, as data: [`Variant::payload`] reads it.
    ///
    /// ```
    /// use variate::{Config, Context, Declaration, always_candidate, context};
    ///
    /// #[derive(serde::Deserialize, PartialEq, Debug)]
    /// struct Timeout { seconds: u32 }
    ///
    /// let config = Config::builder()
    ///     .resolver(always_candidate())
    ///     .declare(
    ///         Declaration::new("timeout")
    ///             .payload("control", context! { seconds: 30 })
    ///             .payload("candidate", context! { seconds: 5 }),
    ///     )
    ///     .build()?;
    /// let exp = config.experiment("timeout", context! { user_id: 42 });
    /// assert_eq!(exp.expose().payload::<Timeout>()?, Timeout { seconds: 5 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn payload(
        mut self,
        variant: impl Into<String>,
        payload: impl Into<Value<'static>>,
    ) -> Self {
        self.payloads.push((variant.into(), payload.into()));
        self
    }

    /// The experiment's own resolver, in place of the configuration's.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Another seed assigns everybody afresh who is not stored: a second round, into which nobody carries over the first. It enters
    /// the split and the traffic share, and neither the keys nor the buckets of
    /// [`Bucketing::GitlabCrc32`](crate::Bucketing::GitlabCrc32), which are Ruby's.
    #[must_use]
    pub fn seed(mut self, seed: impl Into<String>) -> Self {
        self.seed = Some(seed.into());
        self
    }

    /// The share of units that takes part, in percent; the others get the control, untracked.
    ///
    /// Raising it takes units in and reassigns nobody. It is independent of the split. Units in a segment are subject to it, too.
    #[must_use]
    pub fn traffic(mut self, percent: impl Into<f64>) -> Self {
        self.traffic = Some(percent.into());
        self
    }

    /// Leaves out the units that a rule holds for: control, untracked. Any of several rules is enough. Units
    /// with a stored assignment stay in their variant.
    #[must_use]
    pub fn exclude(mut self, rule: impl Rule + 'static) -> Self {
        self.exclusions.push(Arc::new(rule));
        self
    }

    /// Gives `variant` to the units that a rule holds for, before the resolver is asked; the first
    /// rule that holds counts. Units that are left out, by an exclusion, a holdout, a layer or the traffic share, are not in it.
    #[must_use]
    pub fn segment(mut self, variant: impl Into<Variant>, rule: impl Rule + 'static) -> Self {
        self.segments.push(Segment {
            variant: variant.into(),
            rule: Arc::new(rule),
        });
        self
    }

    /// Takes a range, in percent, of a [`Layer`](crate::Layer): no unit is in two ranges. Called again, it replaces the former
    /// one.
    #[must_use]
    pub fn layer<P: Into<f64>>(mut self, layer: impl Into<String>, percent: Range<P>) -> Self {
        self.layer = Some(Slice::new(layer, percent));
        self
    }

    /// Keeps out the units of a [`Holdout`](crate::Holdout).
    #[must_use]
    pub fn holdout(mut self, holdout: impl Into<String>) -> Self {
        self.holdouts.push(holdout.into());
        self
    }

    /// The experiment's own key scheme, in place of the configuration's.
    #[must_use]
    pub fn key_scheme(mut self, scheme: impl KeyScheme + 'static) -> Self {
        self.key_scheme = Some(Arc::new(scheme));
        self
    }

    /// A key scheme that the experiment had before: its keys become migration keys.
    #[must_use]
    pub fn former_key_scheme(mut self, scheme: impl KeyScheme + 'static) -> Self {
        self.former_key_schemes.push(Arc::new(scheme));
        self
    }

    /// Whether assignments are kept in the configuration's [`AssignmentStore`](crate::AssignmentStore); yes where there is one, unless set.
    /// `true` without a store is an error of `Config::build`.
    #[must_use]
    pub fn sticky(mut self, sticky: bool) -> Self {
        self.sticky = Some(sticky);
        self
    }

    /// Takes in nobody new: units without a stored assignment get the control, untracked. Needs a store.
    #[must_use]
    pub fn only_assigned(mut self, only: bool) -> Self {
        self.only_assigned = only;
        self
    }

    /// Whether the experiment runs; off, everybody gets the control, untracked, and
    /// [`Config::set_experiment_enabled`](crate::Config::set_experiment_enabled) does not turn it on.
    #[must_use]
    pub fn enabled(mut self, on: bool) -> Self {
        self.enabled = on;
        self
    }

    /// When it begins, by the configuration's clock: before, everybody gets the control, untracked.
    #[must_use]
    pub fn starts(mut self, at: SystemTime) -> Self {
        self.about.starts = Some(at);
        self
    }

    /// When it is over: from then on, everybody gets the control, untracked.
    #[must_use]
    pub fn ends(mut self, at: SystemTime) -> Self {
        self.about.ends = Some(at);
        self
    }

    /// When somebody should have decided and cleaned up. Nothing happens then; `variate check` tells.
    #[must_use]
    pub fn due(mut self, at: SystemTime) -> Self {
        self.about.due = Some(at);
        self
    }

    /// Who answers for it.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.about.owner = Some(owner.into());
        self
    }

    /// Where it is discussed: a link.
    #[must_use]
    pub fn issue(mut self, link: impl Into<String>) -> Self {
        self.about.issue = Some(link.into());
        self
    }

    /// What is tried and why.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.about.description = Some(text.into());
        self
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Declaration")
            .field("name", &self.name)
            .field("variants", &self.variants)
            .field("seed", &self.seed)
            .field("traffic", &self.traffic)
            .field("layer", &self.layer)
            .field("holdouts", &self.holdouts)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}
