mod recording;
mod switching;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::breaker::Breaker;
use super::probe::refused;
use super::selection::{ARM_OFF, BREAKER_OPEN, CallUnit, FORCED, NO_KEY, RULE, UNKNOWN, key_of};
use super::timer::Timer;
use super::{Asked, KeyUse, Outcome, Recorder, Selection, Selector};
use crate::contain::{contain, contain_nested};
use crate::draw::Draw;
use crate::{Key, Variant};

/// What all uses of a built component have in common.
pub struct Shared {
    pub(super) name: Box<str>,
    pub(super) id: u32,
    pub(super) arms: Box<[Arm]>,
    /// The arms as the DSL knows them.
    pub(super) variants: Box<[Variant]>,
    /// Where among 64 bits each arm but the last ends.
    bounds: Box<[u64]>,
    /// Gives each unit bits of this experiment's own.
    pub(super) draw: Draw,
    /// Whether anybody wants to know who a call is for.
    pub(super) wants_key: bool,
    /// Whether the outcome matters to a breaker.
    pub(super) watched: bool,
    /// Whether anything is off, forced or may be broken; while nothing is, nobody looks for what.
    mode: AtomicU8,
    off: AtomicBool,
    forced: AtomicUsize,
    turn: AtomicBool,
    pub(super) recorders: Box<[Box<dyn Recorder>]>,
    pub(super) timer: Box<dyn Timer>,
    failures: AtomicU64,
    unknown_arms: AtomicU64,
}

/// One arm, besides its implementation.
pub(super) struct Arm {
    pub(super) name: Box<str>,
    pub(super) breaker: Option<Breaker>,
    off: AtomicBool,
}

/// A method of a component's trait.
#[derive(Debug)]
#[doc(hidden)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its place in the trait.
    pub index: u16,
    /// Whether a `#[key]` says who it is called for.
    pub has_key: bool,
    /// Whether it always goes to the control.
    pub is_skipped: bool,
    /// Whether it has something recorded without a collector.
    pub makes_records: bool,
}

/// The selector has its say.
const NORMAL: u8 = 0;
/// Everything goes to the control.
const OFF: u8 = 1;
/// Something has to be looked at besides.
const SPECIAL: u8 = 2;

/// No arm is forced.
const NONE: usize = usize::MAX;

/// What the builder knows of the arms.
pub(super) struct Design {
    pub(super) name: String,
    pub(super) arms: Vec<(String, Option<Breaker>)>,
    pub(super) weights: Vec<u32>,
    pub(super) wants_key: bool,
    pub(super) recorders: Vec<Box<dyn Recorder>>,
    pub(super) timer: Box<dyn Timer>,
}

