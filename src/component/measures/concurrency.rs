use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::number;
use crate::component::series_map::SeriesMap;
use crate::component::{Call, Collector, Outcome, Phase, Readings, UnitOfMeasure};

/// How many calls of the same arm and method are under way when a call begins, itself among them: the metric `concurrency`.
///
/// A call is under way until its caller has the value or has given up, an asynchronous one also while it waits.
#[derive(Debug, Clone)]
pub struct Concurrency {
    under_way: Arc<SeriesMap<Arc<AtomicU64>>>,
}

/// A call that is under way as long as this lives.
#[derive(Debug)]
pub struct UnderWay {
    calls: Option<Arc<AtomicU64>>,
    at_begin: u64,
}

/// More arms and methods than a program has.
const MOST_SERIES: usize = 10_000;

impl Default for Concurrency {
    fn default() -> Self {
        Self::new()
    }
}

impl Concurrency {
    /// The name of its metric.
    pub const METRIC: &'static str = "concurrency";

    /// Of nothing yet.
    pub fn new() -> Self {
        Self {
            under_way: Arc::new(SeriesMap::new(MOST_SERIES)),
        }
    }
}

impl Collector for Concurrency {
    type State = UnderWay;

    const PHASE: Phase = Phase::Resources;

    fn metrics(&self) -> &'static [&'static str] {
        &[Self::METRIC]
    }

    fn before(&self, call: &Call<'_>) -> UnderWay {
        let calls = self
            .under_way
            .get(call.series(), Self::METRIC, Arc::default)
            .cloned();
        let at_begin = calls
            .as_ref()
            .map_or(0, |calls| calls.fetch_add(1, Relaxed) + 1);
        UnderWay { calls, at_begin }
    }

    fn stop(&self, _: &Call<'_>, under_way: &mut UnderWay) {
        under_way.end();
    }

    fn after(
        &self,
        _: &Call<'_>,
        under_way: &mut UnderWay,
        _: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        let unit = UnitOfMeasure::Count;
        match under_way.at_begin {
            0 => readings.unavailable(Self::METRIC, unit),
            calls => readings.add(Self::METRIC, number(calls), unit),
        }
    }
}

impl UnderWay {
    fn end(&mut self) {
        if let Some(calls) = self.calls.take() {
            calls.fetch_sub(1, Relaxed);
        }
    }
}

impl Drop for UnderWay {
    /// Also where another collector's panic ended the call's hooks.
    fn drop(&mut self) {
        self.end();
    }
}
