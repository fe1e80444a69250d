use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::clusters::{Cluster, Clusters};
use super::series_map::SeriesMap;
use super::{Call, Distribution, Histogram, Outcome, Record, Recorder, UnitOfMeasure};

/// Counts, averages and histograms of everything that is measured, by experiment, arm, method and metric: what a report is made of,
/// without keeping any single record.
///
/// Nothing waits and nothing is dropped, and it takes no more memory the longer it runs. Clones share what they keep: give
/// one away as a recorder, or to [`Latency`](super::Latency), and read the other.
///
/// ```
/// use variate::component::{Summary, SummaryOf};
///
/// let summary = Summary::new();
/// // PlaceOrderExperiment::builder(..) ... .recorder(summary.clone()).build()?, and some calls later:
/// for SummaryOf { arm, method, metric, distribution, .. } in summary.read() {
///     println!("{arm} {method} {metric}: {:?}", distribution.mean());
/// }
/// ```
///
/// With the keys of the units it counts in clusters, too, so that a report knows that calls of one unit are alike. Where keys cost too much,
/// [`without_keys`](Self::without_keys).
#[derive(Debug, Clone)]
pub struct Summary(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    series: SeriesMap<Entry>,
    has_keys: bool,
}

/// What is counted of one series and metric.
#[derive(Debug)]
pub(super) struct Entry {
    experiment: Box<str>,
    arm: Box<str>,
    method: &'static str,
    unit: UnitOfMeasure,
    histogram: Histogram,
    /// In the order of the fields of [`OutcomeCounts`].
    outcomes: [AtomicU64; 6],
    clusters: OnceLock<Clusters>,
}

/// What a [`Summary`] knows of one arm, method and metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryOf {
    /// The experiment's name.
    pub experiment: String,
    /// The arm's name.
    pub arm: String,
    /// Whether it is the control.
    pub is_control: bool,
    /// The method's name.
    pub method: String,
    /// What was measured.
    pub metric: String,
    /// What its values count: [`UnitOfMeasure::code`].
    pub unit: String,
    /// How the calls ended.
    pub outcomes: OutcomeCounts,
    /// The values, of calls with any outcome.
    pub distribution: Distribution,
    /// The calls whose key was known, by units.
    pub clusters: Vec<Cluster>,
}

/// How many calls ended in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeCounts {
    /// Returned, and no `Err`.
    pub ok: u64,
    /// Returned an `Err`.
    pub error: u64,
    /// Panicked.
    pub panicked: u64,
    /// Were dropped before they were done.
    pub cancelled: u64,
    /// Took too long.
    pub timed_out: u64,
    /// Failed, and the control's value was returned.
    pub fell_back: u64,
}

/// More series than a program has.
const MOST_SERIES: usize = 10_000;

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

impl Summary {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::with(true)
    }

    /// One that does not ask for keys: each call counts as a unit of its own.
    pub fn without_keys() -> Self {
        Self::with(false)
    }

    fn with(has_keys: bool) -> Self {
        Self(Arc::new(Inner {
            series: SeriesMap::new(MOST_SERIES),
            has_keys,
        }))
    }

    /// What it has seen so far: experiments by name, then methods and metrics, the control before the other arms.
    pub fn read(&self) -> Vec<SummaryOf> {
        let mut entries: Vec<_> = self.0.series.iter().collect();
        entries.sort_by(
            |(series, metric, entry), (other, other_metric, other_entry)| {
                let order = |series: &super::Series| (series.method, series.arm, series.component);
                entry
                    .experiment
                    .cmp(&other_entry.experiment)
                    .then_with(|| series.method.cmp(&other.method))
                    .then_with(|| metric.cmp(other_metric))
                    .then_with(|| order(series).cmp(&order(other)))
            },
        );
        let mut all: Vec<SummaryOf> = Vec::with_capacity(entries.len());
        for (series, metric, entry) in entries {
            let next = entry.read(metric, series.arm == 0);
            // The same experiment may have been built several times.
            let alike = all.iter_mut().rev().find(|of| {
                of.experiment == next.experiment
                    && of.arm == next.arm
                    && of.method == next.method
                    && of.metric == next.metric
            });
            match alike {
                Some(there) => there.merge(&next),
                None => all.push(next),
            }
        }
        all
    }

    /// What it knows of one arm, method and metric, of whichever experiment comes first.
    pub fn of(&self, arm: &str, method: &str, metric: &str) -> Option<SummaryOf> {
        self.read()
            .into_iter()
            .find(|of| of.arm == arm && of.method == method && of.metric == metric)
    }

    /// Records that found no room: beyond 10,000 arms, methods and metrics.
    pub fn dropped(&self) -> u64 {
        self.0.series.refused()
    }

    pub(super) fn has_keys(&self) -> bool {
        self.0.has_keys
    }

    #[inline]
    pub(super) fn add(
        &self,
        call: &Call<'_>,
        outcome: &Outcome<'_>,
        metric: &'static str,
        value: Option<f64>,
        unit: UnitOfMeasure,
    ) {
        let entry = self
            .0
            .series
            .get(call.series(), metric, || Entry::new(call, unit));
        if let Some(entry) = entry {
            entry.add(call, outcome, value, self.0.has_keys);
        }
    }
}

