use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::session::Short;

/// How many are known: only who has a key can end a session.
const MOST: usize = 10_000;

/// Sessions that somebody ended before their time, until it comes.
#[derive(Debug, Default)]
pub(super) struct Ended(Mutex<BTreeSet<(u64, Short)>>);

impl Ended {
    pub(super) fn add(&self, nonce: Short, expires: u64, now: u64) {
        let mut ended = self.lock();
        // Those that are over by themselves go first; where there are too many, that which will be over soonest.
        while ended
            .first()
            .is_some_and(|(expires, _)| *expires <= now || ended.len() >= MOST)
        {
            ended.pop_first();
        }
        ended.insert((expires, nonce));
    }

    pub(super) fn has(&self, nonce: Short, expires: u64) -> bool {
        self.lock().contains(&(expires, nonce))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<(u64, Short)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_kept_until_their_time_and_never_too_many() {
        let ended = Ended::default();
        ended.add([1; 16], 100, 0);
        ended.add([2; 16], 200, 99);
        assert!(ended.has([1; 16], 100) && ended.has([2; 16], 200));
        assert!(!ended.has([1; 16], 200));
        ended.add([3; 16], 300, 100);
        assert_eq!(ended.lock().len(), 2);
        for number in 0..20_000_u64 {
            let mut nonce = [0; 16];
            for (to, from) in nonce.iter_mut().zip(number.to_le_bytes()) {
                *to = from;
            }
            ended.add(nonce, 1_000 + number, 100);
            assert!(ended.lock().len() <= MOST && ended.has(nonce, 1_000 + number));
        }
    }
}
