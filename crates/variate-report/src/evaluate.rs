//! A method's arms, described.

use variate::component::{Concurrency, Outcomes};
use variate_stats::evaluation::Sample;
use variate_stats::mean;
use variate_stats::proportion::{IntervalMethod, Proportion};
use variate_stats::{Interval, Side};

use crate::builder::ReportBuilder;
use crate::quantiles::{self, Found};
use crate::report::{Analysis, ArmReport, Bounded, MethodReport, MetricReport, ReportError};
use crate::rows::{ArmRows, MethodRows, MetricRows, Rows, failures, means};
use crate::spread::spread;

/// The name of the metric of calls that failed by themselves.
pub(crate) const ERROR_RATE: &str = "error rate";

pub(crate) const PROBABILITIES: [f64; 3] = [0.5, 0.95, 0.99];

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
    let split = method.split();
    let comparing = match &split {
        Some(split) => {
            let comparing = Describing::new(builder, split);
            let of_arms = split.arms.iter().map(|arm| comparing.arm(arm).1);
            found = of_arms.collect();
            comparing
        }
        None => describing,
    };
    let is_left =
        |split: &MethodRows| split.arms.len() > 1 && split.arms.iter().any(|arm| arm.is_control);
    let evaluation = if split.as_ref().is_none_or(is_left) {
        comparing.evaluation(&mut notes)?
    } else {
        notes.push("no selector split calls between the control and another arm: there is nothing to compare".to_owned());
        None
    };
    Ok(MethodReport {
        experiment: method.experiment.clone(),
        method: method.method.clone(),
        analysis: if comparing.is_clustered {
            Analysis::Keys
        } else {
            Analysis::Calls
        },
        is_shadow: comparing.is_shadow(),
        quantiles: comparing.quantile_comparisons(&found),
        arms,
        evaluation,
        notes,
    })
}

/// By the metric's name, the quantiles of an arm.
pub(crate) type QuantilesOf<'a> = Vec<(&'a str, [Option<Found>; 3])>;

/// A unit is what a key says, if all calls have one.
pub(crate) struct Describing<'a> {
    pub(crate) builder: &'a ReportBuilder,
    pub(crate) method: &'a MethodRows,
    /// Whether every call's unit is known.
    pub(crate) is_clustered: bool,
    /// Units for which several arms were selected.
    pub(crate) crossovers: usize,
    /// Whether these are left out.
    pub(crate) leaves_out: bool,
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
            leaves_out: is_clustered && crossovers * 2 <= method.split_units(),
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
            keys: units
                .filter(|_| !self.is_counted())
                .map(|units| units.len() as u64),
            diverted: arm.diverted(),
            outcomes,
            error_rate: error_rate.map(|sample| self.bounded(&sample, SHARE)),
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
        let has_quantiles = self.has_quantiles(&metric.name);
        let found = PROBABILITIES.map(|probability| {
            if !has_quantiles {
                return None;
            }
            quantiles::quantile(
                &metric.rows,
                units.as_deref(),
                probability,
                self.builder.alpha,
            )
        });
        let [p50, p95, p99] = found.map(|found| found.map(|found| found.bounded));
        let count = distribution.count();
        let sample = share(metric).filter(|_| !self.is_clustered);
        let sample = sample.or_else(|| self.mean(metric, false));
        let range = range(metric);
        let report = MetricReport {
            name: metric.name.clone(),
            unit: metric.unit.clone(),
            count,
            unavailable: metric
                .outcomes
                .calls()
                .saturating_sub(count)
                .saturating_sub(metric.outcomes.cut_short),
            mean: sample
                .map(|sample| self.bounded(&sample, range))
                .filter(|mean| count > 0 && mean.value.is_finite()),
            min: distribution.min(),
            max: distribution.max(),
            p50,
            p95,
            p99,
            spread: spread(&distribution),
        };
        (report, found)
    }

    /// Whether the control runs beside the other arms, and callers get its results.
    pub(crate) fn is_shadow(&self) -> bool {
        !self.method.shadows.is_empty()
    }

    pub(crate) fn is_counted(&self) -> bool {
        let mut metrics = self.method.arms.iter().flat_map(|arm| &arm.metrics);
        metrics.any(|metric| matches!(metric.rows, Rows::Counted(_)))
    }

    pub(crate) fn is_left_out(&self, unit: usize) -> bool {
        self.leaves_out
            && self
                .method
                .arms_of_units
                .get(unit)
                .is_some_and(|arms| *arms > 1)
    }

    pub(crate) fn mean(&self, metric: &MetricRows, to_compare: bool) -> Option<Sample> {
        if !self.is_clustered {
            return Some(Sample::Mean(metric.rows.moments()));
        }
        let units = metric
            .rows
            .units(|unit| to_compare && self.is_left_out(unit))?;
        Some(Sample::Ratio(means(&units)))
    }

    pub(crate) fn error_rate(&self, calls: &MetricRows, to_compare: bool) -> Option<Sample> {
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

    /// Whether quantiles say more of a metric than its mean: not of yes and no, and hardly of how many calls were under way.
    fn has_quantiles(&self, name: &str) -> bool {
        if is_share(name) || name == Concurrency::METRIC {
            return false;
        }
        // What `#[measure(..)]` takes of each call may be a `bool`.
        let metrics = self.method.arms.iter().flat_map(|arm| &arm.metrics);
        let mut metrics = metrics.filter(|of| of.name == name);
        !metrics.all(|of| of.unit.is_empty() && of.rows.are_yes_or_no())
    }

    fn bounded(&self, sample: &Sample, range: [f64; 2]) -> Bounded {
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
        let [least, most] = range;
        let within = |end: f64| end.max(least).min(most);
        Bounded {
            value: sample.value(),
            // What cannot be is no part of it: the true value is inside as often as before.
            interval: interval.map(|of| Interval::new(within(of.lower), within(of.upper))),
        }
    }
}

/// Where shares are.
const SHARE: [f64; 2] = [0.0, 1.0];

/// Whether a metric says yes or no of each call, whatever it has said so far.
pub(crate) fn is_share(name: &str) -> bool {
    matches!(name, Outcomes::METRIC | "mismatch")
}

/// Between which values a mean can be: times, bytes and counts are not below 0.
pub(crate) fn range(metric: &MetricRows) -> [f64; 2] {
    match metric.unit.as_str() {
        _ if is_share(&metric.name) => SHARE,
        // A count of a collector's own may be one of changes.
        "ns" | "bytes" | "count" if is_positive(metric) => [0.0, f64::INFINITY],
        _ => [f64::NEG_INFINITY, f64::INFINITY],
    }
}

/// Whether no value was below 0.
fn is_positive(metric: &MetricRows) -> bool {
    let least = metric.rows.distribution().min();
    least.is_none_or(|least| least >= 0.0)
}

/// A share of calls, as if they had nothing to do with each other.
fn share(metric: &MetricRows) -> Option<Sample> {
    if !is_share(&metric.name) || !metric.rows.are_yes_or_no() {
        return None;
    }
    let moments = metric.rows.moments();
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let ones = (moments.mean() * moments.count() as f64).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let rate = Proportion::new(ones as u64, moments.count()).ok()?;
    Some(Sample::Rate(rate))
}
