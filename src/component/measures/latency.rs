use std::time::Duration;

use super::wall_time::{Timed, WallTime};
use crate::component::clock::Clock;
use crate::component::{Call, Collector, Outcome, Phase, Readings, Summary, UnitOfMeasure};

/// How long calls take, counted straight into a [`Summary`]: the cheapest way to measure them, fit for every call of a busy service.
///
/// It makes no records: recorders see nothing of it. What else is measured, values of `#[measure(..)]` among it, gets into the same `Summary`
/// where that is also a recorder of the component.
///
/// ```
/// use variate::component::{Latency, Summary};
///
/// let summary = Summary::new();
/// let latency = Latency::new(&summary);
/// // PlaceOrderExperiment::builder(..) ... .collect(latency).build()?, and some calls later:
/// if let Some(fast) = summary.of("fast", "place_order", "time") {
///     println!("p99: {:?} ns", fast.distribution.quantile(0.99));
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Latency {
    summary: Summary,
    clock: Clock,
}

impl Latency {
    /// By the real time, as [`WallTime`].
    pub fn new(summary: &Summary) -> Self {
        Self {
            summary: summary.clone(),
            clock: Clock::real(),
        }
    }

    /// By a clock of a test's own, which says how long it has been running.
    pub fn by(summary: &Summary, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            summary: summary.clone(),
            clock: Clock::told(clock),
        }
    }
}

impl Collector for Latency {
    type State = Timed;

    const PHASE: Phase = Phase::Time;

    fn metrics(&self) -> &'static [&'static str] {
        &[WallTime::METRIC]
    }

    fn counts_into(&self) -> Option<usize> {
        Some(self.summary.place())
    }

    fn wants_key(&self) -> bool {
        self.summary.has_keys()
    }

    #[inline]
    fn before(&self, _: &Call<'_>) -> Timed {
        Timed::begin(&self.clock)
    }

    #[inline]
    fn stop(&self, _: &Call<'_>, timed: &mut Timed) {
        timed.end(&self.clock);
    }

    #[inline]
    fn after(
        &self,
        call: &Call<'_>,
        timed: &mut Timed,
        outcome: &Outcome<'_>,
        _: &mut Readings<'_>,
    ) {
        self.summary.add(
            call,
            outcome,
            WallTime::METRIC,
            Some(timed.value()),
            UnitOfMeasure::Nanoseconds,
        );
    }
}
