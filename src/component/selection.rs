use super::shared::Shared;
use crate::draw::Draw;
use crate::{Context, Key, Value, Variant};

/// The place of an arm that there is not.
pub(super) const UNKNOWN: usize = usize::MAX;

/// Why the control runs in the place of the arm that was selected, or beside it.
pub(super) const BREAKER_OPEN: &str = "breaker_open";
pub(super) const ARM_OFF: &str = "arm_off";
/// Of calls that are for nobody, which no selector can split.
pub(super) const NO_KEY: &str = "no_key";
pub(super) const SHADOW: &str = "shadow";
/// Why somebody chose the arm of a call, which nothing split then.
pub(super) const RULE: &str = "rule";
pub(super) const FORCED: &str = "forced";

/// Which arm a call goes to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub(super) arm: usize,
    /// The arm that was selected: another one where the control runs in its place, or beside it.
    pub(super) selected: usize,
    pub(super) reason: &'static str,
    pub(super) key: Option<Key>,
    /// Whether a broken arm is tried again with this call.
    pub(super) is_probe: bool,
    /// Whether nobody hears of this call.
    pub(super) is_silent: bool,
    /// Whether a rule or a switch says so, or nothing does, and not what splits the units.
    pub(super) is_chosen: bool,
}

/// What a [`Selector`](super::Selector) is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub(super) shared: &'a Shared,
    pub(super) method: &'static str,
    pub(super) unit: &'a CallUnit<'a>,
}

/// Who a call is for.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub enum CallUnit<'u> {
    /// Nobody said it.
    Nobody,
    /// What one `#[key]` says.
    One(&'static str, Value<'u>),
    /// What several say.
    Some(Context<'u>),
}

impl CallUnit<'_> {
    /// The same, or nobody where every key is null: calls without a key are not all of one unit.
    #[inline(always)]
    pub(super) fn known(self) -> Self {
        let is_null = match &self {
            Self::Nobody => false,
            Self::One(_, value) => value.is_null(),
            Self::Some(context) => context.iter().all(|(_, value)| value.is_null()),
        };
        if is_null { Self::Nobody } else { self }
    }

    #[inline]
    pub(super) const fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// 64 bits for one purpose, the same for each call of the unit.
    #[inline]
    pub(super) fn bits(&self, draw: &Draw) -> Option<u64> {
        match self {
            Self::Nobody => None,
            Self::One(_, value) => Some(draw.of_value(value)),
            Self::Some(context) => Some(bits_of_context(draw, context)),
        }
    }

    /// Drops it, at once where there is nothing to drop.
    #[inline(always)]
    pub(super) fn let_go(self) {
        match &self {
            Self::Nobody => std::mem::forget(self),
            Self::One(_, value) if value.is_plain() => std::mem::forget(self),
            _ => drop(self),
        }
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
pub(super) fn key_of(bits: u64) -> Key {
    let mixed = (u128::from(bits) << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Key::from((mixed ^ mixed >> 67).to_be_bytes())
}

impl Selection {
    /// The arm of a place; the control's is 0. A place that there is not gives the control.
    ///
    /// With the reasons `rule`, `forced`, `segment`, `no_answer`, `unknown_arm` and `selector_panicked` nothing split the call: it is measured, and
    /// a report compares it with nobody's.
    #[inline]
    pub const fn of(arm: usize, reason: &'static str) -> Self {
        Self {
            arm,
            selected: arm,
            reason,
            key: None,
            is_probe: false,
            is_silent: false,
            // Known when this is compiled, for most selectors.
            is_chosen: matches!(
                reason.as_bytes(),
                b"rule"
                    | b"forced"
                    | b"segment"
                    | b"unknown_arm"
                    | b"no_answer"
                    | b"selector_panicked"
            ),
        }
    }

    /// The same for a known unit, so that what is measured can be clustered by it.
    #[inline]
    #[must_use]
    pub fn with_key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// The arm's place.
    #[inline]
    pub const fn arm(&self) -> usize {
        self.arm
    }

    /// The control, for the same unit.
    #[doc(hidden)]
    pub fn control(&self, reason: &'static str) -> Self {
        Self {
            arm: 0,
            selected: self.selected,
            reason,
            key: self.key.clone(),
            is_probe: false,
            is_silent: false,
            is_chosen: self.is_chosen,
        }
    }

    /// Why this arm.
    #[inline]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl<'a> Asked<'a> {
    /// The experiment's name.
    pub fn experiment(&self) -> &'a str {
        &self.shared.name
    }

    /// The method that was called.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// How many arms there are.
    #[inline]
    pub fn arms(&self) -> usize {
        self.shared.arms.len()
    }

    /// The place of an arm by its name.
    #[inline]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.shared.position(name)
    }

    /// The arm that 64 uniform bits fall on, according to the weights.
    #[inline]
    pub fn weighted(&self, bits: u64) -> usize {
        self.shared.weighted(bits)
    }

    /// The unit that the call is for: what its `#[key]` says, or what it is bound to. `None` where nothing says it,
    /// or where all that would is null, as an `Option` that is `None` is.
    pub fn context(&self) -> Option<Context<'_>> {
        match self.unit {
            CallUnit::Nobody => None,
            CallUnit::One(name, value) => Some(Context::new().with(*name, value)),
            CallUnit::Some(context) => Some(context.clone()),
        }
    }

    /// Whether anybody measures, and would like to know the key.
    #[inline]
    pub(super) const fn wants_key(&self) -> bool {
        self.shared.wants_key
    }

    /// The experiment's own bits of the unit.
    #[inline]
    pub(super) fn bits(&self) -> Option<u64> {
        self.unit.bits(&self.shared.draw)
    }

    pub(super) fn variants(&self) -> &'a [Variant] {
        &self.shared.variants
    }
}
