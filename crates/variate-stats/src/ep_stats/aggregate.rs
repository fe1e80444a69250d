use std::collections::{BTreeSet, HashSet};

use super::Mode;
use super::arm::{Arm, Comparison, Moments};
use super::day::Day;
use super::difference::{Difference, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, Exposure, MetricResult};
use super::experiment::{Check, CheckKind, Experiment, Metric, Statistic};
use super::expression::{Aggregation, Expression};
use super::goal_row::GoalRow;
use super::level::Level;
use super::metric::Case;
use super::sums_table::SumsTable;

/// Evaluates an experiment from sums of goals.
///
/// ```
/// use variate_stats::ep_stats::{Aggregation, Day, Experiment, GoalRow, Metric, Mode, evaluate};
///
/// let experiment = Experiment::new("checkout", "a", "user")
///     .metric(Metric::new(1, "Conversion", "count(user.unit.purchase)", "count(user.global.exposure)"));
/// let row = |variant, aggregation, goal, count| GoalRow::new(variant, "user", aggregation, goal).counted(count);
/// let rows = [
///     row("a", Aggregation::Global, "exposure", 1000.0),
///     row("a", Aggregation::Unit, "purchase", 100.0),
///     row("b", Aggregation::Global, "exposure", 1000.0),
///     row("b", Aggregation::Unit, "purchase", 130.0),
/// ];
/// let evaluation = evaluate(&experiment, &rows, Day::from_epoch(20_000), Mode::Corrected)?;
/// let b = &evaluation.metrics[0].stats[1];
/// assert!((b.diff - 0.3).abs() < 1e-12 && b.p_value < 0.1);
/// # Ok::<(), variate_stats::ep_stats::EvaluationError>(())
/// ```
///
/// # Errors
///
/// An expression cannot be read or has no goal, control is not one of the variants, two metrics have one id, or a metric asks
/// for a quantile.
pub fn evaluate(
    experiment: &Experiment,
    rows: &[GoalRow],
    today: Day,
    mode: Mode,
) -> Result<Evaluation, EvaluationError> {
    distinct(experiment)?;
    if let Some(metric) = experiment
        .metrics
        .iter()
        .find(|metric| metric.statistic != Statistic::Mean)
    {
        return Err(EvaluationError::Quantile(metric.id));
    }
    let metrics = experiment
        .metrics
        .iter()
        .map(|metric| ReadMetric::of(metric, mode))
        .collect::<Result<Vec<_>, _>>()?;
    let checks = experiment
        .checks
        .iter()
        .map(|check| ReadCheck::of(check, mode))
        .collect::<Result<Vec<_>, _>>()?;
    let expressions = expressions(&metrics, &checks);

    let variants = variants(
        experiment,
        rows.iter().map(|row| row.exp_variant_id.as_str()),
    );
    let control = control(experiment, &variants)?;
    if mode == Mode::Compat && metrics.iter().any(ReadMetric::lacks_a_goal) {
        return Err(EvaluationError::NoGoal {
            metrics: metrics.len(),
        });
    }
    let table = SumsTable::new(&expressions, rows, &variants);
    let level = Level::of(experiment, today, mode);

    let mut differences = Vec::new();
    let results = metrics
        .iter()
        .map(|read| {
            let case = Case {
                experiment,
                metric: read.metric,
                variants: &variants,
                control,
                level,
                mode,
            };
            read.evaluate(&case, &table, &mut differences)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let checks = checks
        .iter()
        .map(|read| read.evaluate(&table, mode, &mut differences))
        .collect();
    let exposures = rows.iter().filter(|row| {
        row.goal == "exposure"
            && row.agg_type == Aggregation::Global
            && row.unit_type == experiment.unit_type
    });
    let exposure = exposed(
        &variants,
        exposures.map(|row| (row.exp_variant_id.as_str(), row.count)),
    );
    Ok(Evaluation {
        id: experiment.id.clone(),
        metrics: results,
        checks,
        unit_type: experiment.unit_type.clone(),
        exposure,
        mode,
        differences,
    })
}

/// All expressions of an experiment.
pub(crate) fn expressions<'a>(
    metrics: &'a [ReadMetric<'_>],
    checks: &'a [ReadCheck<'_>],
) -> Vec<&'a Expression> {
    let of_metrics = metrics.iter().flat_map(ReadMetric::expressions);
    of_metrics
        .chain(
            checks
                .iter()
                .flat_map(|check| check.nominator.iter().chain([&check.denominator])),
        )
        .collect()
}

