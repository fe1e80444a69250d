use std::net::IpAddr;
use std::time::Duration;

use crate::http::rate::Rate;

/// How often somebody at one address may be wrong about an API key.
pub(super) struct WrongKeys(Rate);

impl WrongKeys {
    /// How long until one more may be tried, where ten were wrong.
    pub(super) const INTERVAL: Duration = Duration::from_secs(6);

    pub(super) fn new() -> Self {
        Self(Rate::every(Self::INTERVAL, 10))
    }

    /// Whether a key is looked at: not after too many wrong ones. `now` is in milliseconds.
    pub(super) fn may_try(&self, address: Option<IpAddr>, now: u64) -> bool {
        address.is_none_or(|address| self.0.has_room_at(address, nanos(now)))
    }

    /// One was wrong.
    pub(super) fn add(&self, address: Option<IpAddr>, now: u64) {
        if let Some(address) = address {
            self.0.passes_at(address, nanos(now));
        }
    }
}

fn nanos(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}
