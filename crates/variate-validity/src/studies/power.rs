//! Whether experiments of the size that `power` asks for see what they are for.

use variate_stats::mean::TwoMeans;
use variate_stats::power::{
    Design, Effect, Outcome, SampleSize, Traffic, group_sequential_inflation,
};
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::ratio::{RatioMoments, TwoRatios};
use variate_stats::sequential::lan_demets::boundaries;
use variate_stats::sequential::{AsymptoticSequence, Look, Spending, WangTsiatis};
use variate_stats::{Moments, Side};

use super::ALPHA;
use crate::{Claim, Promise, Random, Study};

const POWER: f64 = 0.8;

pub(super) fn studies() -> Vec<Study> {
    vec![fixed(), planned(), sequence()]
}

fn design() -> Design {
    Design::new(ALPHA, Side::Both).expect("valid")
}

/// The promise that theory makes for this many units.
fn promised(design: &Design, outcome: &Outcome, effect: Effect, size: &SampleSize) -> Promise {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let units = size.control as f64;
    Promise::Exactly(design.power(outcome, effect, units).expect("valid"))
}

fn arm(random: &mut Random, units: u64, mean: f64, deviation: f64) -> Moments {
    (0..units)
        .map(|_| mean + deviation * random.normal())
        .collect()
}

fn rates(
    random: &mut Random,
    (control, treatment): (u64, u64),
    (p, q): (f64, f64),
) -> TwoProportions {
    let mut of =
        |units, rate| Proportion::new(random.binomial(units, rate), units).expect("counts");
    TwoProportions {
        control: of(control, p),
        treatment: of(treatment, q),
    }
}

#[expect(clippy::too_many_lines, reason = "one case after the other")]
fn fixed() -> Study {
    let rate = Outcome::rate(0.1).expect("valid");
    let unpooled = Outcome::rate_unpooled(0.1).expect("valid");
    let mean = Outcome::mean(12.0, 3.0).expect("valid");
    // Of (clicks, views) as below: the variance by unit of a ratio of 0.5 whose denominator is 10 ± 2.
    let ratio = Outcome::ratio(0.5, (1.0 + 0.25 * 4.0 - 0.5 * 2.0 * 1.0) / 100.0).expect("valid");
    let unequal = design().with_allocation(0.25).expect("valid");
    let strict = design().with_treatments(3).expect("valid");
    let up = Effect::Relative(0.2);
    let size = |design: &Design, outcome: &Outcome, effect| {
        design.sample_size(outcome, effect).expect("valid")
    };
    let sizes = [
        size(&design(), &rate, up),
        size(&unequal, &rate, up),
        size(&design(), &unpooled, up),
        size(&design(), &mean, Effect::Absolute(2.0)),
        size(&unequal, &mean, Effect::Absolute(1.0)),
        size(&strict, &mean, Effect::Absolute(0.6)),
        size(&design(), &ratio, Effect::Absolute(0.02)),
    ];
    let named = |method: &str, promise| Claim::new(method, "runs that see it", promise);
    let mut claims = vec![
        named(
            "rate, score test, 10 % to 12 %",
            promised(&design(), &rate, up, &sizes[0]),
        ),
        named(
            "the same, four of control for one of treatment",
            promised(&unequal, &rate, up, &sizes[1]),
        ),
        named(
            "rate, Wald's test",
            promised(&design(), &unpooled, up, &sizes[2]),
        ),
        named(
            "mean, Welch's test, 37 an arm",
            promised(&design(), &mean, Effect::Absolute(2.0), &sizes[3]),
        ),
        named(
            "mean, four of control for one of treatment",
            promised(&unequal, &mean, Effect::Absolute(1.0), &sizes[4]),
        ),
        named(
            "mean, one of three treatments (Bonferroni)",
            promised(&strict, &mean, Effect::Absolute(0.6), &sizes[5]),
        ),
        named(
            "ratio metric, delta method",
            promised(&design(), &ratio, Effect::Absolute(0.02), &sizes[6]),
        ),
    ];
    claims[3].method = format!("mean, Welch's test, {} an arm", sizes[3].control);
    // 250 visitors a day, a tenth of them on the first three days.
    let traffic = Traffic::new(250.0)
        .and_then(|it| it.with_stage(3, 0.1))
        .expect("valid");
    let days = traffic.days(sizes[0].total).expect("valid");
    claims.push(Claim::new(
        format!("duration: rate, on day {days} as `Traffic::days` says"),
        "runs that see it",
        Promise::AtLeast(POWER),
    ));
    Study::new(
        "power",
        "Power: runs that see the effect",
        "As many units as `Design::sample_size` asks for a power of 80 %; theory is `Design::power` for these units.",
        (40_000, 400),
        claims,
        move |random, found| {
            let units = |at: usize| (sizes[at].control, sizes[at].treatment);
            let level = strict.level();
            found.hit(
                rates(random, units(0), (0.1, 0.12))
                    .score(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA),
            );
            found.hit(
                rates(random, units(1), (0.1, 0.12))
                    .score(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA),
            );
            found.hit(
                rates(random, units(2), (0.1, 0.12))
                    .wald(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA),
            );
            for (at, effect, level) in [(3, 2.0, ALPHA), (4, 1.0, ALPHA), (5, 0.6, level)] {
                let means = TwoMeans {
                    control: arm(random, units(at).0, 12.0, 3.0),
                    treatment: arm(random, units(at).1, 12.0 + effect, 3.0),
                };
                found.hit(
                    means
                        .welch(level, Side::Both)
                        .is_ok_and(|it| it.p_value <= level),
                );
            }
            let ratios = TwoRatios {
                control: ratio_arm(random, units(6).0, 0.0),
                treatment: ratio_arm(random, units(6).1, 0.2),
            };
            found.hit(
                ratios
                    .difference(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA),
            );
            let an_arm = u64::midpoint(75, 250 * (days - 3));
            let later = rates(random, (an_arm, an_arm), (0.1, 0.12));
            found.hit(
                later
                    .score(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA),
            );
        },
    )
}

