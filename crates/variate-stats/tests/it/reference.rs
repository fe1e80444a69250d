//! Every distribution against values of mpmath with 70 digits: `reference/distributions.py`.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the file is what its script printed"
)]

use std::collections::BTreeMap;

use variate_stats::distribution::{
    Beta, Binomial, ChiSquared, DistributionError, FisherF, Normal, Poisson, StudentT,
};

const POINTS: &str = include_str!("../data/distributions.csv");
const PROBABILITY: f64 = 1e-12;
const QUANTILE: f64 = 1e-10;

/// What all distributions answer, at one point.
struct Answers {
    cdf: f64,
    survival: f64,
    ln_cdf: f64,
    ln_survival: f64,
    density: f64,
    ln_density: f64,
    quantile: Box<dyn Fn(f64) -> f64>,
    survival_quantile: Box<dyn Fn(f64) -> f64>,
}

macro_rules! answers {
    ($distribution:expr, $x:expr, $density:ident, $ln_density:ident) => {{
        let of = $distribution;
        Answers {
            cdf: of.cdf($x),
            survival: of.survival($x),
            ln_cdf: of.ln_cdf($x),
            ln_survival: of.ln_survival($x),
            density: of.$density($x),
            ln_density: of.$ln_density($x),
            quantile: Box::new(move |p| of.quantile(p)),
            survival_quantile: Box::new(move |q| of.survival_quantile(q)),
        }
    }};
}

fn answers(name: &str, first: &str, second: f64, x: f64) -> Result<Answers, DistributionError> {
    let number = first.parse().unwrap_or(f64::NAN);
    Ok(match name {
        "normal" => answers!(Normal::STANDARD, x, pdf, ln_pdf),
        "student_t" => answers!(StudentT::new(number)?, x, pdf, ln_pdf),
        "chi_squared" => answers!(ChiSquared::new(number)?, x, pdf, ln_pdf),
        "fisher_f" => answers!(FisherF::new(number, second)?, x, pdf, ln_pdf),
        "beta" => answers!(Beta::new(number, second)?, x, pdf, ln_pdf),
        "poisson" => answers!(Poisson::new(number)?, x, pmf, ln_pmf),
        "binomial" => {
            let trials = first.parse().expect("a count");
            answers!(Binomial::new(trials, second)?, x, pmf, ln_pmf)
        }
        other => panic!("no function {other}"),
    })
}

#[derive(Default)]
struct Worst {
    points: usize,
    beyond: usize,
    error: f64,
    line: String,
    got: f64,
}

#[derive(Default)]
struct Report(BTreeMap<String, Worst>);

impl Report {
    fn compare(&mut self, what: String, got: f64, wanted: f64, limit: f64, line: &str) {
        let error = if got == wanted {
            0.0
        } else {
            ((got - wanted) / wanted).abs()
        };
        let worst = self.0.entry(what).or_default();
        worst.points += 1;
        worst.beyond += usize::from(error > limit || error.is_nan());
        if error.is_nan() || error > worst.error {
            *worst = Worst {
                points: worst.points,
                beyond: worst.beyond,
                error: if error.is_nan() { f64::INFINITY } else { error },
                line: line.to_owned(),
                got,
            };
        }
    }
}

#[test]
fn every_reference_value_is_met_to_its_last_digits() {
    let mut report = Report::default();
    let mut points = 0;
    for line in POINTS.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().ok();
        let name = cells[0];
        let x = number(3).expect("an argument");
        let found = answers(name, cells[1], number(2).unwrap_or_default(), x)
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        points += 1;
        let probabilities = [
            ("cdf", found.cdf, number(4)),
            ("survival", found.survival, number(5)),
            ("ln_cdf", found.ln_cdf, number(6)),
            ("ln_survival", found.ln_survival, number(7)),
            ("density", found.density, density(number(8))),
        ];
        for (method, got, wanted) in probabilities {
            if let Some(wanted) = wanted {
                report.compare(format!("{name} {method}"), got, wanted, PROBABILITY, line);
            }
        }
        // A logarithm near zero is as good as the density, not as its own few digits.
        let wanted = number(8).expect("a density");
        let scaled = 1.0 + (found.ln_density - wanted) / wanted.abs().max(1.0);
        report.compare(format!("{name} ln_density"), scaled, 1.0, PROBABILITY, line);

        if let (Some(p), Some(wanted)) = (number(4), number(9)) {
            let got = (found.quantile)(p);
            report.compare(format!("{name} quantile"), got, wanted, QUANTILE, line);
        }
        if let (Some(q), Some(wanted)) = (number(5), number(10)) {
            let got = (found.survival_quantile)(q);
            let what = format!("{name} survival_quantile");
            report.compare(what, got, wanted, QUANTILE, line);
        }
        if matches!(name, "poisson" | "binomial") {
            compare_steps(&mut report, name, &found, &cells, line);
        }
    }
    for (what, worst) in &report.0 {
        println!(
            "{what:28} {:5} points, {:3} beyond, worst {:.1e}: {:e} in {}",
            worst.points, worst.beyond, worst.error, worst.got, worst.line
        );
    }
    assert!(points >= 4_000, "{points} points");
    assert!(report.0.values().all(|worst| worst.beyond == 0));
}

/// A density that is neither underflowing nor overflowing.
fn density(ln: Option<f64>) -> Option<f64> {
    // exp of a rounded logarithm is good to its size times 1e-16.
    ln.filter(|ln| ln.abs() < 700.0).map(f64::exp)
}

/// The smallest k with P(X ≤ k) ≥ p, just below and just above the step at k.
fn compare_steps(report: &mut Report, name: &str, found: &Answers, cells: &[&str], line: &str) {
    let number = |at: usize| cells[at].parse::<f64>().ok();
    let (Some(k), Some(ln_pmf)) = (number(3), number(8)) else {
        return;
    };
    let sides = [
        (number(4), &found.quantile, 1.0 - 1e-11, "quantile"),
        (
            number(5),
            &found.survival_quantile,
            1.0 + 1e-11,
            "survival_quantile",
        ),
    ];
    for (p, quantile, before, method) in sides {
        // Only where the step is much higher than what p is moved by, and p can be moved at all.
        let Some(p) = p.filter(|p| ln_pmf - p.ln() > -16.0 && *p < 0.999) else {
            continue;
        };
        let what = format!("{name} {method}");
        report.compare(what.clone(), quantile(p * before), k, 0.0, line);
        report.compare(what, quantile(p * (2.0 - before)), k + 1.0, 0.0, line);
    }
}
