//! Where collectors and recorders run, calls are not measured.

use std::cell::Cell;

thread_local! {
    static IS_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// A collector or recorder is running on this thread. A component that it calls goes on as ever, but unmeasured: otherwise each record of a recorder that
/// calls its own component would make more of them.
pub(super) struct Hooked {
    before: bool,
}

impl Hooked {
    #[inline(always)]
    pub(super) fn begin() -> Self {
        Self {
            before: IS_HOOK.replace(true),
        }
    }

    /// `None` where that is so already.
    #[inline(always)]
    pub(super) fn unless_so() -> Option<Self> {
        // Not by `replace`, whose answer would have to be kept.
        (!Self::is_so()).then(|| {
            IS_HOOK.set(true);
            Self { before: false }
        })
    }

    /// Whether one is running.
    #[inline(always)]
    pub(super) fn is_so() -> bool {
        IS_HOOK.get()
    }
}

impl Drop for Hooked {
    #[inline(always)]
    fn drop(&mut self) {
        IS_HOOK.set(self.before);
    }
}
