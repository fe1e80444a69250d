use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Randomness;

/// Random bits that are the same in every run of a test: event ids, random rollouts. Clones go on where
/// the others are.
///
/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), which
/// will stay what it is. Threads that share one get each number once, in the order in which they ask.
///
/// ```
/// use variate::testing::SeededRandomness;
/// use variate::{Config, Random, context};
///
/// let variants = || -> Result<Vec<_>, variate::ConfigError> {
///     let config = Config::builder()
///         .resolver(Random::new())
///         .randomness(SeededRandomness::new(7))
///         .build()?;
///     Ok((0..10).map(|_| config.experiment("pill", context! {}).variant().to_string()).collect())
/// };
/// assert_eq!(variants()?, variants()?);
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SeededRandomness {
    state: Arc<AtomicU64>,
}

/// 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl SeededRandomness {
    /// The bits that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            state: Arc::new(AtomicU64::new(seed)),
        }
    }
}

impl Randomness for SeededRandomness {
    fn next_u64(&self) -> u64 {
        let state = self.state.fetch_add(STEP, Ordering::Relaxed);
        let mut bits = state.wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
