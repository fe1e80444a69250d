//! Calls by the unit that they are for.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use super::histogram::add_to;
use crate::Key;

/// Calls of the same units, of which each unit has all of its own: what says how sure a mean is where calls of one unit are alike.
///
/// There are 1,024 at the most, which units are spread over by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cluster {
    /// How many calls there were.
    pub calls: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How many have a value.
    pub values: u64,
    /// The sum of these.
    pub sum: f64,
}

#[derive(Debug)]
pub(super) struct Clusters(Box<[Counts]>);

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    failures: AtomicU64,
    values: AtomicU64,
    sum: AtomicU64,
}

/// A power of two.
const CLUSTERS: usize = 1_024;

impl Clusters {
    #[cold]
    pub(super) fn new() -> Self {
        Self(
            std::iter::repeat_with(Counts::default)
                .take(CLUSTERS)
                .collect(),
        )
    }

    #[inline]
    pub(super) fn add(&self, key: &Key, value: Option<f64>, is_failure: bool) {
        let Some(counts) = self.0.get(place(key)) else {
            return;
        };
        counts.calls.fetch_add(1, Relaxed);
        if is_failure {
            counts.failures.fetch_add(1, Relaxed);
        }
        if let Some(value) = value {
            counts.values.fetch_add(1, Relaxed);
            add_to(&counts.sum, value);
        }
    }

    /// By their places, those without calls too.
    pub(super) fn read(&self) -> Vec<Cluster> {
        self.0
            .iter()
            .map(|counts| Cluster {
                calls: counts.calls.load(Relaxed),
                failures: counts.failures.load(Relaxed),
                values: counts.values.load(Relaxed),
                sum: f64::from_bits(counts.sum.load(Relaxed)),
            })
            .collect()
    }
}

/// FNV-1a over the key's bytes: also keys of a host's own scheme, which may be any text, are spread.
#[inline]
fn place(key: &Key) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.as_bytes() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    #[allow(clippy::cast_possible_truncation, reason = "ten bits")]
    let place = (hash ^ (hash >> 32)) as usize;
    place & (CLUSTERS - 1)
}
