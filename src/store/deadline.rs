use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{AssignmentStore, StoreError, StoredUnit};
use crate::contain::contain;
use crate::{Key, Variant};

/// How many calls wait for a worker at the most.
const QUEUE: usize = 1024;

/// A store whose calls take a given time at the longest, whatever the store does.
///
/// Calls run on a thread of their own. One that is not answered in time is an error; as long as it
/// hangs, further calls fail at once. So a store that hangs costs a request that time once, and then
/// nothing. A call that was given up may still take effect later, if the store had begun with it.
///
/// [`purge`](AssignmentStore::purge) is for maintenance and takes its time: it runs on the caller's
/// thread, without a limit.
///
/// Dropping it waits for nothing: threads that hang are left behind.
///
/// ```
/// use std::time::Duration;
/// use variate::{AssignmentStore, Deadline, Key, StoredUnit};
/// # use variate::{StoreError, Variant};
/// # struct Database;
/// # impl AssignmentStore for Database {
/// #     fn find(&self, _: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> { Ok(Some("red".into())) }
/// #     fn keep(&self, _: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> { Ok(variant.clone()) }
/// #     fn replace(&self, _: &StoredUnit<'_>, _: &Variant) -> Result<(), StoreError> { Ok(()) }
/// #     fn forget(&self, _: &StoredUnit<'_>) -> Result<(), StoreError> { Ok(()) }
/// #     fn purge(&self, _: &str) -> Result<u64, StoreError> { Ok(0) }
/// # }
///
/// let store = Deadline::new(Database, Duration::from_millis(250))?;
/// let key = Key::from("a unit's key");
/// assert_eq!(store.find(&StoredUnit::new("pill", &key, &[]))?, Some("red".into()));
/// # Ok::<(), variate::StoreError>(())
/// ```
pub struct Deadline<S> {
    store: Arc<S>,
    limit: Duration,
    jobs: SyncSender<Job>,
    workers: usize,
    /// Calls that were given up and that workers still are at.
    hanging: Arc<AtomicUsize>,
}

/// Why a [`Deadline`] did not ask its store, or did not wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeadlineError {
    /// The store took too long.
    #[error("the store did not answer within {0:?}: the call was given up")]
    Late(Duration),
    /// The store hangs in earlier calls.
    #[error("the store hangs in an earlier call: this one was not tried")]
    Hanging,
    /// Too many calls wait already.
    #[error("{QUEUE} calls wait for the store already: this one was not tried")]
    Full,
    /// The store panicked in this call.
    #[error("the store panicked")]
    Panicked,
}

struct Job {
    call: Call,
    unit: OwnedUnit,
    /// Given up by the caller, or taken by a worker: whoever comes first.
    state: Arc<State>,
    answer: SyncSender<Result<Option<Variant>, StoreError>>,
}

enum Call {
    Find,
    Keep(Variant),
    Replace(Variant),
    Forget,
}

struct OwnedUnit {
    experiment: Box<str>,
    key: Key,
    migration_keys: Box<[Key]>,
}

/// Who answers for a call: locked for a moment only, never while the store works.
type State = Mutex<Progress>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    Running,
    /// While it waited, it was given up.
    Cancelled,
    /// While it ran, it was given up.
    Abandoned,
    Done,
}

/// What `change` makes of the progress.
fn advance(state: &State, change: impl FnOnce(Progress) -> Progress) -> Progress {
    let mut progress = state.lock().unwrap_or_else(PoisonError::into_inner);
    *progress = change(*progress);
    *progress
}

