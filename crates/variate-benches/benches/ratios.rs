//! All cases interleaved in one run, as ratios to a raw MD5 digest, and with two threads.
//!
//! `cargo bench -p variate-benches --bench ratios --features catalogue`. Slices of all cases take turns and the fastest counts, so that a
//! noisy machine disturbs all of them alike.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and stops where it is set up wrongly"
)]

mod cases;

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const ROUNDS: usize = 400;
const CALLS: usize = 5_000;
const THREAD_ROUNDS: usize = 40;
const THREAD_SLICE_NANOS: f64 = 2e7;

fn slice(case: fn(usize) -> u64, calls: usize) -> Duration {
    let start = Instant::now();
    for turn in 0..calls {
        black_box(case(black_box(turn)));
    }
    start.elapsed()
}

/// The rate of two threads over that of one, the best of some rounds.
fn scaling(case: fn(usize) -> u64, nanos: f64) -> f64 {
    let calls = (THREAD_SLICE_NANOS / nanos) as usize;
    let one = || slice(case, calls).as_secs_f64();
    let two = || {
        let together = Barrier::new(2);
        let thread = || {
            together.wait();
            slice(case, calls)
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(thread);
            let mine = thread();
            mine.max(other.join().expect("it does not panic"))
                .as_secs_f64()
        })
    };
    let (mut best_one, mut best_two) = (f64::MAX, f64::MAX);
    for _ in 0..THREAD_ROUNDS {
        best_one = best_one.min(one());
        best_two = best_two.min(two());
    }
    2.0 * best_one / best_two
}

fn main() {
    if std::env::args().any(|argument| matches!(argument.as_str(), "--test" | "--list")) {
        return;
    }
    let mut best = vec![f64::MAX; cases::CASES.len()];
    for _ in 0..ROUNDS {
        for (best, (_, case)) in best.iter_mut().zip(cases::CASES) {
            *best = best.min(slice(*case, CALLS).as_nanos() as f64 / CALLS as f64);
        }
    }
    println!("{:<32} {:>8} {:>8} {:>10}", "", "ns", "x raw", "2 threads");
    for (best_of_case, (name, case)) in best.iter().zip(cases::CASES) {
        println!(
            "{name:<32} {best_of_case:>8.1} {:>8.2} {:>10.2}",
            best_of_case / best[0],
            scaling(*case, *best_of_case),
        );
    }
}
