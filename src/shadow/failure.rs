//! Where the host's closures of a shadow run fail, and what they fail with.

use std::any::{Any, TypeId};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Experiment;
use crate::contain::contain;
use crate::diagnostics::tell;

/// Which of a host's closures panicked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    RunIf,
    Randomness,
    Before,
    Compare,
    Ignore,
    Clean,
    After,
    Clone,
    Deadline,
    Stopwatch,
    Spawn,
    Drop,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::RunIf => "run_if",
            Self::Randomness => "randomness",
            Self::Before => "before",
            Self::Compare => "compare",
            Self::Ignore => "ignore",
            Self::Clean => "clean",
            Self::After => "after",
            Self::Clone => "clone",
            Self::Deadline => "deadline",
            Self::Stopwatch => "stopwatch",
            Self::Spawn => "spawn",
            Self::Drop => "drop",
        }
    }
}

#[cold]
pub(super) fn tell_failure(experiment: &Experiment<'_>, step: Step) {
    tell!(
        experiment.teller(),
        Shadow,
        shadow_failures,
        step = step.name(),
        "a closure of the shadow run panicked: the control's value is returned all the same",
    );
}

/// What `step` returns; tells if it panics.
pub(super) fn attempt<R>(
    experiment: &Experiment<'_>,
    step: Step,
    run: impl FnOnce() -> R,
) -> Option<R> {
    let result = contain(run);
    if result.is_none() {
        tell_failure(experiment, step);
    }
    result
}

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// What `run` returns, or what it panics with.
pub(super) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(run))
}

/// The message of a panic, if it has one.
pub(super) fn message(payload: &Payload) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "no message".to_owned())
}

/// The type of what a panic carries, where that is no text.
pub(super) fn opaque(payload: &Payload) -> Option<TypeId> {
    let is_text = payload.is::<String>() || payload.is::<&str>();
    (!is_text).then(|| (**payload).type_id())
}

/// Ends a panic here.
pub(super) fn let_go(payload: Payload) {
    if payload.is::<String>() || payload.is::<&str>() {
        drop(payload);
    } else {
        // Dropping what the host made could panic again.
        std::mem::forget(payload);
    }
}
