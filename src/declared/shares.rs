use std::ops::Range;

use crate::Unit;
use crate::context::Value;
use crate::draw::{Draw, place};

/// All of something, in basis points.
const WHOLE: u64 = 10_000;

/// The share of units that takes part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traffic {
    draw: Draw,
    share: u16,
}

impl Traffic {
    pub(crate) fn new(experiment: &str, seed: Option<&str>, share: u16) -> Self {
        Self {
            draw: Draw::new(&["traffic", experiment, seed.unwrap_or_default()]),
            share,
        }
    }

    #[inline]
    pub(crate) fn admits(self, unit: &Unit<'_>) -> bool {
        self.place(unit) < u64::from(self.share)
    }

    pub(crate) fn place(self, unit: &Unit<'_>) -> u64 {
        place(self.draw.of_key(unit.key()), WHOLE)
    }

    pub(crate) const fn share(self) -> u16 {
        self.share
    }
}

/// Where units stand on a line that experiments share.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    draw: Draw,
    unit: Option<Box<str>>,
}

impl Line {
    pub(crate) fn new(kind: &str, name: &str, unit: Option<&str>) -> Self {
        Self {
            draw: Draw::new(&[kind, name]),
            unit: unit.map(Into::into),
        }
    }

    /// The unit's place among 10,000; `None` where the context does not say who it is.
    #[inline]
    pub(crate) fn place(&self, unit: &Unit<'_>) -> Option<u64> {
        let bits = match &self.unit {
            None => self.draw.of_context(unit.context()),
            Some(key) => {
                let known = unit
                    .context()
                    .get(key)
                    .filter(|value| !Value::is_null(value));
                self.draw.of_value(known?)
            }
        };
        Some(place(bits, WHOLE))
    }

    pub(crate) fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }
}

/// A range of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Within {
    pub(crate) layer: Box<str>,
    pub(crate) line: Line,
    pub(crate) range: Range<u16>,
}

impl Within {
    #[inline]
    pub(crate) fn has(&self, unit: &Unit<'_>) -> bool {
        let range = u64::from(self.range.start)..u64::from(self.range.end);
        self.line
            .place(unit)
            .is_some_and(|place| range.contains(&place))
    }
}

/// A share of a holdout.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) holdout: Box<str>,
    pub(crate) line: Line,
    pub(crate) share: u16,
}

impl Held {
    #[inline]
    pub(crate) fn holds(&self, unit: &Unit<'_>) -> bool {
        self.line
            .place(unit)
            .is_none_or(|place| place < u64::from(self.share))
    }
}
