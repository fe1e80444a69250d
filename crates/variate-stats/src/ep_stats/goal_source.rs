use std::collections::{BTreeSet, HashSet};

use super::day::Day;
use super::experiment::{Experiment, Filter, FilterScope};
use super::goal_row::GoalRow;
use super::row::{EXPOSURE, Row};
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
    /// The source has goals by unit only.
    #[error("the source has goals by unit only; ask with \"by_unit\": true")]
    ByUnit,
    /// The source does not know the experiment.
    #[error(
        "there are no goals of experiment {0:?}; send them along, or name an experiment that has some"
    )]
    Experiment(String),
    /// Days are asked for, and a row is of none though others are of one.
    #[error(
        "row {row} of the goals ({goal:?} of variant {variant:?}) has no date, and others have one; date all rows, or none"
    )]
    Undated {
        /// Which row, from 1 on.
        row: usize,
        /// Its goal.
        goal: String,
        /// Its variant.
        variant: String,
    },
    /// What the source says.
    #[error("{0}")]
    Source(String),
}

impl<S: GoalSource + ?Sized> GoalSource for std::sync::Arc<S> {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        (**self).aggregated(experiment)
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        (**self).by_unit(experiment)
    }
}

impl<S: GoalSource + ?Sized> GoalSource for Box<S> {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        (**self).aggregated(experiment)
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        (**self).by_unit(experiment)
    }
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
        Self {
            dimensions: dimensions_of(&rows),
            rows,
            ..Self::default()
        }
    }

    /// A table of units.
    pub fn of_units(units: Vec<UnitRow>) -> Self {
        Self {
            dimensions: dimensions_of(&units),
            units,
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

    fn counts(&self, experiment: &Experiment, dated: bool, row: &impl Row) -> bool {
        if row.exp_id().is_some_and(|id| id != experiment.id) {
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
        row.date().is_some_and(|date| {
            experiment.date_from.is_none_or(|from| date >= from)
                && experiment.date_to.is_none_or(|to| date <= to)
                && last.is_none_or(|last| date <= last)
        })
    }

    /// Which sums count.
    fn passing<'e>(
        &'e self,
        experiment: &'e Experiment,
    ) -> Result<impl Fn(&GoalRow) -> bool + 'e, GoalError> {
        self.known(experiment)?;
        let dated = dated(experiment, &self.rows)?;
        Ok(move |row: &GoalRow| {
            self.counts(experiment, dated, row)
                && experiment.filters.iter().all(|filter| {
                    let exposure = row.goal == EXPOSURE;
                    match filter.scope {
                        FilterScope::Exposure => !exposure || holds(filter, row),
                        FilterScope::Goal => exposure || holds(filter, row),
                        FilterScope::Trigger => exposure || triggers(filter, row),
                    }
                })
        })
    }

    /// As [`GoalSource::aggregated`], without another copy of the rows.
    pub(crate) fn into_aggregated(
        mut self,
        experiment: &Experiment,
    ) -> Result<Vec<GoalRow>, GoalError> {
        let passes = self.passing(experiment)?;
        let kept: Vec<bool> = self.rows.iter().map(passes).collect();
        let mut rows = std::mem::take(&mut self.rows);
        if kept.contains(&false) {
            let mut kept = kept.into_iter();
            rows.retain(|_| kept.next().unwrap_or_default());
        }
        Ok(rows)
    }

    /// As [`GoalSource::by_unit`], without another copy of the rows where all count.
    pub(crate) fn into_by_unit(self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.known(experiment)?;
        let dated = dated(experiment, &self.units)?;
        let all = experiment.filters.is_empty()
            && (self.units.iter()).all(|row| self.counts(experiment, dated, row));
        if all {
            Ok(self.units)
        } else {
            self.by_unit(experiment)
        }
    }

    fn known(&self, experiment: &Experiment) -> Result<(), GoalError> {
        let mut ids = (self.rows.iter().map(Row::exp_id)).chain(self.units.iter().map(Row::exp_id));
        let is_of_it = |id: Option<&str>| id.is_none_or(|id| id == experiment.id);
        let is_empty = self.rows.is_empty() && self.units.is_empty();
        if !is_empty && !ids.any(is_of_it) {
            return Err(GoalError::Experiment(experiment.id.clone()));
        }
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

/// Whether rows are kept by day; then none may be without one, unless the experiment says otherwise.
fn dated(experiment: &Experiment, rows: &[impl Row]) -> Result<bool, GoalError> {
    let dated = rows.iter().any(|row| row.date().is_some());
    let is_asked = experiment.date_from.is_some() || experiment.date_to.is_some();
    if !dated || !is_asked || experiment.is_lenient {
        return Ok(dated);
    }
    let mut own = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.exp_id().is_none_or(|id| id == experiment.id));
    let undated = own.clone().find(|(_, row)| row.date().is_none());
    match undated {
        Some((at, row)) if own.any(|(_, row)| row.date().is_some()) => Err(GoalError::Undated {
            row: at + 1,
            goal: row.goal().to_owned(),
            variant: row.variant().to_owned(),
        }),
        Some(_) => Ok(false),
        None => Ok(true),
    }
}

fn dimensions_of(rows: &[impl Row]) -> BTreeSet<String> {
    // Most rows have the same ones.
    let mut names = BTreeSet::new();
    for (name, _) in rows.iter().flat_map(Row::dimensions) {
        if !names.contains(name) {
            names.insert(name.clone());
        }
    }
    names
}

/// Whether a row holds what a filter asks for.
fn holds(filter: &Filter, row: &impl Row) -> bool {
    match &filter.dimension {
        Some(name) => {
            let held = row.dimension_value(name);
            filter.value.iter().any(|value| value == held)
        }
        None => true,
    }
}

/// Whether a row is of the goal that triggers.
fn triggers(filter: &Filter, row: &impl Row) -> bool {
    filter.goal.as_deref() == Some(row.goal()) && (filter.value.is_empty() || holds(filter, row))
}

impl GoalSource for GoalTable {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        let passes = self.passing(experiment)?;
        let rows = self.rows.iter().filter(|row| passes(row));
        Ok(rows.cloned().collect())
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.known(experiment)?;
        let dated = dated(experiment, &self.units)?;
        let mut rows: Vec<&UnitRow> = self
            .units
            .iter()
            .filter(|row| self.counts(experiment, dated, *row))
            .collect();
        let mut segments: Vec<HashSet<UnitId>> = Vec::new();
        for filter in &experiment.filters {
            let units = |of: &dyn Fn(&UnitRow) -> bool| {
                rows.iter()
                    .filter(|row| of(row))
                    .map(|row| row.unit_id.clone())
                    .collect::<HashSet<_>>()
            };
            match filter.scope {
                FilterScope::Exposure => {
                    segments.push(units(&|row| row.goal == EXPOSURE && holds(filter, row)));
                }
                FilterScope::Goal => rows.retain(|row| row.goal == EXPOSURE || holds(filter, *row)),
                FilterScope::Trigger => segments.push(units(&|row| triggers(filter, row))),
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
