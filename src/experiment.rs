use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::behaviours::Control;
use crate::context::{Context, ContextRef, Value};
use crate::decision::Stage;
use crate::diagnostics::tell;
use crate::variant_list::VariantList;
use crate::{
    Action, Assignment, Canonical, Config, Event, Explanation, Key, KeyScheme, KeySource,
    Signature, Trial, Variant, Variants, decision, global, limits,
};

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
    key: OnceLock<Key>,
    decision: OnceLock<Decision>,
}

/// What most experiments do not set.
#[derive(Clone, Default)]
struct Settings<'a> {
    pinned: Option<Variant>,
    variants: Vec<Variant>,
    sticky_to: Value<'a>,
    migrations: Vec<Migration<'a>>,
    migration_keys: OnceLock<Box<[Key]>>,
}

#[derive(Clone)]
enum Migration<'a> {
    From(Context<'a>),
    With(Context<'a>),
}

/// The key and the assignment, settled together at the first use.
pub(crate) struct Decision {
    key: Key,
    assignment: Assignment,
    exposure: AtomicU8,
}

impl Decision {
    #[inline(always)]
    const fn new(key: Key, assignment: Assignment, exposure: u8) -> Self {
        Self {
            key,
            assignment,
            exposure: AtomicU8::new(exposure),
        }
    }

    #[inline]
    pub(crate) const fn assignment(&self) -> &Assignment {
        &self.assignment
    }
}

impl Clone for Decision {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            assignment: self.assignment.clone(),
            exposure: AtomicU8::new(self.exposure.load(Ordering::Relaxed)),
        }
    }
}

/// A configuration, borrowed where it can be: cloning it would cost a shared counter.
#[derive(Clone)]
pub(crate) enum ConfigRef<'a> {
    Borrowed(&'a Config),
    Shared(Config),
}

impl Deref for ConfigRef<'_> {
    type Target = Config;

    #[inline]
    fn deref(&self) -> &Config {
        match self {
            Self::Borrowed(config) => config,
            Self::Shared(config) => config,
        }
    }
}

/// What is known of a decision's exposure without looking.
#[derive(Clone, Copy)]
pub(crate) enum Exposure {
    /// Marked as tracked by who made the decision just now, and still to be tracked.
    First,
    /// Perhaps tracked already.
    Unclear,
}

