use std::collections::{BTreeSet, HashSet};

use super::Mode;
use super::day::Day;
use super::difference::{Differences, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, Exposure, MetricResult};
use super::experiment::{Check, CheckKind, Experiment, Metric};
use super::expression::Expression;
use super::level::Level;
use super::metric::Case;

/// An experiment whose expressions are read: what both ways to evaluate it have in common.
pub(crate) struct Plan<'a> {
    experiment: &'a Experiment,
    pub(crate) metrics: Vec<ReadMetric<'a>>,
    checks: Vec<ReadCheck<'a>>,
    /// By name.
    pub(crate) variants: Vec<String>,
    control: usize,
    level: Level,
    mode: Mode,
}

impl<'a> Plan<'a> {
    /// From the experiment and the variants of all rows.
    pub(crate) fn read<'r>(
        experiment: &'a Experiment,
        seen: impl Iterator<Item = &'r str>,
        today: Day,
        mode: Mode,
    ) -> Result<Self, EvaluationError> {
        distinct(experiment)?;
        let metrics = experiment
            .metrics
            .iter()
            .map(|metric| ReadMetric::of(metric, mode))
            .collect::<Result<_, _>>()?;
        let checks = experiment
            .checks
            .iter()
            .map(|check| ReadCheck::of(check, mode))
            .collect::<Result<_, _>>()?;
        let variants = variants(experiment, seen);
        let control = control(experiment, &variants)?;
        Ok(Self {
            experiment,
            metrics,
            checks,
            variants,
            control,
            level: Level::of(experiment, today, mode),
            mode,
        })
    }

    /// All expressions.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let of_metrics = self.metrics.iter().flat_map(ReadMetric::expressions);
        of_metrics
            .chain(
                self.checks
                    .iter()
                    .flat_map(|check| check.nominator.iter().chain([&check.denominator])),
            )
            .collect()
    }

    /// All metrics and checks, by what knows the goals.
    pub(crate) fn evaluate<'r>(
        &self,
        exposures: impl Iterator<Item = (&'r str, f64)>,
        mut metric: impl FnMut(
            &Case<'_>,
            &ReadMetric<'_>,
            &mut Differences,
        ) -> Result<MetricResult, EvaluationError>,
        mut check: impl FnMut(&ReadCheck<'_>, &mut Differences) -> CheckResult,
    ) -> Result<Evaluation, EvaluationError> {
        let mut differences = Differences::default();
        let mut metrics = Vec::with_capacity(self.metrics.len());
        for read in &self.metrics {
            let case = Case {
                experiment: self.experiment,
                metric: read.metric,
                variants: &self.variants,
                control: self.control,
                level: self.level,
                mode: self.mode,
            };
            metrics.push(metric(&case, read, &mut differences)?);
        }
        let checks = self
            .checks
            .iter()
            .map(|read| check(read, &mut differences))
            .collect();
        Ok(Evaluation {
            id: self.experiment.id.clone(),
            metrics,
            checks,
            unit_type: self.experiment.unit_type.clone(),
            exposure: exposed(&self.variants, exposures),
            mode: self.mode,
            differences: differences.list,
        })
    }
}

/// A metric whose expressions are read.
pub(crate) struct ReadMetric<'a> {
    pub(crate) metric: &'a Metric,
    pub(crate) nominator: Expression,
    pub(crate) denominator: Expression,
    /// What counts units, for the delta method.
    pub(crate) units: Option<Expression>,
}

impl<'a> ReadMetric<'a> {
    fn of(metric: &'a Metric, mode: Mode) -> Result<Self, EvaluationError> {
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

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        [&self.nominator, &self.denominator]
            .into_iter()
            .chain(&self.units)
    }

    pub(crate) fn lacks_a_goal(&self) -> bool {
        self.nominator.goals().is_empty() || self.denominator.goals().is_empty()
    }

    /// What is told of the texts themselves.
    pub(crate) fn note(&self, differences: &mut Differences) {
        if self.expressions().any(Expression::has_decimal) {
            differences.note(Kind::Decimal, Some(self.metric.id));
        }
    }
}

/// A check whose expressions are read.
pub(crate) struct ReadCheck<'a> {
    pub(crate) check: &'a Check,
    pub(crate) nominator: Option<Expression>,
    pub(crate) denominator: Expression,
}

impl<'a> ReadCheck<'a> {
    fn of(check: &'a Check, mode: Mode) -> Result<Self, EvaluationError> {
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
fn variants<'a>(experiment: &Experiment, seen: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: BTreeSet<&str> = match &experiment.variants {
        Some(variants) => variants.iter().map(String::as_str).collect(),
        None => {
            // Rows of one variant often follow each other, or those of a few take turns.
            let mut last = [None; 4];
            let mut names = BTreeSet::from([experiment.control_variant.as_str()]);
            for name in seen {
                if !last.contains(&Some(name)) {
                    names.insert(name);
                    last.rotate_right(1);
                    last[0] = Some(name);
                }
            }
            names
        }
    };
    names.into_iter().map(str::to_owned).collect()
}

/// How many were exposed to each variant.
fn exposed<'a>(variants: &[String], rows: impl Iterator<Item = (&'a str, f64)>) -> Vec<Exposure> {
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
fn control(experiment: &Experiment, variants: &[String]) -> Result<usize, EvaluationError> {
    match variants.binary_search(&experiment.control_variant) {
        Ok(at) => Ok(at),
        Err(_) if experiment.metrics.is_empty() => Ok(0),
        Err(_) => Err(EvaluationError::Control(experiment.control_variant.clone())),
    }
}

fn read(text: &str, mode: Mode) -> Result<Expression, EvaluationError> {
    Expression::parse(text, mode).map_err(|error| EvaluationError::Expression {
        text: text.to_owned(),
        error,
    })
}
