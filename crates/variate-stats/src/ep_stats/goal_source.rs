use std::collections::{BTreeSet, HashSet};

use super::day::Day;
use super::experiment::{Experiment, FilterScope};
use super::goal_row::{GoalRow, dimension_value};
use super::unit_row::{UnitId, UnitRow};

/// Where the goals of an experiment come from: the original's Dao.
///
/// The source applies filters and dates. A goal with dimensions asks for rows that hold exactly its text in them (`>5` for
/// `price>5`) and nothing in the dimensions that other goals name.
///
/// ```
/// use variate_stats::ep_stats::{Aggregation, Experiment, GoalError, GoalRow, GoalSource};
///
/// struct Warehouse;
///
/// impl GoalSource for Warehouse {
///     fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
///         let exposed = |variant| GoalRow::new(variant, &experiment.unit_type, Aggregation::Global, "exposure").counted(500.0);
///         Ok(vec![exposed("a"), exposed("b")])
///     }
/// }
/// ```
pub trait GoalSource {
    /// Sums of goals by variant.
    ///
    /// # Errors
    ///
    /// The goals cannot be had.
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError>;

    /// Goals by unit.
    ///
    /// # Errors
    ///
    /// The goals cannot be had; a source that does not say otherwise has none by unit.
    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        let _ = experiment;
        Err(GoalError::NotByUnit)
    }
}

/// The goals cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GoalError {
    /// A filter names a dimension that no row has.
    #[error("'{0}'")]
    Dimension(String),
    /// The source has no goals by unit.
    #[error("the source has no goals by unit; give one that has, or evaluate from sums")]
    NotByUnit,
    /// What the source says.
    #[error("{0}")]
    Source(String),
}

/// No goals at all: for requests that bring their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoGoals;

impl GoalSource for NoGoals {
    fn aggregated(&self, _: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        Ok(Vec::new())
    }

    fn by_unit(&self, _: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        Ok(Vec::new())
    }
}

/// Goals in memory, with filters and dates applied as the original's sample source does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoalTable {
    rows: Vec<GoalRow>,
    units: Vec<UnitRow>,
    /// The dimensions that filters may name, even where all rows leave them empty.
    dimensions: BTreeSet<String>,
    today: Option<Day>,
}

impl GoalTable {
    /// A table of sums.
    pub fn new(rows: Vec<GoalRow>) -> Self {
        let dimensions = rows
            .iter()
            .flat_map(|row| &row.dimensions)
            .map(|(name, _)| name.clone())
            .collect();
        Self {
            rows,
            dimensions,
            ..Self::default()
        }
    }

    /// A table of units.
    pub fn of_units(units: Vec<UnitRow>) -> Self {
        let dimensions = units
            .iter()
            .flat_map(|row| &row.dimensions)
            .map(|(name, _)| name.clone())
            .collect();
        Self {
            units,
            dimensions,
            ..Self::default()
        }
    }

    /// With the day until which rows count where the experiment has a period and names no day itself.
    pub fn today(mut self, today: Day) -> Self {
        self.today = Some(today);
        self
    }

    /// With a dimension that filters may name.
    pub fn dimension(mut self, name: impl Into<String>) -> Self {
        self.dimensions.insert(name.into());
        self
    }

    fn counts(
        &self,
        experiment: &Experiment,
        dated: bool,
        exp_id: Option<&str>,
        date: Option<Day>,
    ) -> bool {
        if exp_id.is_some_and(|id| id != experiment.id) {
            return false;
        }
        let last = experiment
            .period()
            .and_then(|_| experiment.date_for.or(self.today));
        let bounds = [experiment.date_from, experiment.date_to, last];
        if !dated || bounds.iter().all(Option::is_none) {
            return true;
        }
        // In a table with days, a row without one is of no day.
        date.is_some_and(|date| {
            experiment.date_from.is_none_or(|from| date >= from)
                && experiment.date_to.is_none_or(|to| date <= to)
                && last.is_none_or(|last| date <= last)
        })
    }

    fn known(&self, experiment: &Experiment) -> Result<(), GoalError> {
        let names = experiment
            .filters
            .iter()
            .filter_map(|filter| filter.dimension.as_ref());
        match names
            .into_iter()
            .find(|name| !self.dimensions.contains(*name))
        {
            Some(name) => Err(GoalError::Dimension(name.clone())),
            None => Ok(()),
        }
    }
}

const EXPOSURE: &str = "exposure";

impl GoalSource for GoalTable {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        self.known(experiment)?;
        let dated = self.rows.iter().any(|row| row.date.is_some());
        let passes = |row: &&GoalRow| {
            self.counts(experiment, dated, row.exp_id.as_deref(), row.date)
                && experiment.filters.iter().all(|filter| {
                    let exposure = row.goal == EXPOSURE;
                    let value = || match &filter.dimension {
                        Some(name) => filter
                            .value
                            .iter()
                            .any(|value| value == row.dimension_value(name)),
                        None => true,
                    };
                    match filter.scope {
                        FilterScope::Exposure => !exposure || value(),
                        FilterScope::Goal => exposure || value(),
                        FilterScope::Trigger => {
                            exposure
                                || (filter.goal.as_ref() == Some(&row.goal)
                                    && (filter.value.is_empty() || value()))
                        }
                    }
                })
        };
        Ok(self.rows.iter().filter(passes).cloned().collect())
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.known(experiment)?;
        let dated = self.units.iter().any(|row| row.date.is_some());
        let mut rows: Vec<&UnitRow> = self
            .units
            .iter()
            .filter(|row| self.counts(experiment, dated, row.exp_id.as_deref(), row.date))
            .collect();
        let mut segments: Vec<HashSet<UnitId>> = Vec::new();
        for filter in &experiment.filters {
            let value = |row: &UnitRow| match &filter.dimension {
                Some(name) => filter
                    .value
                    .iter()
                    .any(|value| value == dimension_value(&row.dimensions, name)),
                None => true,
            };
            let units = |of: &dyn Fn(&UnitRow) -> bool| {
                rows.iter()
                    .filter(|row| of(row))
                    .map(|row| row.unit_id.clone())
                    .collect::<HashSet<_>>()
            };
            match filter.scope {
                FilterScope::Exposure => {
                    segments.push(units(&|row| row.goal == EXPOSURE && value(row)));
                }
                FilterScope::Goal => rows.retain(|row| row.goal == EXPOSURE || value(row)),
                FilterScope::Trigger => segments.push(units(&|row| {
                    filter.goal.as_ref() == Some(&row.goal)
                        && (filter.value.is_empty() || value(row))
                })),
            }
        }
        rows.retain(|row| {
            segments
                .iter()
                .all(|segment| segment.contains(&row.unit_id))
        });
        Ok(rows.into_iter().cloned().collect())
    }
}
