//! What is kept of one unit, and what an event of it changes in the tallies.
//!
//! All of it depends on when events happened and not on when they came: after the same events, in
//! whatever order, the tallies are the same.

mod bytes;

pub(crate) use self::bytes::BadUnit;

use std::collections::BTreeMap;

use crate::tally::UnitTotal;
use crate::{Class, Day, Products, Sum, Tally};

/// The number of an action in the experiment's list of them.
pub(crate) type ActionIndex = u16;
/// The number of a variant in the experiment's list of them.
pub(crate) type VariantIndex = u16;

/// An event as a unit sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnitEvent {
    pub(crate) action: ActionIndex,
    pub(crate) variant: VariantIndex,
    pub(crate) is_exposure: bool,
    pub(crate) value: Option<f64>,
    pub(crate) at: u64,
}

impl UnitEvent {
    fn day(&self) -> Day {
        Day::of_millis(self.at)
    }
}

/// Where a tally stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Cell(ActionIndex, VariantIndex),
    /// The number of the pair in the experiment's list of them.
    Pair(u16, VariantIndex),
    /// How many units were seen in two variants.
    Crossovers,
}

/// What a place's tally changes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    Tally(Tally),
    Products(Products),
    Units(i64),
}

/// A change of a day's row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Increment {
    pub(crate) place: Place,
    pub(crate) class: Class,
    pub(crate) day: Day,
    pub(crate) amount: Amount,
}

/// The two actions of a pair.
pub(crate) type ActionPair = (ActionIndex, ActionIndex);

