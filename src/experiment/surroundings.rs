//! What goes on around a behaviour: hooks, and the mark that an experiment is running here.

use std::future::poll_fn;
use std::pin::pin;

use super::Experiment;
use crate::contain::contain;
use crate::diagnostics::tell;
use crate::nesting::Guard;
use crate::{Action, Nesting, Outcome, nesting};

/// Ends what was begun around a behaviour, also where that panics or is dropped.
struct Around<'e> {
    experiment: &'e Experiment<'e>,
    outcome: Outcome,
}

impl Drop for Around<'_> {
    fn drop(&mut self) {
        let experiment = self.experiment;
        for hook in experiment.config().hooks().rev() {
            experiment.call_hook(|| hook.after(experiment, self.outcome));
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
        self.nested(scope)
    }

    /// Runs a behaviour with all that goes on around it.
    #[inline]
    pub(crate) fn surrounded<R>(&self, behaviour: impl FnOnce() -> R) -> R {
        if !self.config().surrounds_runs() {
            return behaviour();
        }
        let mut around = self.begin();
        let result = self.nested(behaviour);
        if let Some(around) = &mut around {
            around.outcome = Outcome::Returned;
        }
        result
    }

    /// Runs a behaviour's future with all that goes on around it.
    pub(crate) async fn surrounded_async<F: Future>(&self, future: F) -> F::Output {
        if !self.config().surrounds_runs() {
            return future.await;
        }
        let mut around = self.begin();
        let mut future = pin!(future);
        let result = poll_fn(|polled| self.nested(|| future.as_mut().poll(polled))).await;
        if let Some(around) = &mut around {
            around.outcome = Outcome::Returned;
        }
        result
    }

    /// Hooks are for units that take part.
    fn begin(&self) -> Option<Around<'_>> {
        if !self.takes_part() || !self.config().has_hooks() {
            return None;
        }
        for hook in self.config().hooks() {
            self.call_hook(|| hook.before(self));
        }
        Some(Around {
            experiment: self,
            outcome: Outcome::Interrupted,
        })
    }

    fn nested<R>(&self, scope: impl FnOnce() -> R) -> R {
        let policy = self.config().nesting();
        if policy == Nesting::Allow {
            return scope();
        }
        let guard = Guard::enter();
        let result = scope();
        for inner in guard.end() {
            self.tell_nested(policy, inner);
        }
        result
    }

    fn tell_nested(&self, policy: Nesting, inner: Box<str>) {
        match policy {
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

    /// Remembers that this experiment was met inside the behaviour that is running here.
    #[inline]
    pub(crate) fn note_nested(&self) {
        if self.config().nesting() != Nesting::Allow {
            nesting::note(self.name());
        }
    }

    /// Whether this run is denied because another experiment's behaviour is running here.
    #[inline]
    pub(crate) fn is_denied_here(&self) -> bool {
        self.config().nesting() == Nesting::Deny && nesting::is_inside()
    }

    fn call_hook(&self, call: impl FnOnce()) {
        if contain(call).is_none() {
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
