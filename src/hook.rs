use std::fmt;

use crate::Experiment;

/// What is called around every run, and when something went wrong and was survived.
///
/// Implement what is needed. Set with [`ConfigBuilder::hook`](crate::ConfigBuilder::hook); hooks of one run, which see
/// its result, are those of the [`Trial`](crate::Trial).
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use variate::{Config, Experiment, Hook, Outcome, Raised, context};
///
/// #[derive(Default)]
/// struct Count { runs: AtomicUsize }
///
/// impl Hook for &'static Count {
///     fn before(&self, _: &Experiment<'_>) {
///         self.runs.fetch_add(1, Ordering::Relaxed);
///     }
///
///     fn raised(&self, raised: &Raised<'_>) {
///         eprintln!("{raised}");
///     }
/// }
///
/// let count: &'static Count = Box::leak(Box::default());
/// let config = Config::builder().hook(count).build()?;
/// config.experiment("pill", context! {}).use_(|| 1).try_(|| 2).run();
/// assert_eq!(count.runs.load(Ordering::Relaxed), 1);
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// A unit takes part if what it does is tracked: excluded and switched-off units have no
/// hooks. Forced ones have them, since they are shown how it would be. [`run`](crate::Trial::run) and [`run_async`](crate::Trial::run_async) call them;
/// [`expose`](Experiment::expose) and [`assign`](Experiment::assign) do not, since nobody sees the end of what follows.
/// Of several hooks, `before` is called in the order in which they were set, `after` in reverse.
///
/// A hook that panics breaks no run; that is told.
pub trait Hook: Send + Sync {
    /// Called before the behaviour runs, for a unit that takes part. Its exposure is tracked already.
    fn before(&self, experiment: &Experiment<'_>) {
        let _ = experiment;
    }

    /// Called after the behaviour, also where it panicked: then the panic goes on.
    fn after(&self, experiment: &Experiment<'_>, outcome: Outcome) {
        let _ = (experiment, outcome);
    }

    /// Called when something went wrong and was survived, also where no unit takes part: the place to report it from.
    fn raised(&self, raised: &Raised<'_>) {
        let _ = raised;
    }
}

/// How a behaviour ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned.
    Returned,
    /// It panicked, or its future was dropped before its end.
    Interrupted,
}

/// Something that went wrong and was survived, as the one error hook sees it. Prints as one line.
#[derive(Clone, Copy)]
pub struct Raised<'r> {
    operation: Operation,
    experiment: Option<&'r str>,
    message: &'static str,
    details: &'r [(&'static str, &'r dyn fmt::Debug)],
}

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// An experiment or its variants were named in code.
    Define,
    /// A key was made.
    Key,
    /// The resolver was asked.
    Resolve,
    /// A rule of an exclusion or a segment was asked.
    Rule,
    /// The store of assignments was asked.
    Store,
    /// A forced assignment was read.
    Force,
    /// An event was tracked.
    Track,
    /// A hook was called.
    Hook,
    /// An experiment ran inside another one.
    Nest,
    /// Behaviours ran side by side.
    Shadow,
    /// A catalogue was read again.
    Reload,
}

impl<'r> Raised<'r> {
    pub(crate) const fn new(
        operation: Operation,
        experiment: Option<&'r str>,
        message: &'static str,
        details: &'r [(&'static str, &'r dyn fmt::Debug)],
    ) -> Self {
        Self {
            operation,
            experiment,
            message,
            details,
        }
    }

    /// What was being done.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The full name of the experiment, where it is about one.
    pub const fn experiment(&self) -> Option<&'r str> {
        self.experiment
    }

    /// What happened, and what was done instead.
    pub const fn message(&self) -> &'static str {
        self.message
    }
}

impl fmt::Display for Raised<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(experiment) = self.experiment {
            write!(out, "experiment `{}`: ", experiment.escape_debug())?;
        }
        out.write_str(self.message)?;
        for (place, (name, value)) in self.details.iter().enumerate() {
            let before = if place == 0 { " (" } else { ", " };
            write!(out, "{before}{name}: {value:?}")?;
        }
        if self.details.is_empty() {
            Ok(())
        } else {
            out.write_str(")")
        }
    }
}

impl fmt::Debug for Raised<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Raised")
            .field("operation", &self.operation)
            .field("experiment", &self.experiment)
            .field("message", &self.message)
            .field("details", &self.details)
            .finish()
    }
}
