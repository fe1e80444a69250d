//! What holds for any number whatever.
#![expect(clippy::float_cmp, reason = "the same number, not a near one")]

use proptest::prelude::*;
use variate_stats::distribution::{
    Beta, Binomial, ChiSquared, DistributionError, FisherF, Normal, Poisson, StudentT,
};

/// The methods of a distribution, whichever it is.
struct Methods {
    name: String,
    continuous: bool,
    cdf: Box<dyn Fn(f64) -> f64>,
    survival: Box<dyn Fn(f64) -> f64>,
    ln_cdf: Box<dyn Fn(f64) -> f64>,
    ln_survival: Box<dyn Fn(f64) -> f64>,
    density: Box<dyn Fn(f64) -> f64>,
    quantile: Box<dyn Fn(f64) -> f64>,
    survival_quantile: Box<dyn Fn(f64) -> f64>,
}

macro_rules! methods {
    ($distribution:expr, $density:ident) => {
        $distribution.ok().map(|of| Methods {
            name: format!("{of:?}"),
            continuous: stringify!($density) == "pdf",
            cdf: Box::new(move |x| of.cdf(x)),
            survival: Box::new(move |x| of.survival(x)),
            ln_cdf: Box::new(move |x| of.ln_cdf(x)),
            ln_survival: Box::new(move |x| of.ln_survival(x)),
            density: Box::new(move |x| of.$density(x)),
            quantile: Box::new(move |p| of.quantile(p)),
            survival_quantile: Box::new(move |q| of.survival_quantile(q)),
        })
    };
}

fn all(first: f64, second: f64, trials: u64) -> Vec<Methods> {
    [
        methods!(Normal::new(first, second), pdf),
        methods!(StudentT::new(first), pdf),
        methods!(ChiSquared::new(first), pdf),
        methods!(FisherF::new(first, second), pdf),
        methods!(Beta::new(first, second), pdf),
        methods!(Poisson::new(first), pmf),
        methods!(Binomial::new(trials, second), pmf),
        methods!(Binomial::new(trials, second.recip()), pmf),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Any number at all, NaN and subnormal and infinite ones among them.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::ANY,
        prop::num::f64::SUBNORMAL,
        Just(0.0),
        Just(-0.0),
        Just(1.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::NAN),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        between(1e-3, 1e15),
        -10.0..10.0_f64,
        0.0..1.0_f64,
    ]
}