pub(crate) fn distinct(experiment: &Experiment) -> Result<(), EvaluationError> {
    let mut ids = HashSet::new();
    match experiment
        .metrics
        .iter()
        .find(|metric| !ids.insert(metric.id))
    {
        Some(metric) => Err(EvaluationError::Duplicate(metric.id)),
        None => Ok(()),
    }
}

/// The variants by name: those asked for, or those that have goals, and control.
pub(crate) fn variants<'a>(
    experiment: &Experiment,
    seen: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let names: BTreeSet<&str> = match &experiment.variants {
        Some(variants) => variants.iter().map(String::as_str).collect(),
        None => {
            // Rows of one variant often follow each other.
            let mut names = BTreeSet::from([experiment.control_variant.as_str()]);
            let mut last = "";
            for name in seen {
                if name != last {
                    names.insert(name);
                    last = name;
                }
            }
            names
        }
    };
    names.into_iter().map(str::to_owned).collect()
}

/// How many were exposed to each variant.
pub(crate) fn exposed<'a>(
    variants: &[String],
    rows: impl Iterator<Item = (&'a str, f64)>,
) -> Vec<Exposure> {
    let none = |variant: &String| Exposure {
        exp_variant_id: variant.clone(),
        count: 0.0,
    };
    let mut exposures: Vec<Exposure> = variants.iter().map(none).collect();
    for (variant, count) in rows.filter(|(_, count)| !count.is_nan()) {
        let at = variants.binary_search_by(|name| name.as_str().cmp(variant));
        if let Some(exposure) = at.ok().and_then(|at| exposures.get_mut(at)) {
            exposure.count += count;
        }
    }
    exposures
}

/// Which of the variants is control; without metrics nobody asks.
pub(crate) fn control(
    experiment: &Experiment,
    variants: &[String],
) -> Result<usize, EvaluationError> {
    match variants.binary_search(&experiment.control_variant) {
        Ok(at) => Ok(at),
        Err(_) if experiment.metrics.is_empty() => Ok(0),
        Err(_) => Err(EvaluationError::Control(experiment.control_variant.clone())),
    }
}

pub(crate) fn read(text: &str, mode: Mode) -> Result<Expression, EvaluationError> {
    Expression::parse(text, mode).map_err(|error| EvaluationError::Expression {
        text: text.to_owned(),
        error,
    })
}

pub(crate) struct ReadMetric<'a> {
    pub(crate) metric: &'a Metric,
    pub(crate) nominator: Expression,
    pub(crate) denominator: Expression,
    units: Option<Expression>,
}

