//! What is measured of calls, and where it goes.

mod collectors;
mod histograms;
#[cfg(feature = "memory")]
mod memory;
mod recorders;
mod summaries;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use variate::component::{Measurement, MemoryRecorder};

/// A clock that stands still until somebody moves it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(crate) fn pass(&self, nanoseconds: u64) {
        self.0.fetch_add(nanoseconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> impl Fn() -> Duration + Send + Sync + 'static {
        let hand = self.clone();
        move || Duration::from_nanos(hand.0.load(Ordering::SeqCst))
    }
}

/// Polls a future until it is done; `between` goes on between the polls.
pub(crate) fn poll_with<F: Future>(future: F, mut between: impl FnMut()) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => between(),
        }
    }
}

/// Done at the second poll.
pub(crate) async fn pause() {
    let mut was_polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut was_polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// The values of a metric, in the order of their records.
pub(crate) fn values(recorder: &MemoryRecorder, metric: &str) -> Vec<Option<f64>> {
    let of = |of: &Measurement| (of.metric == metric).then_some(of.value);
    recorder.measurements().iter().filter_map(of).collect()
}
