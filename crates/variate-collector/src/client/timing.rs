use std::time::{Duration, Instant, SystemTime};

/// Time and waiting, which tests bring along.
pub trait Timing: Send {
    /// The time now, from any start; it never goes back.
    fn now(&self) -> Instant;

    /// The time of the calendar.
    fn date(&self) -> SystemTime;

    /// Waits, blocking the thread.
    fn wait(&self, duration: Duration);
}

/// The machine's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct MachineTiming;

impl Timing for MachineTiming {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn wait(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