/// Of any size between the two.
fn between(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn trials() -> impl Strategy<Value = u64> {
    prop_oneof![0..50_u64, 0..1_000_000_u64, any::<u64>(), 0..(1_u64 << 53)]
}

/// An argument that is not out of reach of the distribution.
fn near(of: &Methods, p: f64, factor: f64) -> f64 {
    let x = if p < 0.5 {
        (of.quantile)(p)
    } else {
        (of.survival_quantile)(1.0 - p)
    };
    x * factor
}

/// At most this much of the other more, for what should not be more.
const NOISE: f64 = 1e-12;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn every_number_has_an_answer(first in any_number(), second in any_number(), trials in trials(), x in any_number()) {
        for of in all(first, second, trials) {
            let name = &of.name;
            let answers = [(of.cdf)(x), (of.survival)(x), (of.ln_cdf)(x), (of.ln_survival)(x), (of.density)(x)];
            prop_assert!(answers.iter().all(|answer| answer.is_nan() == x.is_nan()), "{name} at {x:e}: {answers:?}");
            if !x.is_nan() {
                let [cdf, survival, ln_cdf, ln_survival, density] = answers;
                prop_assert!((0.0..=1.0).contains(&cdf) && (0.0..=1.0).contains(&survival), "{name} at {x:e}: {answers:?}");
                prop_assert!(ln_cdf <= 0.0 && ln_survival <= 0.0 && density >= 0.0, "{name} at {x:e}: {answers:?}");
                prop_assert!((cdf + survival - 1.0).abs() < 1e-14, "{name} at {x:e}: {answers:?}");
            }
            let is_probability = (0.0..=1.0).contains(&x);
            for answer in [(of.quantile)(x), (of.survival_quantile)(x)] {
                prop_assert!(answer.is_nan() != is_probability, "{name}, quantile of {x:e}: {answer}");
            }
        }
    }

    #[test]
    fn no_probability_falls_with_its_argument(
        first in between(1e-2, 1e10),
        second in between(1e-2, 1e10),
        trials in trials(),
        p in prop_oneof![0.0..1.0_f64, between(1e-290, 1.0)],
        farther in prop_oneof![Just(0.0), between(1e-15, 10.0)],
    ) {
        for of in all(first, second, trials) {
            let name = &of.name;
            let x = near(&of, p, 1.0);
            let y = if x == 0.0 { farther } else if x.is_finite() { x + x.abs() * farther } else { x };
            let (before, after) = ((of.cdf)(x), (of.cdf)(y));
            prop_assert!(before <= after * (1.0 + NOISE), "{name}: cdf({x:e}) = {before:e}, cdf({y:e}) = {after:e}");
            let (before, after) = ((of.survival)(x), (of.survival)(y));
            prop_assert!(before >= after * (1.0 - NOISE), "{name}: survival({x:e}) = {before:e}, survival({y:e}) = {after:e}");
        }
    }

    #[test]
    fn no_quantile_falls_with_its_probability(
        first in between(1e-2, 1e10),
        second in between(1e-2, 1e10),
        trials in trials(),
        p in prop_oneof![0.0..1.0_f64, between(1e-300, 1.0)],
        share in 0.0..1.0_f64,
    ) {
        for of in all(first, second, trials) {
            let name = &of.name;
            let smaller = p * share;
            let (before, after) = ((of.quantile)(smaller), (of.quantile)(p));
            prop_assert!(before <= after || before - after <= after.abs() * 1e-10 + 1e-300, "{name}: {before:e} of {smaller:e}, {after:e} of {p:e}");
            let (before, after) = ((of.survival_quantile)(p), (of.survival_quantile)(smaller));
            prop_assert!(before <= after || before - after <= after.abs() * 1e-10 + 1e-300, "{name}: {before:e} above {p:e}, {after:e} above {smaller:e}");
        }
    }

    #[test]
    fn quantiles_lead_back(
        first in between(0.5, 1e9),
        second in between(0.5, 1e9),
        trials in trials(),
        p in prop_oneof![0.0..1.0_f64, between(1e-290, 1.0)],
        upper in any::<bool>(),
        factor in 0.9..1.1_f64,
    ) {
        for of in all(first, second, trials) {
            let name = &of.name;
            let side = if upper { 1.0 - p } else { p };
            let x = if of.continuous { near(&of, side, factor) } else { near(&of, side, 1.0) };
            let (cdf, survival) = ((of.cdf)(x), (of.survival)(x));
            if of.continuous {
                let (back, smaller) = if cdf < survival { ((of.quantile)(cdf), cdf) } else { ((of.survival_quantile)(survival), survival) };
                // Around the centre the rounding of ½ − p counts.
                let rounding = 1e-15 * smaller / (of.density)(x);
                if smaller > 1e-300 && x.abs() > 1e-300 {
                    prop_assert!((back - x).abs() <= x.abs() * 1e-10 + rounding, "{name}: {x:e}, {smaller:e}, {back:e}");
                }
            } else if x.is_finite() {
                // Where the step at x is more than rounding.
                let below = if x == 0.0 { 0.0 } else { (of.cdf)(x - 1.0) };
                if below < cdf * (1.0 - 1e-11) && cdf < 1.0 {
                    prop_assert_eq!((of.quantile)(cdf), x, "{} of {:e}", name, cdf);
                }
                let before = if x == 0.0 { 1.0 } else { (of.survival)(x - 1.0) };
                if before > survival * (1.0 + 1e-11) && survival > 0.0 {
                    prop_assert_eq!((of.survival_quantile)(survival), x, "{} above {:e}", name, survival);
                }
            }
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused_in_words() {
    let refused = StudentT::new(-3.0).err().map(|error| error.to_string());
    assert_eq!(
        refused.unwrap_or_default(),
        "the number of degrees of freedom is -3, but must be a number from 1e-3 to 1e15"
    );
    assert!(ChiSquared::new(f64::NAN).is_err());
    assert!(FisherF::new(1.0, f64::INFINITY).is_err());
    assert!(Beta::new(0.0, 1.0).is_err());
    assert!(Poisson::new(0.0).is_err());
    assert!(Normal::new(0.0, 0.0).is_err());
    assert!(Binomial::new(10, 1.5).is_err());
    assert!(Binomial::new(10, -0.0).is_ok());
    let refused = Binomial::new(u64::MAX, 0.5)
        .err()
        .map(|error| error.to_string());
    assert_eq!(
        refused.unwrap_or_default(),
        "18446744073709551615 trials are more than 2^53, the highest count that is exact"
    );
}

#[test]
fn the_ends_of_the_support_are_the_quantiles_of_zero_and_one() -> Result<(), DistributionError> {
    let ends = |quantile: &dyn Fn(f64) -> f64| (quantile(0.0), quantile(1.0));
    let infinite = (f64::NEG_INFINITY, f64::INFINITY);
    assert_eq!(ends(&|p| Normal::STANDARD.quantile(p)), infinite);
    let t = StudentT::new(3.5)?;
    assert_eq!(ends(&|p| t.quantile(p)), infinite);
    assert_eq!(ends(&|p| -t.survival_quantile(p)), infinite);
    let chi_squared = ChiSquared::new(3.0)?;
    assert_eq!(ends(&|p| chi_squared.quantile(p)), (0.0, f64::INFINITY));
    let beta = Beta::new(2.0, 3.0)?;
    assert_eq!(ends(&|p| beta.quantile(p)), (0.0, 1.0));
    assert_eq!(ends(&|q| beta.survival_quantile(1.0 - q)), (0.0, 1.0));
    let binomial = Binomial::new(12, 0.25)?;
    assert_eq!(ends(&|p| binomial.quantile(p)), (0.0, 12.0));
    Ok(())
}

#[test]
fn a_binomial_without_chance_is_a_constant() -> Result<(), DistributionError> {
    for (trials, probability, k) in [(0, 0.5, 0.0), (9, 0.0, 0.0), (9, 1.0, 9.0)] {
        let of = Binomial::new(trials, probability)?;
        assert_eq!((of.pmf(k), of.cdf(k), of.cdf(k - 1.0)), (1.0, 1.0, 0.0));
        assert_eq!((of.survival(k), of.survival(k - 1.0)), (0.0, 1.0));
        assert_eq!((of.quantile(0.3), of.survival_quantile(0.3)), (k, k));
        assert_eq!(of.pmf(k + 1.0), 0.0);
    }
    Ok(())
}
