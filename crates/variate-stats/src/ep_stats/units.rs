use std::collections::{BTreeSet, HashMap};

use super::Mode;
use super::day::Day;
use super::difference::Kind;
use super::evaluation::{CheckResult, Evaluation, EvaluationError, MetricResult};
use super::experiment::{CheckKind, Experiment, Statistic};
use super::expression::{Aggregation, Expression, Function, Goal};
use super::metric::{Case, Desk};
use super::plan::{Plan, ReadCheck, ReadMetric};
use super::reason::Reason;
use super::row::Row as _;
use super::sample::{Sample, quantiles, winsorise};
use super::unit_places::UnitPlaces;
use super::unit_row::UnitRow;

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
    let units = Units::new(&plan.expressions, rows, &plan.variants, mode);
    let exposures = rows
        .iter()
        .filter(|row| row.is_exposure(&experiment.unit_type));
    let mut evaluation = plan.evaluate(
        exposures.map(|row| (row.exp_variant_id.as_str(), row.count)),
        1,
        |case, read, desk| units.metric(case, read, desk),
        |read, _| units.check(read, mode),
    )?;
    evaluation.shared_units = units.shared;
    Ok(evaluation)
}

/// What each unit did towards one goal; zeros for units that did nothing.
struct Column {
    counts: Vec<f64>,
    values: Vec<f64>,
    seen: bool,
}

type Key<'a> = (&'a str, &'a str, Vec<&'a str>);

