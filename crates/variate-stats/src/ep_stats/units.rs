use std::collections::{BTreeSet, HashMap};

use super::Mode;
use super::arm::{Arm, Comparison};
use super::day::Day;
use super::difference::{Differences, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, MetricResult};
use super::experiment::{CheckKind, Experiment, Statistic};
use super::expression::{Aggregation, Expression, Function, Goal};
use super::metric::Case;
use super::plan::{Plan, ReadCheck, ReadMetric};
use super::row::Row as _;
use super::sample::{Sample, quantiles, winsorise};
use super::unit_row::{UnitId, UnitRow};

/// Evaluates an experiment from the goals of single units: the way to quantiles, to values without outliers and, corrected, to
/// ratios whose denominator varies between units.
///
/// # Errors
///
/// As [`evaluate`](super::evaluate); and, unless corrected, an expression has operators or no unit has its goal.
pub fn evaluate_by_unit(
    experiment: &Experiment,
    rows: &[UnitRow],
    today: Day,
    mode: Mode,
) -> Result<Evaluation, EvaluationError> {
    let seen = rows.iter().map(|row| row.exp_variant_id.as_str());
    let plan = Plan::read(experiment, seen, today, mode)?;
    let units = Units::new(&plan.expressions(), rows, &plan.variants);
    let exposures = rows
        .iter()
        .filter(|row| row.is_exposure(&experiment.unit_type));
    plan.evaluate(
        exposures.map(|row| (row.exp_variant_id.as_str(), row.count)),
        |case, read, differences| units.metric(case, read, differences),
        |read, _| units.check(read, mode),
    )
}

/// What each unit did towards one goal; zeros for units that did nothing.
#[derive(Debug, Clone, Default)]
struct Column {
    counts: Vec<f64>,
    values: Vec<f64>,
    seen: bool,
}

type Key<'a> = (&'a str, &'a str, Vec<&'a str>);

/// A row for each unit, a column for each goal.
struct Units<'a> {
    dimensions: Vec<&'a str>,
    columns: HashMap<Key<'a>, Column>,
    /// Whether a unit has any row with these values of dimensions: only such units are there for goals that ask for them.
    present: HashMap<Vec<&'a str>, Vec<bool>>,
    /// Where the units of each variant begin and end.
    ranges: Vec<std::ops::Range<usize>>,
}

