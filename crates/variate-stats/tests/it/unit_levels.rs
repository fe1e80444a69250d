//! How often methods on values find an effect where there is none: seeded, 400 experiments each.

use variate_stats::adjustment::{
    Cuped, PairedMoments, Regression, RobustError, Sample, post_stratify, strata,
};
use variate_stats::bootstrap::{Bootstrap, IntervalMethod};
use variate_stats::distribution::Normal;
use variate_stats::quantile::Quantile;
use variate_stats::rank::{hodges_lehmann, mann_whitney, superiority};
use variate_stats::{Estimate, Side};

/// Normal numbers from a small generator of its own (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let uniform = (f64::from(u32::try_from(self.0 >> 32).unwrap()) + 0.5) / 4_294_967_296.0;
        Normal::STANDARD.quantile(uniform)
    }

    fn many(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.next()).collect()
    }

    fn skewed(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.next().exp()).collect()
    }
}

/// Of 400 experiments, those whose interval does not hold 0: 20 are expected, 7 to 35 seen but for once in 1,000 times.
fn alarms(mut experiment: impl FnMut(&mut Noise) -> Estimate) -> u32 {
    let mut noise = Noise(88_172_645_463_325_252);
    (0..400)
        .map(|_| {
            let estimate = experiment(&mut noise);
            let alarm = !estimate.interval.contains(0.0);
            assert_eq!(alarm, estimate.p_value < 0.05, "{estimate:?}");
            u32::from(alarm)
        })
        .sum()
}

#[track_caller]
fn nominal(alarms: u32) {
    assert!((7..=35).contains(&alarms), "{alarms} of 400");
}

#[test]
fn adjusted_effects_keep_their_level() {
    // The covariate is skewed, and one arm is noisier and larger.
    let arm = |noise: &mut Noise, count: usize, spread: f64| {
        let x = noise.skewed(count);
        let y: Vec<f64> = x.iter().map(|x| x + spread * noise.next()).collect();
        (y, x)
    };
    nominal(alarms(|noise| {
        let (y, x) = arm(noise, 60, 1.0);
        let control = PairedMoments::from_values(&y, &x).unwrap();
        let (y, x) = arm(noise, 90, 2.0);
        let treatment = PairedMoments::from_values(&y, &x).unwrap();
        let cuped = Cuped::new(&[control, treatment]).unwrap();
        cuped
            .compare(&control, &treatment, 0.05, Side::Both)
            .unwrap()
            .estimate
    }));
    nominal(alarms(|noise| {
        let ((ours, x), (theirs, z)) = (arm(noise, 40, 1.0), arm(noise, 60, 2.0));
        let (more, others) = (noise.many(40), noise.many(60));
        let (x, z): ([&[f64]; 2], [&[f64]; 2]) = ([&x, &more], [&z, &others]);
        let control = Sample::new(&ours, &x).unwrap();
        let treatment = Sample::new(&theirs, &z).unwrap();
        let regression = Regression::new().with_errors(RobustError::Hc3);
        regression
            .compare(&control, &treatment, 0.05, Side::Both)
            .unwrap()
            .estimate
    }));
    nominal(alarms(|noise| {
        let ((ours, x), (theirs, z)) = (arm(noise, 60, 1.0), arm(noise, 90, 2.0));
        let groups = |x: &[f64]| x.iter().map(|x| *x > 1.0).collect::<Vec<bool>>();
        let strata = strata((&groups(&x), &ours), (&groups(&z), &theirs)).unwrap();
        post_stratify(strata.into_values(), 0.05, Side::Both)
            .unwrap()
            .estimate
    }));
}

#[test]
fn ranks_keep_their_level_also_where_the_spread_differs() {
    let arms = |noise: &mut Noise| {
        let wide: Vec<f64> = noise.many(25).iter().map(|value| 4.0 * value).collect();
        (wide, noise.many(100))
    };
    nominal(alarms(|noise| {
        let (control, treatment) = arms(noise);
        superiority(&control, &treatment, 0.05, Side::Both)
            .unwrap()
            .estimate
    }));
    // Mann and Whitney's test is of arms that are alike: the page says so.
    let mut noise = Noise(5);
    let found: u32 = (0..400)
        .map(|_| {
            let (control, treatment) = arms(&mut noise);
            u32::from(
                mann_whitney(&control, &treatment, Side::Both)
                    .unwrap()
                    .p_value
                    < 0.05,
            )
        })
        .sum();
    assert!(found > 40, "{found}");
}

#[test]
fn shifts_keep_their_level() {
    let mut noise = Noise(17);
    let outside: u32 = (0..400)
        .map(|_| {
            let (control, treatment) = (noise.skewed(12), noise.skewed(18));
            let shift = hodges_lehmann(&control, &treatment, 0.05, Side::Both).unwrap();
            u32::from(!shift.interval.contains(0.0))
        })
        .sum();
    nominal(outside);
}

#[test]
fn clustered_quantiles_keep_their_level_and_others_do_not() {
    // Users of 1 to 11 page loads, half of whose variance is the user's.
    let arm = |noise: &mut Noise| {
        let (mut loads, mut users) = (Vec::new(), Vec::new());
        for user in 0..100_u32 {
            let own = noise.next();
            for _ in 0..=user % 11 {
                loads.push((own + noise.next()).exp());
                users.push(user);
            }
        }
        (loads, users)
    };
    nominal(alarms(|noise| {
        let (control, treatment) = (arm(noise), arm(noise));
        let (control, treatment) = ((&*control.0, &*control.1), (&*treatment.0, &*treatment.1));
        Quantile::MEDIAN
            .compare_clustered(control, treatment, 0.05, Side::Both)
            .unwrap()
    }));
    let independent = alarms(|noise| {
        let (control, treatment) = (arm(noise), arm(noise));
        Quantile::MEDIAN
            .compare(&control.0, &treatment.0, 0.05, Side::Both)
            .unwrap()
    });
    assert!(independent > 70, "{independent}");
}

#[test]
fn bootstrap_intervals_of_a_difference_keep_their_level() {
    for method in [IntervalMethod::Percentile, IntervalMethod::Bca] {
        let mut seed = 0;
        let mut noise = Noise(99);
        let outside: u32 = (0..400)
            .map(|_| {
                seed += 1;
                let (control, treatment) = (noise.many(60), noise.many(80));
                let bootstrap = Bootstrap::new(seed)
                    .with_replicates(400)
                    .with_method(method);
                let found = bootstrap.difference_of_means(&control, &treatment, 0.05, Side::Both);
                u32::from(!found.unwrap().estimate.interval.contains(0.0))
            })
            .sum();
        nominal(outside);
    }
}
