//! The instructions of one call of a component, counted by Valgrind, and what each may cost at most.
//!
//! `cargo bench -p variate-benches --bench component_instructions --features component`, with Valgrind and a
//! gungraun-runner of gungraun's version.
#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "a benchmark stops where it is set up wrongly; the rest is gungraun's generated code"
)]

#[allow(dead_code, reason = "the list of all cases: here each has its limit")]
#[path = "cases/component.rs"]
mod cases;

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

/// A limit that fails the benchmark when it is exceeded.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    callgrind
        .format([EventKind::Ir])
        .hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

/// What a long-running program has behind it: statics are set up, and the allocator has memory at hand.
fn warmed_up(case: fn(usize) -> u64) -> fn(usize) -> u64 {
    for turn in 0..64 {
        black_box(case(turn));
    }
    case
}

// Each limit is about 10 % above what was counted, for few instructions vary by a few; see `instructions`.
#[library_benchmark(setup = warmed_up)]
#[bench::direct(args = (cases::direct), config = at_most(40))]
#[bench::off(args = (cases::off), config = at_most(115))]
#[bench::fixed(args = (cases::fixed), config = at_most(115))]
#[bench::boxed(args = (cases::boxed), config = at_most(123))]
#[bench::round_robin(args = (cases::round_robin), config = at_most(122))]
#[bench::sticky(args = (cases::sticky), config = at_most(365))]
#[bench::idle(args = (cases::idle), config = at_most(172))]
#[bench::sticky_timed(args = (cases::sticky_timed), config = at_most(710))]
#[bench::assigned(args = (cases::assigned), config = at_most(2_550))]
#[bench::direct_async(args = (cases::direct_async), config = at_most(36))]
#[bench::fixed_async(args = (cases::fixed_async), config = at_most(185))]
fn one_call(case: fn(usize) -> u64) -> u64 {
    case(black_box(64))
}

library_benchmark_group!(name = component, benchmarks = one_call);

main!(library_benchmark_groups = component);