impl Recorder for Summary {
    fn wants_key(&self) -> bool {
        self.has_keys()
    }

    #[inline]
    fn record(&self, record: &Record<'_>) {
        self.add(
            record.call(),
            record.outcome(),
            record.metric(),
            record.value(),
            record.unit_of_measure(),
        );
    }
}

impl Entry {
    #[cold]
    fn new(call: &Call<'_>, unit: UnitOfMeasure) -> Self {
        Self {
            experiment: call.experiment().into(),
            arm: call.arm().into(),
            method: call.method(),
            unit,
            histogram: Histogram::new(),
            outcomes: [const { AtomicU64::new(0) }; 6],
            clusters: OnceLock::new(),
        }
    }

    #[inline]
    fn add(&self, call: &Call<'_>, outcome: &Outcome<'_>, value: Option<f64>, has_keys: bool) {
        let place = match outcome {
            Outcome::Ok => 0,
            Outcome::Error(_) => 1,
            Outcome::Panicked => 2,
            Outcome::Cancelled => 3,
            Outcome::TimedOut => 4,
            Outcome::FellBack(_) => 5,
        };
        if let Some(count) = self.outcomes.get(place) {
            count.fetch_add(1, Relaxed);
        }
        if let Some(value) = value {
            self.histogram.add(value);
        }
        if has_keys && let Some(key) = call.key() {
            let value = value.filter(|value| value.is_finite());
            self.clusters
                .get_or_init(Clusters::new)
                .add(key, value, outcome.is_failure());
        }
    }

    fn read(&self, metric: &str, is_control: bool) -> SummaryOf {
        let [ok, error, panicked, cancelled, timed_out, fell_back] =
            self.outcomes.each_ref().map(|count| count.load(Relaxed));
        SummaryOf {
            experiment: (*self.experiment).to_owned(),
            arm: (*self.arm).to_owned(),
            is_control,
            method: self.method.to_owned(),
            metric: metric.to_owned(),
            unit: self.unit.code().to_owned(),
            outcomes: OutcomeCounts {
                ok,
                error,
                panicked,
                cancelled,
                timed_out,
                fell_back,
            },
            distribution: self.histogram.distribution(),
            clusters: self.clusters.get().map(Clusters::read).unwrap_or_default(),
        }
    }
}

impl SummaryOf {
    /// The calls of both; clusters by their places.
    fn merge(&mut self, other: &Self) {
        self.is_control |= other.is_control;
        self.outcomes.merge(&other.outcomes);
        self.distribution.merge(&other.distribution);
        if self.clusters.is_empty() {
            self.clusters.clone_from(&other.clusters);
            return;
        }
        for (ours, theirs) in self.clusters.iter_mut().zip(&other.clusters) {
            ours.calls += theirs.calls;
            ours.failures += theirs.failures;
            ours.values += theirs.values;
            ours.sum += theirs.sum;
        }
    }
}

impl OutcomeCounts {
    /// How many calls there were.
    pub const fn calls(&self) -> u64 {
        self.ok
            .saturating_add(self.failures())
            .saturating_add(self.cancelled)
    }

    /// How many of them failed by themselves: errors, panics, those that took too long or fell back.
    pub const fn failures(&self) -> u64 {
        self.error
            .saturating_add(self.panicked)
            .saturating_add(self.timed_out)
            .saturating_add(self.fell_back)
    }

    /// One more call with an outcome of this [`code`](Outcome::code); of any other one as an error.
    pub fn add(&mut self, outcome: &str) {
        let count = match outcome {
            "ok" => &mut self.ok,
            "panicked" => &mut self.panicked,
            "cancelled" => &mut self.cancelled,
            "timed_out" => &mut self.timed_out,
            "fell_back" => &mut self.fell_back,
            _ => &mut self.error,
        };
        *count = count.saturating_add(1);
    }

    fn merge(&mut self, other: &Self) {
        self.ok = self.ok.saturating_add(other.ok);
        self.error = self.error.saturating_add(other.error);
        self.panicked = self.panicked.saturating_add(other.panicked);
        self.cancelled = self.cancelled.saturating_add(other.cancelled);
        self.timed_out = self.timed_out.saturating_add(other.timed_out);
        self.fell_back = self.fell_back.saturating_add(other.fell_back);
    }
}
