use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::cpu_time::thread_cpu_time;

/// What the durations of a shadow run are read from: the real time unless set.
///
/// Only differences count. A closure `Fn() -> Duration` is one without CPU time, so that a test
/// says how long everything takes:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
/// use variate::{context, experiment};
///
/// static NOW: AtomicU64 = AtomicU64::new(0);
///
/// experiment("search", context! { user_id: 42 })
///     .use_(|| NOW.fetch_add(7, Ordering::Relaxed))
///     .try_(|| NOW.fetch_add(3, Ordering::Relaxed))
///     .shadow()
///     .compare(|_, _| true)
///     .stopwatch(|| Duration::from_millis(NOW.load(Ordering::Relaxed)))
///     .after(|result| {
///         assert_eq!(result.control().wall(), Duration::from_millis(7));
///         assert_eq!(result.candidates()[0].wall(), Duration::from_millis(3));
///     })
///     .run();
/// ```
pub trait Stopwatch: Send + Sync {
    /// The time since some moment that stays the same, for all threads.
    fn wall(&self) -> Duration;

    /// The time that the processor spent on the current thread, where that is known.
    fn cpu(&self) -> Option<Duration> {
        None
    }
}

impl<F: Fn() -> Duration + Send + Sync> Stopwatch for F {
    fn wall(&self) -> Duration {
        self()
    }
}

/// The real time: a monotonic clock, and the thread's CPU time on Linux, Android, macOS, iOS and FreeBSD.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemStopwatch;

impl SystemStopwatch {
    /// The real time.
    pub const fn new() -> Self {
        Self
    }
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Stopwatch for SystemStopwatch {
    fn wall(&self) -> Duration {
        START.elapsed()
    }

    fn cpu(&self) -> Option<Duration> {
        thread_cpu_time()
    }
}
