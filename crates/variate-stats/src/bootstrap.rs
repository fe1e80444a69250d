//! The bootstrap: how much a statistic would vary if the units were drawn again, by drawing them again.
//!
//! For statistics whose standard error has no formula. The draws come from a seed and are the same on every machine, with
//! any number of threads: replicate r draws from a stream of its own. With the feature `parallel` it uses the processor's cores
//! where there is enough to do.
//!
//! # The stream
//! Philox 4×64 with 10 rounds (Salmon, Moraes, Dror & Shaw 2011, SC11) with the key (seed, 0) and the counter
//! (block, replicate, 0, 0), blocks from 1: what numpy's `Philox(key=seed, counter=[0, replicate, 0, 0])` gives. Each of its
//! numbers of 64 bits is two of 32, the lower half first. A unit's number below n is drawn from 32 bits by multiplication with
//! rejection (Lemire 2019), the control's units before the treatment's. A Poisson weight is the quantile of one such number; each
//! arm begins with a new pair of blocks.

mod draws;
mod error;
mod interval;
mod jackknife;
mod philox;
mod replicates;
mod statistics;

pub use error::BootstrapError;
pub use interval::{Bootstrapped, IntervalMethod};
pub use replicates::{Bootstrap, Resampling};
