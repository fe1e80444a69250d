use crate::Day;
use crate::unit::{ActionIndex, BadUnit, Unit, UnitEvent, VariantIndex};

/// A unit of a batch.
pub(super) enum Staged<B> {
    /// As it is on the shelf.
    Kept(B),
    /// A new id that is its own unit, with its only event.
    Single { event: UnitEvent, is_random: bool },
    /// A unit that changed; boxed, since most are of the other kinds and a batch has thousands.
    Whole(Box<Unit>),
}

impl<B: AsRef<[u8]>> Staged<B> {
    pub(super) fn has(&self, action: ActionIndex, variant: VariantIndex) -> Result<bool, BadUnit> {
        match self {
            Self::Kept(bytes) => Unit::bytes_have(bytes.as_ref(), action, variant),
            Self::Single { event, .. } => Ok((event.action, event.variant) == (action, variant)),
            Self::Whole(unit) => Ok(unit.has(action, variant)),
        }
    }

    pub(super) const fn is_changed(&self) -> bool {
        !matches!(self, Self::Kept(_))
    }

    /// Whether it certainly is not on the shelf.
    pub(super) const fn is_new(&self) -> bool {
        matches!(self, Self::Single { .. })
    }

    /// To change it.
    pub(super) fn whole(&mut self) -> Result<&mut Unit, BadUnit> {
        let unit = match self {
            Self::Whole(unit) => return Ok(unit),
            Self::Kept(bytes) => Box::new(Unit::read(bytes.as_ref())?),
            Self::Single { event, is_random } => {
                let mut unit = Unit::of_id(*is_random);
                unit.add(*event, &[], &mut Vec::new());
                Box::new(unit)
            }
        };
        *self = Self::Whole(unit);
        match self {
            Self::Whole(unit) => Ok(unit),
            _ => Err(BadUnit),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Kept(bytes) => out.extend(bytes.as_ref()),
            Self::Single { event, is_random } => Unit::write_single(*event, *is_random, out),
            Self::Whole(unit) => unit.write(out),
        }
    }
}

/// What is kept of an event's id.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdNote {
    pub(super) is_random: bool,
    pub(super) day: Day,
}

impl IdNote {
    pub(super) fn bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.day.days().to_le_bytes();
        [self.is_random.into(), a, b, c, d]
    }

    pub(super) const fn is_good(note: &[u8]) -> bool {
        matches!(note, [0 | 1, _, _, _, _])
    }
}

/// The day of an id that may be forgotten.
pub(super) fn random_since(note: &[u8]) -> Option<Day> {
    match *note {
        [1, a, b, c, d] => Some(Day::from_days(u32::from_le_bytes([a, b, c, d]))),
        _ => None,
    }
}
