use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::scope::{Scope, is_in_force};
use super::short_name;
use crate::contain::contain;
use crate::{Assignment, Context, Event, EventRecord, Experiment, Reason, Tracker, Variant};

/// Records every event on this thread, and wherever the test takes its [`Scope`], until the guard
/// is dropped. The events go to the configuration's tracker all the same.
///
/// ```
/// use variate::{assert_tracked, context, experiment, testing};
///
/// let events = testing::record();
/// experiment("pill", context! { user_id: 42 }).track("swallowed");
/// assert_tracked!(events, "pill", "swallowed", context = context! { user_id: 42 });
/// ```
pub fn record() -> Recording {
    let (scope, events) = (Scope::current(), Events::new());
    scope.add_recording(events.clone());
    Recording { scope, events }
}

/// The events since [`record`] was called: an [`Events`], which ends the recording where it is dropped.
#[must_use = "the recording ends where this guard is dropped: bind it to a name, and not to `_`"]
pub struct Recording {
    scope: Scope,
    events: Events,
}

impl Deref for Recording {
    type Target = Events;

    fn deref(&self) -> &Events {
        &self.events
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.scope.remove_recording(&self.events);
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events.fmt(out)
    }
}

/// Events that were tracked, and what can be asserted of them. Clones share them.
///
/// [`record`] makes one for a test; as a [`Tracker`] it takes those of one configuration:
///
/// ```
/// use variate::{Config, assert_tracked, context, testing::Events};
///
/// let events = Events::new();
/// let config = Config::builder().tracker(events.clone()).build()?;
/// config.experiment("pill", context! { user_id: 42 }).track("swallowed");
/// assert_tracked!(events, "pill", "swallowed");
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Clone, Default)]
pub struct Events {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    tracked: Vec<RecordedEvent>,
    untracked: Vec<String>,
}

/// An event with the context and the reason that an [`EventRecord`] does without.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedEvent {
    /// The event, as a sink gets it.
    pub record: EventRecord,
    /// The unit's context.
    pub context: Context<'static>,
    /// Why the unit has its variant.
    pub reason: Reason,
    /// The experiment's name without the configuration's prefix.
    pub name: String,
}

impl RecordedEvent {
    fn of(event: &Event<'_>) -> Self {
        Self {
            record: event.to_record(),
            context: event.context().clone().into_owned(),
            reason: event.reason().clone(),
            name: short_name(event.handle()).to_owned(),
        }
    }

    /// Whether it is one of this experiment, with or without the configuration's prefix.
    pub(super) fn is_of(&self, experiment: &str) -> bool {
        self.record.experiment == experiment || self.name == experiment
    }
}

impl Events {
    /// No events yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All events so far.
    pub fn all(&self) -> Vec<RecordedEvent> {
        self.lock().tracked.clone()
    }

    /// The events of an experiment, by its name with or without the configuration's prefix.
    pub fn of(&self, experiment: &str) -> Vec<RecordedEvent> {
        let mut events = self.all();
        events.retain(|event| event.is_of(experiment));
        events
    }

    /// The actions of an experiment's events, in order.
    pub fn actions(&self, experiment: &str) -> Vec<String> {
        let events = self.of(experiment).into_iter();
        events.map(|event| event.record.action).collect()
    }

    /// Forgets all events: for a test in several parts.
    pub fn clear(&self) {
        *self.lock() = Seen::default();
    }

    /// What happened and was not tracked, in words.
    pub(super) fn untracked(&self) -> Vec<String> {
        self.lock().untracked.clone()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seen, &other.seen)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracker for Events {
    fn track(&self, event: &Event<'_>) {
        let event = RecordedEvent::of(event);
        self.lock().tracked.push(event);
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(&self.lock().tracked).finish()
    }
}

/// Gives an event to the recordings that are in force here.
#[inline]
pub(crate) fn note(event: &Event<'_>) {
    if is_in_force() {
        note_now(event);
    }
}

#[cold]
fn note_now(event: &Event<'_>) {
    let recordings = Scope::current().recordings();
    if recordings.is_empty() {
        return;
    }
    // A host's clock or key scheme may panic.
    if let Some(recorded) = contain(|| RecordedEvent::of(event)) {
        for recording in recordings {
            recording.lock().tracked.push(recorded.clone());
        }
    }
}

/// Tells the recordings that are in force here of what happened and is not tracked.
#[inline]
pub(crate) fn note_untracked(experiment: &Experiment<'_>, assignment: &Assignment, action: &str) {
    if is_in_force() {
        note_untracked_now(experiment, assignment.variant(), assignment, action);
    }
}

#[cold]
fn note_untracked_now(
    experiment: &Experiment<'_>,
    variant: &Variant,
    assignment: &Assignment,
    action: &str,
) {
    let why = if assignment.is_tracked() {
        "tracking is off for this unit".to_owned()
    } else {
        assignment.reason().to_string()
    };
    let name = experiment.name().escape_debug();
    let line = format!("`{name}` `{}` as `{variant}`: {why}", action.escape_debug());
    for recording in Scope::current().recordings() {
        recording.lock().untracked.push(line.clone());
    }
}
