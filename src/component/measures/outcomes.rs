use crate::component::{Call, Collector, Outcome, Phase, Readings, UnitOfMeasure};

/// How calls end: the metric `failures`, 1 for a call that failed by itself and 0 for any other one, so that its mean is the error rate.
///
/// Which outcome it was is in every record, of whatever metric: give this one where nothing else is measured.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Outcomes;

impl Outcomes {
    /// The name of its metric.
    pub const METRIC: &'static str = "failures";

    /// There is nothing to set.
    pub const fn new() -> Self {
        Self
    }
}

impl Collector for Outcomes {
    type State = ();

    const PHASE: Phase = Phase::Resources;

    fn metrics(&self) -> &'static [&'static str] {
        &[Self::METRIC]
    }

    #[inline]
    fn before(&self, _: &Call<'_>) {}

    #[inline]
    fn after(&self, _: &Call<'_>, (): &mut (), outcome: &Outcome<'_>, readings: &mut Readings<'_>) {
        let value = f64::from(u8::from(outcome.is_failure()));
        readings.add(Self::METRIC, value, UnitOfMeasure::Count);
    }
}
