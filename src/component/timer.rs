use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A future that is done when a time is over.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What makes a `timeout` end. A closure is one, such as `|time| Box::pin(tokio::time::sleep(time)) as _`.
pub trait Timer: Send + Sync {
    /// A future that is done when `time` is over.
    fn sleep(&self, time: Duration) -> Sleep;
}

impl<F: Fn(Duration) -> Sleep + Send + Sync> Timer for F {
    fn sleep(&self, time: Duration) -> Sleep {
        self(time)
    }
}

/// One thread for the whole process that sleeps for all, under any runtime; started by the first timeout.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadTimer;

impl Timer for ThreadTimer {
    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(Alarm {
            at: Instant::now().checked_add(time),
            waiting: None,
        })
    }
}

struct Alarm {
    /// `None`: never.
    at: Option<Instant>,
    waiting: Option<Arc<Mutex<Waker>>>,
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, polled: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        match &self.waiting {
            Some(waker) => lock(waker).clone_from(polled.waker()),
            None => {
                let waker = Arc::new(Mutex::new(polled.waker().clone()));
                self.waiting = Some(Arc::clone(&waker));
                Alarms::get().add(at, waker);
            }
        }
        Poll::Pending
    }
}

/// Who is to be woken, and when.
#[derive(Default)]
struct Alarms {
    waiting: Mutex<BinaryHeap<Reverse<Waiting>>>,
    changed: Condvar,
}

struct Waiting {
    at: Instant,
    waker: Arc<Mutex<Waker>>,
}

impl Alarms {
    fn get() -> &'static Self {
        static ALARMS: OnceLock<Alarms> = OnceLock::new();
        static THREAD: OnceLock<bool> = OnceLock::new();
        let alarms = ALARMS.get_or_init(Self::default);
        THREAD.get_or_init(|| {
            let thread = std::thread::Builder::new().name("variate-timer".into());
            thread.spawn(|| alarms.ring()).is_ok()
        });
        alarms
    }

    fn add(&self, at: Instant, waker: Arc<Mutex<Waker>>) {
        lock(&self.waiting).push(Reverse(Waiting { at, waker }));
        self.changed.notify_one();
    }

    fn ring(&self) -> ! {
        let mut waiting = lock(&self.waiting);
        loop {
            let now = Instant::now();
            waiting = match waiting.peek() {
                None => self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Reverse(next)) if next.at > now => {
                    let time = next.at - now;
                    let waited = self.changed.wait_timeout(waiting, time);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let due = waiting.pop();
                    drop(waiting);
                    if let Some(Reverse(due)) = due
                        // Who was dropped in the meantime needs no waking.
                        && Arc::strong_count(&due.waker) > 1
                    {
                        let waker = lock(&due.waker).clone();
                        crate::contain::contain(|| waker.wake());
                    }
                    lock(&self.waiting)
                }
            };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}
