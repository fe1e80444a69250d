//! Many questions at once: false alarms of a family, and their share among the alarms.

use variate_stats::Side;
use variate_stats::distribution::Normal;
use variate_stats::multiplicity::{Adjustment, Dunnett};

use super::ALPHA;
use crate::{Claim, Promise, Random, Study};

pub(super) fn studies() -> Vec<Study> {
    vec![family(), discoveries()]
}

/// A family of tests.
#[derive(Debug, Clone, Copy)]
struct Family {
    words: &'static str,
    tests: usize,
    /// The last so many have an effect of three standard errors.
    real: usize,
    /// Whether they are treatments that share a control.
    shared: bool,
}

const FAMILIES: [Family; 4] = [
    Family {
        words: "20 metrics, no effect",
        tests: 20,
        real: 0,
        shared: false,
    },
    Family {
        words: "20 metrics, 10 effects",
        tests: 20,
        real: 10,
        shared: false,
    },
    Family {
        words: "5 treatments, no effect",
        tests: 5,
        real: 0,
        shared: true,
    },
    Family {
        words: "5 treatments, 2 effects",
        tests: 5,
        real: 2,
        shared: true,
    },
];

impl Family {
    /// The statistics, those without an effect first.
    fn draw(&self, random: &mut Random) -> Vec<f64> {
        let control = random.normal();
        (0..self.tests)
            .map(|test| {
                let drift = if test + self.real < self.tests {
                    0.0
                } else {
                    3.0
                };
                let own = random.normal();
                if self.shared {
                    drift + (own - control) / 2.0_f64.sqrt()
                } else {
                    drift + own
                }
            })
            .collect()
    }

    /// (False alarms, all alarms) at 5 %.
    fn alarms(&self, p_values: &[f64]) -> (usize, usize) {
        let is = |p: &&f64| **p <= ALPHA;
        let all = p_values.iter().filter(is).count();
        let wrong = p_values[..self.tests - self.real].iter().filter(is).count();
        (wrong, all)
    }
}

fn p_values(statistics: &[f64]) -> Vec<f64> {
    statistics
        .iter()
        .map(|z| 2.0 * Normal::STANDARD.survival(z.abs()))
        .collect()
}

const FAMILY_WISE: [Adjustment; 6] = [
    Adjustment::Bonferroni,
    Adjustment::Sidak,
    Adjustment::Holm,
    Adjustment::HolmSidak,
    Adjustment::Hochberg,
    Adjustment::Hommel,
];

fn family() -> Study {
    let mut claims: Vec<Claim> = FAMILIES
        .iter()
        .map(|family| Claim::new("no adjustment", family.words, Promise::Exceeds(ALPHA)))
        .collect();
    for adjustment in FAMILY_WISE {
        claims.extend(
            FAMILIES
                .iter()
                .map(|family| Claim::new(words(adjustment), family.words, Promise::AtMost(ALPHA))),
        );
    }
    claims.push(Claim::new(
        "Dunnett",
        FAMILIES[2].words,
        Promise::Exactly(ALPHA),
    ));
    claims.push(Claim::new(
        "Dunnett",
        FAMILIES[3].words,
        Promise::AtMost(ALPHA),
    ));
    let law = Dunnett::new(100.0, &[100.0; 5], f64::INFINITY).expect("valid");
    let critical = law.critical(ALPHA, Side::Both).expect("valid");
    Study::new(
        "family",
        "Many tests: any false alarm",
        "z tests of metrics that are independent of each other, or of treatments that share a control; an effect is three standard errors. \
         A figure is the share of runs in which any test without an effect is significant.",
        (40_000, 1_000),
        claims,
        move |random, found| {
            let drawn = FAMILIES.map(|family| family.draw(random));
            let tested = drawn.clone().map(|statistics| p_values(&statistics));
            for (family, p_values) in FAMILIES.iter().zip(&tested) {
                found.hit(family.alarms(p_values).0 > 0);
            }
            for adjustment in FAMILY_WISE {
                for (family, p_values) in FAMILIES.iter().zip(&tested) {
                    let adjusted = adjustment.adjust(p_values).expect("p-values");
                    found.hit(family.alarms(&adjusted).0 > 0);
                }
            }
            for at in [2, 3] {
                let family = FAMILIES[at];
                let null = &drawn[at][..family.tests - family.real];
                found.hit(null.iter().any(|z| z.abs() >= critical));
            }
        },
    )
}

fn discoveries() -> Study {
    let adjustments = [
        Adjustment::BenjaminiHochberg,
        Adjustment::BenjaminiYekutieli,
    ];
    let mut claims: Vec<Claim> = FAMILIES
        .iter()
        .map(|family| Claim::new("no adjustment", family.words, Promise::Nothing))
        .collect();
    for adjustment in adjustments {
        claims.extend(
            FAMILIES
                .iter()
                .map(|family| Claim::new(words(adjustment), family.words, Promise::AtMost(ALPHA))),
        );
    }
    Study::new(
        "discoveries",
        "Many tests: false ones among the alarms",
        "The same families. A figure is the mean share of tests without an effect among the significant ones (0 where there is none): the false \
         discovery rate.",
        (40_000, 1_000),
        claims,
        move |random, found| {
            let tested = FAMILIES.map(|family| p_values(&family.draw(random)));
            #[expect(clippy::cast_precision_loss, reason = "20 at most")]
            let share = |(wrong, all): (usize, usize)| wrong as f64 / all.max(1) as f64;
            for (family, p_values) in FAMILIES.iter().zip(&tested) {
                found.share(share(family.alarms(p_values)));
            }
            for adjustment in adjustments {
                for (family, p_values) in FAMILIES.iter().zip(&tested) {
                    let adjusted = adjustment.adjust(p_values).expect("p-values");
                    found.share(share(family.alarms(&adjusted)));
                }
            }
        },
    )
}

fn words(adjustment: Adjustment) -> &'static str {
    match adjustment {
        Adjustment::Bonferroni => "Bonferroni",
        Adjustment::Sidak => "Šidák",
        Adjustment::Holm => "Holm",
        Adjustment::HolmSidak => "Holm–Šidák",
        Adjustment::Hochberg => "Hochberg",
        Adjustment::Hommel => "Hommel",
        Adjustment::BenjaminiHochberg => "Benjamini–Hochberg",
        _ => "Benjamini–Yekutieli",
    }
}
