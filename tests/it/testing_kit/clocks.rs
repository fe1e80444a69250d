//! Time and random bits in a test's hand.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use variate::testing::{FakeClock, SeededRandomness};
use variate::{Clock, Config, Randomness, context};

use crate::support::{build, together};

#[test]
fn a_clock_goes_where_it_is_set() {
    let clock = FakeClock::new();
    let (config, tracker) = build(Config::builder().clock(clock.clone()));
    let second = Duration::from_secs(1);
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let exp = config.experiment("pill", context! {});
    exp.track("at the start");
    clock.advance(second);
    exp.track("later");
    clock.rewind(3 * second);
    exp.track("earlier");
    clock.set(start + 60 * second);
    exp.track("set");
    let times: Vec<_> = tracker.events().iter().map(|event| event.at).collect();
    assert_eq!(
        times,
        [
            start,
            start + second,
            start - 2 * second,
            start + 60 * second
        ]
    );
    assert_eq!(Clock::now(&FakeClock::at(start)), start);
    assert_eq!(FakeClock::default().now(), start);
}

#[test]
fn seeded_bits_are_those_of_split_mix() {
    // The numbers that the algorithm's reference implementation in C gives for this seed, as Rosetta Code has them.
    let randomness = SeededRandomness::new(1_234_567);
    let numbers: Vec<_> = (0..5).map(|_| randomness.next_u64()).collect();
    assert_eq!(
        numbers,
        [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
    );
}

#[test]
fn threads_share_the_numbers_of_a_seed() {
    let shared = SeededRandomness::new(3);
    let drawn: HashSet<u64> = together(4, 250, |_, _| shared.clone().next_u64())
        .into_iter()
        .flatten()
        .collect();
    let alone = SeededRandomness::new(3);
    let expected: HashSet<u64> = (0..1_000).map(|_| alone.next_u64()).collect();
    assert_eq!(drawn, expected);
}
