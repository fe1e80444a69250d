use super::Experiment;
use crate::contain::{Nested, contain};
use crate::diagnostics::tell;
use crate::{Action, Assignment, Context, Event, Reason, limits, published};

static NO_PROPERTIES: Context<'static> = Context::new();

impl Experiment<'_> {
    /// Tracks what the unit did: a name, or an [`Action`] with value and properties.
    ///
    /// The action `assignment` is the exposure, as [`expose`](Self::expose) tracks it.
    ///
    /// A handle that does not know its variants assumes control and candidate: its events carry the
    /// reason `assumed`. If the experiment has other variants, declare them
    /// ([`Declaration`](crate::Declaration), [`with_variants`](Self::with_variants)), or what is
    /// tracked here is counted for the wrong one.
    #[inline]
    pub fn track<'t>(&self, action: impl Into<Action<'t>>) {
        let action = action.into();
        if action.name == Action::ASSIGNMENT {
            self.expose();
            return;
        }
        let decision = self.decision();
        if decision.is_reliable() {
            self.track_as(decision.assignment(), &action);
        }
    }

    /// Whether the unit takes part, and what ran is what was assigned.
    pub(crate) fn takes_part(&self) -> bool {
        let decision = self.decision();
        decision.assignment().is_tracked() && decision.is_reliable()
    }

    /// Whether what ran is what was assigned.
    pub(crate) fn is_reliable(&self) -> bool {
        self.decision().is_reliable()
    }

    /// Whether the handle tracks, for units that take part.
    pub(crate) const fn has_tracking(&self) -> bool {
        self.tracking
    }

    /// Whether the handle may track anything.
    #[inline]
    pub(crate) const fn tracks(&self) -> bool {
        self.tracking
    }

    /// Whether hooks are called around the unit's runs: it takes part, or is shown how that would be.
    pub(crate) fn is_hooked(&self) -> bool {
        self.takes_part() || *self.assignment().reason() == Reason::Forced
    }

    /// Whether anything that happens is tracked.
    pub(crate) fn is_tracking(&self) -> bool {
        self.tracking && self.takes_part()
    }

    #[inline]
    pub(super) fn emit_exposure(&self, assignment: &Assignment) {
        if published::is_open() {
            published::collect(self, assignment);
        }
        self.emit(assignment, Action::ASSIGNMENT, None, &NO_PROPERTIES);
    }

    /// Tracks the exposure of an experience that was restored, which counts as exposed already.
    #[cfg(feature = "component")]
    pub(crate) fn expose_restored(&self) {
        self.emit_exposure(self.decision().assignment());
    }

    fn track_as(&self, assignment: &Assignment, action: &Action<'_>) {
        if !limits::name_fits(&action.name) {
            tell!(
                self.teller(),
                Track,
                invalid_actions,
                length = action.name.len(),
                "an action's name must have 1 to 255 bytes: this one is not tracked",
            );
            return;
        }
        let value = action.value.filter(|value| value.is_finite());
        if value.is_none() && action.value.is_some() {
            tell!(
                self.teller(),
                Track,
                invalid_values,
                action = &*action.name,
                value = action.value,
                "a value must be finite: the action is tracked without it",
            );
        }
        self.emit(assignment, &action.name, value, &action.properties);
    }

    pub(crate) fn emit(
        &self,
        assignment: &Assignment,
        action: &str,
        value: Option<f64>,
        properties: &Context<'_>,
    ) {
        if !self.tracking || !assignment.is_tracked() {
            #[cfg(feature = "testing")]
            crate::testing::note_untracked(self, assignment, action);
            return;
        }
        let event = Event::new(self, assignment, action, value, properties);
        #[cfg(feature = "testing")]
        crate::testing::note(&event);
        let tracker = self.config().tracker();
        let taken = Nested::enter().and_then(|_nested| contain(|| tracker.track(&event)));
        if taken.is_none() {
            tell!(
                self.teller(),
                Track,
                tracker_panics,
                action = action,
                "the tracker panicked, or tracks without end: the event may be lost",
            );
        }
    }
}
