use super::{ActionIndex, Before, DayOfUnit, Unit, UnitEvent, VariantIndex};
use crate::tally::UnitTotal;
use crate::{Day, Sum};

const IS_ID: u8 = 1;
const EXPOSED: u8 = 2;
const IS_RANDOM: u8 = 4;

/// A unit's bytes cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit's record ends early or goes on too long")]
pub(crate) struct BadUnit;

impl Unit {
    /// Numbers in LEB128, but for those with a fraction.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut flags = 0;
        if self.is_id {
            flags |= IS_ID;
        }
        if self.is_random {
            flags |= IS_RANDOM;
        }
        if self.first_exposure.is_some() {
            flags |= EXPOSED;
        }
        out.push(flags);
        if let Some(at) = self.first_exposure {
            write_number(out, at);
        }
        write_number(out, self.seen.len() as u64);
        for &(variant, day) in &self.seen {
            write_number(out, variant.into());
            write_number(out, day.days().into());
        }
        write_number(out, self.counted.len() as u64);
        for of in &self.counted {
            write_number(out, of.action.into());
            write_number(out, of.variant.into());
            write_number(out, of.day.days().into());
            write_number(out, of.total.events);
            write_sum(out, of.total.sum);
        }
        write_number(out, self.before.len() as u64);
        for before in &self.before {
            write_number(out, before.action.into());
            write_number(out, before.variant.into());
            write_number(out, before.at);
            out.push(before.value.is_some().into());
            if let Some(value) = before.value {
                out.extend(value.to_le_bytes());
            }
        }
    }

    /// What [`Unit::write`] writes of an id that is its own unit and has a single event.
    pub(crate) fn write_single(event: UnitEvent, is_random: bool, out: &mut Vec<u8>) {
        let day = u64::from(event.day().days());
        out.push(if is_random { IS_ID | IS_RANDOM } else { IS_ID });
        out.push(event.is_exposure.into());
        if event.is_exposure {
            write_number(out, event.variant.into());
            write_number(out, day);
        }
        out.push(1);
        write_number(out, event.action.into());
        write_number(out, event.variant.into());
        write_number(out, day);
        out.push(1);
        write_sum(out, event.value.map_or(Sum::ZERO, Sum::from));
        out.push(0);
    }

    /// [`Unit::has`] of bytes, without reading all of them.
    pub(crate) fn bytes_have(
        bytes: &[u8],
        action: ActionIndex,
        variant: VariantIndex,
    ) -> Result<bool, BadUnit> {
        let mut reader = Reader(bytes);
        if reader.byte()? & EXPOSED != 0 {
            reader.number()?;
        }
        for _ in 0..reader.number()? {
            reader.small()?;
            reader.day()?;
        }
        for _ in 0..reader.number()? {
            if (reader.small()?, reader.small()?) == (action, variant) {
                return Ok(true);
            }
            reader.day()?;
            reader.number()?;
            reader.sum()?;
        }
        Ok(false)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BadUnit> {
        let mut reader = Reader(bytes);
        let flags = reader.byte()?;
        let mut unit = Self::new();
        unit.is_id = flags & IS_ID != 0;
        unit.is_random = flags & IS_RANDOM != 0;
        if flags & EXPOSED != 0 {
            unit.first_exposure = Some(reader.number()?);
        }
        for _ in 0..reader.number()? {
            unit.seen.push((reader.small()?, reader.day()?));
        }
        for _ in 0..reader.number()? {
            unit.counted.push(DayOfUnit {
                action: reader.small()?,
                variant: reader.small()?,
                day: reader.day()?,
                total: UnitTotal {
                    events: reader.number()?,
                    sum: reader.sum()?,
                },
            });
        }
        for _ in 0..reader.number()? {
            unit.before.push(Before {
                action: reader.small()?,
                variant: reader.small()?,
                at: reader.number()?,
                value: match reader.byte()? {
                    0 => None,
                    _ => Some(reader.float()?),
                },
            });
        }
        if reader.0.is_empty() {
            Ok(unit)
        } else {
            Err(BadUnit)
        }
    }
}

pub(crate) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Most sums are nothing, and most others need no second part.
fn write_sum(out: &mut Vec<u8>, sum: Sum) {
    let (high, low) = sum.parts();
    let parts: &[f64] = match (high, low) {
        (0.0, 0.0) => &[],
        (high, 0.0) => &[high],
        (high, low) => &[high, low],
    };
    write_number(out, parts.len() as u64);
    for part in parts {
        out.extend(part.to_le_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, BadUnit> {
        let (&first, rest) = self.0.split_first().ok_or(BadUnit)?;
        self.0 = rest;
        Ok(first)
    }

    fn number(&mut self) -> Result<u64, BadUnit> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(BadUnit)
    }

    fn small(&mut self) -> Result<u16, BadUnit> {
        self.number()?.try_into().map_err(|_| BadUnit)
    }

    fn day(&mut self) -> Result<Day, BadUnit> {
        let days = self.number()?.try_into().map_err(|_| BadUnit)?;
        Ok(Day::from_days(days))
    }

    fn float(&mut self) -> Result<f64, BadUnit> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(BadUnit)?;
        self.0 = rest;
        Ok(f64::from_le_bytes(*bytes))
    }

    fn sum(&mut self) -> Result<Sum, BadUnit> {
        let parts = self.number()?;
        let high = if parts > 0 { self.float()? } else { 0.0 };
        let low = if parts > 1 { self.float()? } else { 0.0 };
        Ok(Sum::from_parts(high, low))
    }
}
