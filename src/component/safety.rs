//! What lets a call survive its arm.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Cause;
use super::shared::Shared;
use crate::contain::contain;

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// The time of a call was up: what a method with a `timeout` and no `fallback` makes its error of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call was not done after {0:?}")]
pub struct TimedOut(pub Duration);

/// Calls an arm whose panic ends here.
///
/// # Errors
///
/// Why the control is to stand in.
#[inline]
pub fn attempt<R>(call: impl FnOnce() -> R) -> Result<R, Cause> {
    catch_unwind(AssertUnwindSafe(call)).map_err(let_go)
}

/// Leaves a panic behind: dropping what it carries could panic again.
#[cold]
pub(super) fn let_go(payload: Payload) -> Cause {
    std::mem::forget(payload);
    Cause::Panicked
}

/// Awaits an arm whose panic ends here.
///
/// # Errors
///
/// Why the control is to stand in.
pub async fn attempt_async<F: Future>(future: F) -> Result<F::Output, Cause> {
    let mut future = pin!(future);
    poll_fn(
        |polled| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(polled))) {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(payload) => Poll::Ready(Err(let_go(payload))),
        },
    )
    .await
}

/// Awaits a future, but not for longer than this.
///
/// # Errors
///
/// When the time is up first. The future is dropped, and a panic of that ends here.
pub async fn within<F: Future>(
    shared: &Shared,
    time: Duration,
    future: F,
) -> Result<F::Output, TimedOut> {
    let mut sleep = contain(|| shared.timer.sleep(time));
    if sleep.is_none() {
        shared.count_failure("a timer");
    }
    let mut future = pin!(Some(future));
    poll_fn(|polled| {
        if let Some(running) = future.as_mut().as_pin_mut()
            && let Poll::Ready(value) = running.poll(polled)
        {
            return Poll::Ready(Ok(value));
        }
        let Some(timer) = &mut sleep else {
            return Poll::Pending;
        };
        match contain(|| timer.as_mut().poll(polled)) {
            Some(Poll::Ready(())) => {
                give_up(shared, || future.set(None));
                Poll::Ready(Err(TimedOut(time)))
            }
            Some(Poll::Pending) => Poll::Pending,
            None => {
                shared.count_failure("a timer");
                sleep = None;
                Poll::Pending
            }
        }
    })
    .await
}

/// Drops a future that nobody waits for, which is the host's code.
pub(super) fn give_up(shared: &Shared, drop: impl FnOnce()) {
    if contain(drop).is_none() {
        shared.count_failure("an arm that was dropped");
    }
}

/// What a comparison of the host's own says.
#[inline]
pub fn equal<T>(control: &T, candidate: &T, compare: impl FnOnce(&T, &T) -> bool) -> bool {
    compare(control, candidate)
}
