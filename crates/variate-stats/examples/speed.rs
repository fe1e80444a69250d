//! How long the distributions take: `cargo run --release -p variate-stats --example speed`.

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "small numbers"
)]

use std::hint::black_box;
use std::time::Instant;

use variate_stats::distribution::{
    Beta, Binomial, ChiSquared, DistributionError, FisherF, Normal, Poisson, StudentT,
};

const ROUNDS: u32 = 20;

fn time<T: Copy>(what: &str, arguments: &[T], mut work: impl FnMut(T) -> f64) {
    let (mut best, mut slowest) = (f64::INFINITY, 0.0_f64);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for &argument in arguments {
            black_box(work(black_box(argument)));
        }
        let each = begin.elapsed().as_secs_f64() / arguments.len() as f64;
        best = best.min(each);
    }
    for &argument in arguments {
        // The best of a few, for an argument that is slow by itself.
        let alone = (0..5)
            .map(|_| {
                let begin = Instant::now();
                black_box(work(black_box(argument)));
                begin.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        slowest = slowest.max(alone);
    }
    println!(
        "{what:36} {:9.3} µs, slowest argument {:9.3} µs",
        best * 1e6,
        slowest * 1e6
    );
}

fn main() -> Result<(), DistributionError> {
    let dfs = [0.5, 1.5, 4.0, 12.5, 60.0, 500.0, 1e4, 1e6, 1e9];
    let ts: Vec<(StudentT, f64)> = (0..900)
        .map(|i| (dfs[i % dfs.len()], (i / dfs.len()) as f64 * 0.06))
        .map(|(df, t)| StudentT::new(df).map(|of| (of, t)))
        .collect::<Result<_, _>>()?;
    let body: Vec<(StudentT, f64)> = ts.iter().map(|&(of, t)| (of, t.min(6.0))).collect();
    let probabilities: Vec<(StudentT, f64)> = ts
        .iter()
        .enumerate()
        .map(|(i, &(of, _))| (of, [0.025, 0.005, 0.1, 1e-4, 0.3, 1e-9, 0.475, 1e-2][i % 8]))
        .collect();
    let tails: Vec<(StudentT, f64)> = ts
        .iter()
        .enumerate()
        .map(|(i, &(of, _))| (of, 0.1_f64.powf(1.0 + i as f64 / 3.2)))
        .collect();

    time("Normal survival", &ts, |(_, t)| {
        Normal::STANDARD.survival(t)
    });
    time("Normal survival_quantile", &tails, |(_, q)| {
        Normal::STANDARD.survival_quantile(q)
    });
    time("StudentT::new", &dfs, |df| {
        StudentT::new(df).map_or(f64::NAN, |of| of.pdf(0.0))
    });
    time("StudentT survival, |t| <= 6", &body, |(of, t)| {
        of.survival(t)
    });
    time("StudentT survival, |t| <= 6, and new", &body, |(of, t)| {
        StudentT::new(of.degrees_of_freedom()).map_or(f64::NAN, |of| of.survival(t))
    });
    time("StudentT survival, t to 60", &ts, |(of, t)| of.survival(t));
    time("StudentT survival_quantile", &probabilities, |(of, q)| {
        of.survival_quantile(q)
    });
    time("StudentT survival_quantile to 1e-280", &tails, |(of, q)| {
        of.survival_quantile(q)
    });

    let zs: Vec<f64> = (-30..=30).map(|z| f64::from(z) * 0.2).collect();
    let with = |shapes: &[f64]| -> Vec<(f64, f64)> {
        shapes
            .iter()
            .flat_map(|&shape| zs.iter().map(move |&z| (shape, z)))
            .collect()
    };
    let chi = |df: f64, z: f64| df * (z * (2.0 / df).sqrt()).exp();
    time("ChiSquared survival, and new", &with(&dfs), |(df, z)| {
        ChiSquared::new(df).map_or(f64::NAN, |of| of.survival(chi(df, z)))
    });
    time("ChiSquared survival_quantile", &with(&dfs), |(df, z)| {
        ChiSquared::new(df).map_or(f64::NAN, |of| {
            of.survival_quantile(Normal::STANDARD.survival(z))
        })
    });
    let pairs: Vec<(f64, f64, f64)> = dfs
        .iter()
        .flat_map(|&a| dfs.iter().map(move |&b| (a, b)))
        .flat_map(|(a, b)| zs.iter().map(move |&z| (a, b, z)))
        .collect();
    time("FisherF survival, and new", &pairs, |(a, b, z)| {
        FisherF::new(a, b).map_or(f64::NAN, |of| {
            of.survival((z * (2.0 / a + 2.0 / b).sqrt()).exp())
        })
    });
    time("FisherF quantile", &pairs, |(a, b, z)| {
        FisherF::new(a, b).map_or(f64::NAN, |of| of.quantile(Normal::STANDARD.cdf(z)))
    });
    time("Beta quantile", &pairs, |(a, b, z)| {
        Beta::new(a, b).map_or(f64::NAN, |of| of.quantile(Normal::STANDARD.cdf(z)))
    });
    let trials = [10_u64, 1_000, 44_700, 1_000_000, 1_000_000_000_000];
    let binomials: Vec<(u64, f64)> = trials
        .iter()
        .flat_map(|&n| zs.iter().map(move |&z| (n, z)))
        .collect();
    time("Binomial survival", &binomials, |(n, z)| {
        let n_float = n as f64;
        let k = n_float * 0.1 + z * (n_float * 0.09).sqrt();
        Binomial::new(n, 0.1).map_or(f64::NAN, |of| of.survival(k.max(0.0)))
    });
    time("Binomial quantile", &binomials, |(n, z)| {
        Binomial::new(n, 0.1).map_or(f64::NAN, |of| of.quantile(Normal::STANDARD.cdf(z)))
    });
    time("Poisson quantile", &binomials, |(n, z)| {
        Poisson::new(n as f64).map_or(f64::NAN, |of| of.quantile(Normal::STANDARD.cdf(z)))
    });
    Ok(())
}
