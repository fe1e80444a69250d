#[cfg(feature = "dashboard")]
pub(super) mod check;
#[cfg(feature = "dashboard")]
pub(super) mod matrix;
mod over;
mod problems;
mod progress;
mod undeclared;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NameError, StrDeserializer};
use variate::{Better, Metric, MetricKind, MetricRole, Plan, Variant};
use variate_stats::evaluation::{
    self, Evaluation, EvaluationError, Observed, Reading, Role, Warning, decide, evaluate,
};
use variate_stats::multiplicity::Adjustment;

use super::end::End;
use super::forecast::{Pace, forecast};
use super::measuring::{Measuring, Unmeasured, days, exposures, natural};
use super::series::series;
use super::{About, DataProblem, DayOfUnits, ExperimentPlan, LiveEvaluation, LiveMetric, State};
use crate::event::is_exposure;
use crate::goals::EXPOSURE;
use crate::{Day, ExperimentInfo, ExperimentTallies};

impl LiveEvaluation {
    /// Of what was counted until `now`, in milliseconds since the Unix epoch, by what is declared. Without a plan, every action that was
    /// seen is a conversion, and all variants have equal shares.
    ///
    /// # Errors
    ///
    /// When the plan contradicts itself. What is missing is no error: it comes with a reason.
    pub fn of(
        tallies: &ExperimentTallies,
        plan: Option<&ExperimentPlan>,
        now: u64,
    ) -> Result<Self, EvaluationError> {
        Evaluating::new(tallies, plan, Day::of_millis(now)).evaluate(now)
    }

    /// What [`LiveEvaluation::of`] would decide, and nothing that does not enter a decision: no series, forecasts or posteriors. For
    /// very many looks, as simulations have them.
    ///
    /// # Errors
    ///
    /// As [`LiveEvaluation::of`].
    pub fn decide(
        tallies: &ExperimentTallies,
        plan: Option<&ExperimentPlan>,
        now: u64,
    ) -> Result<Evaluation, EvaluationError> {
        let this = Evaluating::new(tallies, plan, Day::of_millis(now));
        let (_, end, read_on) = this.exposures_and_end();
        let plan = this.stats_plan(end, read_on);
        decide(&plan, &this.observed(read_on).0)
    }
}

/// What an evaluation is made of.
struct Evaluating<'t> {
    tallies: &'t ExperimentTallies,
    declared: Option<&'t ExperimentPlan>,
    about: About,
    plan: Plan,
    metrics: Vec<Metric>,
    /// Those that count, the control first.
    variants: Vec<String>,
    today: Day,
}

impl<'t> Evaluating<'t> {
    fn new(
        tallies: &'t ExperimentTallies,
        declared: Option<&'t ExperimentPlan>,
        today: Day,
    ) -> Self {
        let metrics = declared.map_or(&[] as &[_], |of| of.metrics.as_slice());
        let metrics = if metrics.is_empty() {
            conversions(tallies)
        } else {
            metrics.to_vec()
        };
        Self {
            tallies,
            declared,
            about: declared.map_or_else(About::default, |of| of.about.clone()),
            plan: declared.map_or_else(Plan::default, |of| of.plan.clone()),
            metrics,
            variants: variants(&tallies.info, declared),
            today,
        }
    }

    fn evaluate(&self, now: u64) -> Result<LiveEvaluation, EvaluationError> {
        let (exposures, end, read_on) = self.exposures_and_end();
        let plan = self.stats_plan(end, read_on);
        let (observed, unmeasured) = self.observed(read_on);
        let mut evaluation = evaluate(&plan, &observed)?;
        let state = self.state(read_on, now);
        self.conclude(&mut evaluation, &exposures, state, read_on);
        let days = days(self.tallies, &self.metrics, &self.variants);
        let (first, last) = (exposures.first(), exposures.last());
        let (first, last) = (first.map(|of| of.day), last.map(|of| of.day));
        let pace = Pace::new(first, last, self.today);
        let goes_on = read_on.is_none() && !state.is_over() && state != State::Off;
        let metrics = self.metrics(
            &plan,
            &evaluation,
            &observed,
            &days,
            (&exposures, &pace),
            goes_on,
        )?;
        let data_problems = self.problems(unmeasured, read_on, &exposures);
        let no_events = |of: &DataProblem| matches!(of, DataProblem::NoEvents { .. });
        if data_problems.iter().any(no_events) {
            // That goes without saying.
            evaluation.warnings.retain(|of| *of != Warning::NoUnits);
        }
        let progress = self.progress(end, read_on, &evaluation, &metrics, &exposures, &pace);
        // The evaluation names variants that were planned and never came.
        let order = evaluation.variants.iter();
        let order: Vec<Option<usize>> = order
            .map(|of| self.variants.iter().position(|name| *name == of.name))
            .collect();
        let skipped = exposures.len().saturating_sub(LiveEvaluation::MOST_DAYS);
        let exposures = exposures.into_iter().skip(skipped).map(|of| DayOfUnits {
            units: order
                .iter()
                .map(|at| at.and_then(|at| of.units.get(at)).copied().unwrap_or(0))
                .collect(),
            ..of
        });
        Ok(LiveEvaluation {
            version: LiveEvaluation::VERSION,
            at: now,
            experiment: self.tallies.info.clone(),
            declared: self.declared.map(|of| of.about.clone()),
            plan: self.plan.clone(),
            has_declared_metrics: self.has_declared_metrics(),
            state,
            first_day: days.first().copied(),
            last_day: days.last().copied(),
            read_on,
            progress,
            evaluation,
            metrics,
            exposures: exposures.collect(),
            data_problems,
        })
    }

