//! A simulation and what it is to show.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Claim, Random, Rate};

/// An experiment that is repeated many times, read by several methods at once.
pub struct Study {
    /// A word to name it by.
    pub name: &'static str,
    /// A few words above its table.
    pub title: String,
    /// What is simulated, and what the figures say.
    pub about: String,
    /// How often, for the full report.
    pub runs: u64,
    /// How often in tests.
    pub few: u64,
    /// One for each figure, in the order in which a run finds them.
    pub claims: Vec<Claim>,
    simulate: Simulate,
}

type Simulate = Box<dyn Fn(&mut Random, &mut Found) + Send + Sync>;

/// What one run found, in the order of the claims.
#[derive(Debug, Default)]
pub struct Found(Vec<f64>);

impl Found {
    /// Whether it happened.
    pub fn hit(&mut self, happened: bool) {
        self.0.push(f64::from(u8::from(happened)));
    }

    /// Which share, 0 to 1.
    pub fn share(&mut self, share: f64) {
        self.0.push(share);
    }
}

/// How many runs a thread takes at a time; sums are made in this order, whoever has made them.
const CHUNK: u64 = 32;

impl Study {
    /// A study; a run finds as many figures as there are claims.
    pub fn new(
        name: &'static str,
        title: impl Into<String>,
        about: impl Into<String>,
        (runs, few): (u64, u64),
        claims: Vec<Claim>,
        simulate: impl Fn(&mut Random, &mut Found) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            title: title.into(),
            about: about.into(),
            runs,
            few,
            claims,
            simulate: Box::new(simulate),
        }
    }

    /// One rate for each claim, over `runs` runs; the same for any number of threads. `told` hears of every chunk of runs.
    pub fn run(
        &self,
        seed: u64,
        runs: u64,
        threads: usize,
        told: impl Fn(u64) + Sync,
    ) -> Vec<Rate> {
        let next = AtomicU64::new(0);
        let chunks: Mutex<Vec<(u64, Vec<Rate>)>> = Mutex::new(Vec::new());
        let work = || {
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                let first = chunk * CHUNK;
                if first >= runs {
                    return;
                }
                let last = runs.min(first + CHUNK);
                let rates = self.chunk(seed, first..last);
                chunks
                    .lock()
                    .expect("no thread panics with it")
                    .push((chunk, rates));
                told(last - first);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let mut chunks = chunks.into_inner().expect("no thread panics with it");
        chunks.sort_by_key(|(chunk, _)| *chunk);
        let mut rates = vec![Rate::default(); self.claims.len()];
        for (_, of_chunk) in chunks {
            for (rate, more) in rates.iter_mut().zip(of_chunk) {
                rate.add(&more);
            }
        }
        rates
    }

    fn chunk(&self, seed: u64, runs: std::ops::Range<u64>) -> Vec<Rate> {
        let mut rates = vec![Rate::default(); self.claims.len()];
        let mut found = Found::default();
        for run in runs {
            found.0.clear();
            (self.simulate)(&mut Random::of(seed, self.name, run), &mut found);
            assert_eq!(
                found.0.len(),
                self.claims.len(),
                "{}: a figure for each claim",
                self.name
            );
            for (rate, value) in rates.iter_mut().zip(&found.0) {
                rate.see(*value);
            }
        }
        rates
    }
}

impl std::fmt::Debug for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Study")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
