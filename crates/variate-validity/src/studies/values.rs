//! Methods on the values of units: variance reduction, quantiles, ranks, the bootstrap, limits.

use variate_stats::adjustment::{Cuped, PairedMoments, Regression, Sample, Stratum, post_stratify};
use variate_stats::bootstrap::{Bootstrap, IntervalMethod};
use variate_stats::mean::TwoMeans;
use variate_stats::quantile::Quantile;
use variate_stats::rank::{hodges_lehmann, mann_whitney, superiority};
use variate_stats::sequential::{AsymptoticSequence, Look};
use variate_stats::winsorise::Limits;
use variate_stats::{Estimate, Moments, Side};

use super::ALPHA;
use crate::{Alarms, Claim, Moment, ONCE, Promise, Random, Study};

const DAYS: usize = 7;
const A_DAY: usize = 40;
const DAILY: &str = "7 daily looks";

const METHODS: [&str; 12] = [
    "CUPED",
    "regression on a covariate, HC2",
    "post-stratification, three strata",
    "Welch's test, both arms winsorised at a common 1 % and 99 %",
    "median",
    "90th percentile",
    "Mann–Whitney",
    "superiority (Brunner–Munzel)",
    "Hodges–Lehmann",
    "bootstrap of the means, percentile",
    "bootstrap of the means, BCa",
    "asymptotic confidence sequence over CUPED",
];

pub(super) fn studies() -> Vec<Study> {
    vec![
        study("values-normal", "normal", false),
        study("values-lognormal", "skewed (lognormal, σ = 1)", true),
    ]
}

/// An arm's values, and what was known of its units before.
#[derive(Debug)]
struct Arm {
    outcomes: Vec<f64>,
    covariates: Vec<f64>,
    skewed: bool,
    /// Of the strata.
    limits: [f64; 2],
}

impl Arm {
    fn new(skewed: bool) -> Self {
        Self {
            outcomes: Vec::new(),
            covariates: Vec::new(),
            skewed,
            limits: if skewed { [0.65, 1.55] } else { [8.7, 11.3] },
        }
    }

    fn grow(&mut self, random: &mut Random) {
        for _ in 0..A_DAY {
            let own = random.normal();
            let [outcome, covariate] = [(); 2].map(|()| 0.8 * own + 0.6 * random.normal());
            let value = |normal: f64| {
                if self.skewed {
                    normal.exp()
                } else {
                    10.0 + 3.0 * normal
                }
            };
            self.outcomes.push(value(outcome));
            self.covariates.push(value(covariate));
        }
    }
}

fn study(name: &'static str, words: &str, skewed: bool) -> Study {
    let mut claims = Vec::new();
    for method in METHODS {
        let sequential = method.starts_with("asymptotic");
        let once = if skewed && method.ends_with("BCa") {
            Promise::Exceeds(ALPHA)
        } else {
            Promise::AtMost(ALPHA)
        };
        claims.push(Claim::new(method, ONCE, once));
        let daily = if sequential {
            Promise::AtMost(ALPHA)
        } else if method == "90th percentile" {
            // Too strict for so few units to show it.
            Promise::Nothing
        } else {
            Promise::Exceeds(ALPHA)
        };
        claims.push(Claim::new(method, DAILY, daily));
    }
    let sequence = AsymptoticSequence::new(ALPHA, 560.0, Side::Both).expect("valid");
    Study::new(
        name,
        format!("Methods on values, {words}: false alarms"),
        "Two arms that do not differ, 40 units each a day for 7 days, with a covariate from before (correlation 0.64 of the normals underneath). \
         The bootstraps have 500 replicates.",
        (3_000, 20),
        claims,
        move |random, found| {
            let [mut control, mut treatment] = [Arm::new(skewed), Arm::new(skewed)];
            let mut alarms = [Alarms::default(); METHODS.len()];
            for day in 1..=DAYS {
                control.grow(random);
                treatment.grow(random);
                let moment = Moment {
                    day: true,
                    last: day == DAYS,
                };
                let seed = random.uniform().to_bits();
                for (method, alarms) in alarms.iter_mut().enumerate() {
                    if method < METHODS.len() - 1 || day * A_DAY >= 100 {
                        alarms.see(moment, || {
                            is_alarm(method, &control, &treatment, seed, &sequence)
                        });
                    }
                }
            }
            for alarms in alarms {
                alarms.tell_once(found);
                alarms.tell_daily(found);
            }
        },
    )
}

