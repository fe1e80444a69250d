use std::collections::{HashMap, HashSet};

use super::arm::Measure;
use super::day::Day;
use super::difference::Kind;
use super::evaluation::{Evaluation, MetricResult, MetricStat};
use super::experiment::Experiment;
use super::level::Level;
use super::reason::Reason;
use crate::bayesian::Better;
use crate::evaluation::{
    self, Effect, Estimated, EvaluationError, Metric, MetricEvaluation, Observed, ObservedVariant,
    Plan, PlannedLook, Role, Sample, Warning,
};
use crate::{Interval, Moments};

impl Evaluation {
    /// The same experiment as one that is read with the effect, its always-valid p-value, warnings and a conclusion in plain
    /// words.
    ///
    /// The first metric is the primary one, the others are secondary; great values are wanted, and small ones where the minimum effect is
    /// negative. With a period, each day is a look at the
    /// level that stands beside the numbers, and the last day is the end; without one, the experiment is read at any time. Units are those
    /// that were exposed, in the planned shares.
    ///
    /// # Errors
    ///
    /// When a name is there twice, or a minimum effect or the confidence level is none.
    pub fn decision(
        &self,
        experiment: &Experiment,
        today: Day,
    ) -> Result<evaluation::Evaluation, EvaluationError> {
        let mut variants: Vec<ObservedVariant> = self
            .exposure
            .iter()
            .map(|of| ObservedVariant::new(&of.exp_variant_id, units(of.count)))
            .collect();
        let places: HashMap<String, usize> = variants
            .iter()
            .enumerate()
            .map(|(at, of)| (of.name.clone(), at))
            .collect();
        let mut names: HashMap<&str, usize> = HashMap::new();
        for result in &self.metrics {
            *names.entry(&result.name).or_default() += 1;
        }
        let mut plan = Plan::new(&experiment.id, &experiment.control_variant);
        plan.alpha = 1.0 - experiment.confidence_level.unwrap_or(0.95);
        for (at, (result, asked)) in self.metrics.iter().zip(&experiment.metrics).enumerate() {
            // Their names need not differ.
            let name = match names.get(result.name.as_str()) {
                Some(1) => result.name.clone(),
                _ => format!("{} ({})", result.name, result.id),
            };
            let mut metric = Metric::new(&name);
            metric.minimum_effect = asked.minimum_effect.map(f64::abs);
            metric.minimum_effect = metric
                .minimum_effect
                .filter(|of| *of > 0.0 && of.is_finite() && !has_impossible_effect(result));
            if asked.minimum_effect.is_some_and(|effect| effect < 0.0) {
                metric.better = Better::Less;
            }
            if at > 0 {
                metric.role = Role::Secondary;
            }
            for stat in &result.stats {
                let place = places.get(&*stat.exp_variant_id);
                let variant = place.and_then(|at| variants.get_mut(*at));
                if let (Some(variant), Some(sample)) = (variant, sample(stat)) {
                    variant.samples.insert(name.clone(), sample);
                }
            }
            plan.metrics.push(metric);
        }
        // Those that are looked at, which need not be all that were planned.
        let is_there = |name: &String| variants.iter().any(|of| of.name == *name);
        let shares = experiment.shares.iter().filter(|(name, _)| is_there(name));
        plan.shares = shares.map(|(name, share)| (name.clone(), *share)).collect();
        explain_missing(&self.metrics, &plan.metrics, &mut variants);
        // Of counts that cannot be nothing is known, not that units get lost.
        plan.checks_split = self.exposure.iter().all(|of| of.count >= 0.0);
        let mut observed = Observed::new(variants);
        // Fractions of units are rounded once.
        let exposed: f64 = self.exposure.iter().map(|of| of.count.max(0.0)).sum();
        observed.all_units = Some(units(exposed));
        if let Some((_, last)) = experiment.period() {
            let level = Level::of(experiment, today, self.mode).alpha;
            plan.look = (level > 0.0).then(|| PlannedLook {
                level,
                is_last: experiment.date_for.unwrap_or(today) >= last,
            });
        }
        let mut evaluation = evaluation::evaluate(&plan, &observed)?;
        for (result, metric) in self.metrics.iter().zip(&mut evaluation.metrics) {
            let mut factors = result.stats.iter().map(|stat| factor(&stat.measure));
            if let Some(factor) = factors.next().flatten().filter(|factor| *factor != 1.0) {
                scale(metric, factor);
            }
            if has_impossible_effect(result) {
                tell_impossible(metric);
            }
        }
        self.warn(&mut evaluation);
        Ok(evaluation)
    }