/// The exposure was not tracked yet.
const UNEXPOSED: u8 = 0;
/// It was.
const EXPOSED: u8 = 1;
/// Another variant than the assigned one ran: nothing more is tracked.
const UNRELIABLE: u8 = 2;

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
            key: OnceLock::new(),
            decision: OnceLock::new(),
        }
    }

    /// Adds entries to the context; a later value replaces an earlier one in its place.
    #[must_use]
    pub fn context(mut self, more: impl Into<ContextRef<'a>>) -> Self {
        let merged = self.context.merged(&more.into());
        self.context = merged.into();
        self.unsettled()
    }

    /// A whole context that the unit had before: its key becomes a migration key.
    #[must_use]
    pub fn migrated_from(self, former: impl Into<ContextRef<'a>>) -> Self {
        let former = Migration::From(former.into().into_context());
        self.with_settings(|settings| settings.migrations.push(former))
    }

    /// Entries that were different before: the key of the context overlaid with them becomes a migration key.
    #[must_use]
    pub fn migrated_with(self, overlay: impl Into<ContextRef<'a>>) -> Self {
        let overlay = Migration::With(overlay.into().into_context());
        self.with_settings(|settings| settings.migrations.push(overlay))
    }

    /// Makes the key of `value` instead of the context: units with the same value get the same experience.
    ///
    /// Null leaves the context in charge.
    #[must_use]
    pub fn sticky_to(self, value: impl Into<Value<'a>>) -> Self {
        self.with_settings(|settings| settings.sticky_to = value.into())
    }

    /// Pins the variant in code, past the resolver.
    #[must_use]
    pub fn with_variant(self, variant: impl Into<Variant>) -> Self {
        self.with_settings(|settings| settings.pinned = Some(variant.into()))
    }

    /// Names the variants besides the control, for a handle that asks or tracks without a
    /// [`Trial`] that names them. A [`Declaration`](crate::Declaration) does this for all handles.
    ///
    /// ```
    /// use variate::{context, experiment};
    ///
    /// let exp = experiment("pill_color", context! { user_id: 42 }).with_variants(["red", "blue"]);
    /// let dose = match exp.expose().as_str() {
    ///     "red" => 1,
    ///     "blue" => 2,
    ///     _ => 0,
    /// };
    /// # assert!(dose < 3);
    /// ```
    #[must_use]
    pub fn with_variants<V: Into<Variant>>(self, variants: impl IntoIterator<Item = V>) -> Self {
        let named: Vec<_> = std::iter::once(Variant::control())
            .chain(
                variants
                    .into_iter()
                    .map(Into::into)
                    .filter(|name| !name.is_control()),
            )
            .collect();
        self.with_settings(|settings| settings.variants = named)
    }

    /// Whether anything is tracked for this unit; yes unless set. Off for those who asked not to
    /// be tracked: they get their variant all the same.
    #[must_use]
    pub fn tracking(mut self, on: bool) -> Self {
        self.tracking = on;
        self
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

    /// The experience key.
    #[inline]
    pub fn key(&self) -> &Key {
        match self.decision.get() {
            Some(decision) => &decision.key,
            None => self.key.get_or_init(|| {
                catch_unwind(AssertUnwindSafe(|| self.make_key()))
                    .unwrap_or_else(|_| self.canonical_key())
            }),
        }
    }

    /// The keys that the unit had before: those of `migrated_from` and `migrated_with`, in the
    /// order in which they were given.
    pub fn migration_keys(&self) -> &[Key] {
        let Some(settings) = &self.settings else {
            return &[];
        };
        settings.migration_keys.get_or_init(|| {
            let key = |migration: &Migration<'_>| match migration {
                Migration::From(former) => self.former_key(former),
                Migration::With(overlay) => self.former_key(&self.context.merged(overlay)),
            };
            settings.migrations.iter().map(key).collect()
        })
    }

    /// The assignment: settled at the first use, the same ever after. Tracks nothing.
    #[inline]
    pub fn assignment(&self) -> &Assignment {
        self.decision().assignment()
    }

    /// The assigned variant. Tracks nothing; code that is about to branch on it calls
    /// [`expose`](Self::expose).
    #[inline]
    pub fn variant(&self) -> &Variant {
        self.assignment().variant()
    }

    /// The assigned variant, for code that branches on it now: tracks the exposure, once for each handle.
    #[inline]
    pub fn expose(&self) -> &Variant {
        let decision = self.decision();
        self.expose_as(decision);
        decision.assignment().variant()
    }

    /// The assigned variant as a value of `V`, for an exhaustive `match`: tracks the exposure, once
    /// for each handle. The way to branch in async code. See [`Variants`].
    pub fn assign<V: Variants>(&self) -> V {
        let (decision, exposure) = match self.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => {
                let variants: Vec<_> = V::NAMES.iter().map(|name| Variant::from(*name)).collect();
                let mut list = VariantList::new();
                for variant in &variants {
                    list.add(variant, self);
                }
                self.settle_exposed(list.as_slice())
            }
        };
        let assigned = decision.assignment().variant();
        match V::NAMES.iter().position(|name| assigned == name) {
            Some(index) => {
                self.expose_once(decision, exposure);
                V::from_index(index)
            }
            None => {
                self.tell_missing(decision);
                V::from_index(0)
            }
        }
    }

    /// Tracks what the unit did: a name, or an [`Action`] with value and properties.
    ///
    /// The action `assignment` is the exposure, which is tracked once for each handle.
    #[inline]
    pub fn track<'t>(&self, action: impl Into<Action<'t>>) {
        let action = action.into();
        let decision = self.decision();
        if action.name == Action::ASSIGNMENT {
            self.expose_as(decision);
        } else if decision.exposure.load(Ordering::Relaxed) != UNRELIABLE {
            self.track_as(decision.assignment(), &action);
        }
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
            key: self.key,
            decision: self.decision,
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

    /// Whether anything that happens is tracked.
    pub(crate) fn is_tracking(&self) -> bool {
        let decision = self.decision();
        self.tracking
            && decision.assignment().is_tracked()
            && decision.exposure.load(Ordering::Relaxed) != UNRELIABLE
    }

    pub(crate) fn pinned(&self) -> Option<&Variant> {
        self.settings.as_ref()?.pinned.as_ref()
    }

    pub(crate) fn named_variants(&self) -> &[Variant] {
        self.settings
            .as_ref()
            .map_or(&[], |settings| &settings.variants)
    }

    /// The decision, if it was made already.
    #[inline]
    pub(crate) fn settled(&self) -> Option<&Decision> {
        self.decision.get()
    }

    #[inline]
    fn decision(&self) -> &Decision {
        match self.settled() {
            Some(decision) => decision,
            None => self.settle(&[], UNEXPOSED).0,
        }
    }

    /// Settles key and assignment, among the variants `named` where nothing else says what they
    /// are; answers also whether it did it, and not another thread.
    #[inline(never)]
    fn settle(&self, named: &[&Variant], exposure: u8) -> (&Decision, bool) {
        let mut first = false;
        let mut stage = Stage::Key;
        // A panic leaves the lock empty, so that it can be filled with what is said of it.
        let settled = catch_unwind(AssertUnwindSafe(|| {
            self.decision.get_or_init(|| {
                first = true;
                let key = self
                    .key_if_known()
                    .map_or_else(|| self.make_key(), Clone::clone);
                stage = Stage::Resolver;
                let assignment = decision::decide(self, &key, named);
                Decision::new(key, assignment, exposure)
            })
        }));
        match settled {
            Ok(decision) => (decision, first),
            Err(_) => self.settle_after_panic(named, exposure, stage),
        }
    }

    #[cold]
    fn settle_after_panic(
        &self,
        named: &[&Variant],
        exposure: u8,
        panicked: Stage,
    ) -> (&Decision, bool) {
        let mut first = false;
        let decision = self.decision.get_or_init(|| {
            first = true;
            let key = self.key().clone();
            let assignment = match panicked {
                Stage::Resolver => None,
                Stage::Key => {
                    catch_unwind(AssertUnwindSafe(|| decision::decide(self, &key, named))).ok()
                }
            };
            let assignment = assignment.unwrap_or_else(|| decision::panicked(self));
            Decision::new(key, assignment, exposure)
        });
        (decision, first)
    }

    /// The decision for code that is about to branch on it, with what is to be done then.
    #[inline]
    pub(crate) fn settle_exposed(&self, named: &[&Variant]) -> (&Decision, Exposure) {
        match self.settle(named, EXPOSED) {
            (decision, true) => (decision, Exposure::First),
            (decision, false) => (decision, Exposure::Unclear),
        }
    }

    /// Tracks the exposure, once for each handle.
    #[inline]
    pub(crate) fn expose_once(&self, decision: &Decision, exposure: Exposure) {
        match exposure {
            Exposure::First => {
                self.emit(
                    decision.assignment(),
                    Action::ASSIGNMENT,
                    None,
                    &NO_PROPERTIES,
                );
            }
            Exposure::Unclear => self.expose_as(decision),
        }
    }

    #[inline]
    fn expose_as(&self, decision: &Decision) {
        let exposure = &decision.exposure;
        if exposure.load(Ordering::Relaxed) == UNEXPOSED
            && exposure
                .compare_exchange(UNEXPOSED, EXPOSED, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            self.emit(
                decision.assignment(),
                Action::ASSIGNMENT,
                None,
                &NO_PROPERTIES,
            );
        }
    }

    /// The assigned variant has no behaviour here: what runs is not what was assigned, so that
    /// nothing more can be said of this unit.
    #[cold]
    pub(crate) fn tell_missing(&self, decision: &Decision) {
        decision.exposure.store(UNRELIABLE, Ordering::Relaxed);
        tell!(
            self.config().counters(),
            missing_behaviours,
            experiment = self.name(),
            variant = decision.assignment().variant().as_str(),
            "the assigned variant has no behaviour here: the control runs and this handle tracks \
             nothing more; declare the experiment, or run it before asking for its variant",
        );
    }

    fn track_as(&self, assignment: &Assignment, action: &Action<'_>) {
        if !limits::name_fits(&action.name) {
            tell!(
                self.config().counters(),
                invalid_actions,
                experiment = self.name(),
                length = action.name.len(),
                "an action's name must have 1 to 255 bytes: this one is not tracked",
            );
            return;
        }
        let value = action.value.filter(|value| value.is_finite());
        if value.is_none() && action.value.is_some() {
            tell!(
                self.config().counters(),
                invalid_values,
                experiment = self.name(),
                action = &*action.name,
                value = action.value,
                "a value must be finite: the action is tracked without it",
            );
        }
        self.emit(assignment, &action.name, value, &action.properties);
    }

    fn emit(
        &self,
        assignment: &Assignment,
        action: &str,
        value: Option<f64>,
        properties: &Context<'_>,
    ) {
        if !self.tracking || !assignment.is_tracked() {
            return;
        }
        let event = Event::new(self, assignment, action, value, properties);
        let tracker = self.config().tracker();
        if catch_unwind(AssertUnwindSafe(|| tracker.track(&event))).is_err() {
            tell!(
                self.config().counters(),
                tracker_panics,
                experiment = self.name(),
                action,
                "the tracker panicked: the event may be lost",
            );
        }
    }

    pub(crate) fn key_if_known(&self) -> Option<&Key> {
        self.key.get()
    }

    /// The key by the configuration's scheme, which may panic.
    #[inline]
    pub(crate) fn make_key(&self) -> Key {
        self.config().key_scheme().key(&self.key_source())
    }

    /// The key where the scheme panicked.
    #[cold]
    pub(crate) fn canonical_key(&self) -> Key {
        self.tell_scheme_panicked();
        Canonical.key(&self.key_source())
    }

    fn former_key(&self, former: &Context<'_>) -> Key {
        let source = KeySource::new(&self.name, former);
        let scheme = self.config().key_scheme();
        catch_unwind(AssertUnwindSafe(|| scheme.key(&source))).unwrap_or_else(|_| {
            self.tell_scheme_panicked();
            Canonical.key(&source)
        })
    }

    /// What the current key is made of: the value the experiment sticks to, or the context.
    #[inline]
    fn key_source(&self) -> KeySource<'_> {
        let source = KeySource::new(&self.name, &self.context);
        match &self.settings {
            None => source,
            Some(settings) => source.sticky_to(&settings.sticky_to),
        }
    }

    fn tell_scheme_panicked(&self) {
        tell!(
            self.config().counters(),
            key_scheme_panics,
            experiment = self.name(),
            "the key scheme panicked: the canonical key is used",
        );
    }

    fn with_settings(mut self, set: impl FnOnce(&mut Settings<'a>)) -> Self {
        set(self.settings.get_or_insert_default());
        self.unsettled()
    }

    /// A builder step on a handle that was used already begins anew.
    fn unsettled(mut self) -> Self {
        self.key = OnceLock::new();
        if let Some(settings) = &mut self.settings {
            settings.migration_keys = OnceLock::new();
        }
        self.decision = OnceLock::new();
        self
    }
}

static NO_PROPERTIES: Context<'static> = Context::new();

impl Settings<'_> {
    fn into_owned(self) -> Settings<'static> {
        Settings {
            migration_keys: self.migration_keys,
            pinned: self.pinned,
            variants: self.variants,
            sticky_to: self.sticky_to.into_owned(),
            migrations: self
                .migrations
                .into_iter()
                .map(|migration| match migration {
                    Migration::From(former) => Migration::From(former.into_owned()),
                    Migration::With(overlay) => Migration::With(overlay.into_owned()),
                })
                .collect(),
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
            key: self.key.clone(),
            decision: self.decision.clone(),
        }
    }
}

impl fmt::Debug for Experiment<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Experiment")
            .field("name", &self.name)
            .field("context", &*self.context)
            .field(
                "assignment",
                &self.settled().map(|settled| settled.assignment()),
            )
            .finish_non_exhaustive()
    }
}
