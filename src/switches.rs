use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

/// What is switched off while the process runs.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    all_off: AtomicBool,
    /// How many experiments are off; while it is 0 nobody looks for which.
    some_off: AtomicUsize,
    off: RwLock<HashSet<Box<str>>>,
}

impl Switches {
    #[inline]
    pub(crate) fn is_off(&self, full_name: &str) -> bool {
        self.all_off.load(Ordering::Relaxed)
            || (self.some_off.load(Ordering::Relaxed) > 0 && self.is_among_off(full_name))
    }

    #[cold]
    fn is_among_off(&self, full_name: &str) -> bool {
        let off = self.off.read().unwrap_or_else(PoisonError::into_inner);
        off.contains(full_name)
    }

    pub(crate) fn switch_all(&self, on: bool) {
        self.all_off.store(!on, Ordering::Relaxed);
    }

    pub(crate) fn switch(&self, full_name: &str, on: bool) {
        let mut off = self.off.write().unwrap_or_else(PoisonError::into_inner);
        if on {
            off.remove(full_name);
        } else {
            off.insert(full_name.into());
        }
        self.some_off.store(off.len(), Ordering::Relaxed);
    }
}
