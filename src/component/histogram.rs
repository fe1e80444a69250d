use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::distribution::{Distribution, FIRST_POWER, PART_BITS, PARTS, POWERS, part_number};

/// Counts values from any number of threads, without locks and without keeping them: what it takes grows with how far they
/// are spread, 1 KiB for each power of two, not with how many there are.
///
/// Threads count in different places, so that they do not wait for each other. Values that are no finite numbers are left out.
/// [`Distribution`] says how exact it is.
///
/// ```
/// let histogram = variate::component::Histogram::new();
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| (0..1_000).for_each(|value| histogram.add(f64::from(value))));
///     }
/// });
/// assert_eq!(histogram.distribution().count(), 4_000);
/// ```
#[derive(Debug)]
pub struct Histogram {
    shards: Box<[Shard]>,
}

/// What some threads counted, apart from the memory of others.
#[derive(Debug)]
#[repr(align(128))]
struct Shard {
    zeros: AtomicU64,
    /// As bits, like all numbers here that are not whole.
    sum: AtomicU64,
    least: AtomicU64,
    greatest: AtomicU64,
    positive: Powers,
    negative: OnceLock<Box<Powers>>,
}

#[derive(Debug)]
struct Powers([OnceLock<Box<Parts>>; POWERS]);

#[derive(Debug)]
struct Parts([AtomicU64; PARTS]);

/// More shards than this are of no use to anybody.
const MOST_SHARDS: usize = 16;

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// One that has seen nothing.
    pub fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let shards = threads.next_power_of_two().min(MOST_SHARDS);
        Self {
            shards: std::iter::repeat_with(Shard::new).take(shards).collect(),
        }
    }

    /// One more value.
    #[inline]
    pub fn add(&self, value: f64) {
        // As many shards as a power of two.
        let place = thread_number() & (self.shards.len() - 1);
        if let Some(shard) = self.shards.get(place)
            && value.is_finite()
        {
            shard.add(value);
        }
    }

    /// What it has seen so far.
    pub fn distribution(&self) -> Distribution {
        let mut all = Distribution::default();
        for shard in &self.shards {
            all.merge(&shard.distribution());
        }
        all
    }
}

impl Shard {
    fn new() -> Self {
        Self {
            zeros: AtomicU64::new(0),
            sum: AtomicU64::new(0.0_f64.to_bits()),
            least: AtomicU64::new(f64::INFINITY.to_bits()),
            greatest: AtomicU64::new(f64::NEG_INFINITY.to_bits()),
            positive: Powers::new(),
            negative: OnceLock::new(),
        }
    }

    #[inline]
    fn add(&self, value: f64) {
        add_to(&self.sum, value);
        if value < f64::from_bits(self.least.load(Relaxed)) {
            replace(&self.least, value, f64::min);
        }
        if value > f64::from_bits(self.greatest.load(Relaxed)) {
            replace(&self.greatest, value, f64::max);
        }
        let bits = value.to_bits();
        let power = ((bits >> 52) & 0x7ff).cast_signed() - 1023 - i64::from(FIRST_POWER);
        let Ok(power) = usize::try_from(power) else {
            self.zeros.fetch_add(1, Relaxed);
            return;
        };
        #[allow(clippy::cast_possible_truncation, reason = "seven bits")]
        let (power, part) = if power < POWERS {
            (power, (bits >> (52 - PART_BITS)) as usize & (PARTS - 1))
        } else {
            (POWERS - 1, PARTS - 1)
        };
        let powers = if value < 0.0 {
            self.negative.get_or_init(|| Box::new(Powers::new()))
        } else {
            &self.positive
        };
        if let Some(count) = powers
            .0
            .get(power)
            .and_then(|parts| parts.get_or_init(Parts::boxed).0.get(part))
        {
            count.fetch_add(1, Relaxed);
        }
    }

    fn distribution(&self) -> Distribution {
        let mut parts = BTreeMap::new();
        let zeros = self.zeros.load(Relaxed);
        if zeros > 0 {
            parts.insert(0, zeros);
        }
        self.positive.read(false, &mut parts);
        if let Some(negative) = self.negative.get() {
            negative.read(true, &mut parts);
        }
        if parts.is_empty() {
            return Distribution::default();
        }
        let read = |of: &AtomicU64| f64::from_bits(of.load(Relaxed));
        Distribution::of(
            parts,
            read(&self.sum),
            read(&self.least),
            read(&self.greatest),
        )
    }
}

impl Powers {
    const fn new() -> Self {
        Self([const { OnceLock::new() }; POWERS])
    }

    fn read(&self, is_negative: bool, into: &mut BTreeMap<i32, u64>) {
        for (power, parts) in self.0.iter().enumerate() {
            let counts = parts.get().into_iter().flat_map(|parts| &parts.0);
            for (part, count) in counts.enumerate() {
                let count = count.load(Relaxed);
                if count > 0 {
                    into.insert(part_number(power, part, is_negative), count);
                }
            }
        }
    }
}

impl Parts {
    #[cold]
    fn boxed() -> Box<Self> {
        Box::new(Self([const { AtomicU64::new(0) }; PARTS]))
    }
}

/// Adds to a number that is kept as bits.
#[inline]
pub(super) fn add_to(sum: &AtomicU64, value: f64) {
    replace(sum, value, |sum, value| sum + value);
}

#[inline]
fn replace(number: &AtomicU64, value: f64, next: impl Fn(f64, f64) -> f64) {
    let mut now = number.load(Relaxed);
    loop {
        let then = next(f64::from_bits(now), value).to_bits();
        match number.compare_exchange_weak(now, then, Relaxed, Relaxed) {
            Ok(_) => return,
            Err(other) => now = other,
        }
    }
}

/// A number that the thread has to itself, until there are too many threads.
#[inline]
fn thread_number() -> usize {
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NUMBER
        .try_with(|number| match number.get() {
            Some(number) => number,
            None => {
                let new = NEXT.fetch_add(1, Relaxed);
                number.set(Some(new));
                new
            }
        })
        .unwrap_or(0)
}
