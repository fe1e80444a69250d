//! The arms beside the control.

use variate::component::{Concurrency, CpuTime, Outcomes, WallTime};
use variate_stats::evaluation::{
    Evaluation, Metric, Observed, ObservedVariant, Plan, Role, Sample, Warning, evaluate,
};

use variate_stats::Side;
use variate_stats::ratio::PairedRatios;

use crate::evaluate::{Describing, ERROR_RATE, PROBABILITIES, QuantilesOf, range};
use crate::quantiles;
use crate::report::{QuantileComparison, ReportError};
use crate::rows::{ArmRows, MetricRows, UnitSums};

impl<'a> Describing<'a> {
    /// The metrics of all arms, in their order.
    fn metric_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for metric in self.method.arms.iter().flat_map(|arm| &arm.metrics) {
            // Failures are the error rate.
            if !names.contains(&metric.name.as_str()) && metric.name != Outcomes::METRIC {
                names.push(&metric.name);
            }
        }
        names
    }

    /// Whether all calls of each arm have the same value.
    fn never_varies(&self, metric: &str) -> bool {
        let mut metrics = self.method.arms.iter().flat_map(|arm| &arm.metrics);
        metrics.all(|of| {
            let distribution = of.rows.distribution();
            of.name != metric || distribution.min() == distribution.max()
        })
    }

    pub(crate) fn evaluation(
        &self,
        notes: &mut Vec<String>,
    ) -> Result<Option<Evaluation>, ReportError> {
        let is_called = |arm: &&ArmRows| arm.is_control && !arm.metrics.is_empty();
        let Some(control) = self.method.arms.iter().find(is_called) else {
            notes.push("the control was not called: there is nothing to compare with".to_owned());
            return Ok(None);
        };
        if self.method.arms.len() < 2 {
            notes.push("only the control was called: there is nothing to compare".to_owned());
            return Ok(None);
        }
        let of_arms = self
            .method
            .arms
            .iter()
            .map(|arm| self.observed(arm, control));
        let mut observed = Observed::new(of_arms);
        if self.is_shadow() {
            // It runs for all of them.
            let ours = observed.variants.iter().find(|of| of.name == control.name);
            observed.all_units = ours.map(|of| of.units);
        }
        let name = format!("{}: {}", self.method.experiment, self.method.method);
        let mut plan = Plan::new(name, &control.name);
        plan.alpha = self.builder.alpha;
        let unit_name = if self.is_clustered { "key" } else { "call" };
        unit_name.clone_into(&mut plan.unit_name);
        plan.metrics = self.planned(control);
        if plan.metrics.is_empty() {
            notes.push(
                "all calls of an arm have the same values: nothing is uncertain, and the table says how the arms differ"
                    .to_owned(),
            );
            return Ok(None);
        }
        plan.units = if self.builder.read_once {
            Some(observed.units().max(1))
        } else {
            self.builder.planned
        };
        plan.shares.clone_from(&self.builder.shares);
        let has_shares = !plan.shares.is_empty() && !self.is_counted() && !self.is_shadow();
        if !has_shares {
            // Nobody said what the shares were to be: those that there are.
            #[expect(clippy::cast_precision_loss, reason = "counts")]
            let shares = observed
                .variants
                .iter()
                .map(|of| (of.name.clone(), of.units.max(1) as f64));
            plan.shares = shares.collect();
        }
        let mut evaluation = evaluate(&plan, &observed)?;
        if !has_shares {
            evaluation.sample_ratio = None;
        }
        self.cut_off(&mut evaluation);
        // An arm that fails as little as the control, which is never.
        let never_fails = |name: &str| {
            let arm = self.method.arms.iter().find(|arm| arm.name == name);
            arm.and_then(ArmRows::calls)
                .is_some_and(|of| of.outcomes.failures() == 0)
        };
        evaluation.warnings.retain(|warning| match warning {
            Warning::NotMeasured {
                metric, variant, ..
            } => metric != ERROR_RATE || !never_fails(variant) || !never_fails(&control.name),
            _ => true,
        });
        Ok(Some(evaluation))
    }

    /// No time is less than nothing: a change ends at -100 %.
    fn cut_off(&self, evaluation: &mut Evaluation) {
        for metric in &mut evaluation.metrics {
            let mut rows = self
                .method
                .arms
                .iter()
                .filter_map(|arm| arm.metric(&metric.name));
            let [is_there, is_positive] = [
                rows.clone().next().is_some(),
                rows.all(|of| range(of)[0] >= 0.0),
            ];
            if is_there && is_positive {
                let relative = metric
                    .comparisons
                    .iter_mut()
                    .filter_map(|of| of.relative.as_mut());
                for effect in relative {
                    for interval in [
                        &mut effect.fixed.interval,
                        &mut effect.always_valid.interval,
                    ] {
                        if interval.lower.is_finite() {
                            interval.lower = interval.lower.max(-1.0).min(interval.upper);
                        }
                    }
                }
            }
        }
    }

    fn observed(&self, arm: &ArmRows, control: &ArmRows) -> ObservedVariant {
        let calls = arm.calls();
        let units = match calls {
            Some(of) if self.is_clustered => of
                .rows
                .units(|unit| self.is_left_out(unit))
                .map_or(0, |units| units.len() as u64),
            Some(of) => of.outcomes.calls(),
            None => 0,
        };
        let mut observed = ObservedVariant::new(&arm.name, units);
        if let Some(of) = calls
            && self.leaves_out
        {
            let all = of
                .rows
                .units(|_| false)
                .map_or(0, |units| units.len() as u64);
            observed.crossovers = all.saturating_sub(units);
        }
        for metric in &arm.metrics {
            if let Some(units) = self.beside(arm, &metric.name, control.metric(&metric.name)) {
                add_paired(&mut observed, &metric.name, &units, UnitSums::mean);
            } else if let Some(sample) = self.mean(metric, true)
                && sample.units() > 0
            {
                observed.samples.insert(metric.name.clone(), sample);
            }
        }
        // The metric that each call of both has.
        let shared = calls.filter(|of| control.metric(&of.name).is_some());
        let shared = shared.or_else(|| {
            arm.metrics
                .iter()
                .find(|of| control.metric(&of.name).is_some())
        });
        let beside = shared.and_then(|of| self.beside(arm, &of.name, control.calls()));
        if let Some(units) = beside {
            add_paired(&mut observed, ERROR_RATE, &units, UnitSums::failure);
        } else if let Some(sample) = calls.and_then(|of| self.error_rate(of, true)) {
            observed.samples.insert(ERROR_RATE.to_owned(), sample);
        }
        if arm.cut_short() > 0 {
            // Its slower calls are missing: whatever is left flatters it.
            for name in self.metric_names().into_iter().chain([ERROR_RATE]) {
                observed.samples.remove(name);
                observed =
                    observed.without(name, "its calls were cut short when the control was done");
            }
        }
        for name in self.metric_names() {
            if !observed.samples.contains_key(name) && !observed.unmeasured.contains_key(name) {
                observed = observed.without(name, "no call of it has a value");
            }
        }
        observed
    }

    /// What each unit has of the control and of an arm that it ran beside.
    fn beside(
        &self,
        arm: &ArmRows,
        metric: &str,
        control: Option<&MetricRows>,
    ) -> Option<Vec<[UnitSums; 2]>> {
        if !self.is_clustered {
            return None;
        }
        let shadow = self.method.shadows.iter().position(|of| *of == arm.name)?;
        let rows = &arm.metric(metric)?.rows;
        rows.paired(control.map(|of| &of.rows), shadow, |unit| {
            self.is_left_out(unit)
        })
    }

    fn planned(&self, control: &ArmRows) -> Vec<Metric> {
        let given = |name: &str| self.builder.metrics.iter().find(|of| of.name == name);
        let decides = self
            .builder
            .metrics
            .iter()
            .any(|metric| metric.role == Role::Primary);
        let mut metrics: Vec<Metric> = Vec::new();
        for name in self.metric_names() {
            // Nothing is uncertain of it, and its values say all; or only other arms have it, as mismatches of a shadow.
            if self.never_varies(name) || control.metric(name).is_none() {
                continue;
            }
            let is_first = metrics.is_empty();
            let mut metric = given(name).cloned().unwrap_or_else(|| {
                let metric = Metric::new(name);
                let metric = if wants_little(name) {
                    metric.less_is_better()
                } else {
                    metric
                };
                metric.role(if is_first && !decides {
                    Role::Primary
                } else {
                    Role::Secondary
                })
            });
            // How often speaks for itself.
            let unit = control.metric(name).map(|of| of.unit.as_str());
            if let Some(unit) = unit.filter(|unit| *unit != "count") {
                unit.clone_into(&mut metric.unit_of_measure);
            }
            metrics.push(metric);
        }
        let fails = |arm: &ArmRows| arm.calls().is_some_and(|of| of.outcomes.failures() > 0);
        // Where nothing fails there is nothing to say of it.
        if self.method.arms.iter().any(fails) {
            let guardrail = || {
                Metric::new(ERROR_RATE)
                    .less_is_better()
                    .role(Role::Guardrail)
            };
            metrics.push(given(ERROR_RATE).cloned().unwrap_or_else(guardrail));
        }
        metrics
    }

    pub(crate) fn quantile_comparisons(
        &self,
        found: &[QuantilesOf<'_>],
    ) -> Vec<QuantileComparison> {
        let mut comparisons = Vec::new();
        let arms = || self.method.arms.iter().zip(found);
        let Some((_, of_control)) = arms().find(|(arm, _)| arm.is_control) else {
            return comparisons;
        };
        for (arm, of_arm) in arms().filter(|(arm, _)| !arm.is_control && arm.cut_short() == 0) {
            for (metric, of_metric) in of_arm {
                if self.never_varies(metric) {
                    continue;
                }
                let Some((_, ours)) = of_control.iter().find(|(name, _)| name == metric) else {
                    continue;
                };
                for ((probability, ours), theirs) in PROBABILITIES.iter().zip(ours).zip(of_metric) {
                    let (Some(ours), Some(theirs)) = (ours, theirs) else {
                        continue;
                    };
                    let control = ours.bounded.value;
                    let difference = theirs.bounded.value - control;
                    comparisons.push(QuantileComparison {
                        metric: (*metric).to_owned(),
                        probability: *probability,
                        arm: arm.name.clone(),
                        difference,
                        relative: (control > 0.0).then(|| difference / control),
                        estimate: quantiles::difference(ours, theirs, self.builder.alpha),
                    });
                }
            }
        }
        comparisons
    }
}

/// How a metric of an arm is to be compared with the control's for the same units.
fn add_paired(
    observed: &mut ObservedVariant,
    metric: &str,
    units: &[[UnitSums; 2]],
    of: fn(&UnitSums) -> (f64, f64),
) {
    let units: Vec<_> = units.iter().map(|both| both.each_ref().map(of)).collect();
    let paired = PairedRatios::of(&units);
    let ratios = paired.ratios();
    #[expect(clippy::float_cmp, reason = "nothing differs where they are the same")]
    let is_alike = ratios.control.value() == ratios.treatment.value();
    if is_alike && paired.difference(0.05, Side::Both).is_err() {
        let reason = "it is the same as the control's for every key";
        *observed = observed.clone().without(metric, reason);
    } else {
        let sample = Sample::Paired(paired);
        observed.samples.insert(metric.to_owned(), sample);
    }
}

fn wants_little(metric: &str) -> bool {
    const LITTLE: [&str; 7] = [
        WallTime::METRIC,
        CpuTime::METRIC,
        Outcomes::METRIC,
        Concurrency::METRIC,
        // Of `Memory`, which is there with a feature only.
        "allocations",
        "allocated",
        "peak",
    ];
    LITTLE.contains(&metric)
}
