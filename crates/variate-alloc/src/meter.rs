use crate::counts;

/// What a stretch of code allocated on its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// How often memory was asked for, growing and shrinking included.
    pub allocations: u64,
    /// Bytes that were asked for.
    pub allocated: u64,
    /// Bytes that were given back.
    pub freed: u64,
    /// The most bytes that were there at one time, less those at the beginning.
    pub peak: u64,
}

impl Usage {
    /// What is left: allocated less freed. Below 0 where more was freed than allocated.
    pub const fn net(&self) -> i64 {
        self.allocated.wrapping_sub(self.freed).cast_signed()
    }
}

/// Measures a stretch of code, in one piece or in several.
///
/// Between [`enter`](Self::enter) and [`exit`](Self::exit) everything is counted that the current thread allocates. Both may come again,
/// on any thread, as the polls of a future do. Meters of one thread end in the opposite order of their beginnings.
///
/// ```
/// use variate_alloc::{CountingAllocator, Meter};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::system();
///
/// let mut meter = Meter::new();
/// meter.enter();
/// let kept = vec![0_u8; 100];
/// meter.exit();
/// let not_measured = vec![0_u8; 1_000];
/// meter.enter();
/// drop(kept);
/// meter.exit();
///
/// let usage = meter.usage();
/// assert_eq!((usage.allocations, usage.allocated, usage.freed, usage.peak), (1, 100, 100, 100));
/// # drop(not_measured);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Meter {
    // While it is entered, each has the thread's own count at that moment taken off.
    allocations: u64,
    allocated: u64,
    freed: u64,
    peak: i64,
    /// The peak of the meter around this one, while this one is entered.
    around: i64,
}

impl Meter {
    /// One that has seen nothing.
    pub const fn new() -> Self {
        Self {
            allocations: 0,
            allocated: 0,
            freed: 0,
            peak: 0,
            around: 0,
        }
    }

    /// Measures a closure. Where it panics, that is the caller's, and meters around this one go on.
    pub fn measure<R>(run: impl FnOnce() -> R) -> (R, Usage) {
        struct Entered<'a>(&'a mut Meter);
        impl Drop for Entered<'_> {
            fn drop(&mut self) {
                self.0.exit();
            }
        }
        let mut meter = Self::new();
        meter.enter();
        let entered = Entered(&mut meter);
        let result = run();
        drop(entered);
        (result, meter.usage())
    }

    /// Counts from here on.
    #[inline]
    pub fn enter(&mut self) {
        counts::with(|counts| {
            self.allocations = self.allocations.wrapping_sub(counts.allocations.get());
            self.allocated = self.allocated.wrapping_sub(counts.allocated.get());
            self.freed = self.freed.wrapping_sub(counts.freed.get());
            self.around = counts.peak.replace(counts.live());
        });
    }

    /// Counts up to here.
    #[inline]
    pub fn exit(&mut self) {
        counts::with(|counts| {
            // What the thread had at `enter`, less what this meter had by then.
            let begin = self.freed.wrapping_sub(self.allocated).cast_signed();
            let peak = counts.peak.get();
            self.peak = self.peak.max(peak.wrapping_sub(begin));
            counts.peak.set(peak.max(self.around));
            self.allocations = self.allocations.wrapping_add(counts.allocations.get());
            self.allocated = self.allocated.wrapping_add(counts.allocated.get());
            self.freed = self.freed.wrapping_add(counts.freed.get());
        });
    }

    /// What was counted, which means something only between an [`exit`](Self::exit) and the next [`enter`](Self::enter).
    #[inline]
    pub const fn usage(&self) -> Usage {
        Usage {
            allocations: self.allocations,
            allocated: self.allocated,
            freed: self.freed,
            peak: if self.peak > 0 {
                self.peak.cast_unsigned()
            } else {
                0
            },
        }
    }
}
