use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::BootstrapError;
use super::interval::IntervalMethod;
use super::philox::Philox;
use crate::ArgumentError;

/// How the units of a mean or a ratio are drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resampling {
    /// As many units as there are, each from all of them (Efron 1979).
    #[default]
    Multinomial,
    /// Each unit as often as a Poisson number with mean 1 says, independently of the others (Chamandy et al. 2012): looks at
    /// the values in their order, so it is the faster one where they are more than the processor's cache holds. As good
    /// from some hundred units.
    Poisson,
}

/// Called with how many evaluations are done, and of how many.
pub(super) type Progress<'a> = &'a (dyn Fn(u32, u32) + Sync);

/// A bootstrap: how many replicates, from which seed, and how the interval is made of them.
///
/// ```
/// use variate_stats::{Side, bootstrap::Bootstrap};
///
/// let control = [12.0, 0.0, 3.5, 0.0, 8.0, 20.0, 1.0, 0.0, 4.0, 6.5];
/// let treatment = [14.0, 2.0, 9.5, 0.0, 18.0, 30.0, 7.0, 5.0, 4.5, 16.5];
///
/// let bootstrap = Bootstrap::new(2026);
/// let means = bootstrap.difference_of_means(&control, &treatment, 0.05, Side::Both)?;
/// assert_eq!(means.estimate.effect, 5.15);
/// assert!(means.estimate.interval.lower < 0.0 && means.estimate.interval.upper > 10.0);
///
/// // Any statistic of the units that were drawn: here the eighth of ten in order.
/// let eighth = |values: &[f64], units: &[u32]| {
///     let mut drawn: Vec<f64> = units.iter().map(|unit| values[*unit as usize]).collect();
///     drawn.sort_by(f64::total_cmp);
///     drawn[7]
/// };
/// let high = bootstrap.compare(
///     10,
///     10,
///     |ours, theirs| eighth(&treatment, theirs) - eighth(&control, ours),
///     0.05,
///     Side::Both,
/// )?;
/// assert_eq!(high.estimate.effect, 8.5);
/// # Ok::<(), variate_stats::bootstrap::BootstrapError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Bootstrap<'a> {
    pub(super) replicates: u32,
    pub(super) seed: u64,
    threads: Option<usize>,
    pub(super) method: IntervalMethod,
    pub(super) resampling: Resampling,
    progress: Option<Progress<'a>>,
    cancelled: Option<&'a AtomicBool>,
}

impl fmt::Debug for Bootstrap<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bootstrap")
            .field("replicates", &self.replicates)
            .field("seed", &self.seed)
            .field("threads", &self.threads)
            .field("method", &self.method)
            .field("resampling", &self.resampling)
            .finish_non_exhaustive()
    }
}

impl<'a> Bootstrap<'a> {
    /// 2,000 replicates and the `BCa` interval. The same seed gives the same answer.
    pub fn new(seed: u64) -> Self {
        Self {
            replicates: 2000,
            seed,
            threads: None,
            method: IntervalMethod::default(),
            resampling: Resampling::default(),
            progress: None,
            cancelled: None,
        }
    }

    /// So many replicates, from 100 to 10,000,000: 2,000 for an interval at 0.05, ten times as many for one at 0.001.
    pub fn with_replicates(mut self, replicates: u32) -> Self {
        self.replicates = replicates;
        self
    }

    /// Another kind of interval.
    pub fn with_method(mut self, method: IntervalMethod) -> Self {
        self.method = method;
        self
    }

    /// Another way to draw the units of means and ratios; statistics that are closures get lists of units.
    pub fn with_resampling(mut self, resampling: Resampling) -> Self {
        self.resampling = resampling;
        self
    }

