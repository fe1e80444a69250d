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
    draws: Option<Draws>,
}

#[derive(Debug, Clone, Copy)]
struct Draws {
    arm: Draw,
    key: Draw,
}

impl Sticky {
    /// A unit's arms in two experiments are independent of each other.
    pub const fn new() -> Self {
        Self { draws: None }
    }
}

impl Draws {
    #[inline]
    fn of(draw: &Draw, unit: &CallUnit<'_>) -> Option<u64> {
        match unit {
            CallUnit::Nobody => None,
            CallUnit::One(_, value) => Some(draw.of_value(value)),
            CallUnit::Some(context) => Some(Self::of_context(draw, context)),
        }
    }

    /// A context of one entry is the unit that its value is.
    fn of_context(draw: &Draw, context: &Context<'_>) -> u64 {
        let mut entries = context.iter();
        match (entries.next(), entries.next()) {
            (Some((_, value)), None) => draw.of_value(value),
            _ => draw.of_context(context),
        }
    }
}

impl Selector for Sticky {
    fn prepare(&mut self, experiment: &str, _: &[&str]) -> Result<(), BuildError> {
        self.draws = Some(Draws {
            arm: Draw::new(&["component", experiment]),
            key: Draw::new(&["component key", experiment]),
        });
        Ok(())
    }

    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Required
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let draws = self.draws.as_ref()?;
        let bits = Draws::of(&draws.arm, asked.unit())?;
        let selection = Selection::of(asked.weighted(bits), "sticky");
        if !asked.wants_key() {
            return Some(selection);
        }
        let more = Draws::of(&draws.key, asked.unit())?;
        let mut digest = [0; 16];
        let (first, second) = digest.split_at_mut(8);
        first.copy_from_slice(&bits.to_le_bytes());
        second.copy_from_slice(&more.to_le_bytes());
        Some(selection.with_key(Key::from(digest)))
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        true
    }
}
