//! What a trial calls around its behaviour, as a list of types: no allocation but for `around`.

use std::fmt;

use crate::Experiment;
use crate::contain::contain;

/// A trial without hooks. Like the others here, a type that code rarely has to name.
#[derive(Debug, Clone, Copy)]
pub struct NoHooks;

/// The hooks that a trial had, and one of [`Trial::before`](crate::Trial::before) within them.
#[derive(Debug)]
pub struct Before<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// The hooks that a trial had, and one of [`Trial::around`](crate::Trial::around) within them.
#[derive(Debug)]
pub struct Around<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// The hooks that a trial had, and one of [`Trial::after`](crate::Trial::after) within them.
#[derive(Debug)]
pub struct After<H, F> {
    pub(crate) around: H,
    pub(crate) hook: F,
}

/// The behaviour, and all hooks that were added later, for a hook around them.
#[must_use = "the behaviour does not run until it is asked to"]
pub struct Next<'n, T>(Box<dyn FnOnce() -> T + 'n>);

impl<T> Next<'_, T> {
    /// Runs the behaviour, and gives its result.
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
