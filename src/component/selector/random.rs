use std::fmt;

use super::{KeyUse, Selector};
use crate::component::{Asked, Selection};
use crate::randomness::{Randomness, ThreadRandomness};

/// Every call is drawn anew, according to the weights.
///
/// Nothing of the unit enters: a user who comes back may get another arm. Use it where there is no
/// user, and [`Sticky`](super::Sticky) or [`Assigned`](super::Assigned) everywhere else.
pub struct Random<R = Own>(R);

/// The generator of each thread, seeded by the operating system.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Own;

impl Random {
    /// Draws with a generator of its own.
    pub const fn new() -> Self {
        Self(Own)
    }
}

impl<R: Randomness> Random<R> {
    /// Draws with bits that come from elsewhere, for tests that must not guess.
    pub const fn of(randomness: R) -> Self {
        Self(randomness)
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl Randomness for Own {
    #[inline]
    fn next_u64(&self) -> u64 {
        ThreadRandomness.next_u64()
    }
}

impl<R: Randomness> Selector for Random<R> {
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Unused
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        Some(Selection::of(asked.weighted(self.0.next_u64()), "random"))
    }
}

impl<R> fmt::Debug for Random<R> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Random")
    }
}
