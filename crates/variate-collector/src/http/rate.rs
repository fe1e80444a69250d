use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many addresses are known at once, twice: what is dropped has its full allowance again.
const MOST_ADDRESSES: usize = 1 << 17;

/// How many requests an address may send in a time, with a burst.
///
/// For each address it knows one time: that at which its allowance will be full again.
#[derive(Debug)]
pub(super) struct Rate {
    start: Instant,
    /// Between two requests of a steady sender, in nanoseconds.
    interval: u64,
    burst: u64,
    most: usize,
    addresses: Mutex<Addresses>,
}

/// Two generations: when the younger one is full, the elder one goes.
#[derive(Debug, Default)]
struct Addresses {
    young: HashMap<IpAddr, u64>,
    old: HashMap<IpAddr, u64>,
}

impl Rate {
    /// So many a second, with a burst of as many as in ten seconds.
    pub(super) fn per_second(requests: u32) -> Self {
        let requests = requests.max(1);
        Self::every(Duration::from_secs(1) / requests, u64::from(requests) * 10)
    }

    /// One in each interval, with a burst of so many.
    pub(super) fn every(interval: Duration, burst: u64) -> Self {
        Self {
            start: Instant::now(),
            interval: nanos(interval),
            burst: nanos(interval).saturating_mul(burst),
            most: MOST_ADDRESSES,
            addresses: Mutex::default(),
        }
    }

    /// Whether a request of this address may pass now.
    pub(super) fn passes(&self, address: IpAddr) -> bool {
        self.passes_at(address, nanos(self.start.elapsed()))
    }

    /// Whether one more would pass at this time, in nanoseconds since whenever. It takes nothing of the allowance.
    #[cfg(feature = "dashboard")]
    pub(super) fn has_room_at(&self, address: IpAddr, now: u64) -> bool {
        let addresses = self.addresses();
        self.full_at(&addresses, network(address), now).is_some()
    }

    fn addresses(&self) -> MutexGuard<'_, Addresses> {
        let addresses = self.addresses.lock();
        addresses.unwrap_or_else(PoisonError::into_inner)
    }

    /// When the allowance will be full again after one more; `None` where that is too much.
    fn full_at(&self, addresses: &Addresses, network: IpAddr, now: u64) -> Option<u64> {
        let known = addresses.young.get(&network);
        let known = known.or_else(|| addresses.old.get(&network));
        let full_at = known
            .map_or(now, |&at| at.max(now))
            .saturating_add(self.interval);
        (full_at <= now.saturating_add(self.burst)).then_some(full_at)
    }

    /// Whether one passes at this time, in nanoseconds since whenever.
    pub(super) fn passes_at(&self, address: IpAddr, now: u64) -> bool {
        let address = network(address);
        let mut addresses = self.addresses();
        let Some(full_at) = self.full_at(&addresses, address, now) else {
            return false;
        };
        if addresses.young.len() >= self.most {
            addresses.old = std::mem::take(&mut addresses.young);
        }
        addresses.young.insert(address, full_at);
        true
    }
}

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// Whoever has an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(network).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn address(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let rate = Rate::per_second(5);
        let passed = |now| (0..100).filter(|_| rate.passes_at(address(1), now)).count();
        assert_eq!(passed(0), 50);
        assert_eq!(passed(SECOND), 5);
        assert_eq!(passed(SECOND + SECOND / 5), 1);
        assert_eq!(passed(60 * SECOND), 50);
    }

    #[cfg(feature = "dashboard")]
    #[test]
    fn to_ask_whether_there_is_room_takes_none() {
        let rate = Rate::every(Duration::from_secs(6), 2);
        for _ in 0..2 {
            assert!((0..9).all(|_| rate.has_room_at(address(1), 0)));
            assert!(rate.passes_at(address(1), 0));
        }
        assert!(!rate.has_room_at(address(1), 6 * SECOND - 1));
        assert!(rate.has_room_at(address(1), 6 * SECOND));
    }

    #[test]
    fn addresses_know_nothing_of_each_other() {
        let rate = Rate::per_second(1);
        assert!((0..10).all(|_| rate.passes_at(address(1), 0)));
        assert!(!rate.passes_at(address(1), 0));
        assert!(rate.passes_at(address(2), 0));
    }

    #[test]
    fn a_network_of_version_6_is_one_address() {
        let rate = Rate::per_second(1);
        let of = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!((0..10).all(|_| rate.passes_at(of("2001:db8::1"), 0)));
        assert!(!rate.passes_at(of("2001:db8::ffff:2"), 0));
        assert!(rate.passes_at(of("2001:db8:0:1::1"), 0));
        assert!((0..10).all(|_| rate.passes_at(of("::ffff:10.0.0.1"), 0)));
        assert!(!rate.passes_at(of("10.0.0.1"), 0));
    }

    #[test]
    fn memory_is_bounded_and_recent_addresses_are_remembered() {
        let mut rate = Rate::per_second(1);
        rate.most = 100;
        for number in 0..10_000 {
            assert!(rate.passes_at(address(number), 0));
            let addresses = rate.addresses.lock().unwrap();
            assert!(addresses.young.len() <= 100 && addresses.old.len() <= 100);
        }
        assert!((1..10).all(|_| rate.passes_at(address(9_950), 0)));
        assert!(!rate.passes_at(address(9_950), 0));
    }
}
