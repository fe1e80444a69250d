//! Where a host's code runs on a request path, its panics end.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `run` returns; `None` if it panics.
///
/// The payload of the panic is left behind: dropping it could panic again.
#[inline(always)]
pub(crate) fn contain<R>(run: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => Some(result),
        Err(payload) => {
            std::mem::forget(payload);
            None
        }
    }
}