    /// Adds the warnings that are of goals, and takes back those that are wrong of them.
    fn warn(&self, evaluation: &mut evaluation::Evaluation) {
        let negative = self.exposure.iter().filter(|of| of.count < 0.0);
        let negative: HashSet<&str> = negative.map(|of| of.exp_variant_id.as_str()).collect();
        // No time makes a number of units that cannot be one that is enough.
        evaluation.warnings.retain(|of| {
            !matches!(of, Warning::TooFewUnits { variant, .. } if negative.contains(variant.as_str()))
        });
        // As many as of crossovers.
        if self.shared_units.saturating_mul(200) >= evaluation.units.max(1) {
            evaluation.warnings.push(Warning::CountedTwice {
                units: self.shared_units,
            });
        }
        let is_exposed = self.exposure.iter().any(|of| of.count > 0.0);
        for (result, metric) in self.metrics.iter().zip(&evaluation.metrics) {
            let is_bound = |of: &super::Difference| {
                of.kind == Kind::Covariance && of.metric_id == Some(result.id)
            };
            let name = || metric.name.clone();
            let unknown = result.unknown_goals.iter().filter(|_| is_exposed);
            evaluation
                .warnings
                .extend(unknown.map(|goal| Warning::UnknownGoal {
                    metric: name(),
                    goal: goal.clone(),
                }));
            let weights = result.weights.iter().map(|goal| Warning::Weights {
                metric: name(),
                goal: goal.clone(),
            });
            evaluation.warnings.extend(weights);
            if self.differences.iter().any(is_bound) {
                evaluation
                    .warnings
                    .push(Warning::CovarianceUnknown { metric: name() });
            }
        }
    }
}

/// Whether no treatment can have the metric's minimum effect.
fn has_impossible_effect(result: &MetricResult) -> bool {
    let mut reasons = result.stats.iter().flat_map(|stat| &stat.reasons);
    reasons.any(|(_, reason)| *reason == Reason::NoSuchEffect)
}

/// Why there is neither power nor a number of units.
fn tell_impossible(metric: &mut MetricEvaluation) {
    for comparison in &mut metric.comparisons {
        comparison.reason.get_or_insert_with(|| {
            let why = Reason::NoSuchEffect.why();
            format!("no plan for the least effect that matters: {why}")
        });
    }
}

/// How many times a rate the metric is, if it is one.
fn factor(measure: &Measure) -> Option<f64> {
    match measure {
        Measure::Rate(_, factor) if *factor > 0.0 => Some(*factor),
        _ => None,
    }
}

/// A rate was compared; the metric is so many times that.
fn scale(metric: &mut MetricEvaluation, factor: f64) {
    let scaled = |of: Interval| Interval::new(of.lower * factor, of.upper * factor);
    for variant in &mut metric.variants {
        variant.value = variant.value.map(|value| value * factor);
        variant.interval = variant.interval.map(scaled);
    }
    for comparison in &mut metric.comparisons {
        if let Some(Effect {
            fixed,
            always_valid,
        }) = &mut comparison.difference
        {
            fixed.effect *= factor;
            fixed.standard_error *= factor;
            fixed.interval = scaled(fixed.interval);
            always_valid.interval = scaled(always_valid.interval);
        }
        if let Some(posterior) = &mut comparison.posterior {
            posterior.expected_loss *= factor;
            posterior.credible_interval = scaled(posterior.credible_interval);
        }
    }
}

/// What is known of a metric, and of how many units.
fn sample(stat: &MetricStat) -> Option<Sample> {
    match stat.measure {
        Measure::Rate(rate, factor) if factor > 0.0 => return Some(Sample::Rate(rate)),
        Measure::Quantile(error) => {
            let is_known = stat.mean.is_finite() && error.is_finite() && stat.sample_size >= 1.0;
            let method = "difference of quantiles; its standard error by drawing units again";
            return is_known.then(|| {
                let units = units(stat.sample_size);
                Sample::Estimated(Estimated::new(units, stat.mean, error, method))
            });
        }
        Measure::Mean | Measure::Rate(..) => {}
    }
    let is_known = stat.mean.is_finite() && stat.std.is_finite() && stat.sample_size >= 1.0;
    is_known.then(|| {
        let count = units(stat.sample_size);
        Sample::Mean(Moments::from_variance(
            count,
            stat.mean,
            stat.std * stat.std,
        ))
    })
}

/// What cannot be compared is not just absent.
fn explain_missing(results: &[MetricResult], metrics: &[Metric], variants: &mut [ObservedVariant]) {
    for (result, metric) in results.iter().zip(metrics) {
        for stat in &result.stats {
            let reasons = || stat.reasons.iter().map(|(_, reason)| *reason);
            let unknown = reasons().find(|reason| *reason == Reason::UnknownGoal);
            let name = |variant: &&mut ObservedVariant| *variant.name == *stat.exp_variant_id;
            let Some(variant) = variants.iter_mut().find(name) else {
                continue;
            };
            let is_missing = !variant.samples.contains_key(&metric.name);
            let own = reasons().find(|reason| is_missing && reason.is_of_variant());
            if let Some(reason) = unknown.or(own) {
                variant.forget(&metric.name, reason.why());
                if let Some(fault) = reason.fault() {
                    variant.faults.insert(metric.name.clone(), fault);
                }
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, and cut to the range"
)]
fn units(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
