//! What a trial calls around its behaviour, as a list of types.

use std::fmt;

use crate::Experiment;
use crate::contain::contain;

/// Nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoHooks;

/// What is around already, and a hook before the behaviour.
#[derive(Debug)]
pub struct Before<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// What is around already, and a hook around the behaviour.
#[derive(Debug)]
pub struct Around<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// What is around already, and a hook after the behaviour.
#[derive(Debug)]
pub struct After<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// The behaviour, for a hook around it.
#[must_use = "the behaviour does not run until it is asked to"]
pub struct Next<'n, T>(Box<dyn FnOnce() -> T + 'n>);

impl<T> Next<'_, T> {
    /// Runs the behaviour.
    pub fn run(self) -> T {
        (self.0)()
    }
}

impl<T> fmt::Debug for Next<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Next").finish_non_exhaustive()
    }
}

/// The hooks of a trial. Not for implementing elsewhere.
pub trait RunHooks<T>: sealed::Sealed {
    #[doc(hidden)]
    const ARE_SOME: bool;

    #[doc(hidden)]
    fn surround(self, experiment: &Experiment<'_>, run: impl FnOnce() -> T) -> T;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::NoHooks {}
    impl<H, F> Sealed for super::Before<H, F> {}
    impl<H, F> Sealed for super::Around<H, F> {}
    impl<H, F> Sealed for super::After<H, F> {}
}

impl<T> RunHooks<T> for NoHooks {
    const ARE_SOME: bool = false;

    #[inline(always)]
    fn surround(self, _: &Experiment<'_>, run: impl FnOnce() -> T) -> T {
        run()
    }
}

impl<T, H: RunHooks<T>, F: FnOnce(&Experiment<'_>)> RunHooks<T> for Before<H, F> {
    const ARE_SOME: bool = true;

    fn surround(self, experiment: &Experiment<'_>, run: impl FnOnce() -> T) -> T {
        self.around.surround(experiment, || {
            if contain(|| (self.hook)(experiment)).is_none() {
                experiment.tell_hook_failed();
            }
            run()
        })
    }
}

impl<T, H: RunHooks<T>, F: FnOnce(Next<'_, T>) -> T> RunHooks<T> for Around<H, F> {
    const ARE_SOME: bool = true;

    fn surround(self, experiment: &Experiment<'_>, run: impl FnOnce() -> T) -> T {
        self.around
            .surround(experiment, || (self.hook)(Next(Box::new(run))))
    }
}

impl<T, H: RunHooks<T>, F: FnOnce(&T)> RunHooks<T> for After<H, F> {
    const ARE_SOME: bool = true;

    fn surround(self, experiment: &Experiment<'_>, run: impl FnOnce() -> T) -> T {
        self.around.surround(experiment, || {
            let result = run();
            if contain(|| (self.hook)(&result)).is_none() {
                experiment.tell_hook_failed();
            }
            result
        })
    }
}
