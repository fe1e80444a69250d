use std::collections::HashMap;

use super::day::Day;
use super::evaluation::{Evaluation, MetricResult, MetricStat};
use super::experiment::Experiment;
use super::reason::Reason;
use crate::Moments;
use crate::bayesian::Better;
use crate::evaluation::{
    self, EvaluationError, Metric, Observed, ObservedVariant, Plan, Role, Sample, Scale,
};

impl Evaluation {
    /// The same experiment as one that is read with the effect, its always-valid p-value, warnings and a conclusion in plain
    /// words.
    ///
    /// The first metric is the primary one, the others are secondary; great values are wanted, and small ones where the minimum effect is
    /// negative. With a period, the experiment is
    /// read once its last day has come; before that, and without a period, at any time. Units are those that were exposed, in equal
    /// shares.
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
        plan.scale = Scale::Relative;
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
                .filter(|of| *of > 0.0 && of.is_finite());
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
        explain_missing(&self.metrics, &plan.metrics, &mut variants);
        let observed = Observed::new(variants);
        let look = experiment.date_for.unwrap_or(today);
        if experiment.period().is_some_and(|(_, last)| look >= last) {
            plan.units = Some(observed.units());
        }
        evaluation::evaluate(&plan, &observed)
    }
}

/// What is known of a metric is its mean, its deviation, and of how many units.
fn sample(stat: &MetricStat) -> Option<Sample> {
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
