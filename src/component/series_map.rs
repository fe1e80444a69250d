//! One thing for each series and metric, found without a lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::Series;

/// Grows up to a bound, and forgets nothing.
#[derive(Debug)]
pub(super) struct SeriesMap<T> {
    /// Each begins a chain.
    chains: Box<[Link<T>]>,
    count: AtomicUsize,
    most: usize,
    refused: AtomicU64,
}

type Link<T> = OnceLock<Box<Node<T>>>;

#[derive(Debug)]
struct Node<T> {
    series: Series,
    metric: &'static str,
    value: T,
    next: Link<T>,
}

/// A power of two.
const CHAINS: usize = 256;

impl<T> SeriesMap<T> {
    /// For so many at the most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            chains: std::iter::repeat_with(OnceLock::new).take(CHAINS).collect(),
            count: AtomicUsize::new(0),
            most,
            refused: AtomicU64::new(0),
        }
    }

    /// What is there for a series and metric, made where it is the first time; `None` where there is no room.
    #[inline]
    pub(super) fn get(
        &self,
        series: Series,
        metric: &'static str,
        make: impl FnOnce() -> T,
    ) -> Option<&T> {
        let mut link = self.chains.get(chain(series, metric))?;
        while let Some(node) = link.get() {
            if node.is(series, metric) {
                return Some(&node.value);
            }
            link = &node.next;
        }
        self.insert(link, series, metric, make)
    }

    #[cold]
    fn insert<'m>(
        &'m self,
        mut link: &'m Link<T>,
        series: Series,
        metric: &'static str,
        make: impl FnOnce() -> T,
    ) -> Option<&'m T> {
        if self.count.fetch_add(1, Relaxed) >= self.most {
            self.count.fetch_sub(1, Relaxed);
            self.refused.fetch_add(1, Relaxed);
            return None;
        }
        let mut node = Some(Box::new(Node {
            series,
            metric,
            value: make(),
            next: OnceLock::new(),
        }));
        // Another thread may be faster, for the same series or for another one.
        while let Some(new) = node.take() {
            if let Err(back) = link.set(new) {
                node = Some(back);
            }
            let there = link.get()?;
            if there.is(series, metric) {
                if node.is_some() {
                    self.count.fetch_sub(1, Relaxed);
                }
                return Some(&there.value);
            }
            link = &there.next;
        }
        None
    }

    /// How often there was no room.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// All that there are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Series, &'static str, &T)> {
        self.chains.iter().flat_map(|link| {
            std::iter::successors(link.get(), |node| node.next.get())
                .map(|node| (node.series, node.metric, &node.value))
        })
    }
}

impl<T> Node<T> {
    #[inline]
    fn is(&self, series: Series, metric: &'static str) -> bool {
        self.series == series && (std::ptr::eq(self.metric, metric) || self.metric == metric)
    }
}

#[inline]
fn chain(series: Series, metric: &str) -> usize {
    let number = (u64::from(series.component) << 32)
        | (u64::from(series.arm) << 16)
        | u64::from(series.method);
    let mixed = (number ^ ((metric.len() as u64) << 27)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    #[allow(clippy::cast_possible_truncation, reason = "eight bits")]
    let place = (mixed >> 56) as usize;
    place & (CHAINS - 1)
}
