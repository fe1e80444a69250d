//! All cases on the clock.
//!
//! `cargo bench --bench hot_path`, or with a part of a case's name. Compare cases with each other in
//! `ratios`, and one revision with another in `instructions`: both stand a noisy machine better.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    unreachable_pub,
    reason = "a benchmark stops where it is set up wrongly, and shares its cases with others"
)]

mod cases;

use std::hint::black_box;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, case) in cases::CASES {
        criterion.bench_function(name, |bencher| {
            let mut turn = 0;
            bencher.iter(|| {
                turn += 1;
                case(black_box(turn))
            });
        });
    }
    criterion.final_summary();
}
