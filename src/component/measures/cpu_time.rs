use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::number;
use crate::component::{Call, Collector, Outcome, Phase, Readings, UnitOfMeasure};
use crate::cpu_time::thread_cpu_time;

/// How long the processor works on calls: the metric `cpu_time`, in nanoseconds.
///
/// It is that of the thread which the call runs on, of an asynchronous one that of each poll; what a call has other threads do
/// is not in it. On Linux, Android, macOS, iOS and FreeBSD; elsewhere, it says that it cannot be measured. Asking the
/// operating system twice takes some hundred nanoseconds.
#[derive(Clone, Default)]
pub struct CpuTime {
    told: Option<Arc<Told>>,
}

type Told = dyn Fn() -> Duration + Send + Sync;

/// What the current thread has worked for a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Worked {
    begin: Option<Duration>,
    sum: Duration,
    is_unavailable: bool,
}

impl CpuTime {
    /// The name of its metric.
    pub const METRIC: &'static str = "cpu_time";

    /// As the operating system says.
    pub const fn new() -> Self {
        Self { told: None }
    }

    /// By a clock of a test's own, which says how long the current thread has worked.
    pub fn by(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            told: Some(Arc::new(clock)),
        }
    }

    #[inline]
    fn now(&self) -> Option<Duration> {
        match &self.told {
            None => thread_cpu_time(),
            Some(told) => Some(told()),
        }
    }
}

impl Collector for CpuTime {
    type State = Worked;

    const PHASE: Phase = Phase::Resources;

    fn metrics(&self) -> &'static [&'static str] {
        &[Self::METRIC]
    }

    fn before(&self, _: &Call<'_>) -> Worked {
        Worked::default()
    }

    #[inline]
    fn enter(&self, _: &Call<'_>, worked: &mut Worked) {
        worked.begin = self.now();
        worked.is_unavailable |= worked.begin.is_none();
    }

    #[inline]
    fn exit(&self, _: &Call<'_>, worked: &mut Worked) {
        if let (Some(begin), Some(now)) = (worked.begin.take(), self.now()) {
            worked.sum = worked.sum.saturating_add(now.saturating_sub(begin));
        }
    }

    fn after(
        &self,
        _: &Call<'_>,
        worked: &mut Worked,
        _: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        if worked.is_unavailable {
            readings.unavailable(Self::METRIC, UnitOfMeasure::Nanoseconds);
            return;
        }
        let nanoseconds = u64::try_from(worked.sum.as_nanos()).unwrap_or(u64::MAX);
        readings.add(
            Self::METRIC,
            number(nanoseconds),
            UnitOfMeasure::Nanoseconds,
        );
    }
}

impl fmt::Debug for CpuTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CpuTime").finish_non_exhaustive()
    }
}
