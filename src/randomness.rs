use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

/// Where random bits come from: event ids and random rollouts.
///
/// A closure `Fn() -> u64` is one, for tests that must not guess.
pub trait Randomness: Send + Sync {
    /// The next 64 random bits.
    fn next_u64(&self) -> u64;
}

impl<F: Fn() -> u64 + Send + Sync> Randomness for F {
    fn next_u64(&self) -> u64 {
        self()
    }
}

/// The default: a cryptographic generator for each thread, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ThreadRandomness;

thread_local! {
    static GENERATOR: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

impl Randomness for ThreadRandomness {
    fn next_u64(&self) -> u64 {
        let next = |generator: &RefCell<Option<StdRng>>| {
            generator.borrow_mut().get_or_insert_with(seeded).next_u64()
        };
        // While a thread shuts down its generator may be gone already.
        GENERATOR
            .try_with(next)
            .unwrap_or_else(|_| seeded().next_u64())
    }
}

fn seeded() -> StdRng {
    StdRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| {
        // Without the system's randomness, ids must still differ between processes and threads.
        StdRng::seed_from_u64(RandomState::new().hash_one(std::time::SystemTime::now()))
    })
}