    fn has_declared_metrics(&self) -> bool {
        self.declared.is_some_and(|of| !of.metrics.is_empty())
    }

    fn is_off(&self) -> bool {
        self.declared.is_some() && !self.about.enabled
    }

    fn state(&self, read_on: Option<Day>, now: u64) -> State {
        let about = self.declared.map(|of| &of.about);
        State::of(&self.tallies.info, about, read_on.is_some(), now)
    }

    /// What the statistics do not know: what nobody declared, and what people have done.
    fn conclude(
        &self,
        evaluation: &mut Evaluation,
        exposures: &[DayOfUnits],
        state: State,
        read_on: Option<Day>,
    ) {
        if !self.has_declared_metrics() {
            undeclared::conclude(evaluation);
        }
        let last = exposures.last().map(|of| of.day);
        over::conclude(evaluation, &self.tallies.info, last);
        if read_on.is_none() {
            over::conclude_still(evaluation, state);
        }
    }

    /// How many units came on each day, the planned end, and the last day that is read where that is there.
    fn exposures_and_end(&self) -> (Vec<DayOfUnits>, End, Option<Day>) {
        let exposures = self.exposures();
        let first = exposures.first().map(|of| of.day);
        let end = End::of(&self.plan, &self.about, first);
        let mut sum = 0;
        let cumulative = exposures.iter().map(|of| {
            sum += of.units.iter().sum::<i64>();
            (of.day, natural(sum))
        });
        let read_on = end.reached(cumulative, self.today);
        (exposures, end, read_on)
    }

    fn measuring(&self) -> Measuring<'_> {
        Measuring::new(self.tallies, &self.metrics, &self.variants)
    }

    /// All until the day that is read, and what is not measured.
    fn observed(&self, read_on: Option<Day>) -> (Observed, Vec<(&Metric, &str, Unmeasured)>) {
        let mut measuring = self.measuring();
        measuring.move_to(read_on);
        measuring.observed()
    }

    /// How many units came on each day, in the order of the variants.
    fn exposures(&self) -> Vec<DayOfUnits> {
        let mut measuring = Measuring::new(self.tallies, &[], &self.variants);
        let days = days(self.tallies, &[], &self.variants);
        let mut before = vec![0; self.variants.len()];
        let mut crossovers = 0;
        let day = |day| {
            measuring.move_to(Some(day));
            let now: Vec<i64> = measuring.units().map(u64::cast_signed).collect();
            let units = now.iter().zip(&before).map(|(now, before)| now - before);
            let of = DayOfUnits {
                day,
                units: units.collect(),
                crossovers: measuring.crossovers() - crossovers,
            };
            before = now;
            crossovers = measuring.crossovers();
            of
        };
        days.into_iter().map(day).collect()
    }

    /// As the statistics take it.
    fn stats_plan(&self, end: End, read_on: Option<Day>) -> evaluation::Plan {
        let control = self
            .variants
            .first()
            .map_or(Variant::CONTROL, String::as_str);
        let mut plan = evaluation::Plan::new(&self.tallies.info.name, control);
        plan.alpha = self.plan.alpha;
        plan.power = self.plan.power;
        plan.adjustment = adjustment(&self.plan.adjustment);
        plan.units = end.units;
        plan.reading = Some(match read_on {
            Some(_) => Reading::Fixed,
            None => Reading::AlwaysValid,
        });
        if let Some(declared) = self.declared {
            let of_these = |name: &&String| declared.shares.get(*name).copied();
            let shares = self.variants.iter().filter_map(|name| {
                let share = of_these(&name).filter(|share| *share > 0.0)?;
                Some((name.clone(), share))
            });
            let shares: BTreeMap<_, _> = shares.collect();
            let are_planned = shares.len() == self.variants.len();
            plan.checks_split =
                declared.checks_split && (are_planned || declared.shares.is_empty());
            if are_planned {
                plan.shares = shares;
            }
        }
        plan.metrics = self.metrics.iter().map(stats_metric).collect();
        plan
    }

    fn metrics(
        &self,
        plan: &evaluation::Plan,
        evaluation: &Evaluation,
        observed: &Observed,
        days: &BTreeSet<Day>,
        (exposures, pace): (&[DayOfUnits], &Pace),
        goes_on: bool,
    ) -> Result<Vec<LiveMetric>, EvaluationError> {
        let mut series = series(plan, self.measuring(), days)?.into_iter();
        let of = |name: &str| observed.variants.iter().find(|of| of.name == name);
        let control = of(&plan.control);
        let metric = |(metric, evaluated): (&Metric, &evaluation::MetricEvaluation)| {
            let alike = evaluation.metrics.iter();
            let alike = alike.filter(|of| of.role == evaluated.role);
            let comparisons = alike.map(|of| of.comparisons.len()).sum();
            let forecasts = evaluated.comparisons.iter().map(|comparison| {
                let treatment = of(&comparison.variant);
                let both = [&plan.control, &comparison.variant];
                let at = both.map(|name| self.variants.iter().position(|of| of == name));
                let a_day = pace.of(exposures.iter().map(|of| {
                    let units = at.iter().flatten().filter_map(|at| of.units.get(*at));
                    (of.day, units.sum())
                }));
                let sample = |of: Option<&evaluation::ObservedVariant>| {
                    of.and_then(|of| of.samples.get(&metric.name)).copied()
                };
                let units = |of: Option<&evaluation::ObservedVariant>| of.map_or(0, |of| of.units);
                let forecast = forecast(
                    &self.plan,
                    evaluated.better,
                    comparison,
                    (sample(control).as_ref(), sample(treatment).as_ref()),
                    (units(control), units(treatment)),
                    comparisons,
                    a_day,
                );
                if goes_on {
                    forecast
                } else {
                    forecast.without_days()
                }
            });
            let forecasts = forecasts.collect();
            let series = series.next();
            let (values, effects) = series.map(|of| (of.values, of.effects)).unwrap_or_default();
            LiveMetric {
                metric: metric.clone(),
                counts: metric.kind.to_string(),
                forecasts,
                values,
                effects,
            }
        };
        let metrics = self.metrics.iter().zip(&evaluation.metrics);
        Ok(metrics.map(metric).collect())
    }
}