/// What is kept of a unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    /// Whether the unit is only the id of an event: nothing is known of when it was exposed, and it is a
    /// crossover when its exposures, not just any events, name two variants.
    is_id: bool,
    /// Whether it may be forgotten after some time: a random id only comes again when its client sends again.
    is_random: bool,
    first_exposure: Option<u64>,
    /// The variants that it was seen in, and since which day.
    seen: Vec<(VariantIndex, Day)>,
    counted: Vec<DayOfUnit>,
    /// Before the first exposure that is known; an earlier one may still come.
    before: Vec<Before>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct DayOfUnit {
    action: ActionIndex,
    variant: VariantIndex,
    day: Day,
    total: UnitTotal,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Before {
    action: ActionIndex,
    variant: VariantIndex,
    at: u64,
    value: Option<f64>,
}

impl Unit {
    /// A unit that its client names.
    pub(crate) const fn new() -> Self {
        Self {
            is_id: false,
            is_random: false,
            first_exposure: None,
            seen: Vec::new(),
            counted: Vec::new(),
            before: Vec::new(),
        }
    }

    /// An id that is its own unit.
    pub(crate) const fn of_id(is_random: bool) -> Self {
        let mut unit = Self::new();
        unit.is_id = true;
        unit.is_random = is_random;
        unit
    }

    /// The last day of a unit that may be forgotten.
    pub(crate) fn random_since(&self) -> Option<Day> {
        let last = self.counted.iter().map(|of| of.day).max();
        last.filter(|_| self.is_random)
    }

    /// Whether an id that is its own unit was counted for this action and variant.
    pub(crate) fn has(&self, action: ActionIndex, variant: VariantIndex) -> bool {
        self.counted
            .iter()
            .any(|day| day.action == action && day.variant == variant)
    }

    /// Takes an event that was not counted before, and answers what changes.
    pub(crate) fn add(
        &mut self,
        event: UnitEvent,
        pairs: &[ActionPair],
        changes: &mut Vec<Increment>,
    ) {
        if self.is_last(event) {
            self.add_last(event, pairs, changes);
        } else {
            self.subtract(pairs, changes);
            self.insert(event);
            self.contribute(pairs, changes);
        }
    }

    /// What the unit contributes to all tallies.
    pub(crate) fn contribute(&self, pairs: &[ActionPair], changes: &mut Vec<Increment>) {
        self.contribute_before(pairs, changes);
        self.contribute_counted(pairs, changes);
        if let Some(day) = self.crossover_day() {
            changes.push(Increment {
                place: Place::Crossovers,
                class: Class::Crossover,
                day,
                amount: Amount::Units(1),
            });
        }
    }

    /// What [`Unit::add`] of the first event of an id that is its own unit changes, where no pair has its action.
    pub(crate) fn single_increment(event: UnitEvent) -> Increment {
        Increment {
            place: Place::Cell(event.action, event.variant),
            class: Class::Counted,
            day: event.day(),
            amount: Amount::Tally(Tally::of_unit(UnitTotal::default().and(event.value))),
        }
    }

    fn subtract(&self, pairs: &[ActionPair], changes: &mut Vec<Increment>) {
        let start = changes.len();
        self.contribute(pairs, changes);
        for change in changes.iter_mut().skip(start) {
            change.amount = change.amount.negated();
        }
    }

    /// Whether an event only adds to a day that no later one follows, and moves nothing else.
    fn is_last(&self, event: UnitEvent) -> bool {
        let day = event.day();
        let after_exposure = self.is_id
            || match self.first_exposure {
                Some(first) => event.at >= first,
                None => event.is_exposure && self.before.is_empty(),
            };
        after_exposure
            && self.counted.iter().all(|of| of.day <= day)
            && match self.seen.as_slice() {
                [] => true,
                [(variant, _)] => *variant == event.variant || (self.is_id && !event.is_exposure),
                _ => false,
            }
    }

    fn add_last(&mut self, event: UnitEvent, pairs: &[ActionPair], changes: &mut Vec<Increment>) {
        let (action, variant, day) = (event.action, event.variant, event.day());
        let mut push = |place, amount| {
            changes.push(Increment {
                place,
                class: Class::Counted,
                day,
                amount,
            });
        };
        let before = self.total(action, variant);
        let after = before.and(event.value);
        let mut tally = Tally::of_unit(after);
        tally += -Tally::of_unit(before);
        push(Place::Cell(action, variant), Amount::Tally(tally));
        for (index, &(first, second)) in (0..).zip(pairs) {
            if first != action && second != action {
                continue;
            }
            let of = |of, own| {
                if of == action {
                    own
                } else {
                    self.total(of, variant)
                }
            };
            let mut products = Products::of_unit(of(first, after), of(second, after));
            products += -Products::of_unit(of(first, before), of(second, before));
            if !products.is_zero() {
                push(Place::Pair(index, variant), Amount::Products(products));
            }
        }
        self.insert(event);
    }

    fn total(&self, action: ActionIndex, variant: VariantIndex) -> UnitTotal {
        self.counted
            .iter()
            .filter(|day| day.action == action && day.variant == variant)
            .fold(UnitTotal::default(), |total, day| total.plus(day.total))
    }

    fn insert(&mut self, event: UnitEvent) {
        let day = event.day();
        if !self.is_id || event.is_exposure {
            match self.seen.iter_mut().find(|seen| seen.0 == event.variant) {
                Some(seen) => seen.1 = seen.1.min(day),
                None => self.seen.push((event.variant, day)),
            }
        }
        if self.is_id {
            self.count(event.action, event.variant, day, event.value);
            return;
        }
        if event.is_exposure {
            let first = self
                .first_exposure
                .map_or(event.at, |first| first.min(event.at));
            self.first_exposure = Some(first);
            for before in std::mem::take(&mut self.before) {
                if before.at < first {
                    self.before.push(before);
                } else {
                    let day = Day::of_millis(before.at);
                    self.count(before.action, before.variant, day, before.value);
                }
            }
        }
        match self.first_exposure {
            Some(first) if first <= event.at => {
                self.count(event.action, event.variant, day, event.value);
            }
            _ => self.before.push(Before {
                action: event.action,
                variant: event.variant,
                at: event.at,
                value: event.value,
            }),
        }
    }

    fn count(&mut self, action: ActionIndex, variant: VariantIndex, day: Day, value: Option<f64>) {
        let same =
            |of: &&mut DayOfUnit| of.action == action && of.variant == variant && of.day == day;
        match self.counted.iter_mut().find(same) {
            Some(of) => of.total = of.total.and(value),
            None => self.counted.push(DayOfUnit {
                action,
                variant,
                day,
                total: UnitTotal::default().and(value),
            }),
        }
    }

    /// The day on which the unit was first seen in a second variant.
    fn crossover_day(&self) -> Option<Day> {
        let mut days: Vec<Day> = self.seen.iter().map(|seen| seen.1).collect();
        days.sort_unstable();
        days.get(1).copied()
    }

    fn contribute_before(&self, pairs: &[ActionPair], changes: &mut Vec<Increment>) {
        let days: Vec<DayOfUnit> = self
            .before
            .iter()
            .map(|before| DayOfUnit {
                action: before.action,
                variant: before.variant,
                day: Day::of_millis(before.at),
                total: UnitTotal::default().and(before.value),
            })
            .collect();
        contribute(&days, pairs, &[], |_| Class::BeforeExposure, changes);
    }

    fn contribute_counted(&self, pairs: &[ActionPair], changes: &mut Vec<Increment>) {
        let crossover = self.crossover_day();
        let class = |day: Day| match crossover {
            Some(since) if since <= day => Class::Crossover,
            _ => Class::Counted,
        };
        contribute(&self.counted, pairs, crossover.as_slice(), class, changes);
    }
}

impl UnitTotal {
    pub(crate) fn and(self, value: Option<f64>) -> Self {
        self.plus(Self {
            events: 1,
            sum: value.map_or(Sum::ZERO, Sum::from),
        })
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            sum: self.sum + other.sum,
        }
    }
}

