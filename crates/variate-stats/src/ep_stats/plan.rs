use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Mode;
use super::day::Day;
use super::difference::{Differences, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, Exposure, MetricResult};
use super::experiment::{Check, CheckKind, Experiment, Metric};
use super::expression::Expression;
use super::level::Level;
use super::metric::{Case, Desk};
use super::parallel::in_parts;
use super::power::Thresholds;

/// An experiment whose expressions are read: what both ways to evaluate it have in common.
pub(crate) struct Plan<'a> {
    experiment: &'a Experiment,
    /// All expressions; metrics and checks know their places.
    pub(crate) expressions: Vec<Expression>,
    metrics: Vec<Texts>,
    checks: Vec<CheckTexts>,
    /// By name.
    pub(crate) variants: Vec<String>,
    control: usize,
    /// The planned share of each variant; none if they are equal.
    shares: Vec<f64>,
    level: Level,
    mode: Mode,
}

/// Where the expressions of a metric stand.
struct Texts {
    nominator: usize,
    denominator: usize,
    units: Option<usize>,
}

/// Where the expressions of a check stand.
struct CheckTexts {
    nominator: Option<usize>,
    denominator: usize,
}

/// Reads expressions; a denominator that metrics share is read once.
struct Reading<'a> {
    mode: Mode,
    expressions: Vec<Expression>,
    shared: Vec<(&'a str, usize)>,
}

/// How many denominators are kept in mind.
const SHARED: usize = 8;

impl<'a> Reading<'a> {
    fn read(&mut self, text: &str) -> Result<usize, EvaluationError> {
        let expression =
            Expression::parse(text, self.mode).map_err(|error| EvaluationError::Expression {
                text: text.to_owned(),
                error,
            })?;
        self.expressions.push(expression);
        Ok(self.expressions.len() - 1)
    }

    fn shared(&mut self, text: &'a str) -> Result<usize, EvaluationError> {
        if let Some((_, place)) = self.shared.iter().find(|(known, _)| *known == text) {
            return Ok(*place);
        }
        let place = self.read(text)?;
        if self.shared.len() < SHARED {
            self.shared.push((text, place));
        }
        Ok(place)
    }

    fn metric(&mut self, metric: &'a Metric) -> Result<Texts, EvaluationError> {
        let units = metric
            .products
            .as_ref()
            .filter(|_| self.mode == Mode::Corrected);
        let texts = Texts {
            nominator: self.read(&metric.nominator)?,
            denominator: self.shared(&metric.denominator)?,
            units: units
                .map(|products| self.shared(&products.units))
                .transpose()?,
        };
        let lacks_a_goal = [texts.nominator, texts.denominator].iter().any(|at| {
            self.expressions
                .get(*at)
                .is_none_or(|of| of.goals().is_empty())
        });
        if self.mode == Mode::Corrected && lacks_a_goal {
            return Err(EvaluationError::NoGoal { metrics: 1 });
        }
        Ok(texts)
    }

