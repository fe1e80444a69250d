//! What is switched while a component is in use.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{NONE, NORMAL, OFF, SPECIAL, Shared};

impl Shared {
    pub(in crate::component) fn switch(&self, on: bool) {
        self.off.store(!on, Ordering::SeqCst);
        self.note();
    }

    pub(in crate::component) fn switch_arm(&self, place: usize, on: bool) {
        if let Some(arm) = self.arms.get(place) {
            arm.off.store(!on, Ordering::SeqCst);
            self.note();
        }
    }

    pub(in crate::component) fn force(&self, place: Option<usize>) {
        self.forced.store(place.unwrap_or(NONE), Ordering::SeqCst);
        self.note();
    }

    /// Two threads that switch at the same moment both see each other's switch in the end.
    fn note(&self) {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
        let mode = || {
            if is_set(&self.off) {
                OFF
            } else if self.watched
                || self.forced.load(Ordering::SeqCst) != NONE
                || self.arms.iter().any(|arm| is_set(&arm.off))
            {
                SPECIAL
            } else {
                NORMAL
            }
        };
        loop {
            let seen = mode();
            self.mode.store(seen, Ordering::SeqCst);
            if mode() == seen {
                return;
            }
        }
    }
}