impl<S: AssignmentStore + 'static> Deadline<S> {
    /// `store`, with `limit` for each call, on one thread: one call at a time.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn new(store: S, limit: Duration) -> io::Result<Self> {
        Self::with_workers(store, limit, 1)
    }

    /// The same on several threads, for a store that answers several calls at a time. Calls fail
    /// at once when all of them hang.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn with_workers(store: S, limit: Duration, workers: usize) -> io::Result<Self> {
        let (jobs, queue) = mpsc::sync_channel(QUEUE);
        let deadline = Self {
            store: Arc::new(store),
            limit,
            jobs,
            workers: workers.max(1),
            hanging: Arc::default(),
        };
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..deadline.workers {
            let (store, queue) = (Arc::clone(&deadline.store), Arc::clone(&queue));
            let hanging = Arc::clone(&deadline.hanging);
            std::thread::Builder::new()
                .name("variate-store".into())
                .spawn(move || work(&*store, &queue, &hanging))?;
        }
        Ok(deadline)
    }

    fn call(&self, call: Call, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        if self.hanging.load(Ordering::Acquire) >= self.workers {
            return Err(DeadlineError::Hanging.into());
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let state = Arc::new(State::new(Progress::Waiting));
        let job = Job {
            call,
            unit: OwnedUnit {
                experiment: unit.experiment().into(),
                key: unit.key().clone(),
                migration_keys: unit.migration_keys().into(),
            },
            state: Arc::clone(&state),
            answer,
        };
        // Workers end with this sender only, so the queue is full and not closed.
        self.jobs
            .try_send(job)
            .map_err(|_| StoreError::from(DeadlineError::Full))?;
        if let Ok(answer) = answered.recv_timeout(self.limit) {
            return answer;
        }
        let given_up = advance(&state, |progress| match progress {
            Progress::Waiting => Progress::Cancelled,
            Progress::Running => {
                self.hanging.fetch_add(1, Ordering::AcqRel);
                Progress::Abandoned
            }
            other => other,
        });
        match given_up {
            // It came in the very last moment; the answer is sent before the progress says so.
            Progress::Done => answered
                .try_recv()
                .unwrap_or_else(|_| Err(DeadlineError::Late(self.limit).into())),
            _ => Err(DeadlineError::Late(self.limit).into()),
        }
    }
}

fn work(store: &dyn AssignmentStore, queue: &Mutex<Receiver<Job>>, hanging: &AtomicUsize) {
    loop {
        // One worker waits for the next call, the others for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let started = advance(&job.state, |progress| match progress {
            Progress::Waiting => Progress::Running,
            other => other,
        });
        if started != Progress::Running {
            continue;
        }
        let answer =
            contain(|| run(store, &job)).unwrap_or_else(|| Err(DeadlineError::Panicked.into()));
        let _ = job.answer.try_send(answer);
        advance(&job.state, |progress| {
            if progress == Progress::Abandoned {
                hanging.fetch_sub(1, Ordering::AcqRel);
            }
            Progress::Done
        });
    }
}

fn run(store: &dyn AssignmentStore, job: &Job) -> Result<Option<Variant>, StoreError> {
    let OwnedUnit {
        experiment,
        key,
        migration_keys,
    } = &job.unit;
    let unit = StoredUnit::new(experiment, key, migration_keys);
    match &job.call {
        Call::Find => store.find(&unit),
        Call::Keep(variant) => store.keep(&unit, variant).map(Some),
        Call::Replace(variant) => store.replace(&unit, variant).map(|()| None),
        Call::Forget => store.forget(&unit).map(|()| None),
    }
}

impl<S: AssignmentStore + 'static> AssignmentStore for Deadline<S> {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        self.call(Call::Find, unit)
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        let kept = self.call(Call::Keep(variant.clone()), unit)?;
        // A call to keep is always answered with a variant.
        Ok(kept.unwrap_or_else(|| variant.clone()))
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        self.call(Call::Replace(variant.clone()), unit).map(drop)
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        self.call(Call::Forget, unit).map(drop)
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        self.store.purge(experiment)
    }
}

impl<S: fmt::Debug> fmt::Debug for Deadline<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Deadline")
            .field("store", &self.store)
            .field("limit", &self.limit)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