    fn check(&mut self, check: &'a Check) -> Result<CheckTexts, EvaluationError> {
        let nominator = check
            .nominator
            .as_deref()
            .filter(|_| check.kind != CheckKind::Srm);
        Ok(CheckTexts {
            nominator: nominator.map(|text| self.shared(text)).transpose()?,
            denominator: self.shared(&check.denominator)?,
        })
    }
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
        let mut reading = Reading {
            mode,
            expressions: Vec::with_capacity(experiment.metrics.len() + 4),
            shared: Vec::new(),
        };
        let metrics = experiment
            .metrics
            .iter()
            .map(|metric| reading.metric(metric))
            .collect::<Result<_, _>>()?;
        let checks = experiment
            .checks
            .iter()
            .map(|check| reading.check(check))
            .collect::<Result<_, _>>()?;
        let variants = variants(experiment, seen, mode)?;
        let control = control(experiment, &variants)?;
        let shares = match mode {
            Mode::Corrected if !experiment.shares.is_empty() => shares(experiment, &variants)?,
            _ => Vec::new(),
        };
        Ok(Self {
            experiment,
            expressions: reading.expressions,
            metrics,
            checks,
            variants,
            control,
            shares,
            level: Level::of(experiment, today, mode),
            mode,
        })
    }

    /// Its metrics.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = ReadMetric<'_>> {
        let metrics = self.experiment.metrics.iter().zip(&self.metrics);
        metrics.filter_map(|(metric, texts)| self.metric(metric, texts))
    }

    fn expression(&self, at: usize) -> Option<Read<'_>> {
        let expression = self.expressions.get(at)?;
        Some(Read { expression, at })
    }

    fn metric<'p>(&'p self, metric: &'p Metric, texts: &Texts) -> Option<ReadMetric<'p>> {
        Some(ReadMetric {
            metric,
            nominator: self.expression(texts.nominator)?,
            denominator: self.expression(texts.denominator)?,
            units: texts.units.and_then(|at| self.expression(at)),
        })
    }

    fn check<'p>(&'p self, check: &'p Check, texts: &CheckTexts) -> Option<ReadCheck<'p>> {
        Some(ReadCheck {
            check,
            nominator: texts.nominator.and_then(|at| self.expression(at)),
            denominator: self.expression(texts.denominator)?,
            shares: &self.shares,
        })
    }

    /// All metrics and checks, by what knows the goals; metrics on several cores, with at least `grain` for each.
    pub(crate) fn evaluate<'r>(
        &self,
        exposures: impl Iterator<Item = (&'r str, f64)>,
        grain: usize,
        metric: impl Fn(&Case<'_>, &ReadMetric<'_>, &mut Desk) -> Result<MetricResult, EvaluationError>
        + Sync,
        mut check: impl FnMut(&ReadCheck<'_>, &mut Differences) -> CheckResult,
    ) -> Result<Evaluation, EvaluationError> {
        let variants: Vec<Arc<str>> = self.variants.iter().map(|of| of.as_str().into()).collect();
        let thresholds = Thresholds::of(self.level.alpha, self.variants.len());
        let of = |read: &ReadMetric<'_>, desk: &mut Desk| {
            let case = Case {
                experiment: self.experiment,
                metric: read.metric,
                variants: &variants,
                control: self.control,
                level: self.level,
                thresholds,
                mode: self.mode,
            };
            metric(&case, read, desk)
        };
        let reads: Vec<ReadMetric<'_>> = self.metrics().collect();
        let parts = in_parts(&reads, grain, |reads| {
            let mut desk = Desk::default();
            let mut metrics = Vec::with_capacity(reads.len());
            for read in reads {
                metrics.push(of(read, &mut desk)?);
            }
            Ok::<_, EvaluationError>((metrics, desk.differences))
        });
        let mut metrics = Vec::new();
        let mut differences = Differences::default();
        for part in parts {
            let (part, noted) = part?;
            if metrics.is_empty() {
                (metrics, differences) = (part, noted);
                metrics.reserve(reads.len().saturating_sub(metrics.len()));
            } else {
                metrics.extend(part);
                differences.extend(noted);
            }
        }
        let checks = self.experiment.checks.iter().zip(&self.checks);
        let checks = checks
            .filter_map(|(of, texts)| self.check(of, texts))
            .map(|read| check(&read, &mut differences))
            .collect();
        Ok(Evaluation {
            id: self.experiment.id.clone(),
            metrics,
            checks,
            unit_type: self.experiment.unit_type.clone(),
            exposure: exposed(&self.variants, exposures),
            mode: self.mode,
            differences: differences.list,
            shared_units: 0,
        })
    }
}

/// An expression and its place among those of the plan.
#[derive(Clone, Copy)]
pub(crate) struct Read<'p> {
    expression: &'p Expression,
    pub(crate) at: usize,
}

