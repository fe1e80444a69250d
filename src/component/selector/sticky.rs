use super::{KeyUse, Selector};
use crate::component::selection::CallUnit;
use crate::component::{Asked, BuildError, Selection};
use crate::draw::Draw;
use crate::{Context, Key};

/// A unit's calls always go to the same arm, according to the weights: by a hash of what its `#[key]` says.
///
/// The fast one, without a configuration: it knows nothing of catalogues, exclusions or overrides,
/// and tracks no exposure. For all of that, and to agree with what a page shows, there is
/// [`Assigned`](super::Assigned).
#[derive(Debug, Clone, Copy, Default)]
pub struct Sticky {
    draw: Option<Draw>,
}

impl Sticky {
    /// A unit's arms in two experiments are independent of each other.
    pub const fn new() -> Self {
        Self { draw: None }
    }
}

#[inline]
fn bits(draw: &Draw, unit: &CallUnit<'_>) -> Option<u64> {
    match unit {
        CallUnit::Nobody => None,
        CallUnit::One(_, value) => Some(draw.of_value(value)),
        CallUnit::Some(context) => Some(bits_of_context(draw, context)),
    }
}

/// A context of one entry is the unit that its value is.
fn bits_of_context(draw: &Draw, context: &Context<'_>) -> u64 {
    let mut entries = context.iter();
    match (entries.next(), entries.next()) {
        (Some((_, value)), None) => draw.of_value(value),
        _ => draw.of_context(context),
    }
}

/// A key that the bits decide, each its own.
#[inline]
fn key(bits: u64) -> Key {
    let mixed = (u128::from(bits) << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Key::from((mixed ^ mixed >> 67).to_be_bytes())
}

impl Selector for Sticky {
    fn prepare(&mut self, experiment: &str, _: &[&str]) -> Result<(), BuildError> {
        self.draw = Some(Draw::new(&["component", experiment]));
        Ok(())
    }

    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Required
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let bits = bits(self.draw.as_ref()?, asked.unit())?;
        let selection = Selection::of(asked.weighted(bits), "sticky");
        Some(if asked.wants_key() {
            selection.with_key(key(bits))
        } else {
            selection
        })
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        true
    }
}
