//! What comes along to measure calls with.

mod concurrency;
mod cpu_time;
mod latency;
#[cfg(feature = "memory")]
mod memory;
mod outcomes;
mod wall_time;

pub use self::concurrency::Concurrency;
pub use self::cpu_time::CpuTime;
pub use self::latency::Latency;
#[cfg(feature = "memory")]
pub use self::memory::Memory;
pub use self::outcomes::Outcomes;
pub use self::wall_time::WallTime;

/// Whole numbers as they are recorded.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the last digits")]
const fn number(count: u64) -> f64 {
    count as f64
}