impl<'p> Read<'p> {
    pub(crate) fn expression(&self) -> &'p Expression {
        self.expression
    }
}

impl std::ops::Deref for Read<'_> {
    type Target = Expression;

    fn deref(&self) -> &Expression {
        self.expression
    }
}

/// A metric whose expressions are read.
pub(crate) struct ReadMetric<'p> {
    pub(crate) metric: &'p Metric,
    pub(crate) nominator: Read<'p>,
    pub(crate) denominator: Read<'p>,
    /// What counts units, for the delta method.
    pub(crate) units: Option<Read<'p>>,
}

impl ReadMetric<'_> {
    pub(crate) fn lacks_a_goal(&self) -> bool {
        self.nominator.goals().is_empty() || self.denominator.goals().is_empty()
    }

    /// Whether it may divide by zero before nominator is divided by denominator.
    pub(crate) fn divides(&self) -> bool {
        self.nominator.divides() || self.denominator.divides()
    }

    /// What is told of the texts themselves.
    pub(crate) fn note(&self, differences: &mut Differences) {
        let mut all = [&self.nominator, &self.denominator]
            .into_iter()
            .chain(&self.units);
        if all.any(|read| read.has_decimal()) {
            differences.note(Kind::Decimal, Some(self.metric.id));
        }
    }
}

/// A check whose expressions are read.
pub(crate) struct ReadCheck<'p> {
    pub(crate) check: &'p Check,
    pub(crate) nominator: Option<Read<'p>>,
    pub(crate) denominator: Read<'p>,
    /// The planned share of each variant; none if they are equal.
    pub(crate) shares: &'p [f64],
}

/// The planned share of each variant.
fn shares(experiment: &Experiment, variants: &[String]) -> Result<Vec<f64>, EvaluationError> {
    let of = |variant: &String| {
        let share = experiment.shares.get(variant).copied();
        let share = share.filter(|share| *share > 0.0 && share.is_finite());
        share.ok_or_else(|| EvaluationError::Share(variant.clone()))
    };
    variants.iter().map(of).collect()
}

pub(crate) fn distinct(experiment: &Experiment) -> Result<(), EvaluationError> {
    // Most are numbered in their order.
    let mut pairs = experiment
        .metrics
        .iter()
        .zip(experiment.metrics.iter().skip(1));
    if pairs.all(|(metric, next)| metric.id < next.id) {
        return Ok(());
    }
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
fn variants<'a>(
    experiment: &Experiment,
    seen: impl Iterator<Item = &'a str>,
    mode: Mode,
) -> Result<Vec<String>, EvaluationError> {
    let names: BTreeSet<&str> = match &experiment.variants {
        Some(variants) => variants.iter().map(String::as_str).collect(),
        None => {
            // Rows of one variant often follow each other, or those of a few take turns.
            let mut last = [None; 4];
            let mut names = BTreeSet::new();
            for name in seen {
                if !last.contains(&Some(name)) {
                    names.insert(name);
                    last.rotate_right(1);
                    last[0] = Some(name);
                }
            }
            if mode == Mode::Corrected {
                names.extend(experiment.shares.keys().map(String::as_str));
            }
            let control = experiment.control_variant.as_str();
            let is_asked = mode == Mode::Corrected && !experiment.metrics.is_empty();
            if is_asked && !names.is_empty() && !names.contains(control) {
                return Err(without_control(control, &names));
            }
            names.insert(control);
            names
        }
    };
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn without_control(control: &str, others: &BTreeSet<&str>) -> EvaluationError {
    /// How many are named.
    const SOME: usize = 5;
    let mut names: Vec<String> = others
        .iter()
        .take(SOME)
        .map(|of| format!("{of:?}"))
        .collect();
    if let Some(more) = others.len().checked_sub(SOME).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    EvaluationError::NoControl {
        control: control.to_owned(),
        others: names.join(", "),
    }
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
