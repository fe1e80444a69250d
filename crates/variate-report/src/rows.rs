//! What was measured of one arm by one metric, whichever way it was kept.

use std::collections::BTreeMap;

use variate::component::{Bucket, Cluster, Distribution, Histogram, OutcomeCounts, SummaryOf};
use variate_stats::Moments;
use variate_stats::ratio::RatioMoments;

use crate::report::Diverted;

/// Every single call, or only how many there were.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    Each(Vec<Row>),
    Counted(Box<SummaryOf>),
}

/// What one call gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) value: Option<f64>,
    pub(crate) is_failure: bool,
    /// The number of the unit that the call was for, if that is known.
    pub(crate) unit: Option<usize>,
    /// Of the control in a shadow, the arm that it ran beside: its place among [`MethodRows::shadows`].
    pub(crate) beside: Option<usize>,
    /// Whether no selector split it: a rule or a switch chose the arm.
    pub(crate) is_chosen: bool,
}

/// The calls of one unit, or of some.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UnitSums {
    pub(crate) calls: f64,
    pub(crate) failures: f64,
    pub(crate) values: f64,
    pub(crate) sum: f64,
}

impl Rows {
    /// By units: what each has of its own. `None` where not all units are known.
    pub(crate) fn units(&self, is_left_out: impl Fn(usize) -> bool) -> Option<Vec<UnitSums>> {
        match self {
            Self::Each(rows) => {
                let mut units: BTreeMap<usize, UnitSums> = BTreeMap::new();
                for row in rows {
                    let unit = row.unit?;
                    if !is_left_out(unit) {
                        units.entry(unit).or_default().add(row);
                    }
                }
                Some(units.into_values().collect())
            }
            Self::Counted(summary) => {
                let known = summary.clusters.iter().map(|cluster| cluster.calls);
                let is_known = known.sum::<u64>() == summary.outcomes.calls();
                let clusters = summary.clusters.iter().filter(|cluster| cluster.calls > 0);
                is_known.then(|| clusters.map(UnitSums::from).collect())
            }
        }
    }

    /// By units, what each has of the control and of this arm, where the control ran beside it: `None` where that is not known.
    pub(crate) fn paired(
        &self,
        control: Option<&Self>,
        shadow: usize,
        is_left_out: impl Fn(usize) -> bool,
    ) -> Option<Vec<[UnitSums; 2]>> {
        match (self, control) {
            (Self::Each(ours), Some(Self::Each(control))) => {
                let mut units: BTreeMap<usize, [UnitSums; 2]> = BTreeMap::new();
                let beside = control.iter().filter(|row| row.beside == Some(shadow));
                let [first, second] = [0, 1];
                let rows = beside.map(|row| (first, row));
                for (side, row) in rows.chain(ours.iter().map(|row| (second, row))) {
                    let unit = row.unit?;
                    if !is_left_out(unit)
                        && let Some(sums) = units.entry(unit).or_default().get_mut(side)
                    {
                        sums.add(row);
                    }
                }
                Some(units.into_values().collect())
            }
            (Self::Counted(summary), _) => {
                let control = &summary.beside.as_ref()?.clusters;
                let both = control.iter().zip(&summary.clusters);
                let both = both.filter(|(control, ours)| control.calls + ours.calls > 0);
                let units = both.map(|(control, ours)| [control, ours].map(UnitSums::from));
                Some(units.collect())
            }
            _ => None,
        }
    }

    /// As if each call were a unit.
    pub(crate) fn moments(&self) -> Moments {
        match self {
            Self::Each(_) => Moments::from_values(&self.values()),
            Self::Counted(summary) => {
                let of = &summary.distribution;
                Moments::from_variance(
                    of.count(),
                    of.mean().unwrap_or(f64::NAN),
                    of.variance().unwrap_or(0.0),
                )
            }
        }
    }

    /// The value of each call that has one.
    pub(crate) fn values(&self) -> Vec<f64> {
        match self {
            Self::Each(rows) => rows.iter().filter_map(|row| row.value).collect(),
            Self::Counted(_) => Vec::new(),
        }
    }

    /// The unit of each of these calls, if all are known.
    pub(crate) fn units_of_values(&self) -> Option<Vec<usize>> {
        match self {
            Self::Each(rows) => {
                let has_value = |row: &&Row| row.value.is_some();
                rows.iter().filter(has_value).map(|row| row.unit).collect()
            }
            Self::Counted(_) => None,
        }
    }

    /// Whether there is no value but 0 and 1, as far as they are told apart.
    pub(crate) fn are_yes_or_no(&self) -> bool {
        let is_one_of = |value: f64| value == 0.0 || (value - 1.0).abs() < f64::EPSILON;
        match self {
            Self::Each(rows) => rows.iter().filter_map(|row| row.value).all(is_one_of),
            Self::Counted(summary) => {
                let of = &summary.distribution;
                let is_in = |bucket: Bucket| {
                    [0.0, 1.0]
                        .iter()
                        .any(|value| (bucket.lower..=bucket.upper).contains(value))
                };
                of.min().into_iter().chain(of.max()).all(is_one_of) && of.buckets().all(is_in)
            }
        }
    }

    pub(crate) fn distribution(&self) -> Distribution {
        match self {
            Self::Each(_) => {
                let histogram = Histogram::new();
                for value in self.values() {
                    histogram.add(value);
                }
                histogram.distribution()
            }
            Self::Counted(summary) => summary.distribution.clone(),
        }
    }
}

