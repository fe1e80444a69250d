//! How long the methods on values take: `cargo run --release -p variate-stats --features parallel --example units [UNITS]`.

use std::hint::black_box;
use std::time::Instant;

use variate_stats::adjustment::{Cuped, PairedMoments, Regression, Sample, linearise};
use variate_stats::bootstrap::{Bootstrap, BootstrapError, IntervalMethod, Resampling};
use variate_stats::quantile::Quantile;
use variate_stats::rank::{hodges_lehmann, mann_whitney, superiority};
use variate_stats::winsorise::Limits;
use variate_stats::{ArgumentError, Moments, Side};

const BOTH: Side = Side::Both;

/// The best of three.
fn time<T>(what: &str, work: impl Fn() -> T) {
    let best = (0..3)
        .map(|_| {
            let begin = Instant::now();
            black_box(work());
            begin.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{what:52} {:10.2} ms", best * 1e3);
}

/// Skewed values, some of them 0, from a small generator of its own.
fn values(count: usize, mut state: u64) -> Vec<f64> {
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        f64::from(u32::try_from(state >> 33).unwrap_or(0)) / f64::from(1_u32 << 31)
    };
    (0..count)
        .map(|_| (-(1.0 - next()).ln()).powi(2) * 10.0)
        .collect()
}

fn main() -> Result<(), BootstrapError> {
    let units = std::env::args()
        .nth(1)
        .and_then(|units| units.parse().ok())
        .unwrap_or(1_000_000);
    let half = units / 2;
    println!("{units} units in two arms");
    let (control, treatment) = (values(half, 1), values(half, 2));
    let (before, earlier) = (values(half, 3), values(half, 4));
    let ids: Vec<u64> = (0..half as u64).map(|value| value / 5).collect();
    let p90 = Quantile::new(0.9)?;

    time("mean and variance", || {
        control
            .iter()
            .chain(&treatment)
            .copied()
            .collect::<Moments>()
    });
    time("quantile, all units in one arm", || {
        p90.of(&[control.as_slice(), &treatment].concat())
    });
    time("quantiles compared", || {
        p90.compare(&control, &treatment, 0.05, BOTH)
    });
    time("quantiles compared, five values a unit", || {
        p90.compare_clustered((&control, &ids), (&treatment, &ids), 0.05, BOTH)
    });
    time("CUPED from values", || -> Result<_, ArgumentError> {
        let arms = [
            PairedMoments::from_values(&control, &before)?,
            PairedMoments::from_values(&treatment, &earlier)?,
        ];
        Cuped::new(&arms)?.compare(&arms[0], &arms[1], 0.05, BOTH)
    });
    time(
        "regression, 3 covariates",
        || -> Result<_, ArgumentError> {
            let ours: [&[f64]; 3] = [&before, &earlier, &treatment];
            let theirs: [&[f64]; 3] = [&earlier, &before, &control];
            let control = Sample::new(&control, &ours)?;
            let treatment = Sample::new(&treatment, &theirs)?;
            Regression::new().compare(&control, &treatment, 0.05, BOTH)
        },
    );
    time("linearised ratio", || linearise(&control, &before));
    time("winsorised at 0.99", || -> Result<_, ArgumentError> {
        let limits = Limits::at_quantiles(&[&control, &treatment], 0.0, 0.99)?;
        limits.winsorise(&mut control.clone())
    });
    time("Mann-Whitney", || mann_whitney(&control, &treatment, BOTH));
    time("superiority", || {
        superiority(&control, &treatment, 0.05, BOTH)
    });
    time("Hodges-Lehmann", || {
        hodges_lehmann(&control, &treatment, 0.05, BOTH)
    });
    let bootstrap = Bootstrap::new(1).with_replicates(200);
    time("bootstrap, means, 200 replicates", || {
        bootstrap.difference_of_means(&control, &treatment, 0.05, BOTH)
    });
    time("the same on one thread", || {
        bootstrap
            .with_threads(1)
            .difference_of_means(&control, &treatment, 0.05, BOTH)
    });
    let poisson = bootstrap.with_resampling(Resampling::Poisson);
    time("the same with Poisson weights", || {
        poisson.difference_of_means(&control, &treatment, 0.05, BOTH)
    });
    let closure = |drawn: &[u32]| {
        drawn
            .iter()
            .filter_map(|unit| control.get(*unit as usize))
            .sum::<f64>()
    };
    let percentile = bootstrap.with_method(IntervalMethod::Percentile);
    time("bootstrap, a closure over one arm, 200 replicates", || {
        percentile.statistic(half, closure, 0.05, BOTH)
    });
    Ok(())
}
