//! Who says which arm a call goes to.

mod assigned;
mod bound;
mod by;
mod chain;
mod fixed;
mod random;
mod round_robin;
mod sticky;

pub use self::assigned::Assigned;
pub use self::bound::Bound;
pub use self::by::{By, by};
pub use self::fixed::Fixed;
pub use self::random::Random;
pub use self::round_robin::RoundRobin;
pub use self::sticky::Sticky;
use super::{Asked, BuildError, Selection};
use crate::Key;

/// Says which arm a call goes to.
///
/// Several in a tuple are asked in turn until one answers. Where none does, the control runs.
pub trait Selector: Send + Sync {
    /// Called once, when the component is built: the experiment's name and those of the arms, the
    /// control's first.
    ///
    /// # Errors
    ///
    /// When it cannot work with these arms.
    fn prepare(&mut self, experiment: &str, arms: &[&str]) -> Result<(), BuildError> {
        let _ = (experiment, arms);
        Ok(())
    }

    /// What it does with the unit that a call is for.
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Optional
    }

    /// Whether it goes by the weights of the arms. Weights that it does not look at are refused when the component is built.
    fn goes_by_weights(&self) -> bool {
        true
    }

    /// The arm for a call; `None` leaves it to the next selector, or else to the control.
    ///
    /// One that panics breaks no call: the control runs, and that is counted.
    fn select(&self, asked: &Asked<'_>) -> Option<Selection>;

    /// The key of a call's unit, where it is known and somebody else said which arm the call goes to: a rule over arguments, a switch, another
    /// selector of a tuple. All calls of a unit have one key then. `None` is a digest of the unit, as [`Sticky`] has it.
    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        let _ = asked;
        None
    }

    /// Whether it knows by itself which unit all calls are for.
    #[doc(hidden)]
    #[inline]
    fn is_bound(&self) -> bool {
        false
    }

    /// Whether it is known not to panic, so that nobody needs to be prepared for it.
    #[doc(hidden)]
    #[inline]
    fn is_trusted(&self) -> bool {
        false
    }
}

/// What a [`Selector`] does with the unit that a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyUse {
    /// It does not look at it; nobody needs to find out.
    Unused,
    /// It looks at it where it is known.
    Optional,
    /// It has no answer without: each method needs a `#[key]`, or the component is bound.
    Required,
}

impl<S: Selector + ?Sized> Selector for Box<S> {
    fn prepare(&mut self, experiment: &str, arms: &[&str]) -> Result<(), BuildError> {
        (**self).prepare(experiment, arms)
    }

    fn key_use(&self) -> KeyUse {
        (**self).key_use()
    }

    fn goes_by_weights(&self) -> bool {
        (**self).goes_by_weights()
    }

    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        (**self).select(asked)
    }

    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        (**self).key(asked)
    }

    fn is_bound(&self) -> bool {
        (**self).is_bound()
    }

    fn is_trusted(&self) -> bool {
        (**self).is_trusted()
    }
}

/// A selector that somebody else has prepared.
impl<S: Selector + ?Sized> Selector for &S {
    #[inline]
    fn key_use(&self) -> KeyUse {
        (**self).key_use()
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        (**self).select(asked)
    }

    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        (**self).key(asked)
    }

    fn is_bound(&self) -> bool {
        (**self).is_bound()
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        (**self).is_trusted()
    }
}