impl UnitSums {
    fn add(&mut self, row: &Row) {
        self.calls += 1.0;
        self.failures += f64::from(u8::from(row.is_failure));
        if let Some(value) = row.value {
            self.values += 1.0;
            self.sum += value;
        }
    }

    pub(crate) const fn mean(&self) -> (f64, f64) {
        (self.sum, self.values)
    }

    pub(crate) const fn failure(&self) -> (f64, f64) {
        (self.failures, self.calls)
    }
}

impl From<&Cluster> for UnitSums {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn from(cluster: &Cluster) -> Self {
        Self {
            calls: cluster.calls as f64,
            failures: cluster.failures as f64,
            values: cluster.values as f64,
            sum: cluster.sum,
        }
    }
}

/// The mean of values by calls, clustered by unit.
pub(crate) fn means(units: &[UnitSums]) -> RatioMoments {
    units.iter().map(UnitSums::mean).collect()
}

/// The share of calls that failed, clustered by unit.
pub(crate) fn failures(units: &[UnitSums]) -> RatioMoments {
    units.iter().map(UnitSums::failure).collect()
}

/// What was measured of a method.
#[derive(Debug)]
pub(crate) struct MethodRows {
    pub(crate) experiment: String,
    pub(crate) method: String,
    /// The control first.
    pub(crate) arms: Vec<ArmRows>,
    /// For how many arms each unit was selected.
    pub(crate) arms_of_units: Vec<usize>,
    /// The arms that the control ran beside.
    pub(crate) shadows: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct ArmRows {
    pub(crate) name: String,
    pub(crate) is_control: bool,
    pub(crate) metrics: Vec<MetricRows>,
    /// Calls that the control took in its place, or of nobody, by reason and metric.
    pub(crate) diverted: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
pub(crate) struct MetricRows {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) outcomes: OutcomeCounts,
    /// Of those calls that a selector split.
    pub(crate) split: OutcomeCounts,
    pub(crate) rows: Rows,
}

impl MethodRows {
    /// How many units were split between the arms.
    pub(crate) fn split_units(&self) -> usize {
        self.arms_of_units.iter().filter(|arms| **arms > 0).count()
    }

    /// What is left to compare where some calls were not split; `None` where that is everything.
    ///
    /// In a shadow the control had the same calls as the arm, whoever chose them.
    pub(crate) fn split(&self) -> Option<Self> {
        let metrics = || self.arms.iter().flat_map(|arm| &arm.metrics);
        if !self.shadows.is_empty() || !metrics().any(|of| of.chosen() > 0) {
            return None;
        }
        let arms = self.arms.iter().map(|arm| ArmRows {
            name: arm.name.clone(),
            is_control: arm.is_control,
            metrics: arm.metrics.iter().filter_map(MetricRows::split).collect(),
            diverted: BTreeMap::new(),
        });
        Some(Self {
            experiment: self.experiment.clone(),
            method: self.method.clone(),
            arms: arms.filter(|arm| !arm.metrics.is_empty()).collect(),
            arms_of_units: self.arms_of_units.clone(),
            shadows: Vec::new(),
        })
    }
}

impl MetricRows {
    /// How many calls no selector split.
    pub(crate) const fn chosen(&self) -> u64 {
        self.outcomes.calls().saturating_sub(self.split.calls())
    }

    /// The calls that a selector split, if there are any.
    fn split(&self) -> Option<Self> {
        if self.split.calls() == 0 {
            return None;
        }
        let rows = match &self.rows {
            Rows::Each(rows) => {
                Rows::Each(rows.iter().filter(|row| !row.is_chosen).copied().collect())
            }
            Rows::Counted(summary) => {
                let (mut summary, split) = (summary.clone(), summary.of_split());
                summary.outcomes = split.outcomes;
                summary.distribution = split.distribution;
                summary.clusters = split.clusters;
                summary.split = None;
                Rows::Counted(summary)
            }
        };
        Some(Self {
            name: self.name.clone(),
            unit: self.unit.clone(),
            outcomes: self.split,
            split: self.split,
            rows,
        })
    }
}

impl ArmRows {
    pub(crate) fn metric(&self, name: &str) -> Option<&MetricRows> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// How many of its calls no selector split.
    pub(crate) fn chosen(&self) -> u64 {
        self.metrics
            .iter()
            .map(MetricRows::chosen)
            .max()
            .unwrap_or(0)
    }

    /// How many of its calls nobody waited for.
    pub(crate) fn cut_short(&self) -> u64 {
        let of_metrics = self.metrics.iter().map(|of| of.outcomes.cut_short);
        of_metrics.max().unwrap_or(0)
    }

    /// By reason: each call has at most one record of a metric.
    pub(crate) fn diverted(&self) -> Vec<Diverted> {
        let mut reasons: Vec<Diverted> = Vec::new();
        for ((reason, _), calls) in &self.diverted {
            match reasons.last_mut() {
                Some(last) if last.reason == *reason => last.calls = last.calls.max(*calls),
                _ => reasons.push(Diverted {
                    reason: reason.clone(),
                    calls: *calls,
                }),
            }
        }
        reasons
    }

    /// The metric that says most about the calls: each call has at most one record of it.
    pub(crate) fn calls(&self) -> Option<&MetricRows> {
        // The first of several that say the same.
        self.metrics
            .iter()
            .rev()
            .max_by_key(|metric| metric.outcomes.calls())
    }
}
