use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
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
            place: None,
            alarms: Alarms::of_process,
        })
    }
}

/// It waits from the first time it is polled until its time is over, or until it is dropped: a call that is done leaves nothing behind.
struct Alarm {
    /// `None`: never.
    at: Option<Instant>,
    /// Where it waits.
    place: Option<Place>,
    alarms: fn() -> &'static Alarms,
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
        let alarms = (self.alarms)();
        let place = *self.place.get_or_insert_with(|| alarms.place(at));
        alarms.wait(place, polled.waker());
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            (self.alarms)().forget(place);
        }
    }
}

/// When it is due, and a number that makes it different from all others.
type Place = (Instant, u64);

/// Who is to be woken, and when.
#[derive(Default)]
struct Alarms {
    waiting: Mutex<BTreeMap<Place, Waker>>,
    changed: Condvar,
    next: AtomicU64,
}

impl Alarms {
    fn of_process() -> &'static Self {
        static ALARMS: OnceLock<Alarms> = OnceLock::new();
        static THREAD: OnceLock<bool> = OnceLock::new();
        let alarms = ALARMS.get_or_init(Self::default);
        THREAD.get_or_init(|| {
            let thread = std::thread::Builder::new().name("variate-timer".into());
            thread.spawn(|| alarms.ring()).is_ok()
        });
        alarms
    }

    fn place(&self, at: Instant) -> Place {
        (at, self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn wait(&self, place: Place, waker: &Waker) {
        let mut waiting = lock(&self.waiting);
        // Cloning and dropping are the host's code: what was there is dropped when nobody waits for the lock.
        let before = match waiting.get_mut(&place) {
            Some(there) if there.will_wake(waker) => None,
            Some(there) => Some(std::mem::replace(there, waker.clone())),
            None => waiting.insert(place, waker.clone()),
        };
        let is_next = waiting
            .first_key_value()
            .is_some_and(|(first, _)| *first == place);
        drop(waiting);
        drop(before);
        if is_next {
            self.changed.notify_one();
        }
    }

    fn forget(&self, place: Place) {
        let waker = lock(&self.waiting).remove(&place);
        crate::contain::contain(|| drop(waker));
    }

    fn ring(&self) -> ! {
        let mut waiting = lock(&self.waiting);
        loop {
            let now = Instant::now();
            waiting = match waiting.first_entry() {
                None => self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(next) if next.key().0 > now => {
                    let time = next.key().0 - now;
                    let waited = self.changed.wait_timeout(waiting, time);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(due) => {
                    let waker = due.remove();
                    drop(waiting);
                    crate::contain::contain(|| waker.wake());
                    lock(&self.waiting)
                }
            };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody rings them.
    fn silent() -> &'static Alarms {
        static ALARMS: OnceLock<Alarms> = OnceLock::new();
        ALARMS.get_or_init(Alarms::default)
    }

    fn length() -> usize {
        lock(&silent().waiting).len()
    }

    #[test]
    fn a_call_that_is_done_leaves_no_alarm_behind() {
        let mut polled = Context::from_waker(Waker::noop());
        let mut begun = Vec::new();
        for _ in 0..1_000 {
            let mut alarm: Sleep = Box::pin(Alarm {
                at: Instant::now().checked_add(Duration::from_hours(1)),
                place: None,
                alarms: silent,
            });
            // However often it is polled, it waits once.
            assert!(alarm.as_mut().poll(&mut polled).is_pending());
            assert!(alarm.as_mut().poll(&mut polled).is_pending());
            begun.push(alarm);
        }
        assert_eq!(length(), 1_000);
        begun.truncate(10);
        assert_eq!(length(), 10);
        drop(begun);
        assert_eq!(length(), 0);
    }
}
