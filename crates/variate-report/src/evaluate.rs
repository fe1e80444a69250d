//! A method's arms, described and compared.

use variate::component::{Concurrency, CpuTime, Outcomes, WallTime};
use variate_stats::evaluation::{
    Evaluation, Metric, Observed, ObservedVariant, Plan, Role, Sample, Warning, evaluate,
};
use variate_stats::mean;
use variate_stats::proportion::{IntervalMethod, Proportion};
use variate_stats::{Interval, Side};

use crate::builder::ReportBuilder;
use crate::quantiles::{self, Found};
use crate::report::{
    Analysis, ArmReport, Bounded, MethodReport, MetricReport, QuantileComparison, ReportError,
};
use crate::rows::{ArmRows, MethodRows, MetricRows, Rows, failures, means};
use crate::spread::spread;

/// The name of the metric of calls that failed by themselves.
pub(crate) const ERROR_RATE: &str = "error rate";

const PROBABILITIES: [f64; 3] = [0.5, 0.95, 0.99];

pub(crate) fn method_report(
    builder: &ReportBuilder,
    method: &MethodRows,
) -> Result<MethodReport, ReportError> {
    let describing = Describing::new(builder, method);
    let mut arms = Vec::with_capacity(method.arms.len());
    let mut found = Vec::with_capacity(method.arms.len());
    for arm in &method.arms {
        let (report, of_metrics) = describing.arm(arm);
        arms.push(report);
        found.push(of_metrics);
    }
    let mut notes = describing.notes();
    let evaluation = describing.evaluation(&mut notes)?;
    Ok(MethodReport {
        experiment: method.experiment.clone(),
        method: method.method.clone(),
        analysis: if describing.is_clustered {
            Analysis::Units
        } else {
            Analysis::Calls
        },
        quantiles: describing.quantile_comparisons(&found),
        arms,
        evaluation,
        notes,
    })
}

/// By the metric's name, the quantiles of an arm.
type QuantilesOf<'a> = Vec<(&'a str, [Option<Found>; 3])>;

struct Describing<'a> {
    builder: &'a ReportBuilder,
    method: &'a MethodRows,
    /// Whether every call's unit is known.
    is_clustered: bool,
    /// Units that were seen in several arms.
    crossovers: usize,
    /// Whether these are left out.
    leaves_out: bool,
}

impl<'a> Describing<'a> {
    fn new(builder: &'a ReportBuilder, method: &'a MethodRows) -> Self {
        let metrics = || method.arms.iter().flat_map(|arm| &arm.metrics);
        let is_clustered = metrics().next().is_some()
            && metrics().all(|metric| metric.rows.units(|_| false).is_some());
        let crossovers = method.arms_of_units.iter().filter(|arms| **arms > 1);
        let crossovers = crossovers.count();
        Self {
            builder,
            method,
            is_clustered,
            crossovers,
            // Where most units meet several arms, these are selected by call: there is nothing to leave out.
            leaves_out: is_clustered && crossovers * 2 <= method.arms_of_units.len(),
        }
    }

    fn arm(&self, arm: &'a ArmRows) -> (ArmReport, QuantilesOf<'a>) {
        let calls = arm.calls();
        let mut of_metrics = Vec::new();
        let mut metrics = Vec::new();
        for metric in &arm.metrics {
            let (report, found) = self.metric(metric);
            metrics.push(report);
            of_metrics.push((metric.name.as_str(), found));
        }
        let outcomes = calls.map(|of| of.outcomes).unwrap_or_default();
        let error_rate = calls.and_then(|of| self.error_rate(of, false));
        let units = calls
            .filter(|_| self.is_clustered)
            .and_then(|of| of.rows.units(|_| false));
        let report = ArmReport {
            name: arm.name.clone(),
            is_control: arm.is_control,
            calls: outcomes.calls(),
            // Clusters of a summary have several units each.
            units: units
                .filter(|_| !self.is_counted())
                .map(|units| units.len() as u64),
            outcomes,
            error_rate: error_rate.map(|sample| self.bounded(&sample)),
            metrics,
        };
        (report, of_metrics)
    }

    fn metric(&self, metric: &MetricRows) -> (MetricReport, [Option<Found>; 3]) {
        let units = self
            .is_clustered
            .then(|| metric.rows.units(|_| false))
            .flatten();
        let distribution = metric.rows.distribution();
        let found = PROBABILITIES.map(|probability| {
            quantiles::quantile(
                &metric.rows,
                units.as_deref(),
                probability,
                self.builder.alpha,
            )
        });
        let [p50, p95, p99] = found.map(|found| found.map(|found| found.bounded));
        let count = distribution.count();
        let sample = self.mean(metric, false);
        let report = MetricReport {
            name: metric.name.clone(),
            unit: metric.unit.clone(),
            count,
            unavailable: metric.outcomes.calls().saturating_sub(count),
            mean: sample
                .map(|sample| self.bounded(&sample))
                .filter(|_| count > 0),
            min: distribution.min(),
            max: distribution.max(),
            p50,
            p95,
            p99,
            spread: spread(&distribution),
        };
        (report, found)
    }

