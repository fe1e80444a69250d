use super::{KeyUse, Selector};
use crate::component::selection::key_of;
use crate::component::{Asked, Selection};

/// A unit's calls always go to the same arm, according to the weights: by a hash of what its `#[key]` says.
///
/// The fast one, without a configuration: it knows nothing of catalogues, exclusions or overrides,
/// and tracks no exposure. For all of that, and to agree with what a page shows, there is
/// [`Assigned`](super::Assigned).
///
/// A call whose key is `None` is nobody's: it goes to the control, for the reason `no_key`, or where the next selector
/// of a tuple says, as in `(Sticky::new(), Random::new())`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sticky(());

impl Sticky {
    /// A unit's arms in two experiments are independent of each other.
    pub const fn new() -> Self {
        Self(())
    }
}

impl Selector for Sticky {
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Required
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let bits = asked.bits()?;
        let selection = Selection::of(asked.weighted(bits), "sticky");
        Some(if asked.wants_key() {
            selection.with_key(key_of(bits))
        } else {
            selection
        })
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        true
    }
}
