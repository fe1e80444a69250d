//! Calls of a component as ratios to a direct call of a boxed trait, all interleaved in one run.
//!
//! `cargo bench -p variate-benches --bench component --features component`.
#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a benchmark prints, and stops where it is set up wrongly"
)]

#[path = "cases/component.rs"]
mod cases;

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 400;
const CALLS: usize = 20_000;

fn slice(case: fn(usize) -> u64) -> f64 {
    let start = Instant::now();
    for turn in 0..CALLS {
        black_box(case(black_box(turn)));
    }
    start.elapsed().as_nanos() as f64 / CALLS as f64
}

fn main() {
    if std::env::args().any(|argument| matches!(argument.as_str(), "--test" | "--list")) {
        return;
    }
    let mut best = vec![f64::MAX; cases::CASES.len()];
    for _ in 0..ROUNDS {
        for (best, (_, case)) in best.iter_mut().zip(cases::CASES) {
            *best = best.min(slice(*case));
        }
    }
    println!(
        "{:<32} {:>8} {:>10} {:>10}",
        "", "ns", "x direct", "ns more"
    );
    for (nanos, (name, _)) in best.iter().zip(cases::CASES) {
        println!(
            "{name:<32} {nanos:>8.1} {:>10.2} {:>10.1}",
            nanos / best[0],
            nanos - best[0],
        );
    }
}
