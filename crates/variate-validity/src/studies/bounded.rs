//! One arm whose true mean is known: whether a confidence sequence ever leaves it out.

use variate_stats::Side;
use variate_stats::sequential::{
    BernoulliMixture, BetaBinomialMixture, Betting, EmpiricalBernstein, NormalMixture,
};

use super::ALPHA;
use crate::{Claim, Promise, Random, Study};

const UNITS: u32 = 1_000;

/// Values from 0 to 1.
#[derive(Debug, Clone, Copy)]
enum Bounded {
    Rate(f64),
    /// The cube of a uniform: most units have little.
    Cube,
}

impl Bounded {
    fn draw(self, random: &mut Random) -> f64 {
        match self {
            Self::Rate(rate) => f64::from(u8::from(random.happens(rate))),
            Self::Cube => random.uniform().powi(3),
        }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Rate(rate) => rate,
            Self::Cube => 0.25,
        }
    }
}

pub(super) fn studies() -> Vec<Study> {
    vec![bounded(), sums()]
}

fn bounded() -> Study {
    let worlds = [
        ("rate of 50 %", Bounded::Rate(0.5)),
        ("rate of 5 %", Bounded::Rate(0.05)),
        ("rate of 0.5 %", Bounded::Rate(0.005)),
        ("skewed from 0 to 1", Bounded::Cube),
    ];
    let mut claims = Vec::new();
    for method in ["empirical Bernstein", "betting"] {
        claims.extend(worlds.map(|(when, _)| Claim::new(method, when, Promise::AtMost(ALPHA))));
    }
    for (when, _) in &worlds[..3] {
        claims.push(Claim::new(
            "beta-binomial mixture",
            *when,
            Promise::AtMost(ALPHA),
        ));
    }
    Study::new(
        "bounded",
        "One arm, bounded values: the true mean left out at any time",
        "1,000 units; the interval is looked at after every unit from the first one on (betting: every tenth). A figure is the share of runs \
         in which any of these intervals leaves the true mean out: at most 5 %, at every sample size, without any approximation.",
        (8_000, 100),
        claims,
        move |random, found| {
            let mut missed = Vec::new();
            for (_, world) in worlds {
                missed.push(one(world, random));
            }
            for missed in &missed {
                found.hit(missed[0]);
            }
            for missed in &missed {
                found.hit(missed[1]);
            }
            for missed in &missed[..3] {
                found.hit(missed[2]);
            }
        },
    )
}

fn one(world: Bounded, random: &mut Random) -> [bool; 3] {
    let mut bernstein = EmpiricalBernstein::new(ALPHA, 0.0, 1.0).expect("valid");
    let mut betting = Betting::new(ALPHA, 0.0, 1.0).expect("valid");
    let mixture = BernoulliMixture::new(ALPHA).expect("valid");
    let mean = world.mean();
    let mut missed = [false; 3];
    let mut sum = 0.0;
    for unit in 1..=UNITS {
        let value = world.draw(random);
        sum += value;
        bernstein.push(value).expect("within the bounds");
        betting.push(value).expect("within the bounds");
        missed[0] |= !bernstein.interval().contains(mean);
        if unit % 10 == 0 {
            missed[1] |= betting.p_value(mean).expect("within the bounds") <= ALPHA;
        }
        if matches!(world, Bounded::Rate(_)) {
            let p_value = mixture.p_value(sum, f64::from(unit), mean);
            missed[2] |= p_value.expect("counts") <= ALPHA;
        }
    }
    missed
}

fn sums() -> Study {
    let claims = [
        "normal mixture of a sum, two sides",
        "normal mixture of a sum, one side",
        "beta-binomial mixture of a sum of −0.1 and 0.9, two sides",
        "beta-binomial mixture of a sum of −0.1 and 0.9, one side",
    ]
    .map(|method| Claim::new(method, "a look at each unit", Promise::AtMost(ALPHA)));
    let normal = NormalMixture::new(ALPHA, 250.0).expect("valid");
    let (g, h) = (0.1, 0.9);
    let both = BetaBinomialMixture::new(ALPHA, 250.0 * g * h, g, h).expect("valid");
    let above = BetaBinomialMixture::one_sided(ALPHA, 250.0 * g * h, g, h).expect("valid");
    let threshold = -ALPHA.ln();
    Study::new(
        "sums",
        "Centred sums: bounds crossed at any time",
        "Sums of 1,000 standard normal terms, and of terms that are 0.9 once in ten and −0.1 else, against the bound at each term from the \
         first on; tuned for 250.",
        (8_000, 100),
        claims.into(),
        move |random, found| {
            let (mut sum, mut terms, mut v) = (0.0_f64, 0.0_f64, 0.0_f64);
            let mut missed = [false; 4];
            for unit in 1..=UNITS {
                sum += random.normal();
                terms += if random.happens(g) { h } else { -g };
                v += g * h;
                let n = f64::from(unit);
                // Below one standard deviation nothing is crossed.
                if sum * sum > n {
                    for (missed, side) in missed.iter_mut().zip([Side::Both, Side::Greater]) {
                        *missed |= normal.p_value(sum, n, side).expect("finite") <= ALPHA;
                    }
                }
                if terms * terms > v {
                    missed[2] |= both.ln_value(terms, v).is_ok_and(|it| it >= threshold);
                }
                if terms > v.sqrt() && !missed[3] {
                    missed[3] |= above.ln_value(terms, v).is_ok_and(|it| it >= threshold);
                }
            }
            for missed in missed {
                found.hit(missed);
            }
        },
    )
}
