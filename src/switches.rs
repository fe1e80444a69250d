use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

/// What is switched off while the process runs.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    all_off: AtomicBool,
    /// Whether everything or anything is off; while it is not, nobody looks for what.
    some_off: AtomicBool,
    off: RwLock<HashSet<Box<str>>>,
}

impl Switches {
    #[inline]
    pub(crate) fn is_off(&self, full_name: &str) -> bool {
        !self.are_all_on() && self.is_among_off(full_name)
    }

    #[inline]
    pub(crate) fn are_all_on(&self) -> bool {
        !self.some_off.load(Ordering::Relaxed)
    }

    #[cold]
    fn is_among_off(&self, full_name: &str) -> bool {
        if self.all_off.load(Ordering::Relaxed) {
            return true;
        }
        let off = self.off.read().unwrap_or_else(PoisonError::into_inner);
        off.contains(full_name)
    }

    pub(crate) fn switch_all(&self, on: bool) {
        let off = self.off.write().unwrap_or_else(PoisonError::into_inner);
        self.all_off.store(!on, Ordering::Relaxed);
        self.note(&off);
    }

    pub(crate) fn switch(&self, full_name: &str, on: bool) {
        let mut off = self.off.write().unwrap_or_else(PoisonError::into_inner);
        if on {
            off.remove(full_name);
        } else {
            off.insert(full_name.into());
        }
        self.note(&off);
    }

    fn note(&self, off: &HashSet<Box<str>>) {
        let some_off = self.all_off.load(Ordering::Relaxed) || !off.is_empty();
        self.some_off.store(some_off, Ordering::Relaxed);
    }
}
