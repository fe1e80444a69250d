use std::sync::Arc;

mod entry;
mod summary_of;

use self::entry::Entry;
pub use self::summary_of::{CallCounts, DivertedCounts, OutcomeCounts, SummaryOf};
use super::series_map::SeriesMap;
use super::{Call, Outcome, Record, Recorder, UnitOfMeasure};

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
        let mut entries: Vec<((u16, u16, u32), SummaryOf)> = Vec::new();
        for (series, metric, entry) in self.0.series.iter() {
            let order = |arm| (series.method, arm, series.component);
            let [control, arm] = entry.read(metric, series.arm == 0);
            entries.extend(control.map(|of| (order(0), of)));
            entries.extend(arm.map(|of| (order(series.arm), of)));
        }
        entries.sort_by(|(order, of), (other_order, other)| {
            of.experiment
                .cmp(&other.experiment)
                .then_with(|| order.0.cmp(&other_order.0))
                .then_with(|| of.metric.cmp(&other.metric))
                .then_with(|| order.cmp(other_order))
        });
        let mut all: Vec<SummaryOf> = Vec::with_capacity(entries.len());
        for (_, next) in entries {
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

    /// Where it keeps what it counts.
    pub(super) fn place(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
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
        let has_keys = self.0.has_keys;
        let series = call.selected_series();
        let entry = self.0.series.get(series, metric, || Entry::new(call, unit));
        if let Some(entry) = entry {
            entry.add(call, outcome, value, has_keys);
        }
    }
}

impl Recorder for Summary {
    fn wants_key(&self) -> bool {
        self.has_keys()
    }

    fn identity(&self) -> Option<usize> {
        Some(self.place())
    }

    fn dropped(&self) -> u64 {
        Self::dropped(self)
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
