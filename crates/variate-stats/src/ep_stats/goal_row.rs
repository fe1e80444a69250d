use serde::{Deserialize, Serialize};

use super::Mode;
use super::day::Day;
use super::expression::{Aggregation, Function};
use super::reason::Reason;

/// Sums of one goal in one variant.
///
/// `sum_sqr_*` is the sum over units of the square of the unit's total.
///
/// ```
/// use variate_stats::ep_stats::{Aggregation, GoalRow};
///
/// let exposures = GoalRow::new("a", "user", Aggregation::Global, "exposure").counted(1000.0);
/// assert_eq!((exposures.count, exposures.sum_value), (1000.0, 1000.0));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GoalRow {
    /// The experiment; a row without one belongs to every experiment.
    #[serde(default)]
    pub exp_id: Option<String>,
    /// The day, if rows are kept by day.
    #[serde(default)]
    pub date: Option<Day>,
    /// The variant.
    pub exp_variant_id: String,
    /// The type of unit.
    pub unit_type: String,
    /// Over units or over all.
    pub agg_type: Aggregation,
    /// The goal.
    pub goal: String,
    /// Dimensions by name; one that is not here is empty.
    #[serde(default)]
    pub dimensions: Vec<(String, String)>,
    /// How often it was reached.
    #[serde(default)]
    pub count: f64,
    /// The squares of that.
    #[serde(default)]
    pub sum_sqr_count: f64,
    /// The sum of its values.
    #[serde(default)]
    pub sum_value: f64,
    /// The squares of that.
    #[serde(default)]
    pub sum_sqr_value: f64,
    /// How many units reached it.
    #[serde(default)]
    pub count_unique: f64,
    /// The sum over units of count times value: what the ratio of both needs. Not every source knows it.
    #[serde(default)]
    pub sum_count_value: Option<f64>,
}

impl GoalRow {
    /// A row of zeros.
    pub fn new(
        variant: impl Into<String>,
        unit_type: impl Into<String>,
        aggregation: Aggregation,
        goal: impl Into<String>,
    ) -> Self {
        Self {
            exp_id: None,
            date: None,
            exp_variant_id: variant.into(),
            unit_type: unit_type.into(),
            agg_type: aggregation,
            goal: goal.into(),
            dimensions: Vec::new(),
            count: 0.0,
            sum_sqr_count: 0.0,
            sum_value: 0.0,
            sum_sqr_value: 0.0,
            count_unique: 0.0,
            sum_count_value: None,
        }
    }

    /// With that many, each of a unit of its own and each worth 1.
    pub fn counted(mut self, count: f64) -> Self {
        (self.count, self.sum_sqr_count, self.sum_value) = (count, count, count);
        (self.sum_sqr_value, self.count_unique) = (count, count);
        self
    }

    /// With the sum of values and of the squares of the units' totals.
    pub fn valued(mut self, sum: f64, squares: f64) -> Self {
        (self.sum_value, self.sum_sqr_value) = (sum, squares);
        self
    }

    /// From a wide table, a column for each goal, as Ep-Stats' `evaluate_wide_agg` takes it: the sums of a global goal. Without
    /// squares (the original's column with `_squared` at the end), they are the sums themselves; there are no counts.
    ///
    /// ```
    /// use variate_stats::ep_stats::{Day, Experiment, GoalRow, Metric, Mode, evaluate};
    ///
    /// let metric = Metric::simple(1, "Click-through Rate", "user", "clicks", "views");
    /// let experiment = Experiment::new("button", "a", "user").metric(metric);
    /// let rows = [("a", 1000.0, 100.0), ("b", 1000.0, 130.0)].into_iter().flat_map(|(variant, views, clicks)| {
    ///     [
    ///         GoalRow::wide(variant, "user", "views", views, None),
    ///         GoalRow::wide(variant, "user", "clicks", clicks, None),
    ///     ]
    /// });
    /// let rows: Vec<_> = rows.collect();
    /// let evaluation = evaluate(&experiment, &rows, Day::from_epoch(20_000), Mode::Compat)?;
    /// assert!((evaluation.metrics[0].stats[1].diff - 0.3).abs() < 1e-12);
    /// # Ok::<(), variate_stats::ep_stats::EvaluationError>(())
    /// ```
    pub fn wide(
        variant: impl Into<String>,
        unit_type: impl Into<String>,
        goal: impl Into<String>,
        sum: f64,
        squares: Option<f64>,
    ) -> Self {
        Self::new(variant, unit_type, Aggregation::Global, goal).valued(sum, squares.unwrap_or(sum))
    }

