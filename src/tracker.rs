//! Where events go.

mod background;
mod deduplicate;
mod fan_out;
mod filter;
mod log;
mod memory;

use std::time::Duration;

pub use self::background::{
    Background, BackgroundBuilder, BackgroundHandle, BackgroundStats, Sink, SinkError,
};
pub use self::deduplicate::Deduplicate;
pub use self::fan_out::FanOut;
pub use self::filter::Filter;
pub use self::log::LogTracker;
pub use self::memory::MemoryTracker;
use crate::Event;

/// Takes events: to a log, a queue, a collector. A closure over `&Event` is one.
///
/// It is called where the event happens, on the caller's thread: what may block or take long
/// belongs behind [`Background`]. A tracker that panics breaks no request; it is told.
///
/// ```
/// use variate::{Config, Event, context};
///
/// let config = Config::builder()
///     .tracker(|event: &Event<'_>| println!("{} {}", event.experiment(), event.action()))
///     .build()?;
/// config.experiment("pill", context! { user_id: 42 }).track("swallowed");
/// # Ok::<(), variate::ConfigError>(())
/// ```
pub trait Tracker: Send + Sync {
    /// Takes one event.
    fn track(&self, event: &Event<'_>);

    /// Waits until all events taken so far are where they should be, `timeout` at the longest;
    /// answers whether they are.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
    }
}

impl<F: Fn(&Event<'_>) + Send + Sync> Tracker for F {
    #[inline]
    fn track(&self, event: &Event<'_>) {
        self(event);
    }
}

/// No tracking at all.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct NoTracker;

impl NoTracker {
    /// A tracker that forgets every event.
    pub const fn new() -> Self {
        Self
    }
}

impl Tracker for NoTracker {
    #[inline]
    fn track(&self, _: &Event<'_>) {}
}