/// Views 10 ± 2, clicks 5 ± 1 with a covariance of 1, and `more` clicks on the average.
fn ratio_arm(random: &mut Random, units: u64, more: f64) -> RatioMoments {
    (0..units)
        .map(|_| {
            let views = random.normal();
            let clicks = 0.5 * views + 0.75_f64.sqrt() * random.normal();
            (5.0 + more + clicks, 10.0 + 2.0 * views)
        })
        .collect()
}

fn planned() -> Study {
    const LOOKS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
    let classic = |delta| WangTsiatis::new(ALPHA, 5, delta).map(|it| it.boundaries().to_vec());
    let spent = |spending| boundaries(spending, ALPHA, &LOOKS).expect("valid");
    let plans = [
        ("O'Brien–Fleming, 5 looks", classic(0.0).expect("valid")),
        ("Pocock, 5 looks", classic(0.5).expect("valid")),
        (
            "Lan–DeMets, O'Brien–Fleming spending",
            spent(Spending::OBrienFleming),
        ),
        ("Lan–DeMets, Pocock spending", spent(Spending::Pocock)),
    ];
    let outcome = Outcome::mean(12.0, 3.0).expect("valid");
    let effect = 0.3;
    let plans = plans.map(|(name, bounds)| {
        let factor = group_sequential_inflation(&LOOKS, &bounds, ALPHA, POWER).expect("valid");
        let design = design().with_inflation(factor).expect("valid");
        let size = design
            .sample_size(&outcome, Effect::Absolute(effect))
            .expect("valid");
        (
            format!("{name}: {factor:.3} times the units of one look"),
            bounds,
            size.control,
        )
    });
    let claims = plans
        .iter()
        .map(|(name, ..)| Claim::new(name, "runs that see it", Promise::Exactly(POWER)))
        .collect();
    Study::new(
        "power-planned",
        "Power of planned looks",
        "Means with a standard deviation of 3 and an effect of 0.3; as many units as one look needs, times `group_sequential_inflation`.",
        (40_000, 400),
        claims,
        move |random, found| {
            for (_, bounds, units) in &plans {
                #[expect(clippy::cast_precision_loss, reason = "counts")]
                let units = *units as f64;
                let (mut n, mut sum, mut seen) = (0.0, 0.0, false);
                for (time, bound) in LOOKS.into_iter().zip(bounds) {
                    let more = (time * units).round() - n;
                    n += more;
                    sum += effect * more + 3.0 * (2.0 * more).sqrt() * random.normal();
                    seen |= sum.abs() / (3.0 * (2.0 * n).sqrt()) >= *bound;
                }
                found.hit(seen);
            }
        },
    )
}

fn sequence() -> Study {
    let outcome = Outcome::mean(12.0, 3.0).expect("valid");
    let sequence = AsymptoticSequence::new(ALPHA, 4_000.0, Side::Both).expect("valid");
    let effect = Effect::Absolute(0.3);
    let at = |look: &Look| sequence.at(look);
    let sure = design()
        .sample_size_of_sequence(&outcome, effect, at)
        .expect("valid");
    let expected = design()
        .excluded_in_expectation(&outcome, effect, at)
        .expect("valid");
    let claims = vec![
        Claim::new(
            "`sample_size_of_sequence`",
            "at the last look alone",
            Promise::Exactly(POWER),
        ),
        Claim::new(
            "`sample_size_of_sequence`",
            "at any of the looks",
            Promise::AtLeast(POWER),
        ),
        Claim::new(
            "`excluded_in_expectation`",
            "at the last look alone",
            Promise::Exactly(0.5),
        ),
        Claim::new(
            "`excluded_in_expectation`",
            "at any of the looks",
            Promise::AtLeast(0.5),
        ),
    ];
    Study::new(
        "power-always-valid",
        "Power of the asymptotic confidence sequence",
        format!(
            "The same effect, {} units an arm (to be sure) and {} (in expectation), a look at every twentieth of them.",
            sure.control, expected.control
        ),
        (40_000, 400),
        claims,
        move |random, found| {
            for size in [&sure, &expected] {
                #[expect(clippy::cast_precision_loss, reason = "counts")]
                let units = size.control as f64;
                let (mut n, mut sum) = (0.0, 0.0);
                let (mut ever, mut last) = (false, false);
                for look in 1..=20_u32 {
                    let more = (f64::from(look) / 20.0 * units).round() - n;
                    n += more;
                    sum += 0.3 * more + 3.0 * (2.0 * more).sqrt() * random.normal();
                    let look = Look::new(sum / n, 18.0 / n, 2.0 * n).expect("a look");
                    last = !sequence.at(&look).interval.contains(0.0);
                    ever |= last;
                }
                found.hit(last);
                found.hit(ever);
            }
        },
    )
}
