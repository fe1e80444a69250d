use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What each of the jobs `0..jobs` comes to, in their order, on so many threads.
pub(crate) fn parallel<T: Send>(
    threads: usize,
    jobs: u64,
    work: impl Fn(u64) -> T + Sync,
) -> Vec<T> {
    let next = AtomicU64::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs {
                return done;
            }
            done.push((job, work(job)));
        }
    };
    let mut done: Vec<(u64, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(job, _)| *job);
    done.into_iter().map(|(_, of)| of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_jobs() {
        for threads in [1, 2, 5] {
            let squares = parallel(threads, 100, |job| job * job);
            assert!(squares.into_iter().eq((0..100).map(|job| job * job)));
        }
        assert!(parallel(3, 0, |job| job).is_empty());
    }
}
