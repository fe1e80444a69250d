//! All cases on the clock.
//!
//! `cargo bench -p variate-benches --bench hot_path`, or with a part of a case's name. Compare cases with each other in
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

/// What it takes to read and check a file.
#[cfg(feature = "catalogue")]
fn load(criterion: &mut Criterion) {
    use variate::{Catalogue, Config, Format};

    for experiments in [1_000, 10_000] {
        let text = cases::catalogue(experiments);
        criterion.bench_function(&format!("load {experiments} experiments"), |bencher| {
            bencher.iter(|| {
                let catalogue = Catalogue::parse(&text, Format::Toml, "catalogue.toml");
                Config::builder()
                    .catalogue(catalogue.expect("it is well formed"))
                    .build()
                    .expect("it is complete")
            });
        });
    }
}

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
    #[cfg(feature = "catalogue")]
    load(&mut criterion);
    criterion.final_summary();
}
