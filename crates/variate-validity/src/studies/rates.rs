//! Two arms with the same rate, read once, daily and all the time.

use variate_stats::bayesian::{BetaPosterior, Better, RateComparison};
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::sequential::{
    AsymptoticSequence, BernoulliMixture, EmpiricalBernstein, Look, Msprt, Running,
};
use variate_stats::{Estimate, Interval, Side};

use super::{ALPHA, at_any_time, at_one_look};
use crate::{Alarms, Claim, DAILY, Found, Moment, Promise, Random, Study};

const DAYS: u64 = 28;
const A_DAY: u64 = 100;
const EACH: &str = "a look at each unit";

pub(super) fn studies() -> Vec<Study> {
    vec![
        study("peeking-rate", 0.1, (6_000, 60)),
        study("peeking-rare-rate", 0.01, (4_000, 40)),
    ]
}

fn study(name: &'static str, rate: f64, runs: (u64, u64)) -> Study {
    let mut claims = Vec::new();
    for method in [
        "score test",
        "Wald's test",
        "relative (Katz)",
        "Newcombe's interval",
    ] {
        at_one_look(&mut claims, method, EACH, Promise::AtMost(ALPHA));
    }
    at_one_look(
        &mut claims,
        "Fisher's exact test",
        EACH,
        Promise::AtMost(ALPHA),
    );
    claims.push(Claim::new(
        "Bayesian chance to win above 97.5 % or below 2.5 %, uniform priors",
        DAILY,
        Promise::Exceeds(ALPHA),
    ));
    claims.push(Claim::new(
        "Bayesian expected loss of either choice below 0.01 points",
        DAILY,
        Promise::Exceeds(ALPHA),
    ));
    for method in [
        "mSPRT",
        "asymptotic confidence sequence",
        "beta-binomial mixture, an arm each at α/2",
        "empirical Bernstein, an arm each at α/2",
    ] {
        at_any_time(&mut claims, method, EACH);
    }
    let watch = Watch::new(rate);
    Study::new(
        name,
        format!("Rates of {} %: false alarms", 100.0 * rate),
        "Two arms that do not differ, 100 units each a day for 28 days. Asymptotic methods (mSPRT, the asymptotic sequence) start at 100 \
         units and ten successes an arm, as `evaluation` reads them; the others are exact, and start at the first day.",
        runs,
        claims,
        move |random, found| watch.run(random, found),
    )
}

struct Watch {
    rate: f64,
    msprt: Msprt,
    sequence: AsymptoticSequence,
    mixture: BernoulliMixture,
}

impl Watch {
    fn new(rate: f64) -> Self {
        let variance = 2.0 * rate * (1.0 - rate) / 2_800.0;
        Self {
            rate,
            msprt: Msprt::best_at(ALPHA, variance).expect("valid"),
            sequence: AsymptoticSequence::new(ALPHA, 5_600.0, Side::Both).expect("valid"),
            mixture: BernoulliMixture::new(0.5 * ALPHA).expect("valid"),
        }
    }

    fn run(&self, random: &mut Random, found: &mut Found) {
        let mut successes = [0_u64; 2];
        let mut bernstein =
            [(); 2].map(|()| EmpiricalBernstein::new(0.5 * ALPHA, 0.0, 1.0).expect("valid"));
        let mut so_far = [Running::new(); 2].map(|_| Interval::new(0.0, 1.0));
        let mut fixed = [Alarms::default(); 5];
        let mut bayes = [Alarms::default(); 2];
        let mut sequential = [Alarms::default(); 4];
        for pair in 1..=DAYS * A_DAY {
            for arm in 0..2 {
                let happens = random.happens(self.rate);
                successes[arm] += u64::from(happens);
                bernstein[arm]
                    .push(f64::from(u8::from(happens)))
                    .expect("0 or 1");
                let now = bernstein[arm].interval();
                so_far[arm] = so_far[arm].intersection(now).unwrap_or(now);
            }
            if pair < A_DAY {
                continue;
            }
            let moment = Moment {
                day: pair % A_DAY == 0,
                last: pair == DAYS * A_DAY,
            };
            let of = |arm: usize| Proportion::new(successes[arm], pair).expect("counts");
            let rates = TwoProportions {
                control: of(0),
                treatment: of(1),
            };
            sequential[3].see(moment, || so_far[0].intersection(so_far[1]).is_none());
            let excludes = |interval: Interval| !interval.contains(0.0);
            let wald = rates.wald(ALPHA, Side::Both).ok();
            let Some(z) = wald.map(|it| it.statistic().abs()) else {
                continue;
            };
            if let Some(look) = Self::look(&rates, wald.as_ref()) {
                sequential[0].see(moment, || self.msprt.at(&look).p_value <= ALPHA);
                sequential[1].see(moment, || self.sequence.at(&look).p_value <= ALPHA);
            }
            if moment.day && z > 1.2 {
                let comparison = std::cell::LazyCell::new(|| compare(&rates));
                bayes[0].see(moment, || {
                    !(0.025..=0.975).contains(&comparison.chance_to_win())
                });
                bayes[1].see(moment, || {
                    let losses = (comparison.loss_of_treatment(), comparison.loss_of_control());
                    losses.0.min(losses.1) < 1e-4
                });
            }
            // Nothing else is significant before that, and it costs a lot.
            if z < 1.7 {
                continue;
            }
            let is = |it: Option<Estimate>| it.is_some_and(|it| it.p_value <= ALPHA);
            fixed[0].see(moment, || is(rates.score(ALPHA, Side::Both).ok()));
            fixed[1].see(moment, || is(wald));
            fixed[2].see(moment, || is(rates.relative(ALPHA, Side::Both).ok()));
            fixed[3].see(moment, || {
                rates.newcombe(ALPHA, Side::Both).is_ok_and(excludes)
            });
            fixed[4].see(moment, || rates.fisher(Side::Both) <= ALPHA);
            // Two intervals that do not touch are further apart than each is wide.
            if z > 2.5 {
                sequential[2].see(moment, || self.apart(&successes, pair));
            }
        }
        for alarms in fixed {
            alarms.tell(found);
        }
        for alarms in bayes {
            alarms.tell_daily(found);
        }
        for alarms in sequential {
            alarms.tell(found);
        }
    }

    fn look(rates: &TwoProportions, wald: Option<&Estimate>) -> Option<Look> {
        let is_few = |of: &Proportion| of.successes().min(of.failures()) < 10;
        if is_few(&rates.control) || is_few(&rates.treatment) {
            return None;
        }
        let wald = wald?;
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let units = (rates.control.trials() + rates.treatment.trials()) as f64;
        Look::new(
            wald.effect,
            wald.standard_error * wald.standard_error,
            units,
        )
        .ok()
    }

    /// Whether the intervals of the arms have nothing in common.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn apart(&self, successes: &[u64; 2], units: u64) -> bool {
        let of = |arm: usize| {
            self.mixture
                .interval(successes[arm] as f64, units as f64)
                .expect("counts")
        };
        of(0).intersection(of(1)).is_none()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn compare(rates: &TwoProportions) -> RateComparison {
    let of = |rate: &Proportion| {
        BetaPosterior::from_counts(rate.successes() as f64, rate.trials() as f64).expect("counts")
    };
    RateComparison::new(of(&rates.control), of(&rates.treatment), Better::Greater)
        .expect("two posteriors")
}
