mod keys;
mod settings;
mod settle;
mod surroundings;
mod tracking;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use self::settings::Settings;
use self::settle::Early;
pub(crate) use self::settle::{Decision, Exposure};
use crate::behaviours::Control;
use crate::config::ConfigRef;
use crate::diagnostics::Teller;
use crate::{Config, Context, ContextRef, Explanation, Key, Signature, Trial, global};

/// An experiment as one unit meets it: name, context, assignment and tracking.
///
/// Made by [`experiment`](crate::experiment()) or [`Config::experiment`]. The builder steps come
/// first (`context`, `migrated_from`, ...); then the handle is asked, run and tracked, as often as
/// wanted: variant and key are settled at the first use and stay the same.
///
/// ```
/// use variate::{Action, context, experiment};
///
/// let exp = experiment("pill_color", context! { user_id: 42 });
/// let pill = exp.use_(|| "grey").variant("red", || "red").variant("blue", || "blue").run();
/// exp.track(Action::new("swallowed").value(9.99));
/// assert_eq!(exp.variant() == "control", pill == "grey");
/// ```
///
/// It borrows what it was given; [`into_owned`](Self::into_owned) makes an `Experiment<'static>`
/// to keep in a struct.
pub struct Experiment<'a> {
    name: Cow<'a, str>,
    context: ContextRef<'a>,
    config: ConfigRef<'a>,
    settings: Option<Box<Settings<'a>>>,
    tracking: bool,
    early: OnceLock<Early>,
    decision: OnceLock<Decision>,
    migration_keys: OnceLock<Box<[Key]>>,
    resolver_panicked: AtomicBool,
}

/// An experiment under the configuration in force: scoped, installed, or the default.
///
/// `name` is 1 to 255 bytes long, or else the control runs, untracked. `context` is made with
/// [`context!`](crate::context!) or given by reference.
///
/// ```
/// use variate::{context, experiment};
///
/// let button = experiment("subscription_cancellation", context! { user_id: 42 })
///     .use_(|| "toggle")
///     .try_(|| "button")
///     .run();
/// # assert!(["toggle", "button"].contains(&button));
/// ```
///
/// There is no way to run without a control:
///
/// ```compile_fail
/// use variate::{context, experiment};
///
/// experiment("subscription_cancellation", context! { user_id: 42 }).try_(|| "button").run();
/// ```
#[inline(always)]
pub fn experiment<'a>(
    name: impl Into<Cow<'a, str>>,
    context: impl Into<ContextRef<'a>>,
) -> Experiment<'a> {
    Experiment::new(global::current(), name.into(), context.into())
}

impl<'a> Experiment<'a> {
    #[inline(always)]
    pub(crate) fn new(config: ConfigRef<'a>, name: Cow<'a, str>, context: ContextRef<'a>) -> Self {
        Self {
            name: config.full_name(name),
            context,
            config,
            settings: None,
            tracking: true,
            early: OnceLock::new(),
            decision: OnceLock::new(),
            migration_keys: OnceLock::new(),
            resolver_panicked: AtomicBool::new(false),
        }
    }

    /// An experience made elsewhere.
    pub(crate) fn restored(config: ConfigRef<'a>, signature: &Signature) -> Self {
        let name = Cow::Owned(signature.experiment.clone().into_owned());
        let decision = Decision::restored(signature);
        Self {
            name,
            context: Context::new().into(),
            config,
            settings: None,
            tracking: true,
            early: OnceLock::new(),
            decision: decision.into(),
            migration_keys: Box::<[Key]>::from(signature.migration_keys.as_slice()).into(),
            resolver_panicked: AtomicBool::new(false),
        }
    }

    /// The behaviour of the control: the door to [`Trial::run`].
    #[inline(always)]
    pub fn use_<T, F: FnOnce() -> T>(&self, behaviour: F) -> Trial<'_, T, Control<F>> {
        Trial::new(self, behaviour)
    }

    /// The behaviour of the control; the same as [`use_`](Self::use_).
    #[inline]
    pub fn control<T, F: FnOnce() -> T>(&self, behaviour: F) -> Trial<'_, T, Control<F>> {
        self.use_(behaviour)
    }

    /// The full name, prefix included.
    #[inline]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the assignment came about, step by step. Tracks nothing.
    pub fn explain(&self) -> Explanation {
        Explanation::of(self)
    }

    /// What identifies this experience to other systems.
    pub fn signature(&self) -> Signature {
        Signature {
            experiment: self.name.clone().into_owned().into(),
            variant: self.variant().clone(),
            key: self.key().clone(),
            migration_keys: self.migration_keys().to_vec(),
        }
    }

    /// The same handle, owning what it borrowed.
    pub fn into_owned(self) -> Experiment<'static> {
        Experiment {
            name: Cow::Owned(self.name.into_owned()),
            context: self.context.into_context().into_owned().into(),
            config: ConfigRef::Shared((*self.config).clone()),
            settings: self
                .settings
                .map(|settings| Box::new(settings.into_owned())),
            tracking: self.tracking,
            early: self.early,
            decision: self.decision,
            migration_keys: self.migration_keys,
            resolver_panicked: self.resolver_panicked,
        }
    }

    #[inline]
    pub(crate) fn context_ref(&self) -> &Context<'a> {
        &self.context
    }

    #[inline]
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn teller(&self) -> Teller<'_> {
        Teller {
            config: &self.config,
            experiment: Some(&self.name),
        }
    }
}

impl Clone for Experiment<'_> {
    /// A handle in the same state: what was settled or tracked stays so.
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            context: self.context.clone(),
            config: self.config.clone(),
            settings: self.settings.clone(),
            tracking: self.tracking,
            early: self.early.clone(),
            decision: self.decision.clone(),
            migration_keys: self.migration_keys.clone(),
            resolver_panicked: AtomicBool::new(self.resolver_panicked.load(Ordering::Relaxed)),
        }
    }
}

impl fmt::Debug for Experiment<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Experiment")
            .field("name", &self.name)
            .field("context", &*self.context)
            .field("assignment", &self.settled().map(Decision::assignment))
            .finish_non_exhaustive()
    }
}