/// The control first. Of a declared experiment those that it declares and that get a share.
fn variants(info: &ExperimentInfo, declared: Option<&ExperimentPlan>) -> Vec<String> {
    let mut variants: Vec<String> = match declared {
        Some(declared) => {
            let is_planned = |name: &&String| {
                !declared.checks_split
                    || declared.shares.is_empty()
                    || declared.shares.get(*name).is_some_and(|share| *share > 0.0)
            };
            declared
                .variants
                .iter()
                .filter(is_planned)
                .cloned()
                .collect()
        }
        None => info.variants.clone(),
    };
    let has = |name: &str| variants.iter().any(|of| of == name);
    let control = match (&info.control, declared) {
        (Some(control), _) => control.clone(),
        (None, Some(declared)) if !declared.variants.is_empty() => {
            declared.variants.first().cloned().unwrap_or_default()
        }
        _ if has(Variant::CONTROL) => Variant::CONTROL.to_owned(),
        _ => variants
            .first()
            .cloned()
            .unwrap_or_else(|| Variant::CONTROL.to_owned()),
    };
    variants.retain(|name| *name != control);
    variants.insert(0, control);
    variants
}

/// The actions that were seen, besides exposures.
fn acted(info: &ExperimentInfo) -> impl Iterator<Item = &String> {
    let actions = info.actions.iter();
    actions.filter(|action| !is_exposure(action) && *action != EXPOSURE)
}

/// One for each action that was seen; of too many, for those that most units did.
fn conversions(tallies: &ExperimentTallies) -> Vec<Metric> {
    let mut actions: Vec<&String> = acted(&tallies.info).collect();
    if actions.len() > LiveEvaluation::MOST_CONVERSIONS {
        let mut units: BTreeMap<&str, i64> = BTreeMap::new();
        for cell in &tallies.cells {
            *units.entry(&cell.action).or_default() += cell.total.counted.units;
        }
        let units = |action: &String| units.get(action.as_str()).copied().unwrap_or(0);
        // Equals stay in the order of their names.
        actions.sort_by_key(|action| std::cmp::Reverse(units(action)));
        actions.truncate(LiveEvaluation::MOST_CONVERSIONS);
        actions.sort();
    }
    let conversion = |action| Metric::new(action, MetricKind::conversion(action));
    actions.into_iter().map(conversion).collect()
}

fn stats_metric(metric: &Metric) -> evaluation::Metric {
    let mut of = evaluation::Metric::new(&metric.name).role(match metric.role {
        MetricRole::Primary => Role::Primary,
        MetricRole::Secondary => Role::Secondary,
        MetricRole::Guardrail => Role::Guardrail,
    });
    if metric.better == Better::Less {
        of = of.less_is_better();
    }
    of.minimum_effect = metric.minimum_effect;
    of
}

/// Names are checked where they are declared; Holm's holds under any dependence.
fn adjustment(name: &str) -> Adjustment {
    let name: StrDeserializer<'_, NameError> = name.into_deserializer();
    Adjustment::deserialize(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_adjustment_that_can_be_declared_is_one() {
        let known: BTreeSet<&str> = Plan::ADJUSTMENTS
            .iter()
            .map(|name| adjustment(name).in_words())
            .collect();
        assert_eq!(known.len(), Plan::ADJUSTMENTS.len());
    }
}
