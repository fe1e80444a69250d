//! The sample-ratio checks: alarms over a right split, and over a wrong one.

use variate_stats::distribution::ChiSquared;
use variate_stats::sequential::SequentialSampleRatio;

use crate::{Alarms, Claim, DAILY, Moment, ONCE, Promise, Random, Study};

/// That of `evaluation`.
const LEVEL: f64 = 0.01;
const DAYS: u32 = 28;
const EACH: &str = "a look at every tenth unit";

pub(super) fn studies() -> Vec<Study> {
    vec![right(), wrong()]
}

fn right() -> Study {
    let splits = [("half and half", 0.5), ("one in ten", 0.1)];
    let mut claims = Vec::new();
    for (split, _) in splits {
        let chi = format!("χ², {split}");
        claims.push(Claim::new(&chi, ONCE, Promise::AtMost(LEVEL)));
        for when in [DAILY, EACH] {
            claims.push(Claim::new(&chi, when, Promise::Exceeds(LEVEL)));
        }
        for when in [ONCE, DAILY, EACH] {
            let sequential = format!("sequential, {split}");
            claims.push(Claim::new(sequential, when, Promise::AtMost(LEVEL)));
        }
    }
    Study::new(
        "split-right",
        "Sample ratio: false alarms",
        "200 units a day for 28 days, split as planned; an alarm is a p-value of 0.01 or less, the level of `evaluation`.",
        (20_000, 300),
        claims,
        move |random, found| {
            for (_, share) in splits {
                for alarms in watch(random, share, share, 20) {
                    alarms.tell(found);
                }
            }
        },
    )
}

fn wrong() -> Study {
    let cases = [
        ("51 : 49", 0.51, 200),
        ("52 : 48", 0.52, 200),
        ("51 : 49, 2,000 a day", 0.51, 2_000),
    ];
    let mut claims = Vec::new();
    for (case, _, _) in cases {
        claims.push(Claim::new(format!("χ², {case}"), ONCE, Promise::Nothing));
        for when in [ONCE, DAILY] {
            claims.push(Claim::new(
                format!("sequential, {case}"),
                when,
                Promise::Nothing,
            ));
        }
    }
    Study::new(
        "split-wrong",
        "Sample ratio: how often a wrong split is found",
        "28 days with 200 (2,000) units, meant to be half and half. For its guarantee at any time the sequential test needs more units \
         than χ² at one look; it may be read daily, and finds what is grossly wrong on the first days.",
        (4_000, 40),
        claims,
        move |random, found| {
            for (_, share, a_day) in cases {
                let [chi, sequential] = watch(random, 0.5, share, a_day / 10);
                chi.tell_once(found);
                sequential.tell_once(found);
                sequential.tell_daily(found);
            }
        },
    )
}

/// χ² and sequential; `tens` looks a day.
fn watch(random: &mut Random, planned: f64, real: f64, tens: u32) -> [Alarms; 2] {
    let sequential = SequentialSampleRatio::new(&[planned, 1.0 - planned]).expect("two shares");
    let chi = ChiSquared::new(1.0).expect("one degree of freedom");
    let critical = chi.survival_quantile(LEVEL);
    let (mut first, mut all) = (0.0, 0.0);
    let mut alarms = [Alarms::default(); 2];
    for look in 1..=DAYS * tens {
        for _ in 0..10 {
            first += f64::from(u8::from(random.happens(real)));
        }
        all += 10.0;
        let moment = Moment {
            day: look % tens == 0,
            last: look == DAYS * tens,
        };
        let off: f64 = first - planned * all;
        let statistic = off * off / (all * planned * (1.0 - planned));
        // The approximation wants five of each expected.
        if planned * all >= 5.0 {
            alarms[0].see(moment, || statistic >= critical);
        }
        alarms[1].see(moment, || {
            sequential.p_value(&[first, all - first]).expect("counts") <= LEVEL
        });
    }
    alarms
}
