use std::ops::{AddAssign, Neg};

use serde::{Deserialize, Serialize};

use crate::{Day, Sum};

/// What is known of one action of one variant: enough for the mean of a metric and its variance,
/// without the events themselves.
///
/// A unit's *total* is the sum of the values of its events; an event without a value adds nothing to
/// it. A tally of a day holds that day's increments, which are negative where units left.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tally {
    /// Events, each id once.
    pub events: i64,
    /// Units with at least one event.
    pub units: i64,
    /// The sum of all values.
    pub sum: Sum,
    /// The sum over units of the square of the unit's total.
    pub sum_of_squares: Sum,
    /// The sum over units of the square of the unit's number of events.
    pub events_squared: Sum,
    /// The sum over units of the unit's number of events times its total.
    pub events_by_total: Sum,
}

impl Tally {
    /// The tally of a single unit.
    pub(crate) fn of_unit(total: UnitTotal) -> Self {
        if total.events == 0 {
            return Self::default();
        }
        let events = Sum::from(total.events);
        if total.sum == Sum::ZERO {
            return Self {
                events: total.events.cast_signed(),
                units: 1,
                events_squared: events.squared(),
                ..Self::default()
            };
        }
        Self {
            events: total.events.cast_signed(),
            units: 1,
            sum: total.sum,
            sum_of_squares: total.sum.squared(),
            events_squared: events.squared(),
            events_by_total: events * total.sum,
        }
    }

    /// That of a single unit with so many events, whose values add up to `total`.
    ///
    /// ```
    /// use variate_collector::Tally;
    ///
    /// let mut tally = Tally::of_one(2, 30.0);
    /// tally += Tally::of_one(1, 10.0);
    /// assert_eq!((tally.units, tally.events, tally.sum_of_squares.value()), (2, 3, 1_000.0));
    /// ```
    pub fn of_one(events: u64, total: f64) -> Self {
        let sum = total.into();
        Self::of_unit(UnitTotal { events, sum })
    }

    /// Whether nothing was counted, or as much left as came.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.units += other.units;
        self.sum += other.sum;
        self.sum_of_squares += other.sum_of_squares;
        self.events_squared += other.events_squared;
        self.events_by_total += other.events_by_total;
    }
}

impl Neg for Tally {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            events: -self.events,
            units: -self.units,
            sum: -self.sum,
            sum_of_squares: -self.sum_of_squares,
            events_squared: -self.events_squared,
            events_by_total: -self.events_by_total,
        }
    }
}

/// What one unit did of one action.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct UnitTotal {
    pub(crate) events: u64,
    pub(crate) sum: Sum,
}

/// The sums over units of the products of what a unit did of two actions, for the covariance of a ratio metric.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Products {
    /// Number of events of the first action times that of the second.
    pub events_by_events: Sum,
    /// Number of events of the first action times the total of the second.
    pub events_by_total: Sum,
    /// Total of the first action times the number of events of the second.
    pub total_by_events: Sum,
    /// Total of the first action times that of the second.
    pub total_by_total: Sum,
}

impl Products {
    pub(crate) fn of_unit(first: UnitTotal, second: UnitTotal) -> Self {
        let (first_events, second_events) = (Sum::from(first.events), Sum::from(second.events));
        Self {
            events_by_events: first_events * second_events,
            events_by_total: first_events * second.sum,
            total_by_events: first.sum * second_events,
            total_by_total: first.sum * second.sum,
        }
    }

    /// Those of a single unit, from its number of events of both actions and what their values add up to.
    pub fn of_one(first: (u64, f64), second: (u64, f64)) -> Self {
        let total = |(events, sum): (u64, f64)| UnitTotal {
            events,
            sum: sum.into(),
        };
        Self::of_unit(total(first), total(second))
    }

    /// Whether there is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Products {
    fn add_assign(&mut self, other: Self) {
        self.events_by_events += other.events_by_events;
        self.events_by_total += other.events_by_total;
        self.total_by_events += other.total_by_events;
        self.total_by_total += other.total_by_total;
    }
}

impl Neg for Products {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            events_by_events: -self.events_by_events,
            events_by_total: -self.events_by_total,
            total_by_events: -self.total_by_events,
            total_by_total: -self.total_by_total,
        }
    }
}

/// Where a unit's events count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What an evaluation uses: from the unit's first exposure on, of units with one variant.
    Counted,
    /// What a unit did before its first exposure, or without any.
    BeforeExposure,
    /// What units did that were seen in two variants.
    Crossover,
}

impl Class {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Counted, Self::BeforeExposure, Self::Crossover];
}

/// One value for each [`Class`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "T: Default + Deserialize<'de>"))]
pub struct ByClass<T> {
    /// Of [`Class::Counted`].
    pub counted: T,
    /// Of [`Class::BeforeExposure`].
    pub before_exposure: T,
    /// Of [`Class::Crossover`].
    pub crossover: T,
}

impl<T> ByClass<T> {
    /// The value of a class.
    pub const fn get(&self, class: Class) -> &T {
        match class {
            Class::Counted => &self.counted,
            Class::BeforeExposure => &self.before_exposure,
            Class::Crossover => &self.crossover,
        }
    }

    /// The value of a class, to change.
    pub const fn get_mut(&mut self, class: Class) -> &mut T {
        match class {
            Class::Counted => &mut self.counted,
            Class::BeforeExposure => &mut self.before_exposure,
            Class::Crossover => &mut self.crossover,
        }
    }
}

impl<T: AddAssign> AddAssign for ByClass<T> {
    fn add_assign(&mut self, other: Self) {
        self.counted += other.counted;
        self.before_exposure += other.before_exposure;
        self.crossover += other.crossover;
    }
}

/// The increments of one day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Default + Deserialize<'de>"))]
pub struct OfDay<T> {
    /// The day.
    pub day: Day,
    /// What it added.
    #[serde(flatten)]
    pub tallies: ByClass<T>,
}

/// One action of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellTallies {
    /// The action.
    pub action: String,
    /// The variant.
    pub variant: String,
    /// All days together.
    pub total: ByClass<Tally>,
    /// What an import brought along: a count of units from another system, without days and, from
    /// Gimel, estimated. It is in no tally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The days on which anything changed, in order. The sum of the first of them is the state at the end of the last of those.
    pub days: Vec<OfDay<Tally>>,
}

/// A count of units that another system had made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// How many.
    pub units: u64,
    /// Whether it is an estimate.
    pub estimated: bool,
}

/// One variant's products of two actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairTallies {
    /// The two actions.
    #[serde(flatten)]
    pub pair: Pair,
    /// The variant.
    pub variant: String,
    /// All days together.
    pub total: ByClass<Products>,
    /// As in [`CellTallies::days`].
    pub days: Vec<OfDay<Products>>,
}

/// Two actions whose products are kept: those of a ratio metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// The numerator's action.
    pub first: String,
    /// The denominator's action.
    pub second: String,
}
