use std::sync::Arc;

use variate_stats::ep_stats::{
    Aggregation, Day as StatsDay, Experiment, FilterScope, GoalError, GoalRow, GoalSource,
};

use crate::event::is_exposure;
use crate::{CellTallies, Day, EventStore, ExperimentTallies, Tally};

/// The tallies of a store as goals, for [Ep-Stats' evaluation](variate_stats::ep_stats).
///
/// The experiment's `id` is its name, in one namespace; an action is a goal. All goals are of the unit type that the request
/// names. Of what was [counted](crate::Class::Counted):
///
/// | goal | `count` | `sum_sqr_count` | `sum_value` | `sum_sqr_value` | `count_unique` |
/// |---|---|---|---|---|---|
/// | `unit.ACTION` | events | over units, events² | sum of values | over units, total² | units |
/// | `global.ACTION` | events | events: each on its own | sum of values | over units, total² | units |
/// | `unit.exposure`, `global.exposure` | units | units | units | units | units |
///
/// `unit.ACTION` also has the sum over units of events times value: `value(..)/count(..)` of one action has the right error.
/// Exposures are those of `assignment` or `participate`, of two actions the one with more units; an action called `exposure`
/// counts if there is neither. What single events were worth is not kept, so the squares of a global goal's values are those of
/// the units, which are not smaller where values are not negative: intervals are too wide rather than too narrow.
///
/// With dates, what changed in that time counts, until the day of the look. There are no dimensions and no goals by unit: a
/// filter on a dimension is refused; one of the scope `trigger` without a dimension leaves its goal and exposures.
///
/// ```
/// use std::sync::Arc;
/// use variate_collector::{Day, EventStore, MemoryStore, NewEvent, StoreGoals};
/// use variate_stats::ep_stats::{Experiment, Metric, Mode, evaluate, GoalSource};
///
/// let store = Arc::new(MemoryStore::new());
/// for (unit, variant, bought) in [("1", "a", None), ("2", "a", Some(3.0)), ("3", "b", Some(5.0)), ("4", "b", Some(4.0))] {
///     let mut exposure = NewEvent::new("shop", "checkout", variant, "participate", format!("exposure-{unit}"));
///     exposure.unit = Some(unit.into());
///     store.ingest(&[exposure])?;
///     if bought.is_some() {
///         let mut purchase = NewEvent::new("shop", "checkout", variant, "bought", format!("purchase-{unit}"));
///         purchase.unit = Some(unit.into());
///         purchase.value = bought;
///         store.ingest(&[purchase])?;
///     }
/// }
/// let goals = StoreGoals::new(store, "shop", Day::of_millis(0));
/// let revenue = Metric::new(1, "Revenue", "value(user.unit.bought)", "count(user.global.exposure)");
/// let experiment = Experiment::new("checkout", "a", "user").metric(revenue);
/// let rows = goals.aggregated(&experiment)?;
/// let evaluation = evaluate(&experiment, &rows, "2026-11-21".parse()?, Mode::Corrected)?;
/// assert_eq!(evaluation.metrics[0].stats[1].mean, 4.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StoreGoals {
    store: Arc<dyn EventStore>,
    namespace: String,
    today: Day,
}

pub(crate) const EXPOSURE: &str = "exposure";

impl StoreGoals {
    /// Those of a namespace. `today` is the day of the look where an experiment has a period and names no other one.
    pub fn new(store: Arc<dyn EventStore>, namespace: impl Into<String>, today: Day) -> Self {
        Self {
            store,
            namespace: namespace.into(),
            today,
        }
    }
}

impl GoalSource for StoreGoals {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        let mut dimensions = experiment
            .filters
            .iter()
            .filter_map(|of| of.dimension.as_ref());
        if let Some(name) = dimensions.next() {
            return Err(GoalError::Dimension(name.clone()));
        }
        let tallies = self
            .store
            .tallies(&self.namespace, &experiment.id)
            .map_err(|error| GoalError::Source(error.to_string()))?
            .ok_or_else(|| GoalError::Experiment(experiment.id.clone()))?;
        Ok(rows(&tallies, experiment, self.today))
    }
}

fn rows(tallies: &ExperimentTallies, experiment: &Experiment, today: Day) -> Vec<GoalRow> {
    let days = Days::of(experiment, today);
    let triggers = |action: &str| {
        experiment.filters.iter().all(|filter| {
            filter.scope != FilterScope::Trigger || filter.goal.as_deref() == Some(action)
        })
    };
    let unit_type = &experiment.unit_type;
    let mut rows = Vec::with_capacity(2 * tallies.cells.len() + 2 * tallies.info.variants.len());
    for cell in &tallies.cells {
        // The goal of this name is made below.
        if cell.action == EXPOSURE || !triggers(&cell.action) {
            continue;
        }
        let tally = days.tally(cell);
        for aggregation in [Aggregation::Unit, Aggregation::Global] {
            let mut row = GoalRow::new(&cell.variant, unit_type, aggregation, &cell.action);
            row.count = float(tally.events);
            row.sum_sqr_count = match aggregation {
                Aggregation::Unit => tally.events_squared.value(),
                Aggregation::Global => row.count,
            };
            row.count_unique = float(tally.units);
            row.sum_count_value =
                (aggregation == Aggregation::Unit).then(|| tally.events_by_total.value());
            rows.push(row.valued(tally.sum.value(), tally.sum_of_squares.value()));
        }
    }
    for variant in &tallies.info.variants {
        let units = |exposes: &dyn Fn(&str) -> bool| {
            let cells = tallies.cells.iter();
            let cells = cells.filter(|cell| cell.variant == *variant && exposes(&cell.action));
            cells.map(|cell| days.tally(cell).units).max()
        };
        let units = units(&is_exposure).or_else(|| units(&|action| action == EXPOSURE));
        for aggregation in [Aggregation::Unit, Aggregation::Global] {
            let row = GoalRow::new(variant, unit_type, aggregation, EXPOSURE);
            rows.push(row.counted(float(units.unwrap_or(0))));
        }
    }
    rows
}

/// Which days count.
struct Days {
    first: Option<StatsDay>,
    last: Option<StatsDay>,
}

impl Days {
    fn of(experiment: &Experiment, today: Day) -> Self {
        let is_sequential = experiment.date_from.is_some() && experiment.date_to.is_some();
        let look = experiment.date_for.unwrap_or_else(|| stats_day(today));
        let look = is_sequential.then_some(look);
        Self {
            first: experiment.date_from,
            last: experiment.date_to.into_iter().chain(look).min(),
        }
    }

    fn tally(&self, cell: &CellTallies) -> Tally {
        if self.first.is_none() && self.last.is_none() {
            return cell.total.counted;
        }
        let mut sum = Tally::default();
        for of in &cell.days {
            let day = stats_day(of.day);
            if self.first.is_none_or(|first| first <= day)
                && self.last.is_none_or(|last| day <= last)
            {
                sum += of.tallies.counted;
            }
        }
        sum
    }
}

pub(crate) fn stats_day(day: Day) -> StatsDay {
    StatsDay::from_epoch(i32::try_from(day.days()).unwrap_or(i32::MAX))
}

#[allow(clippy::cast_precision_loss, reason = "counts become floats")]
fn float(count: i64) -> f64 {
    count as f64
}

impl std::fmt::Debug for StoreGoals {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("StoreGoals")
            .field("namespace", &self.namespace)
            .field("today", &self.today)
            .finish_non_exhaustive()
    }
}
