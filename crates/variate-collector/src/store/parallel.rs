//! Work of one batch on several processors.

use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::{available_parallelism, scope};

/// More threads than that wait for memory.
const MOST_THREADS: usize = 4;

/// Asking for it reads files.
static THREADS: LazyLock<usize> = LazyLock::new(|| {
    available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
});

/// Runs `work` on parts of `items` that are at least `least` long, each on a thread of its own, this one among them; results
/// are in order.
pub(super) fn in_parts<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let threads = THREADS.min(items.len() / least.max(1));
    if threads < 2 {
        return vec![work(items)];
    }
    let mut parts = items.chunks(items.len().div_ceil(threads));
    let own = parts.next();
    let work = &work;
    scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let own = own.map(work);
        own.into_iter()
            .chain(
                others
                    .into_iter()
                    .map(|of| of.join().unwrap_or_else(|panic| resume_unwind(panic))),
            )
            .collect()
    })
}

/// Runs both at once where that pays.
pub(super) fn join<A, B: Send>(
    pays: bool,
    own: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if !pays || *THREADS < 2 {
        let other = other();
        return (own(), other);
    }
    scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        (
            own,
            other.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    })
}