    fn is_counted(&self) -> bool {
        let mut metrics = self.method.arms.iter().flat_map(|arm| &arm.metrics);
        metrics.any(|metric| matches!(metric.rows, Rows::Counted(_)))
    }

    fn is_left_out(&self, unit: usize) -> bool {
        self.leaves_out
            && self
                .method
                .arms_of_units
                .get(unit)
                .is_some_and(|arms| *arms > 1)
    }

    fn mean(&self, metric: &MetricRows, to_compare: bool) -> Option<Sample> {
        if !self.is_clustered {
            return Some(Sample::Mean(metric.rows.moments()));
        }
        let units = metric
            .rows
            .units(|unit| to_compare && self.is_left_out(unit))?;
        Some(Sample::Ratio(means(&units)))
    }

    fn error_rate(&self, calls: &MetricRows, to_compare: bool) -> Option<Sample> {
        let outcomes = &calls.outcomes;
        if !self.is_clustered {
            let rate = Proportion::new(outcomes.failures(), outcomes.calls()).ok()?;
            return Some(Sample::Rate(rate));
        }
        let units = calls
            .rows
            .units(|unit| to_compare && self.is_left_out(unit))?;
        Some(Sample::Ratio(failures(&units)))
    }

    fn bounded(&self, sample: &Sample) -> Bounded {
        let alpha = self.builder.alpha;
        let interval: Option<Interval> = match sample {
            Sample::Rate(rate) => rate
                .interval(IntervalMethod::Wilson, alpha, Side::Both)
                .ok(),
            Sample::Mean(moments) => mean::one(moments, alpha, Side::Both)
                .ok()
                .map(|of| of.interval),
            Sample::Ratio(moments) => moments
                .estimate(alpha, Side::Both)
                .ok()
                .map(|of| of.interval),
            _ => None,
        };
        Bounded {
            value: sample.value(),
            interval,
        }
    }

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

    fn evaluation(&self, notes: &mut Vec<String>) -> Result<Option<Evaluation>, ReportError> {
        let Some(control) = self.method.arms.iter().find(|arm| arm.is_control) else {
            notes.push("the control was not called: there is nothing to compare with".to_owned());
            return Ok(None);
        };
        if self.method.arms.len() < 2 {
            notes.push("only the control was called: there is nothing to compare".to_owned());
            return Ok(None);
        }
        let observed = Observed::new(self.method.arms.iter().map(|arm| self.observed(arm)));
        let name = format!("{}: {}", self.method.experiment, self.method.method);
        let mut plan = Plan::new(name, &control.name);
        plan.alpha = self.builder.alpha;
        plan.metrics = self.planned();
        plan.units = if self.builder.read_once {
            Some(observed.units().max(1))
        } else {
            self.builder.planned_units
        };
        plan.shares.clone_from(&self.builder.shares);
        let has_shares = !plan.shares.is_empty() && !self.is_counted();
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

    fn observed(&self, arm: &ArmRows) -> ObservedVariant {
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
            if let Some(sample) = self.mean(metric, true)
                && sample.units() > 0
            {
                observed.samples.insert(metric.name.clone(), sample);
            }
        }
        if let Some(sample) = calls.and_then(|of| self.error_rate(of, true)) {
            observed.samples.insert(ERROR_RATE.to_owned(), sample);
        }
        observed
    }

    fn planned(&self) -> Vec<Metric> {
        let given = |name: &str| self.builder.metrics.iter().find(|of| of.name == name);
        let decides = self
            .builder
            .metrics
            .iter()
            .any(|metric| metric.role == Role::Primary);
        let mut metrics: Vec<Metric> = Vec::new();
        for name in self.metric_names() {
            // Nothing is uncertain of it, and its values say all.
            if self.never_varies(name) {
                continue;
            }
            let is_first = metrics.is_empty();
            metrics.push(given(name).cloned().unwrap_or_else(|| {
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
            }));
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

    fn quantile_comparisons(&self, found: &[QuantilesOf<'_>]) -> Vec<QuantileComparison> {
        let mut comparisons = Vec::new();
        let arms = || self.method.arms.iter().zip(found);
        let Some((_, of_control)) = arms().find(|(arm, _)| arm.is_control) else {
            return comparisons;
        };
        for (arm, of_arm) in arms().filter(|(arm, _)| !arm.is_control) {
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

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.is_clustered {
            notes.push(
                "each call counts as a unit of its own, since not all keys are known: where calls of one unit are alike, intervals are too narrow"
                    .to_owned(),
            );
        } else if self.is_counted() {
            notes.push(
                "units are counted in up to 1,024 clusters by their keys; quantiles are taken to be as uncertain as the mean, and whether units are split as planned is not seen"
                    .to_owned(),
            );
        }
        if self.is_clustered && self.crossovers > 0 && !self.leaves_out {
            notes.push(
                "most units met several arms, which are selected by call: intervals are rather too wide"
                    .to_owned(),
            );
        }
        for metric in self.method.arms.iter().flat_map(|arm| &arm.metrics) {
            let note = format!("{} cannot be measured here", metric.name);
            let has_none = metric.rows.distribution().count() == 0;
            if has_none && !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
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