/// A row for each unit, a column for each goal.
struct Units<'a> {
    dimensions: Vec<&'a str>,
    columns: Vec<(Key<'a>, Column)>,
    /// Where a goal's column stands.
    found: HashMap<Key<'a>, usize>,
    /// Whether a unit has any row with these values of dimensions: only such units are there for goals that ask for them.
    present: Vec<(Vec<&'a str>, Vec<bool>)>,
    /// Where the units of each variant begin and end.
    ranges: Vec<std::ops::Range<usize>>,
    /// How many units are of several variants.
    shared: u64,
    mode: Mode,
}

/// How many columns are looked through one by one, which is quicker than a search for the first few.
const FEW: usize = 8;

impl<'a> Units<'a> {
    fn new(
        expressions: &'a [Expression],
        rows: &'a [UnitRow],
        variants: &[String],
        mode: Mode,
    ) -> Self {
        let goals = || expressions.iter().flat_map(Expression::goals);
        let dimensions: BTreeSet<&str> = goals()
            .flat_map(|goal| &goal.dimensions)
            .map(|(name, _)| name.as_str())
            .collect();
        let places = UnitPlaces::new(rows, variants);
        let count = places.len();
        let mut units = Self {
            dimensions: dimensions.into_iter().collect(),
            columns: Vec::new(),
            found: HashMap::new(),
            present: Vec::new(),
            ranges: places.ranges,
            shared: places.shared,
            mode,
        };
        for goal in goals().filter(|goal| goal.aggregation == Aggregation::Unit) {
            let key = units.key(goal);
            if !units.found.contains_key(&key) {
                if !units.present.iter().any(|(of, _)| *of == key.2) {
                    units.present.push((key.2.clone(), vec![false; count]));
                }
                units.found.insert(key.clone(), units.columns.len());
                let column = Column {
                    counts: vec![0.0; count],
                    values: vec![0.0; count],
                    seen: false,
                };
                units.columns.push((key, column));
            }
        }
        for (row, place) in rows.iter().zip(&places.of_rows) {
            if let Some(place) = place {
                units.add(row, *place as usize);
            }
        }
        units
    }

    fn add(&mut self, row: &'a UnitRow, place: usize) {
        // Without dimensions this takes no memory.
        let of: Vec<&str> = self
            .dimensions
            .iter()
            .map(|name| row.dimension_value(name))
            .collect();
        let mut present = self.present.iter_mut();
        if let Some((_, present)) = present.find(|(known, _)| *known == of)
            && let Some(present) = present.get_mut(place)
        {
            *present = true;
        }
        let key = (row.unit_type.as_str(), row.goal.as_str(), of);
        let column = if self.columns.len() <= FEW {
            self.columns.iter_mut().find(|(known, _)| *known == key)
        } else {
            let at = self.found.get(&key).copied();
            at.and_then(|at| self.columns.get_mut(at))
        };
        let Some((_, column)) = column else {
            return;
        };
        column.seen = true;
        let drops = self.mode == Mode::Compat;
        let number = |value: f64| if drops && value.is_nan() { 0.0 } else { value };
        if let (Some(count), Some(value)) =
            (column.counts.get_mut(place), column.values.get_mut(place))
        {
            *count += number(row.count);
            *value += number(row.sum_value);
        }
    }

    /// The column of a goal by unit.
    fn column(&self, key: &Key<'_>) -> Option<&Column> {
        let at = self.found.get(key)?;
        self.columns.get(*at).map(|(_, column)| column)
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
        let mut present = self.present.iter();
        let present =
            present.find_map(|(of, present)| (*of == key.2).then_some(present.as_slice()));
        let column = self
            .column(&key)
            .filter(|column| column.seen)
            .ok_or_else(unknown)?;
        Ok(Some((column, present.ok_or_else(unknown)?)))
    }

    /// The column of each goal of an expression; none for global ones.
    fn columns(&self, expression: &Expression) -> impl Iterator<Item = Option<&Column>> {
        let of_units = |goal: &&Goal| goal.aggregation == Aggregation::Unit;
        let goals = expression.goals().iter();
        goals.map(move |goal| {
            Some(goal)
                .filter(of_units)
                .and_then(|goal| self.column(&self.key(goal)))
        })
    }

    /// Whether a row is of each of its goals.
    fn knows(&self, expression: &Expression) -> bool {
        self.columns(expression)
            .all(|column| column.is_some_and(|column| column.seen))
    }

    /// What is wrong with the goals of an expression in a variant.
    fn fault(&self, expression: &Expression, variant: usize) -> Option<Reason> {
        let range = self.ranges.get(variant).cloned().unwrap_or_default();
        let mut columns = self.columns(expression).zip(expression.goals());
        columns.find_map(|(column, goal)| {
            let counts = goal.function != Function::Value;
            let column = column?;
            let of = if counts {
                &column.counts
            } else {
                &column.values
            };
            let of = of.get(range.clone()).unwrap_or_default();
            if of.iter().any(|value| value.is_nan()) {
                return Some(Reason::NotANumber);
            }
            let is_negative = counts && of.iter().any(|count| *count < 0.0);
            is_negative.then_some(Reason::NegativeCount)
        })
    }

    /// The value of an expression for each unit of a variant.
    fn values(&self, expression: &Expression, variant: usize) -> Vec<f64> {
        let columns: Vec<Option<&Column>> = self.columns(expression).collect();
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
        desk: &mut Desk,
    ) -> Result<MetricResult, EvaluationError> {
        let mut samples = self.samples(read, case.mode)?;
        winsorise(
            &mut samples,
            case.metric.outlier_lower_percentile,
            case.metric.outlier_upper_percentile,
        );
        desk.arms.clear();
        let arms = samples.iter().map(|sample| sample.arm(case.mode));
        desk.arms.extend(arms);
        let knows = self.knows(&read.nominator) && self.knows(&read.denominator);
        if case.mode == Mode::Corrected {
            for (variant, arm) in desk.arms.iter_mut().enumerate() {
                let fault = self.fault(&read.nominator, variant);
                *arm = match fault.or_else(|| self.fault(&read.denominator, variant)) {
                    Some(reason) => arm.faulty(reason),
                    None if knows => arm.divided(arm.n, read.divides()),
                    None => *arm,
                };
            }
        }
        match case.metric.statistic {
            Statistic::Mean => desk.compare(case),
            Statistic::Quantile(probability) => {
                desk.comparisons = quantiles(&samples, &mut desk.arms, case, probability);
            }
        }
        let differences = &mut desk.differences;
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
        let mut result = case.result(desk);
        if case.mode == Mode::Corrected && !knows {
            let unknown = [&read.nominator, &read.denominator]
                .into_iter()
                .flat_map(|of| {
                    let columns = self.columns(of).zip(of.goals());
                    columns.filter(|(column, _)| !column.is_some_and(|column| column.seen))
                });
            result.lacks(unknown.map(|(_, goal)| goal.to_string()));
        }
        Ok(result)
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
            .map_or_else(|| Some(Vec::new()), |read| totals(read));
        match nominator.zip(totals(&read.denominator)) {
            Some((nominator, denominator)) => {
                read.check
                    .result(&nominator, &denominator, read.shares, mode)
            }
            None => read.check.skipped(),
        }
    }
}
