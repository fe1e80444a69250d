//! The builder steps of a shadow run.
#![allow(
    clippy::type_complexity,
    reason = "each step changes one part of a type that nobody has to write"
)]

use std::sync::Arc;
use std::time::Duration;

use super::failure::{Step, attempt};
use super::rules::{By, Equality, Results, Text};
use super::{Elsewhere, Here, Order, Publish, Rules, Shadow, ShadowResult, Stopwatch};
use crate::Value;

/// When it runs, and how.
impl<T, B, R, M> Shadow<'_, T, B, R, M> {
    /// Whether candidates run at all; yes unless set. Without them nothing is published.
    ///
    /// They never do where nobody could take part: of an experiment that is switched off or outside
    /// its dates, of a handle that is [excluded](crate::Experiment::excluded), of one that is not declared
    /// under [`strict`](crate::ConfigBuilder::strict), and where [nesting](crate::Nesting) is denied.
    /// What a declaration says of single units is not asked.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.plan.enabled &= enabled;
        self
    }

    /// The same by a closure, which is asked at once, unless the answer is no already. If it
    /// panics, only the control runs.
    pub fn run_if(self, condition: impl FnOnce() -> bool) -> Self {
        let enabled =
            self.plan.enabled && attempt(self.experiment, Step::RunIf, condition).unwrap_or(false);
        self.enabled(enabled)
    }

    /// Of how many runs in a hundred the candidates run; 100 unless set. Of the others only the
    /// control does.
    ///
    /// Each run is decided on its own, by the configuration's [`Randomness`](crate::Randomness). 0
    /// and what is not a number is none.
    pub fn sample(mut self, percent: impl Into<f64>) -> Self {
        let percent = percent.into();
        self.plan.percent = percent;
        self
    }

    /// In which order the behaviours begin; shuffled unless set.
    pub const fn order(mut self, order: Order) -> Self {
        self.plan.order = order;
        self
    }

    /// Which runs are tracked as an event; all unless set.
    pub const fn publish(mut self, publish: Publish) -> Self {
        self.plan.publish = publish;
        self
    }

    /// What to tell these runs apart by: a cohort, a region, a release. It goes into the event.
    pub fn label(mut self, label: impl Into<Value<'static>>) -> Self {
        self.plan.label = Some(label.into());
        self
    }

    /// Where durations are read from; the real time unless set.
    pub fn stopwatch(mut self, stopwatch: impl Stopwatch + 'static) -> Self {
        self.plan.stopwatch = Arc::new(stopwatch);
        self
    }

    /// Panics after a mismatch, once it is published: for tests only. It says what
    /// [`clean`](Self::clean) shows of the values.
    ///
    /// Without effect where the candidates run off the caller's thread. There, and for a whole
    /// application, let the test look for events with the action `mismatch` instead.
    ///
    /// ```should_panic
    /// # use variate::{context, experiment};
    /// experiment("sum", context! {})
    ///     .use_(|| 2 + 2)
    ///     .try_(|| 5)
    ///     .shadow()
    ///     .clean(|sum| *sum)
    ///     .raise_on_mismatches(cfg!(debug_assertions))
    ///     .run();
    /// # if !cfg!(debug_assertions) { panic!() }
    /// ```
    pub const fn raise_on_mismatches(mut self, raise: bool) -> Self {
        self.plan.raises = raise;
        self
    }
}

