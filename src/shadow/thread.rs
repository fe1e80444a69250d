use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Job, Spawner};
use crate::contain::contain;

/// One thread that runs the candidates of shadow runs, one run after the other.
///
/// Its queue is bounded: a run that finds no room is dropped and counted, and the caller never
/// waits. Make one for the process and keep it. Dropping it drops what is queued and lets the job
/// that is running come to its end.
///
/// ```
/// use std::time::Duration;
/// use variate::shadow::ShadowThread;
/// use variate::{context, experiment};
///
/// let thread = ShadowThread::new(1_000)?;
/// let total = experiment("totals", context! { user_id: 42 })
///     .use_(|| 6 * 7)
///     .try_(|| 42)
///     .shadow()
///     .off_thread(&thread)
///     .run();
/// assert_eq!(total, 42);
/// assert!(thread.flush(Duration::from_secs(5)));
/// assert_eq!(thread.dropped(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ShadowThread {
    shared: Arc<Shared>,
    capacity: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is a job, or the end.
    work: Condvar,
    /// A run is done.
    done: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    closed: bool,
    accepted: u64,
    /// Of the accepted ones, which are run in their order.
    finished: u64,
    dropped: u64,
}

impl ShadowThread {
    /// A thread in front of which up to `capacity` runs wait, at least 1.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn new(capacity: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("variate-shadow".into())
            .spawn(move || worker.work())?;
        Ok(Self {
            shared,
            capacity: capacity.max(1),
        })
    }

    /// How many runs found no room so far.
    pub fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }

    /// Waits until the runs that were taken so far are done, `timeout` at the longest; answers
    /// whether they are. Runs that come meanwhile are not waited for.
    pub fn flush(&self, timeout: Duration) -> bool {
        let state = self.shared.lock();
        let last = state.accepted;
        let waited = self
            .shared
            .done
            .wait_timeout_while(state, timeout, |state| state.finished < last);
        let (_state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out()
    }
}

impl Spawner for ShadowThread {
    fn spawn(&self, job: Job) -> bool {
        let mut state = self.shared.lock();
        let has_room = state.queue.len() < self.capacity;
        if has_room {
            state.queue.push_back(job);
            state.accepted += 1;
            self.shared.work.notify_one();
        } else {
            state.dropped += 1;
        }
        has_room
    }
}

impl Drop for ShadowThread {
    fn drop(&mut self) {
        let queue = {
            let mut state = self.shared.lock();
            state.closed = true;
            std::mem::take(&mut state.queue)
        };
        self.shared.work.notify_one();
        for job in queue {
            contain(|| drop(job));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            contain(job);
            self.lock().finished += 1;
            self.done.notify_all();
        }
    }

    /// The next job, as soon as there is one; `None` at the end.
    fn next(&self) -> Option<Job> {
        let nothing = |state: &mut State| state.queue.is_empty() && !state.closed;
        let mut state = self
            .work
            .wait_while(self.lock(), nothing)
            .unwrap_or_else(PoisonError::into_inner);
        state.queue.pop_front()
    }
}

impl fmt::Debug for ShadowThread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ShadowThread")
            .field("capacity", &self.capacity)
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
