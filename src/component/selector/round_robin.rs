use std::sync::atomic::{AtomicUsize, Ordering};

use super::{KeyUse, Selector};
use crate::component::{Asked, Selection};

/// Calls go to one arm after the other, whatever the weights.
#[derive(Debug, Default)]
pub struct RoundRobin {
    next: AtomicUsize,
}

impl RoundRobin {
    /// Begins with the control.
    pub const fn new() -> Self {
        Self {
            next: AtomicUsize::new(0),
        }
    }
}

impl Selector for RoundRobin {
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Unused
    }

    fn goes_by_weights(&self) -> bool {
        false
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        // There is always a control.
        let arm = turn.checked_rem(asked.arms()).unwrap_or_default();
        Some(Selection::of(arm, "round_robin"))
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        true
    }
}