/// How values are compared, and what is made of the result.
impl<'e, T, B, C, I, K, P, A, M> Shadow<'e, T, B, Rules<C, I, K, P, A>, M> {
    /// How the values of control and candidate are compared; with `==` unless set.
    ///
    /// A comparison that panics is told, and counts as a mismatch, unless a rule [ignores](Self::ignore) it.
    pub fn compare<F: Fn(&T, &T) -> bool>(
        self,
        compare: F,
    ) -> Shadow<'e, T, B, Rules<By<F>, I, K, P, A>, M> {
        self.comparing(By(compare))
    }

    /// Mismatches that do not matter; as many rules as wanted. They are asked about values that
    /// are not equal, or whose comparison panicked. A rule that panics is told, ignores nothing, and
    /// the next one is asked.
    pub fn ignore<F: Fn(&T, &T) -> bool>(
        self,
        ignore: F,
    ) -> Shadow<'e, T, B, Rules<C, (I, F), K, P, A>, M> {
        self.with_rules(|rules| Rules {
            comparison: rules.comparison,
            ignored: (rules.ignored, ignore),
            cleaner: rules.cleaner,
            before: rules.before,
            after: rules.after,
        })
    }

    /// What of a value is published on a mismatch; nothing unless set. If it panics, nothing.
    pub fn clean<V: Into<Value<'static>>, F: Fn(&T) -> V>(
        self,
        clean: F,
    ) -> Shadow<'e, T, B, Rules<C, I, By<F>, P, A>, M> {
        self.with_rules(|rules| Rules {
            comparison: rules.comparison,
            ignored: rules.ignored,
            cleaner: By(clean),
            before: rules.before,
            after: rules.after,
        })
    }

    /// Called before the behaviours, if candidates run; as many as wanted, each contained on its own.
    pub fn before<F: FnOnce()>(
        self,
        before: F,
    ) -> Shadow<'e, T, B, Rules<C, I, K, (P, Option<F>), A>, M> {
        self.with_rules(|rules| Rules {
            comparison: rules.comparison,
            ignored: rules.ignored,
            cleaner: rules.cleaner,
            before: (rules.before, Some(before)),
            after: rules.after,
        })
    }

    /// Called with the result, after the event, if candidates ran; as many as wanted.
    pub fn after<F: FnOnce(&ShadowResult<'_, T>)>(
        self,
        after: F,
    ) -> Shadow<'e, T, B, Rules<C, I, K, P, (A, Option<F>)>, M> {
        self.with_rules(|rules| Rules {
            comparison: rules.comparison,
            ignored: rules.ignored,
            cleaner: rules.cleaner,
            before: rules.before,
            after: (rules.after, Some(after)),
        })
    }

    fn comparing<D>(self, comparison: D) -> Shadow<'e, T, B, Rules<D, I, K, P, A>, M> {
        self.with_rules(|rules| Rules {
            comparison,
            ignored: rules.ignored,
            cleaner: rules.cleaner,
            before: rules.before,
            after: rules.after,
        })
    }
}

/// Comparisons of values and errors, each on their own.
impl<'e, V, E, B, C, I, K, P, A, M> Shadow<'e, Result<V, E>, B, Rules<C, I, K, P, A>, M> {
    /// How errors are compared with errors; values are compared with `==`. An error never equals a
    /// value.
    pub fn compare_errors<F: Fn(&E, &E) -> bool>(
        self,
        errors: F,
    ) -> Shadow<'e, Result<V, E>, B, Rules<Results<Equality, By<F>>, I, K, P, A>, M> {
        self.comparing(Results {
            values: Equality,
            errors: By(errors),
        })
    }

    /// Errors are equal if their texts are, values if they are `==`: for errors without `PartialEq`.
    ///
    /// ```
    /// # use variate::{context, experiment};
    /// let port = experiment("parser", context! {})
    ///     .use_(|| "80".parse::<u16>().map_err(std::io::Error::other))
    ///     .try_(|| "80".parse::<u16>().map_err(std::io::Error::other))
    ///     .shadow()
    ///     .compare_errors_by_text()
    ///     .run();
    /// # assert_eq!(port.ok(), Some(80));
    /// ```
    pub fn compare_errors_by_text(
        self,
    ) -> Shadow<'e, Result<V, E>, B, Rules<Results<Equality, Text>, I, K, P, A>, M> {
        self.comparing(Results {
            values: Equality,
            errors: Text,
        })
    }

    /// How values are compared with values, and errors with errors.
    pub fn compare_results<F: Fn(&V, &V) -> bool, G: Fn(&E, &E) -> bool>(
        self,
        values: F,
        errors: G,
    ) -> Shadow<'e, Result<V, E>, B, Rules<Results<By<F>, By<G>>, I, K, P, A>, M> {
        self.comparing(Results {
            values: By(values),
            errors: By(errors),
        })
    }
}

impl<T, B, R> Shadow<'_, T, B, R, Here> {
    /// The time that candidates have, from the begin of the run on; without end unless set.
    ///
    /// A closure cannot be interrupted: a candidate that began runs to its end, and is compared.
    /// Those that have not begun when the time is up are skipped.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.plan.deadline = Some(deadline);
        self
    }
}

impl<T, B, R, S: ?Sized> Shadow<'_, T, B, R, Elsewhere<'_, S>> {
    /// The time that candidates have, from the begin of the run on, waiting included; without end
    /// unless set. Those that have not begun when it is up are skipped.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.plan.deadline = Some(deadline);
        self
    }
}

impl<'e, T, B, R, M> Shadow<'e, T, B, R, M> {
    fn with_rules<S>(self, change: impl FnOnce(R) -> S) -> Shadow<'e, T, B, S, M> {
        Shadow {
            experiment: self.experiment,
            behaviours: self.behaviours,
            rules: change(self.rules),
            plan: self.plan,
            mode: self.mode,
            value: self.value,
        }
    }

    pub(super) fn with_mode<N>(self, change: impl FnOnce(M) -> N) -> Shadow<'e, T, B, R, N> {
        Shadow {
            experiment: self.experiment,
            behaviours: self.behaviours,
            rules: self.rules,
            plan: self.plan,
            mode: change(self.mode),
            value: self.value,
        }
    }
}
