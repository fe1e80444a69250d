use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::scope::{Scope, is_in_force};
use super::short_name;
use crate::{Experiment, Variant};

/// Gives every unit of an experiment this variant, until the guard is dropped.
///
/// It holds for handles that were not used yet, on this thread and wherever the test takes its
/// [`Scope`], under whatever configuration. `name` is the experiment's name with or without the
/// configuration's prefix. The last stub of an experiment wins. Its units take part: they are
/// tracked, with the reason `stubbed`, past switches, dates, exclusions, resolver and store.
///
/// ```
/// use variate::{context, experiment, testing};
///
/// let _stub = testing::stub("pill", "red");
/// let pill = experiment("pill", context! {}).use_(|| "grey").variant("red", || "red").run();
/// assert_eq!(pill, "red");
/// ```
///
/// # Panics
///
/// Dropping the guard panics if code asked for a variant that it does not have: a stub that does
/// not fit would let a test of the control pass for one of the variant. If the test panics already, that is printed.
#[track_caller]
pub fn stub(name: impl Into<String>, variant: impl Into<Variant>) -> Stub {
    Stub::new(name.into(), Instead::Variant(checked(variant.into())))
}

/// Switches an experiment on until the guard is dropped: switches, dates, exclusions, shares and a missing
/// declaration do not count, and the rollout decides.
///
/// See [`stub`] for where it holds.
#[track_caller]
pub fn enabled(name: impl Into<String>) -> Stub {
    Stub::new(name.into(), Instead::Enabled)
}

/// Switches an experiment off until the guard is dropped: control, untracked.
///
/// See [`stub`] for where it holds.
#[track_caller]
pub fn disabled(name: impl Into<String>) -> Stub {
    Stub::new(name.into(), Instead::Disabled)
}

/// Excludes every unit of an experiment until the guard is dropped: control, untracked.
///
/// See [`stub`] for where it holds.
#[track_caller]
pub fn excluded(name: impl Into<String>) -> Stub {
    Stub::new(name.into(), Instead::Excluded)
}

/// Lets a variant be stored for every unit of an experiment, until the guard is dropped, with or
/// without a store: for code that takes only units that were assigned before.
///
/// Everything else has its say in the usual order: what is off stays off, and what is pinned or
/// forced goes first. See [`stub`] for where it holds, and for a variant that there is not.
///
/// ```
/// use variate::{context, experiment, testing};
///
/// let _stub = testing::assigned("pill", "red");
/// let exp = experiment("pill", context! { user_id: 42 }).only_assigned();
/// assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "red");
/// ```
#[track_caller]
pub fn assigned(name: impl Into<String>, variant: impl Into<Variant>) -> Stub {
    Stub::new(name.into(), Instead::Assigned(checked(variant.into())))
}

#[track_caller]
fn checked(variant: Variant) -> Variant {
    assert!(
        variant.is_valid(),
        "`{variant}` cannot name a variant: stub one of 1 to 255 bytes"
    );
    variant
}

/// Keeps a stub in force; made by [`stub`], [`enabled`], [`disabled`], [`excluded`] and [`assigned`].
///
/// Guards may be dropped in any order, and on any thread.
#[must_use = "the stub ends where this guard is dropped: bind it to a name, and not to `_`"]
pub struct Stub {
    scope: Scope,
    state: Arc<StubState>,
}

impl Stub {
    #[track_caller]
    fn new(name: String, instead: Instead) -> Self {
        let state = Arc::new(StubState {
            name,
            instead,
            place: Location::caller(),
            uses: AtomicUsize::new(0),
            problem: Mutex::new(None),
        });
        let scope = Scope::current();
        scope.add_stub(Arc::clone(&state));
        Self { scope, state }
    }

    /// How often it decided so far.
    pub fn uses(&self) -> usize {
        self.state.uses()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.scope.remove_stub(&self.state);
        let Some(problem) = self.state.problem() else {
            return;
        };
        if std::thread::panicking() {
            eprintln!("{problem}");
        } else {
            panic!("{problem}");
        }
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(out)
    }
}

/// What is put in place of a decision.
#[derive(Debug)]
pub(crate) enum Instead {
    Variant(Variant),
    Assigned(Variant),
    Enabled,
    Disabled,
    Excluded,
}

/// A stub as decisions see it.
pub(crate) struct StubState {
    name: String,
    instead: Instead,
    place: &'static Location<'static>,
    uses: AtomicUsize,
    problem: Mutex<Option<String>>,
}

impl StubState {
    /// The stub of an experiment that holds here.
    pub(crate) fn of(experiment: &Experiment<'_>) -> Option<Arc<Self>> {
        let names = [experiment.name(), short_name(experiment)];
        let mut stubs = Scope::current().stubs().into_iter();
        stubs.find(|stub| names.contains(&stub.name.as_str()))
    }

    pub(crate) const fn instead(&self) -> &Instead {
        &self.instead
    }

    pub(crate) fn count_use(&self) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn uses(&self) -> usize {
        self.uses.load(Ordering::Relaxed)
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Remembers that a unit was to get a variant that the experiment does not have.
    pub(crate) fn note_unknown(&self, variants: &[&Variant]) {
        let variants: Vec<_> = variants.iter().map(|name| format!("`{name}`")).collect();
        self.note(&format!("the experiment has only {}", variants.join(", ")));
    }

    fn note_missing(&self) {
        self.note("the code that ran has no behaviour for it");
    }

    fn note(&self, problem: &str) {
        self.lock()
            .get_or_insert_with(|| format!("{self}, and {problem}"));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for StubState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        write!(out, "`{name}` is stubbed ")?;
        match &self.instead {
            Instead::Variant(variant) => write!(out, "as `{variant}`")?,
            Instead::Assigned(variant) => write!(out, "as stored in `{variant}`")?,
            Instead::Enabled => out.write_str("as enabled")?,
            Instead::Disabled => out.write_str("as disabled")?,
            Instead::Excluded => out.write_str("as excluded")?,
        }
        write!(out, " ({})", self.place)
    }
}

impl fmt::Debug for StubState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stub")
            .field("name", &self.name)
            .field("instead", &self.instead)
            .field("uses", &self.uses())
            .finish_non_exhaustive()
    }
}

/// A trial has no behaviour for the variant that the unit was assigned: if that was stubbed, the test must know.
pub(crate) fn note_missing(experiment: &Experiment<'_>, assigned: &Variant) {
    if !is_in_force() {
        return;
    }
    if let Some(stub) = StubState::of(experiment)
        && let Instead::Variant(variant) | Instead::Assigned(variant) = &stub.instead
        && variant == assigned
    {
        stub.note_missing();
    }
}
