//! Experiments that run inside another one's behaviour.

use std::cell::RefCell;

/// What happens when an experiment runs inside the behaviour of another one, whatever variant that one has: of any
/// that is running, and whose unit takes part. An experiment is not inside itself.
///
/// "Inside" is what the behaviour itself calls, on its thread; of an async behaviour, what its
/// future calls wherever it is polled, if it was run with [`Trial::run_async`](crate::Trial::run_async). Work that
/// a behaviour hands to another thread or task is inside where it says so, with [`Experiment::inside`](crate::Experiment::inside)
/// or [`inside_async`](crate::Experiment::inside_async).
///
/// A handle that is asked for its variant inside keeps what it was told, as ever: under [`Deny`](Self::Deny) make
/// a handle of its own for what runs outside.
///
/// ```
/// use variate::{Config, MemoryTracker, Nesting, context};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder().nesting(Nesting::Track).tracker(tracker.clone()).build()?;
/// let outer = config.experiment("page", context! { user_id: 42 });
/// let inner = || config.experiment("button", context! { user_id: 42 }).use_(|| 1).try_(|| 2).run();
/// outer.use_(inner).try_(inner).run();
/// assert_eq!(tracker.actions(), ["assignment", "assignment", "nested"]);
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Nesting {
    /// Nothing: both run and are tracked.
    #[default]
    Allow,
    /// The outer experiment tracks the action `nested`, with the inner one's full name as the property `experiment`.
    Track,
    /// It is told and counted.
    Warn,
    /// It is told and counted, and the inner experiment runs its control, untracked.
    Deny,
}

thread_local! {
    /// The experiments whose behaviours are running on this thread, the outermost first.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
}

struct Running {
    name: Box<str>,
    /// Those that ran inside.
    inner: Vec<Box<str>>,
}

/// A behaviour is running here, until [`leave`](Self::leave).
pub(crate) struct Guard {
    depth: usize,
}

impl Guard {
    pub(crate) fn enter(name: &str) -> Self {
        let depth = RUNNING.try_with(|running| {
            let mut running = running.borrow_mut();
            running.push(Running {
                name: name.into(),
                inner: Vec::new(),
            });
            running.len()
        });
        // While a thread shuts down nothing is inside of anything.
        Self {
            depth: depth.unwrap_or(0),
        }
    }

    /// Ends it; answers with the experiments that ran inside, in order.
    pub(crate) fn leave(&self) -> Vec<Box<str>> {
        let left = RUNNING.try_with(|running| {
            let mut running = running.borrow_mut();
            let inner = running
                .get_mut(self.depth.checked_sub(1)?)
                .map(|running| std::mem::take(&mut running.inner));
            running.truncate(self.depth - 1);
            inner
        });
        left.ok().flatten().unwrap_or_default()
    }
}

/// Whether a behaviour of another experiment is running on this thread.
pub(crate) fn is_inside(name: &str) -> bool {
    RUNNING
        .try_with(|running| running.borrow().iter().any(|outer| *outer.name != *name))
        .unwrap_or(false)
}

/// Tells the behaviour that is running here of an experiment inside of it.
pub(crate) fn note(name: &str) {
    let _ = RUNNING.try_with(|running| {
        if let Some(outer) = running.borrow_mut().last_mut()
            && *outer.name != *name
        {
            outer.inner.push(name.into());
        }
    });
}