fn is_alarm(
    method: usize,
    control: &Arm,
    treatment: &Arm,
    seed: u64,
    sequence: &AsymptoticSequence,
) -> bool {
    let (x, y) = (&control.outcomes[..], &treatment.outcomes[..]);
    let is = |it: &Estimate| it.p_value <= ALPHA;
    let quantile = |probability| {
        let quantile = Quantile::new(probability).expect("a share");
        // Forty values are too few for the interval of a 90th percentile.
        quantile
            .compare(x, y, ALPHA, Side::Both)
            .is_ok_and(|it| is(&it))
    };
    let bootstrap = |method| {
        let bootstrap = Bootstrap::new(seed)
            .with_threads(1)
            .with_replicates(500)
            .with_method(method);
        let found = bootstrap.difference_of_means(x, y, ALPHA, Side::Both);
        !found.expect("values").estimate.interval.contains(0.0)
    };
    match method {
        0 => is(&cuped(control, treatment)),
        1 => {
            let (before, then) = ([&control.covariates[..]], [&treatment.covariates[..]]);
            let found = Regression::new().compare(
                &Sample::new(x, &before).expect("values"),
                &Sample::new(y, &then).expect("values"),
                ALPHA,
                Side::Both,
            );
            is(&found.expect("it varies").estimate)
        }
        2 => stratified(control, treatment).is_some_and(|it| is(&it)),
        3 => {
            let limits = Limits::at_quantiles(&[x, y], 0.01, 0.99).expect("values");
            let of = |values: &[f64]| {
                values
                    .iter()
                    .map(|&it| limits.clamp(it))
                    .collect::<Moments>()
            };
            let means = TwoMeans {
                control: of(x),
                treatment: of(y),
            };
            is(&means.welch(ALPHA, Side::Both).expect("it varies"))
        }
        4 => quantile(0.5),
        5 => quantile(0.9),
        6 => mann_whitney(x, y, Side::Both).expect("values").p_value <= ALPHA,
        7 => is(&superiority(x, y, ALPHA, Side::Both)
            .expect("values")
            .estimate),
        8 => is(&hodges_lehmann(x, y, ALPHA, Side::Both).expect("values")),
        9 => bootstrap(IntervalMethod::Percentile),
        10 => bootstrap(IntervalMethod::Bca),
        _ => {
            let found = cuped(control, treatment);
            let variance = found.standard_error * found.standard_error;
            #[expect(clippy::cast_precision_loss, reason = "counts")]
            let units = (x.len() + y.len()) as f64;
            let look = Look::new(found.effect, variance, units).expect("it varies");
            sequence.at(&look).p_value <= ALPHA
        }
    }
}

fn cuped(control: &Arm, treatment: &Arm) -> Estimate {
    let of = |arm: &Arm| {
        PairedMoments::from_values(&arm.outcomes, &arm.covariates).expect("one for each")
    };
    let (control, treatment) = (of(control), of(treatment));
    let cuped = Cuped::new(&[control, treatment]).expect("it varies");
    let found = cuped.compare(&control, &treatment, ALPHA, Side::Both);
    found.expect("it varies").estimate
}

/// By the covariate: low, middle and high, at fixed limits.
fn stratified(control: &Arm, treatment: &Arm) -> Option<Estimate> {
    let limits = control.limits;
    let of = |arm: &Arm, stratum: usize| -> Moments {
        let is =
            |covariate: f64| limits.iter().filter(|limit| covariate > **limit).count() == stratum;
        let units = arm.outcomes.iter().zip(&arm.covariates);
        units
            .filter(|(_, covariate)| is(**covariate))
            .map(|(outcome, _)| *outcome)
            .collect()
    };
    let strata = (0..3).map(|stratum| Stratum {
        control: of(control, stratum),
        treatment: of(treatment, stratum),
    });
    // Nothing on the first days, when a stratum may have a unit or none.
    Some(post_stratify(strata, ALPHA, Side::Both).ok()?.estimate)
}
