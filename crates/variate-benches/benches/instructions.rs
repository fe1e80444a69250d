//! The instructions of one call of each case, counted by Valgrind, and what each may cost at most.
//!
//! `cargo bench -p variate-benches --bench instructions`, with Valgrind and a gungraun-runner of gungraun's version.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "a benchmark stops where it is set up wrongly; the rest is gungraun's generated code"
)]

#[allow(dead_code, reason = "the list of all cases: here each has its limit")]
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

// Each limit is about 5 % above what was counted, for compilers and processors differ a little. Lower it
// when its case becomes cheaper; raise it only together with the reason.
#[library_benchmark(setup = warmed_up)]
#[bench::raw_md5(args = (cases::raw_md5), config = at_most(845))]
#[bench::cold_canonical(args = (cases::cold_canonical), config = at_most(1_840))]
#[bench::cold_global(args = (cases::cold_global), config = at_most(1_885))]
#[bench::cold_declared(args = (cases::cold_declared), config = at_most(2_755))]
#[bench::cold_keyed(args = (cases::cold_keyed), config = at_most(8_470))]
#[bench::cold_gitlab_v0(args = (cases::cold_gitlab_v0), config = at_most(4_345))]
#[bench::cold_gitlab_v2(args = (cases::cold_gitlab_v2), config = at_most(7_710))]
#[bench::cold_gitlab_com(args = (cases::cold_gitlab_com), config = at_most(4_375))]
#[bench::warm(args = (cases::warm), config = at_most(74))]
#[bench::track(args = (cases::track), config = at_most(173))]
fn one_call(case: fn(usize) -> u64) -> u64 {
    case(black_box(64))
}

library_benchmark_group!(name = hot_path, benchmarks = one_call);

main!(library_benchmark_groups = hot_path);