    /// With a dimension.
    pub fn dimension(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.dimensions.push((name.into(), value.into()));
        self
    }
}

/// The sums of a goal in a variant, over all its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    count: f64,
    sum_sqr_count: f64,
    sum_value: f64,
    sum_sqr_value: f64,
    count_unique: f64,
    /// NaN if a row does not tell.
    sum_count_value: f64,
}

impl Sums {
    /// A number that is none counts for nothing in compat mode.
    pub(crate) fn add(&mut self, row: &GoalRow, mode: Mode) {
        let drops = mode == Mode::Compat;
        let number = |value: f64| if drops && value.is_nan() { 0.0 } else { value };
        self.count += number(row.count);
        self.sum_sqr_count += number(row.sum_sqr_count);
        self.sum_value += number(row.sum_value);
        self.sum_sqr_value += number(row.sum_sqr_value);
        self.count_unique += number(row.count_unique);
        self.sum_count_value += match row.sum_count_value {
            Some(product) => product,
            None if row.count == 0.0 || row.sum_value == 0.0 => 0.0,
            None => f64::NAN,
        };
    }

    pub(crate) fn units(&self) -> f64 {
        self.count_unique
    }

    /// Σ count·value over units; NaN if nobody knows.
    pub(crate) fn product(&self) -> f64 {
        self.sum_count_value
    }

    pub(crate) fn value(&self, function: Function) -> f64 {
        match function {
            Function::Value => self.sum_value,
            Function::Count => self.count,
            Function::Unique => self.count_unique,
        }
    }

    pub(crate) fn square(&self, function: Function) -> f64 {
        match function {
            Function::Value => self.sum_sqr_value,
            Function::Count => self.sum_sqr_count,
            // A unit is there once, and the square of one is one.
            Function::Unique => self.count_unique,
        }
    }

    /// What no units can have added up to, with `squares` if those are used; counts may be weights.
    pub(crate) fn fault(&self, function: Function, squares: bool) -> Option<Reason> {
        let (value, square) = (self.value(function), self.square(function));
        if value.is_nan() || (squares && square.is_nan()) {
            return Some(Reason::NotANumber);
        }
        let is_counted = function != Function::Value;
        if is_counted && value < 0.0 {
            return Some(Reason::NegativeCount);
        }
        if !squares {
            return None;
        }
        if square == 0.0 && value != 0.0 {
            return Some(if is_counted {
                Reason::SumSqrCountMissing
            } else {
                Reason::SumSqrValueMissing
            });
        }
        let most = value * value;
        let is_wrong = square < 0.0 || (is_counted && square > most + ROUNDED * most);
        is_wrong.then_some(Reason::SumsContradict)
    }

    /// Whether the sum is whole.
    pub(crate) fn is_whole(&self, function: Function) -> bool {
        is_whole(self.value(function))
    }

    /// Whether whole numbers have this sum and this sum of squares: the square of one is whole, and not below it.
    pub(crate) fn is_of_whole(&self, function: Function) -> bool {
        let (value, square) = (self.value(function), self.square(function));
        is_whole(value) && is_whole(square) && square >= value - ROUNDED * value
    }
}

/// By this share sums may be off: whoever adds many numbers, or writes them with a few digits less.
pub(crate) const ROUNDED: f64 = 1e-9;

fn is_whole(sum: f64) -> bool {
    (sum - sum.round()).abs() <= ROUNDED * sum.abs()
}
