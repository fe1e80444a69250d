use std::time::Duration;

/// How long to wait before the next attempt: twice as long each time, half of it by chance, so that many who
/// failed at once do not come back at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// What a server may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { failures: 0 }
    }

    /// After one more failure; not before the server wants it.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let full = FIRST
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(LONGEST);
        self.failures = (self.failures + 1).min(16);
        let waits = full.mul_f64(rand::random_range(0.5..=1.0));
        match asked {
            Some(asked) => waits.max(asked.min(LONGEST_ASKED)),
            None => waits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_half_of_each_is_chance() {
        let mut backoff = Backoff::new();
        for full in [
            200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
        ] {
            let full = Duration::from_millis(full);
            let waits = backoff.next(None);
            assert!(full / 2 <= waits && waits <= full, "{waits:?} of {full:?}");
        }
        let first = || Backoff::new().next(None);
        let some = first();
        assert!((0..100).any(|_| first() != some));
    }

    #[test]
    fn a_server_may_ask_for_a_longer_wait_but_not_for_ever() {
        let asked = |seconds| Backoff::new().next(Some(Duration::from_secs(seconds)));
        assert_eq!(asked(7), Duration::from_secs(7));
        assert!(asked(0) >= FIRST / 2);
        assert_eq!(asked(u64::MAX), LONGEST_ASKED);
    }
}