    /// At most so many threads; without it all cores, where there is enough to do. Only with the feature `parallel`, else
    /// it is one. The answer is the same for any number.
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Tells how many evaluations of the statistic are done, and of how many, some hundred times in all; from any of the
    /// threads, so a smaller number may come after a larger one.
    pub fn with_progress(mut self, progress: &'a (impl Fn(u32, u32) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Ends with [`BootstrapError::Cancelled`] soon after the flag is set.
    pub fn with_cancellation(mut self, cancelled: &'a AtomicBool) -> Self {
        self.cancelled = Some(cancelled);
        self
    }

    pub(super) fn check(&self, units: &[usize]) -> Result<(), ArgumentError> {
        if !(100..=10_000_000).contains(&self.replicates) {
            return Err(ArgumentError::Range {
                name: "replicates",
                value: f64::from(self.replicates),
                expected: "from 100 to 10,000,000",
            });
        }
        for units in units {
            crate::argument::length(
                *units >= 2 && u32::try_from(*units).is_ok(),
                "units",
                *units,
                "from 2 to 4,294,967,295",
            )?;
        }
        Ok(())
    }

    /// The statistic of every replicate, in their order, each from its own stream. `work` is about how many units an
    /// evaluation looks at.
    pub(super) fn replicates<S>(
        &self,
        run: &Run,
        scratch: impl Fn() -> S + Sync,
        draw: impl Fn(&mut S, &mut Philox) -> f64 + Sync,
    ) -> Result<Vec<f64>, BootstrapError> {
        let values = self.each(run, self.replicates, scratch, |scratch, replicate| {
            draw(scratch, &mut Philox::new(self.seed, replicate))
        })?;
        match (0..).zip(&values).find(|(_, value)| !value.is_finite()) {
            Some((replicate, value)) => Err(BootstrapError::Replicate {
                replicate,
                value: *value,
            }),
            None => Ok(values),
        }
    }

    /// `evaluate` of 0, 1, … in their order, on as many threads as pay.
    pub(super) fn each<S>(
        &self,
        run: &Run,
        count: u32,
        scratch: impl Fn() -> S + Sync,
        evaluate: impl Fn(&mut S, u32) -> f64 + Sync,
    ) -> Result<Vec<f64>, BootstrapError> {
        let mut values = vec![0.0; count as usize];
        let size = (count / 128).clamp(1, 256);
        let cancelled = || {
            self.cancelled
                .is_some_and(|flag| flag.load(Ordering::Relaxed))
        };
        let chunks = Mutex::new(
            (0..)
                .step_by(size as usize)
                .zip(values.chunks_mut(size as usize)),
        );
        let worker = || {
            let mut scratch = scratch();
            while !cancelled() {
                // The lock is held for this line only.
                let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((first, chunk)) = next else {
                    return;
                };
                for (index, value) in (first..).zip(chunk.iter_mut()) {
                    if cancelled() {
                        return;
                    }
                    *value = evaluate(&mut scratch, index);
                    // A long evaluation is told of by itself.
                    let done = run.done.fetch_add(1, Ordering::Relaxed) + 1;
                    if let Some(progress) = self.progress
                        && (done.is_multiple_of(size) || done == run.total)
                    {
                        progress(done, run.total);
                    }
                }
            }
        };
        on_threads(self.threads(run, count), &worker);
        if cancelled() {
            return Err(BootstrapError::Cancelled {
                done: run.done.load(Ordering::Relaxed),
                total: run.total,
            });
        }
        Ok(values)
    }

    /// A thread costs some 50 µs, as long as a hundred thousand units take.
    fn threads(&self, run: &Run, count: u32) -> usize {
        let work = run.units.saturating_mul(count as usize);
        let cores = if cfg!(feature = "parallel") && work > 500_000 {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        } else {
            1
        };
        match self.threads {
            Some(threads) if cfg!(feature = "parallel") => threads,
            _ => cores,
        }
        .clamp(1, 256)
        .min(count as usize)
    }
}

/// All evaluations of one bootstrap.
#[derive(Debug)]
pub(super) struct Run {
    /// About how many units an evaluation looks at.
    pub(super) units: usize,
    pub(super) done: AtomicU32,
    pub(super) total: u32,
}

#[cfg(feature = "parallel")]
fn on_threads(threads: usize, worker: &(impl Fn() + Sync)) {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        worker();
        for other in others {
            if let Err(panic) = other.join() {
                // The host's statistic panicked: as if it had been called here.
                std::panic::resume_unwind(panic);
            }
        }
    });
}

#[cfg(not(feature = "parallel"))]
fn on_threads(_: usize, worker: &impl Fn()) {
    worker();
}
