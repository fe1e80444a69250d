//! What goes on around a behaviour: hooks, and the mark that an experiment is running here.

use std::future::poll_fn;
use std::pin::pin;

use super::{Decision, Experiment};
use crate::contain::contain_nested;
use crate::diagnostics::tell;
use crate::nesting::Guard;
use crate::{Action, Nesting, Outcome, Variant, nesting};

/// What was begun around a behaviour. Dropping it ends it, also where the behaviour panics or its
/// future is dropped.
pub(crate) struct Surroundings<'e> {
    experiment: &'e Experiment<'e>,
    has_hooks: bool,
    outcome: Outcome,
    inside: Option<Inside<'e>>,
}

impl Surroundings<'_> {
    /// Ends what was begun around a behaviour that returned.
    #[cold]
    pub(crate) fn returned(mut self) {
        self.outcome = Outcome::Returned;
    }
}

impl Drop for Surroundings<'_> {
    fn drop(&mut self) {
        self.inside = None;
        let experiment = self.experiment;
        if self.has_hooks {
            for hook in experiment.config().hooks().rev() {
                experiment.call_hook(|| hook.after(experiment, self.outcome));
            }
        }
    }
}

/// The mark that a behaviour is running here.
struct Inside<'e> {
    experiment: &'e Experiment<'e>,
    guard: Guard,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        for inner in self.guard.leave() {
            self.experiment.tell_nested(inner);
        }
    }
}

impl Experiment<'_> {
    /// Runs `scope` as a part of this experiment's behaviour: what runs there runs inside it, as
    /// [`Nesting`] says. For work that a behaviour hands to another thread.
    ///
    /// ```
    /// use variate::{Config, Nesting, context};
    ///
    /// let config = Config::builder().nesting(Nesting::Deny).build()?;
    /// let outer = config.experiment("page", context! {});
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| outer.inside(|| {
    ///         let inner = config.experiment("button", context! {});
    ///         assert_eq!(inner.assignment().reason().code(), "nesting_denied");
    ///     }));
    /// });
    /// # Ok::<(), variate::ConfigError>(())
    /// ```
    pub fn inside<R>(&self, scope: impl FnOnce() -> R) -> R {
        let _inside = self.enter();
        scope()
    }

    /// Runs a future as a part of this experiment's behaviour, wherever it is polled. For work that a
    /// behaviour hands to another task; see [`inside`](Self::inside).
    ///
    /// ```
    /// use variate::{Config, Nesting, context};
    ///
    /// let config = Config::builder().nesting(Nesting::Deny).build()?;
    /// let outer = config.experiment("page", context! {});
    /// let reason = pollster::block_on(outer.inside_async(async {
    ///     config.experiment("button", context! {}).assignment().reason().code()
    /// }));
    /// assert_eq!(reason, "nesting_denied");
    /// # Ok::<(), variate::ConfigError>(())
    /// ```
    pub async fn inside_async<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|polled| {
            let _inside = self.enter();
            future.as_mut().poll(polled)
        })
        .await
    }

    /// Begins what goes on around a behaviour.
    #[cold]
    pub(crate) fn surroundings(&self) -> Surroundings<'_> {
        let mut surroundings = self.hooked();
        surroundings.inside = self.enter();
        surroundings
    }

    /// Runs a behaviour's future with all that goes on around it.
    pub(crate) async fn surrounded<F: Future>(&self, future: F) -> F::Output {
        if !self.config().surrounds_runs() {
            return future.await;
        }
        let surroundings = self.hooked();
        let result = self.inside_async(future).await;
        surroundings.returned();
        result
    }

    /// Hooks are for units that take part, or are forced to see how that would be.
    fn hooked(&self) -> Surroundings<'_> {
        let has_hooks = self.config().has_hooks() && self.is_hooked();
        if has_hooks {
            for hook in self.config().hooks() {
                self.call_hook(|| hook.before(self));
            }
        }
        Surroundings {
            experiment: self,
            has_hooks,
            outcome: Outcome::Interrupted,
            inside: None,
        }
    }

    fn enter(&self) -> Option<Inside<'_>> {
        // Who does not take part is not in an experiment, whatever runs inside of it.
        (self.config().nesting() != Nesting::Allow && self.is_hooked()).then(|| Inside {
            experiment: self,
            guard: Guard::enter(self.name()),
        })
    }

    fn tell_nested(&self, inner: Box<str>) {
        match self.config().nesting() {
            Nesting::Track => {
                self.track(Action::new("nested").property("experiment", String::from(inner)));
            }
            Nesting::Warn => tell!(
                self.teller(),
                Nest,
                nested_runs,
                inner = inner,
                "another experiment ran inside this one's behaviour",
            ),
            // The inner experiment has told of it.
            Nesting::Allow | Nesting::Deny => {}
        }
    }

    /// The variant whose behaviour may run here: the control where nesting is denied.
    #[cold]
    pub(crate) fn admitted<'d>(&self, decision: &'d Decision) -> &'d Variant {
        if self.is_denied_here() {
            return self.deny(decision);
        }
        self.note_nested();
        decision.assignment().variant()
    }

    /// Remembers that this experiment was met inside the behaviour that is running here.
    #[inline]
    fn note_nested(&self) {
        if self.config().nesting() != Nesting::Allow {
            nesting::note(self.name());
        }
    }

    /// Whether this run is denied because another experiment's behaviour is running here.
    #[inline]
    pub(crate) fn is_denied_here(&self) -> bool {
        self.config().nesting() == Nesting::Deny && nesting::is_inside(self.name())
    }

    fn call_hook(&self, call: impl FnOnce()) {
        if contain_nested(call).is_none() {
            self.tell_hook_failed();
        }
    }

    #[cold]
    pub(crate) fn tell_hook_failed(&self) {
        tell!(
            self.teller(),
            Hook,
            hook_failures,
            "a hook panicked: the run goes on",
        );
    }
}
