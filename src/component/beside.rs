//! The control and a candidate, both called.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;

use super::Cause;
use super::safety::{Payload, give_up, let_go};
use super::shared::Shared;

/// What became of a candidate.
#[derive(Debug)]
pub enum Beside<T> {
    /// It is done.
    Done(Result<T, Cause>),
    /// The control was done first.
    CutShort,
    /// The control panicked before it.
    NotBegun,
}

/// What the control gives, and the candidate beside it.
type Both<T, U> = (Result<T, Payload>, Beside<U>);

/// Calls both, taking turns in being first. No candidate begins after the control has panicked.
#[inline]
pub fn in_turns<T, U>(
    shared: &Shared,
    control: impl FnOnce() -> T,
    candidate: impl FnOnce() -> Result<U, Cause>,
) -> Both<T, U> {
    if shared.turn() {
        let beside = Beside::Done(candidate());
        (catch_unwind(AssertUnwindSafe(control)), beside)
    } else {
        match catch_unwind(AssertUnwindSafe(control)) {
            Ok(value) => (Ok(value), Beside::Done(candidate())),
            Err(payload) => (Err(payload), Beside::NotBegun),
        }
    }
}

/// Awaits the control, and polls a candidate beside it; `waits` says that the candidate has a time of its own, which the caller waits for.
///
/// Each has been polled once at least, so that two that never wait are compared. The candidate is dropped within.
pub async fn both<C: Future, U, D>(
    shared: &Shared,
    control: C,
    candidate: D,
    waits: bool,
) -> Both<C::Output, U>
where
    D: Future<Output = Result<U, Cause>>,
{
    let mut control = pin!(control);
    let mut candidate = pin!(Some(candidate));
    let (mut ours, mut beside) = (None, Beside::NotBegun);
    poll_fn(|polled| {
        if ours.is_none() {
            ours = match catch_unwind(AssertUnwindSafe(|| control.as_mut().poll(polled))) {
                Ok(Poll::Ready(value)) => Some(Ok(value)),
                Ok(Poll::Pending) => None,
                // The caller gets it, and no candidate begins or goes on after it.
                Err(payload) => Some(Err(payload)),
            };
        }
        if !matches!(ours, Some(Err(_)))
            && let Some(running) = candidate.as_mut().as_pin_mut()
        {
            beside = match catch_unwind(AssertUnwindSafe(|| running.poll(polled))) {
                Ok(Poll::Ready(value)) => Beside::Done(value),
                Ok(Poll::Pending) => Beside::CutShort,
                Err(payload) => Beside::Done(Err(let_go(payload))),
            };
            if matches!(beside, Beside::Done(_)) {
                give_up(shared, || candidate.set(None));
            }
        }
        let is_over = match &ours {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(_)) => !waits || candidate.is_none(),
        };
        if !is_over {
            return Poll::Pending;
        }
        give_up(shared, || candidate.set(None));
        match ours.take() {
            Some(ours) => Poll::Ready((ours, std::mem::replace(&mut beside, Beside::NotBegun))),
            None => Poll::Pending,
        }
    })
    .await
}

/// The control's panic goes on to the caller.
pub fn resume(payload: Payload) -> ! {
    resume_unwind(payload)
}