impl<'a> ReadMetric<'a> {
    pub(crate) fn of(metric: &'a Metric, mode: Mode) -> Result<Self, EvaluationError> {
        let units = metric.products.as_ref().filter(|_| mode == Mode::Corrected);
        let read = Self {
            metric,
            nominator: read(&metric.nominator, mode)?,
            denominator: read(&metric.denominator, mode)?,
            units: units
                .map(|products| read(&products.units, mode))
                .transpose()?,
        };
        if mode == Mode::Corrected && read.lacks_a_goal() {
            return Err(EvaluationError::NoGoal { metrics: 1 });
        }
        Ok(read)
    }

    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        [&self.nominator, &self.denominator]
            .into_iter()
            .chain(&self.units)
    }

    fn lacks_a_goal(&self) -> bool {
        self.nominator.goals().is_empty() || self.denominator.goals().is_empty()
    }

    /// What is told of the texts themselves.
    pub(crate) fn note(&self, differences: &mut Vec<Difference>) {
        if self.expressions().any(Expression::has_decimal) {
            Evaluation::differs(differences, Kind::Decimal, Some(self.metric.id));
        }
    }

    fn evaluate(
        &self,
        case: &Case<'_>,
        table: &SumsTable<'_>,
        differences: &mut Vec<Difference>,
    ) -> Result<MetricResult, EvaluationError> {
        let nominator = table.find(&self.nominator);
        let denominator = table.find(&self.denominator);
        let units = self.units.as_ref().map(|units| (units, table.find(units)));
        let sound = case.mode == Mode::Compat || self.nominator.has_square();
        let mut surprising = false;
        let arms: Vec<Arm> = (0..case.variants.len())
            .map(|variant| {
                let sums = |goals: &[usize], at| table.sums(goals, at, variant);
                let moments = Moments {
                    n: table.value(&self.denominator, &denominator, variant),
                    sum: table.value(&self.nominator, &nominator, variant),
                    square: self
                        .nominator
                        .square(|at| match self.nominator.goals().get(at) {
                            Some(goal) => sums(&nominator, at).square(goal.function),
                            None => f64::NAN,
                        }),
                };
                for (expression, goals) in [
                    (&self.nominator, &nominator),
                    (&self.denominator, &denominator),
                ] {
                    let usual = expression
                        .conventional_value(|at| table.goal(expression, goals, at, variant));
                    let own = || table.value(expression, goals, variant);
                    surprising |=
                        usual.is_some_and(|usual| (usual - own()).abs() > 1e-12 * usual.abs());
                }
                match (&units, &self.metric.products) {
                    (Some((units, goals)), Some(products)) => {
                        let n = table.value(units, goals, variant);
                        let square =
                            self.denominator
                                .square(|at| match self.denominator.goals().get(at) {
                                    Some(goal) => sums(&denominator, at).square(goal.function),
                                    None => f64::NAN,
                                });
                        let name = case.variants.get(variant);
                        let product = name
                            .and_then(|name| products.sums.get(name))
                            .copied()
                            .unwrap_or(f64::NAN);
                        Arm::ratio(
                            Moments { n, ..moments },
                            Moments {
                                n,
                                sum: moments.n,
                                square,
                            },
                            product,
                        )
                    }
                    _ if sound => Arm::new(moments, case.mode),
                    _ => Arm::without_variance(moments),
                }
            })
            .collect();
        if case.mode == Mode::Corrected {
            self.note(differences);
            let mut note = |kind| Evaluation::differs(differences, kind, Some(self.metric.id));
            if units.is_some() {
                note(Kind::DeltaMethod);
            }
            if !sound {
                note(Kind::Variance);
            }
            if surprising {
                note(Kind::Precedence);
            }
        }
        let comparisons: Vec<Comparison> = match arms.get(case.control) {
            Some(control) => arms
                .iter()
                .map(|arm| Comparison::welch(control, arm, case.mode))
                .collect(),
            None => {
                return Err(EvaluationError::Control(
                    case.experiment.control_variant.clone(),
                ));
            }
        };
        Ok(case.result(&arms, &comparisons, differences))
    }
}

pub(crate) struct ReadCheck<'a> {
    pub(crate) check: &'a Check,
    pub(crate) nominator: Option<Expression>,
    pub(crate) denominator: Expression,
}

impl<'a> ReadCheck<'a> {
    pub(crate) fn of(check: &'a Check, mode: Mode) -> Result<Self, EvaluationError> {
        let nominator = check
            .nominator
            .as_deref()
            .filter(|_| check.kind != CheckKind::Srm);
        Ok(Self {
            check,
            nominator: nominator.map(|text| read(text, mode)).transpose()?,
            denominator: read(&check.denominator, mode)?,
        })
    }

    fn evaluate(
        &self,
        table: &SumsTable<'_>,
        mode: Mode,
        differences: &mut Vec<Difference>,
    ) -> CheckResult {
        if mode == Mode::Corrected && self.check.kind == CheckKind::MaxRatio {
            Evaluation::differs(differences, Kind::MaxRatio, None);
        }
        let values = |expression: &Expression| {
            let goals = table.find(expression);
            (0..table.variants)
                .map(|variant| table.value(expression, &goals, variant))
                .collect::<Vec<_>>()
        };
        let nominator = self.nominator.as_ref().map(values).unwrap_or_default();
        self.check
            .result(&nominator, &values(&self.denominator), mode)
    }
}
