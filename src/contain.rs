//! Where a host's code runs on a request path, its panics end.

use std::cell::Cell;
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

/// What `run` returns; `None` if it panics, or lies too deep in itself.
pub(crate) fn contain_nested<R>(run: impl FnOnce() -> R) -> Option<R> {
    let _nested = Nested::enter()?;
    contain(run)
}

/// How deep a host's code may lie inside itself.
const DEEPEST: u8 = 16;

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    static RAISING: Cell<bool> = const { Cell::new(false) };
}

/// Something is being raised to the hooks on this thread.
pub(crate) struct Raising;

impl Raising {
    /// `None` where that is so already.
    pub(crate) fn begin() -> Option<Self> {
        (!RAISING.replace(true)).then(|| Self)
    }
}

impl Drop for Raising {
    fn drop(&mut self) {
        RAISING.set(false);
    }
}

/// A host's code is running here: it may use experiments itself, but not for ever.
pub(crate) struct Nested;

impl Nested {
    /// One level deeper; `None` where that would be too deep.
    #[inline]
    pub(crate) fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        (depth < DEEPEST).then(|| {
            DEPTH.set(depth + 1);
            Self
        })
    }
}

impl Drop for Nested {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
