//! Clicks by view, where the unit is a visitor.

use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::ratio::{RatioMoments, TwoRatios};
use variate_stats::sequential::{AsymptoticSequence, Look};
use variate_stats::{Estimate, Side};

use super::{ALPHA, at_any_time, at_one_look};
use crate::{Alarms, Claim, DAILY, Moment, ONCE, Promise, Random, Study};

const DAYS: usize = 28;
const A_DAY: usize = 50;
const EACH: &str = "a look at each tenth visitor";

pub(super) fn studies() -> Vec<Study> {
    let mut claims = Vec::new();
    at_one_look(
        &mut claims,
        "delta method, by visitor",
        EACH,
        Promise::AtMost(ALPHA),
    );
    at_one_look(
        &mut claims,
        "delta method, relative",
        EACH,
        Promise::AtMost(ALPHA),
    );
    at_any_time(
        &mut claims,
        "asymptotic confidence sequence over the delta method",
        EACH,
    );
    for when in [ONCE, DAILY, EACH] {
        claims.push(Claim::new(
            "score test over views",
            when,
            Promise::Exceeds(ALPHA),
        ));
    }
    let sequence = AsymptoticSequence::new(ALPHA, 2_800.0, Side::Both).expect("valid");
    vec![Study::new(
        "peeking-ratio",
        "Ratio metrics: false alarms",
        "Clicks by view: a visitor has 1 to some dozens of views (one more with probability 0.8), and a click rate of his own (uniform from 0 to 0.4). \
         50 visitors an arm a day for 28 days, no difference; always-valid methods start at 100 visitors an arm. A test that takes views for \
         independent is wrong at its first look.",
        (8_000, 100),
        claims,
        move |random, found| {
            let mut arms = TwoRatios {
                control: RatioMoments::new(),
                treatment: RatioMoments::new(),
            };
            let mut totals = [(0_u64, 0_u64); 2];
            let mut alarms = [Alarms::default(); 4];
            for pair in 1..=DAYS * A_DAY {
                for (arm, totals) in [&mut arms.control, &mut arms.treatment]
                    .into_iter()
                    .zip(&mut totals)
                {
                    let (clicks, views) = visitor(random);
                    arm.push(f64::from(clicks), f64::from(views));
                    totals.0 += u64::from(clicks);
                    totals.1 += u64::from(views);
                }
                if pair < 100 || pair % 10 != 0 {
                    continue;
                }
                let moment = Moment {
                    day: pair % A_DAY == 0,
                    last: pair == DAYS * A_DAY,
                };
                let is = |it: &Estimate| it.p_value <= ALPHA;
                let difference = arms.difference(ALPHA, Side::Both).expect("it varies");
                alarms[0].see(moment, || is(&difference));
                alarms[1].see(moment, || {
                    is(&arms.relative(ALPHA, Side::Both).expect("it varies"))
                });
                #[expect(clippy::cast_precision_loss, reason = "counts")]
                let units = 2.0 * pair as f64;
                let variance = difference.standard_error * difference.standard_error;
                let look = Look::new(difference.effect, variance, units).expect("it varies");
                alarms[2].see(moment, || sequence.at(&look).p_value <= ALPHA);
                let of =
                    |arm: usize| Proportion::new(totals[arm].0, totals[arm].1).expect("counts");
                let naive = TwoProportions {
                    control: of(0),
                    treatment: of(1),
                };
                alarms[3].see(moment, || {
                    is(&naive.score(ALPHA, Side::Both).expect("it varies"))
                });
            }
            for alarms in alarms {
                alarms.tell(found);
            }
        },
    )]
}

/// Clicks and views.
fn visitor(random: &mut Random) -> (u32, u32) {
    let mut views = 1;
    while random.happens(0.8) {
        views += 1;
    }
    let rate = 0.4 * random.uniform();
    let clicks = (0..views).map(|_| u32::from(random.happens(rate))).sum();
    (clicks, views)
}
