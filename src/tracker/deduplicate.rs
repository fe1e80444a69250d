use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Tracker;
use crate::Event;

/// Gives each exposure to a tracker once for each experiment, key and variant, for the life of the process.
///
/// A unit that comes back with every request is exposed every time, with the same event id; whoever
/// counts by that id needs it once only. All other actions pass unchanged.
///
/// It remembers at least about `capacity` exposures, in 16 bytes each that are taken up front, and
/// forgets others in their favour. A forgotten one passes again, which is harmless since its id is the same.
/// There is no lock, and no exposure is held back that did not pass before.
///
/// If the tracker panics, the exposure is not remembered: the next one of the unit passes again.
/// What the tracker takes and loses later, such as a full [`Background`](crate::Background) queue, is
/// lost as long as it is remembered here.
///
/// ```
/// use variate::{Config, Deduplicate, MemoryTracker, context};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder()
///     .tracker(Deduplicate::new(tracker.clone(), 100_000))
///     .build()?;
/// for _request in 0..3 {
///     let exp = config.experiment("pill", context! { user_id: 42 });
///     exp.use_(|| "grey").try_(|| "red").run();
///     exp.track("swallowed");
/// }
/// assert_eq!(tracker.actions(), ["assignment", "swallowed", "swallowed", "swallowed"]);
/// # Ok::<(), variate::ConfigError>(())
/// ```
pub struct Deduplicate<T> {
    tracker: T,
    sets: Box<[Set]>,
}

/// The fingerprints that fit a cache line; 0 is a free place.
#[repr(align(64))]
#[derive(Default)]
struct Set([AtomicU64; WAYS]);

const WAYS: usize = 8;

/// 256 MiB.
const MOST_CAPACITY: usize = 1 << 24;

impl<T: Tracker> Deduplicate<T> {
    /// `tracker`, with every exposure once. Remembers about `capacity` of them, from 1 to 16,777,216.
    pub fn new(tracker: T, capacity: usize) -> Self {
        // Twice the places, for a set may be full while others are not.
        let places = capacity.clamp(1, MOST_CAPACITY) * 2;
        let sets = std::iter::repeat_with(Set::default);
        Self {
            tracker,
            sets: sets.take(places.div_ceil(WAYS)).collect(),
        }
    }

    /// Where the exposures with these upper halves are.
    fn set(&self, high: u64) -> Option<&Set> {
        let scaled = (u128::from(high) * self.sets.len() as u128) >> 64;
        self.sets.get(usize::try_from(scaled).ok()?)
    }
}

impl Set {
    /// Remembers a fingerprint, in place of another where all places are taken; `None` if it is
    /// there already.
    fn remember(&self, fingerprint: u64) -> Option<Remembered<'_>> {
        let Self(ways) = self;
        // All threads look for a free place in the same order, and would overwrite the same: two
        // with the same exposure meet, and one of them loses.
        for way in ways {
            let mut seen = way.load(Ordering::Relaxed);
            if seen == 0 {
                match exchange(way, 0, fingerprint) {
                    Ok(_) => return Some(Remembered { way, fingerprint }),
                    Err(other) => seen = other,
                }
            }
            if seen == fingerprint {
                return None;
            }
        }
        let [first, ..] = ways;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the lowest bits are wanted"
        )]
        let way = ways.get(fingerprint as usize % WAYS).unwrap_or(first);
        let mut old = way.load(Ordering::Relaxed);
        while old != fingerprint {
            match exchange(way, old, fingerprint) {
                Ok(_) => return Some(Remembered { way, fingerprint }),
                Err(other) => old = other,
            }
        }
        None
    }
}

// The fingerprints are all there is to see for other threads, so no order with anything else is needed.
fn exchange(way: &AtomicU64, old: u64, new: u64) -> Result<u64, u64> {
    way.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed)
}

/// A fingerprint that was not there before; dropping it takes it out again.
struct Remembered<'s> {
    way: &'s AtomicU64,
    fingerprint: u64,
}

impl Drop for Remembered<'_> {
    fn drop(&mut self) {
        let _ = exchange(self.way, self.fingerprint, 0);
    }
}

impl<T: Tracker> Tracker for Deduplicate<T> {
    fn track(&self, event: &Event<'_>) {
        if !event.is_exposure() {
            return self.tracker.track(event);
        }
        // Both halves are of a digest, but for the marks that make it a uuid. These keep the
        // fingerprint from being 0, and are none of the bits that matter most for the set.
        let (high, fingerprint) = event.id().as_u64_pair();
        let Some(set) = self.set(high) else {
            return self.tracker.track(event);
        };
        // Remembered first, or two threads would both pass.
        if let Some(remembered) = set.remember(fingerprint) {
            self.tracker.track(event);
            // What a tracker panicked on never arrived: only here it has.
            std::mem::forget(remembered);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.tracker.flush(timeout)
    }
}

impl<T: fmt::Debug> fmt::Debug for Deduplicate<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Deduplicate")
            .field("tracker", &self.tracker)
            .field("places", &(self.sets.len() * WAYS))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// The moment between looking and writing is too short to be met from outside.
    #[test]
    fn of_threads_that_remember_the_same_at_once_one_is_the_first() {
        let sets: Vec<_> = std::iter::repeat_with(Set::default).take(50_000).collect();
        let arrived = AtomicUsize::new(0);
        let firsts = || {
            let first = |(round, set): (usize, &Set)| {
                arrived.fetch_add(1, Ordering::SeqCst);
                let mut spins = 0;
                while arrived.load(Ordering::SeqCst) < 2 * (round + 1) {
                    spins += 1;
                    if spins % 1_000 == 0 {
                        std::thread::yield_now();
                    }
                }
                set.remember(7).map(std::mem::forget).is_some()
            };
            sets.iter()
                .enumerate()
                .map(first)
                .filter(|first| *first)
                .count()
        };
        let firsts: usize = std::thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(firsts));
            threads
                .map(|thread| thread.join().unwrap_or(0))
                .iter()
                .sum()
        });
        assert_eq!(firsts, sets.len());
    }
}
