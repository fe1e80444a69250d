use variate_alloc::{Meter, is_installed};

use super::number;
use crate::component::{Call, Collector, Outcome, Phase, Readings, UnitOfMeasure};

/// What calls allocate: the metrics `allocations` (how often), `allocated` (bytes) and `peak` (bytes, the most at one time).
///
/// A program in which a [`CountingAllocator`](crate::component::CountingAllocator) is the global allocator knows it; in
/// any other one, the records say that it cannot be measured. Bytes are counted as the program asks for them, on the
/// thread that the call runs on, of an asynchronous call poll by poll. What the proxy and other collectors allocate is not in it.
///
/// ```
/// use variate::component::CountingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::system();
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    is_installed: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// The name of the metric of how often memory is asked for.
    pub const ALLOCATIONS: &'static str = "allocations";
    /// The name of the metric of the bytes that are asked for.
    pub const ALLOCATED: &'static str = "allocated";
    /// The name of the metric of the most bytes at one time.
    pub const PEAK: &'static str = "peak";

    /// Looks whether allocations are counted in this program.
    pub fn new() -> Self {
        Self {
            is_installed: is_installed(),
        }
    }

    /// Whether it can measure anything here.
    pub const fn is_available(&self) -> bool {
        self.is_installed
    }
}

impl Collector for Memory {
    type State = Meter;

    const PHASE: Phase = Phase::Resources;

    fn metrics(&self) -> &'static [&'static str] {
        &[Self::ALLOCATIONS, Self::ALLOCATED, Self::PEAK]
    }

    #[inline]
    fn before(&self, _: &Call<'_>) -> Meter {
        Meter::new()
    }

    #[inline]
    fn enter(&self, _: &Call<'_>, meter: &mut Meter) {
        meter.enter();
    }

    #[inline]
    fn exit(&self, _: &Call<'_>, meter: &mut Meter) {
        meter.exit();
    }

    fn after(&self, _: &Call<'_>, meter: &mut Meter, _: &Outcome<'_>, readings: &mut Readings<'_>) {
        let usage = meter.usage();
        for (metric, value, unit) in [
            (Self::ALLOCATIONS, usage.allocations, UnitOfMeasure::Count),
            (Self::ALLOCATED, usage.allocated, UnitOfMeasure::Bytes),
            (Self::PEAK, usage.peak, UnitOfMeasure::Bytes),
        ] {
            if self.is_installed {
                readings.add(metric, number(value), unit);
            } else {
                readings.unavailable(metric, unit);
            }
        }
    }
}