impl Shared {
    pub(super) fn new(design: Design) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let watched = design.arms.iter().any(|(_, breaker)| breaker.is_some());
        let others = design.arms.iter().skip(1);
        let variants = others.map(|(name, _)| Variant::from(name.clone()));
        Self {
            draw: Draw::new(&["component", &design.name]),
            name: design.name.into(),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            variants: std::iter::once(Variant::control())
                .chain(variants)
                .collect(),
            bounds: bounds(&design.weights),
            arms: design
                .arms
                .into_iter()
                .map(|(name, breaker)| Arm {
                    name: name.into(),
                    breaker,
                    off: AtomicBool::new(false),
                })
                .collect(),
            wants_key: design.wants_key,
            watched,
            mode: AtomicU8::new(if watched { SPECIAL } else { NORMAL }),
            off: AtomicBool::new(false),
            forced: AtomicUsize::new(NONE),
            turn: AtomicBool::new(false),
            recorders: design.recorders.into(),
            timer: design.timer,
            failures: AtomicU64::new(0),
            unknown_arms: AtomicU64::new(0),
        }
    }

    /// Selects the arm of a call.
    #[inline(always)]
    pub fn choose<'u, S: Selector>(
        &self,
        selector: &S,
        method: &'static Method,
        has_rules: bool,
        rule: impl FnOnce() -> Option<&'static str>,
        unit: impl FnOnce() -> CallUnit<'u>,
    ) -> Selection {
        match self.mode.load(Ordering::Relaxed) {
            NORMAL if !has_rules => self.selected(selector, method, unit),
            OFF => Selection {
                is_silent: true,
                ..Selection::of(0, "off")
            },
            mode => self.choose_with_care(selector, method, mode == SPECIAL, rule, unit),
        }
    }

    #[inline(never)]
    fn choose_with_care<'u, S: Selector>(
        &self,
        selector: &S,
        method: &'static Method,
        is_special: bool,
        rule: impl FnOnce() -> Option<&'static str>,
        unit: impl FnOnce() -> CallUnit<'u>,
    ) -> Selection {
        if is_special {
            let forced = self.forced.load(Ordering::Relaxed);
            if forced < self.arms.len() {
                return self.of_unit(Selection::of(forced, FORCED), selector, method, unit);
            }
        }
        let selection = match rule() {
            Some(arm) => self.of_unit(self.ruled(arm), selector, method, unit),
            None => self.selected(selector, method, unit),
        };
        if is_special {
            self.admitted(selection)
        } else {
            selection
        }
    }

    #[inline(always)]
    fn selected<'u, S: Selector>(
        &self,
        selector: &S,
        method: &'static Method,
        unit: impl FnOnce() -> CallUnit<'u>,
    ) -> Selection {
        let is_looked_at = selector.key_use() != KeyUse::Unused;
        if !is_looked_at && !self.wants_key {
            return self.answer(selector, method, &CallUnit::Nobody);
        }
        let unit = if selector.is_bound() {
            CallUnit::Nobody
        } else {
            unit().known()
        };
        let mut selection = self.answer(selector, method, &unit);
        if self.wants_key && selection.key.is_none() {
            selection.key = self.key(selector, method, &unit);
        }
        unit.let_go();
        selection
    }

    /// What was selected without asking the selector, for the unit that the call is for.
    #[inline(never)]
    fn of_unit<'u, S: Selector>(
        &self,
        mut selection: Selection,
        selector: &S,
        method: &'static Method,
        unit: impl FnOnce() -> CallUnit<'u>,
    ) -> Selection {
        if self.wants_key {
            let unit = if selector.is_bound() {
                CallUnit::Nobody
            } else {
                unit().known()
            };
            selection.key = self.key(selector, method, &unit);
        }
        selection
    }

    /// The key of a call's unit, whoever said which arm it goes to.
    #[inline(never)]
    fn key<S: Selector>(
        &self,
        selector: &S,
        method: &'static Method,
        unit: &CallUnit<'_>,
    ) -> Option<Key> {
        if unit.is_nobody() && !selector.is_bound() {
            return None;
        }
        let asked = Asked {
            shared: self,
            method: method.name,
            unit,
        };
        let own = if selector.is_trusted() {
            selector.key(&asked)
        } else {
            contain_nested(|| selector.key(&asked)).unwrap_or_else(|| {
                self.count_failure("a selector");
                None
            })
        };
        own.or_else(|| asked.bits().map(key_of))
    }

    /// What a `#[key]` that is more than a place says; one that panics says nothing.
    #[inline]
    pub fn unit<'u>(&self, unit: impl FnOnce() -> CallUnit<'u>) -> CallUnit<'u> {
        contain(unit).unwrap_or_else(|| {
            self.count_failure("a key");
            CallUnit::Nobody
        })
    }

    #[inline(always)]
    fn answer<S: Selector>(
        &self,
        selector: &S,
        method: &'static Method,
        unit: &CallUnit<'_>,
    ) -> Selection {
        let asked = Asked {
            shared: self,
            method: method.name,
            unit,
        };
        let selection = if selector.is_trusted() {
            selector.select(&asked)
        } else {
            match contain_nested(|| selector.select(&asked)) {
                Some(selection) => selection,
                None => return self.failed_selection(),
            }
        };
        match selection {
            Some(selection) if selection.arm < self.arms.len() => selection,
            selection => self.unanswered(selection.as_ref(), unit, selector.key_use()),
        }
    }

    #[cold]
    fn failed_selection(&self) -> Selection {
        self.count_failure("a selector");
        Selection::of(0, "selector_panicked")
    }

    #[inline]
    fn ruled(&self, arm: &str) -> Selection {
        match self.position(arm) {
            Some(place) => Selection::of(place, RULE),
            None => {
                self.count_unknown_arm(arm);
                Selection::of(0, "unknown_arm")
            }
        }
    }

    /// The control, where no selector said which arm.
    #[cold]
    fn unanswered(
        &self,
        selection: Option<&Selection>,
        unit: &CallUnit<'_>,
        key_use: KeyUse,
    ) -> Selection {
        let reason = match (selection, unit, key_use) {
            (Some(selection), ..) => {
                if selection.arm != UNKNOWN {
                    self.count_unknown_arm(&selection.arm.to_string());
                }
                "unknown_arm"
            }
            (None, CallUnit::Nobody, KeyUse::Required) => NO_KEY,
            _ => "no_answer",
        };
        Selection::of(0, reason)
    }

    /// Asks a rule over what a call was given.
    #[inline]
    pub fn ask(&self, rule: impl FnOnce() -> Option<&'static str>) -> Option<&'static str> {
        contain_nested(rule).unwrap_or_else(|| {
            self.count_failure("a rule over arguments");
            None
        })
    }

    /// Measures something of the arguments or the result.
    #[inline]
    pub fn measure(&self, measure: impl FnOnce() -> Option<f64>) -> Option<f64> {
        contain(measure).unwrap_or_else(|| {
            self.count_failure("a measure");
            None
        })
    }

    /// Asks the host's own rule of what a success is; one that panics says nothing against it.
    #[inline]
    pub fn judge<'o, T>(
        &self,
        result: &T,
        is_ok: impl FnOnce(&T) -> bool,
        otherwise: Outcome<'o>,
    ) -> Outcome<'o> {
        let is_ok = contain(|| is_ok(result)).unwrap_or_else(|| {
            self.count_failure("an `ok` rule");
            true
        });
        if is_ok {
            Outcome::Ok
        } else {
            refused(result, otherwise)
        }
    }

    /// Whether a candidate's result is the control's.
    pub fn compare(&self, are_equal: impl FnOnce() -> bool) -> bool {
        contain(are_equal).unwrap_or_else(|| {
            self.count_failure("a comparison");
            false
        })
    }

    /// What was selected, or the control where that arm is off or broken.
    fn admitted(&self, mut selection: Selection) -> Selection {
        let Some(arm) = self.arms.get(selection.arm) else {
            return selection;
        };
        if arm.off.load(Ordering::Relaxed) {
            return Selection {
                arm: 0,
                reason: ARM_OFF,
                ..selection
            };
        }
        if let Some(breaker) = &arm.breaker {
            match breaker.admit() {
                Some(is_probe) => selection.is_probe = is_probe,
                None => {
                    return Selection {
                        arm: 0,
                        reason: BREAKER_OPEN,
                        ..selection
                    };
                }
            }
        }
        selection
    }

    #[inline]
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.arms.iter().position(|arm| *arm.name == *name)
    }

    #[inline]
    pub(super) fn weighted(&self, bits: u64) -> usize {
        let place = self.bounds.iter().position(|bound| bits < *bound);
        place.unwrap_or(self.bounds.len())
    }

    /// One and the other, in turns.
    pub fn turn(&self) -> bool {
        self.turn.fetch_xor(true, Ordering::Relaxed)
    }
}

/// The weights as ends of ranges; the last range ends where the bits do.
#[allow(
    clippy::cast_possible_truncation,
    reason = "each end is below the total"
)]
fn bounds(weights: &[u32]) -> Box<[u64]> {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let mut end = 0;
    let ends = weights.iter().map(|weight| {
        end += u128::from(*weight);
        (end << 64).checked_div(total).unwrap_or_default() as u64
    });
    ends.take(weights.len().saturating_sub(1)).collect()
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arms: Vec<_> = self.arms.iter().map(|arm| &arm.name).collect();
        out.debug_struct("Component")
            .field("name", &self.name)
            .field("arms", &arms)
            .field("off", &self.off)
            .finish_non_exhaustive()
    }
}