impl<'a> Units<'a> {
    fn new(expressions: &[&'a Expression], rows: &'a [UnitRow], variants: &[String]) -> Self {
        let goals = || expressions.iter().flat_map(|expression| expression.goals());
        let dimensions: BTreeSet<&str> = goals()
            .flat_map(|goal| &goal.dimensions)
            .map(|(name, _)| name.as_str())
            .collect();
        let dimensions: Vec<&str> = dimensions.into_iter().collect();
        // Units in the order of variants and ids, which is that in which the original draws them.
        let mut names: Vec<(usize, &UnitId)> = rows
            .iter()
            .filter_map(|row| {
                Some((
                    variants.binary_search(&row.exp_variant_id).ok()?,
                    &row.unit_id,
                ))
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        let places: HashMap<(usize, &UnitId), usize> = names.iter().copied().zip(0..).collect();
        let ranges = (0..variants.len())
            .map(|variant| {
                names.partition_point(|(of, _)| *of < variant)
                    ..names.partition_point(|(of, _)| *of <= variant)
            })
            .collect();
        let empty = || Column {
            counts: vec![0.0; names.len()],
            values: vec![0.0; names.len()],
            seen: false,
        };
        let mut units = Self {
            dimensions,
            columns: HashMap::new(),
            present: HashMap::new(),
            ranges,
        };
        for goal in goals().filter(|goal| goal.aggregation == Aggregation::Unit) {
            let key = units.key(goal);
            units
                .present
                .entry(key.2.clone())
                .or_insert_with(|| vec![false; names.len()]);
            units.columns.entry(key).or_insert_with(empty);
        }
        let number = |value: f64| if value.is_nan() { 0.0 } else { value };
        for row in rows {
            let Ok(variant) = variants.binary_search(&row.exp_variant_id) else {
                continue;
            };
            let Some(place) = places.get(&(variant, &row.unit_id)).copied() else {
                continue;
            };
            let of: Vec<&str> = units
                .dimensions
                .iter()
                .map(|name| row.dimension_value(name))
                .collect();
            if let Some(present) = units
                .present
                .get_mut(&of)
                .and_then(|present| present.get_mut(place))
            {
                *present = true;
            }
            let Some(column) =
                units
                    .columns
                    .get_mut(&(row.unit_type.as_str(), row.goal.as_str(), of))
            else {
                continue;
            };
            column.seen = true;
            if let (Some(count), Some(value)) =
                (column.counts.get_mut(place), column.values.get_mut(place))
            {
                *count += number(row.count);
                *value += number(row.sum_value);
            }
        }
        units
    }

    fn key<'g>(&self, goal: &'g Goal) -> Key<'g>
    where
        'a: 'g,
    {
        (
            &goal.unit_type,
            &goal.name,
            self.dimensions
                .iter()
                .map(|name| goal.dimension(name))
                .collect(),
        )
    }

    /// The column of the only goal of an expression, as the original finds it: none if the goal is not by unit.
    fn single<'u>(
        &'u self,
        expression: &'u Expression,
    ) -> Result<Option<(&'u Column, &'u [bool])>, EvaluationError> {
        let goal = expression.single().ok_or(EvaluationError::Compound)?;
        if goal.aggregation == Aggregation::Global {
            return Ok(None);
        }
        let key = self.key(goal);
        let unknown = || EvaluationError::Goal(goal.to_string());
        let column = self
            .columns
            .get(&key)
            .filter(|column| column.seen)
            .ok_or_else(unknown)?;
        Ok(Some((
            column,
            self.present.get(&key.2).ok_or_else(unknown)?,
        )))
    }

    /// The value of an expression for each unit of a variant.
    fn values(&self, expression: &Expression, variant: usize) -> Vec<f64> {
        let columns: Vec<Option<&Column>> = expression
            .goals()
            .iter()
            .map(|goal| {
                self.columns
                    .get(&self.key(goal))
                    .filter(|_| goal.aggregation == Aggregation::Unit)
            })
            .collect();
        let of = |goal: usize, unit: usize| {
            let Some((column, goal)) = columns
                .get(goal)
                .copied()
                .flatten()
                .zip(expression.goals().get(goal))
            else {
                return f64::NAN;
            };
            let count = column.counts.get(unit).copied().unwrap_or(0.0);
            match goal.function {
                Function::Value => column.values.get(unit).copied().unwrap_or(0.0),
                Function::Count => count,
                Function::Unique => f64::from(u8::from(count > 0.0)),
            }
        };
        let range = self.ranges.get(variant).cloned().unwrap_or_default();
        range
            .map(|unit| expression.value(|goal| of(goal, unit)))
            .collect()
    }

    /// For each variant the values of its units and the denominator of each.
    fn samples(&self, read: &ReadMetric<'_>, mode: Mode) -> Result<Vec<Sample>, EvaluationError> {
        let variants = 0..self.ranges.len();
        if mode == Mode::Corrected {
            let sample = |variant| Sample {
                values: self.values(&read.nominator, variant),
                sizes: self.values(&read.denominator, variant),
                n: None,
            };
            return Ok(variants.map(sample).collect());
        }
        let nominator = self.single(&read.nominator)?;
        let denominator = self.single(&read.denominator)?;
        Ok(self
            .ranges
            .iter()
            .map(|range| {
                let n = denominator.map_or(f64::NAN, |(column, _)| {
                    column
                        .counts
                        .get(range.clone())
                        .unwrap_or_default()
                        .iter()
                        .sum()
                });
                let values = nominator.map_or_else(Vec::new, |(column, present)| {
                    let values = column.values.get(range.clone()).unwrap_or_default();
                    let present = present.get(range.clone()).unwrap_or_default();
                    values
                        .iter()
                        .zip(present)
                        .filter(|(_, present)| **present)
                        .map(|(value, _)| *value)
                        .collect()
                });
                Sample {
                    values,
                    sizes: Vec::new(),
                    n: Some(if nominator.is_some() { n } else { f64::NAN }),
                }
            })
            .collect())
    }

    fn metric(
        &self,
        case: &Case<'_>,
        read: &ReadMetric<'_>,
        differences: &mut Differences,
    ) -> Result<MetricResult, EvaluationError> {
        let mut samples = self.samples(read, case.mode)?;
        winsorise(
            &mut samples,
            case.metric.outlier_lower_percentile,
            case.metric.outlier_upper_percentile,
        );
        let mut arms: Vec<Arm> = samples.iter().map(|sample| sample.arm(case.mode)).collect();
        let comparisons = match case.metric.statistic {
            Statistic::Mean => match arms.get(case.control) {
                Some(control) => arms
                    .iter()
                    .map(|arm| Comparison::welch(control, arm, case.mode))
                    .collect(),
                None => Vec::new(),
            },
            Statistic::Quantile(probability) => quantiles(&samples, &mut arms, case, probability),
        };
        if case.mode == Mode::Corrected {
            read.note(differences);
            let other = |goal: &Goal| goal.function != Function::Value;
            let varies = samples.iter().any(Sample::varies);
            let plain = read.nominator.single().is_some_and(|goal| !other(goal))
                && read.denominator.single().is_some();
            if !plain || varies {
                differences.note(Kind::ByUnit, Some(case.metric.id));
            }
            let surprising = [&read.nominator, &read.denominator]
                .iter()
                .any(|expression| expression.is_surprising());
            if surprising {
                differences.note(Kind::Precedence, Some(case.metric.id));
            }
        }
        Ok(case.result(&arms, &comparisons, differences))
    }

    fn check(&self, read: &ReadCheck<'_>, mode: Mode) -> CheckResult {
        let totals = |expression: &Expression| -> Option<Vec<f64>> {
            if mode == Mode::Corrected {
                return Some(
                    (0..self.ranges.len())
                        .map(|variant| self.values(expression, variant).iter().sum())
                        .collect(),
                );
            }
            let (column, _) = self.single(expression).ok()??;
            Some(
                self.ranges
                    .iter()
                    .map(|range| {
                        column
                            .counts
                            .get(range.clone())
                            .unwrap_or_default()
                            .iter()
                            .sum()
                    })
                    .collect(),
            )
        };
        if mode == Mode::Compat && read.check.kind != CheckKind::Srm {
            return read.check.skipped();
        }
        let nominator = read
            .nominator
            .as_ref()
            .map_or_else(|| Some(Vec::new()), totals);
        match nominator.zip(totals(&read.denominator)) {
            Some((nominator, denominator)) => read.check.result(&nominator, &denominator, mode),
            None => read.check.skipped(),
        }
    }
}