/// The increments of each day on which anything happened, so that the sum up to a day is what a
/// unit with the totals of that day contributes to its class on that day.
fn contribute(
    days: &[DayOfUnit],
    pairs: &[ActionPair],
    more_days: &[Day],
    class: impl Fn(Day) -> Class,
    changes: &mut Vec<Increment>,
) {
    let mut order: Vec<Day> = days
        .iter()
        .map(|of| of.day)
        .chain(more_days.iter().copied())
        .collect();
    order.sort_unstable();
    order.dedup();

    let mut totals: BTreeMap<(VariantIndex, ActionIndex), UnitTotal> = BTreeMap::new();
    let mut before: Vec<(Place, Class, Amount)> = Vec::new();
    for day in order {
        for of in days.iter().filter(|of| of.day == day) {
            let total = totals.entry((of.variant, of.action)).or_default();
            *total = total.plus(of.total);
        }
        let now = amounts(&totals, pairs, class(day));
        let leaves = before
            .iter()
            .map(|&(place, class, amount)| (place, class, amount.negated()));
        for (place, class, amount) in leaves.chain(now.iter().copied()) {
            changes.push(Increment {
                place,
                class,
                day,
                amount,
            });
        }
        before = now;
    }
}

fn amounts(
    totals: &BTreeMap<(VariantIndex, ActionIndex), UnitTotal>,
    pairs: &[ActionPair],
    class: Class,
) -> Vec<(Place, Class, Amount)> {
    let mut amounts: Vec<_> = totals
        .iter()
        .map(|(&(variant, action), &total)| {
            let tally = Amount::Tally(Tally::of_unit(total));
            (Place::Cell(action, variant), class, tally)
        })
        .collect();
    for (index, &(first, second)) in (0..).zip(pairs) {
        for (&(variant, action), &total) in totals {
            if action != first {
                continue;
            }
            if let Some(&other) = totals.get(&(variant, second)) {
                let products = Amount::Products(Products::of_unit(total, other));
                amounts.push((Place::Pair(index, variant), class, products));
            }
        }
    }
    amounts
}

impl Amount {
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Tally(tally) => Self::Tally(-tally),
            Self::Products(products) => Self::Products(-products),
            Self::Units(units) => Self::Units(-units),
        }
    }
}
