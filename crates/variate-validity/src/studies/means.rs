//! Two arms without a difference in their means, read once, daily and all the time.

use variate_stats::bayesian::{Better, NormalPosterior, NormalPrior};
use variate_stats::ep_stats::{self, Aggregation, Day, Experiment, GoalRow, Mode};
use variate_stats::mean::TwoMeans;
use variate_stats::sequential::lan_demets::boundaries;
use variate_stats::sequential::{AsymptoticSequence, Look, Msprt, Spending, WangTsiatis};
use variate_stats::{Moments, Side};

use super::{ALPHA, at_any_time, at_one_look};
use crate::{Alarms, Claim, DAILY, Found, Moment, Promise, Random, Study, World};

const DAYS: usize = 28;
const A_DAY: usize = 100;
const UNITS: f64 = 2_800.0;
const EACH: &str = "a look at each unit";

pub(super) fn studies() -> Vec<Study> {
    [
        ("peeking-normal", World::Normal),
        ("peeking-revenue", World::Spend),
        ("peeking-heavy", World::Student3),
    ]
    .map(|(name, world)| study(name, world))
    .into()
}

fn study(name: &'static str, world: World) -> Study {
    let mut claims = Vec::new();
    at_one_look(&mut claims, "Welch's test", EACH, Promise::AtMost(ALPHA));
    at_one_look(
        &mut claims,
        "Bayesian chance to win above 97.5 % or below 2.5 %, flat prior",
        EACH,
        Promise::AtMost(ALPHA),
    );
    at_any_time(&mut claims, "mSPRT", EACH);
    at_any_time(&mut claims, "asymptotic confidence sequence", EACH);
    for method in DESIGNS {
        claims.push(Claim::new(method, DAILY, Promise::AtMost(ALPHA)));
    }
    claims.push(Claim::new(
        "Ep-Stats' level by date, as it is",
        DAILY,
        Promise::Exceeds(ALPHA),
    ));
    claims.push(Claim::new(
        "Ep-Stats' level by date, corrected",
        DAILY,
        Promise::AtMost(ALPHA),
    ));
    let plan = Plan::new(world);
    Study::new(
        name,
        format!("Means, {}: false alarms", world.words()),
        "Two arms that do not differ, 100 units each a day for 28 days. An alarm is a p-value of 0.05 or less (or a crossed \
         boundary) at any look so far; always-valid methods start at 100 units an arm.",
        (8_000, 150),
        claims,
        move |random, found| plan.run(random, found),
    )
}

const DESIGNS: [&str; 4] = [
    "O'Brien–Fleming, 28 planned looks",
    "Pocock, 28 planned looks",
    "Lan–DeMets, O'Brien–Fleming spending",
    "Lan–DeMets, Pocock spending",
];

struct Plan {
    world: World,
    msprt: Msprt,
    sequence: AsymptoticSequence,
    designs: [Vec<f64>; 4],
    experiment: Experiment,
}

impl Plan {
    fn new(world: World) -> Self {
        let times: Vec<f64> = (1..=28_u32).map(|day| f64::from(day) / 28.0).collect();
        let classic =
            |delta| WangTsiatis::new(ALPHA, DAYS, delta).map(|plan| plan.boundaries().to_vec());
        let spent = |spending| boundaries(spending, ALPHA, &times);
        let mut experiment = Experiment::new("none", "a", "user").metric(ep_stats::Metric::new(
            1,
            "value",
            "value(user.unit.value)",
            "count(user.global.exposure)",
        ));
        experiment.date_from = Some(Day::from_epoch(20_001));
        experiment.date_to = Some(Day::from_epoch(20_028));
        Self {
            world,
            msprt: Msprt::best_at(ALPHA, 2.0 * world.variance() / UNITS).expect("valid"),
            sequence: AsymptoticSequence::new(ALPHA, 2.0 * UNITS, Side::Both).expect("valid"),
            designs: [
                classic(0.0).expect("valid"),
                classic(0.5).expect("valid"),
                spent(Spending::OBrienFleming).expect("valid"),
                spent(Spending::Pocock).expect("valid"),
            ],
            experiment,
        }
    }

    fn run(&self, random: &mut Random, found: &mut Found) {
        let mut arms = TwoMeans {
            control: Moments::new(),
            treatment: Moments::new(),
        };
        let mut squares = [0.0; 2];
        let [mut welch, mut bayes, mut msprt, mut sequence] = [Alarms::default(); 4];
        let mut designs = [Alarms::default(); 4];
        let mut ep_stats = [Alarms::default(); 2];
        for pair in 1..=DAYS * A_DAY {
            for (arm, squares) in [&mut arms.control, &mut arms.treatment]
                .into_iter()
                .zip(&mut squares)
            {
                let value = self.world.draw(random);
                arm.push(value);
                *squares += value * value;
            }
            if pair < A_DAY {
                continue;
            }
            let moment = Moment {
                day: pair % A_DAY == 0,
                last: pair == DAYS * A_DAY,
            };
            let Some(look) = look(&arms) else { continue };
            let z = look.z();
            // No p-value is 0.05 or less before that, and it costs a lot.
            let is_far = z.abs() > 1.9;
            let p_value = || {
                arms.welch(ALPHA, Side::Both)
                    .is_ok_and(|it| it.p_value <= ALPHA)
            };
            welch.see(moment, || is_far && p_value());
            bayes.see(moment, || is_far && wins(&look));
            msprt.see(moment, || self.msprt.at(&look).p_value <= ALPHA);
            sequence.see(moment, || self.sequence.at(&look).p_value <= ALPHA);
            if moment.day {
                let day = pair / A_DAY;
                for (alarms, boundaries) in designs.iter_mut().zip(&self.designs) {
                    alarms.see(moment, || z.abs() >= boundaries[day - 1]);
                }
                for (alarms, mode) in ep_stats.iter_mut().zip([Mode::Compat, Mode::Corrected]) {
                    alarms.see(moment, || {
                        is_far && self.is_significant(day, &arms, squares, mode)
                    });
                }
            }
        }
        for alarms in [welch, bayes, msprt, sequence] {
            alarms.tell(found);
        }
        for alarms in designs.iter().chain(&ep_stats) {
            alarms.tell_daily(found);
        }
    }

    /// What Ep-Stats says on this day.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn is_significant(&self, day: usize, arms: &TwoMeans, squares: [f64; 2], mode: Mode) -> bool {
        let mut experiment = self.experiment.clone();
        let today = Day::from_epoch(20_000 + i32::try_from(day).expect("28 at most"));
        experiment.date_for = Some(today);
        let rows: Vec<GoalRow> = [
            ("a", &arms.control, squares[0]),
            ("b", &arms.treatment, squares[1]),
        ]
        .into_iter()
        .flat_map(|(name, arm, squares)| {
            let units = arm.count() as f64;
            [
                GoalRow::new(name, "user", Aggregation::Global, "exposure").counted(units),
                GoalRow::new(name, "user", Aggregation::Unit, "value")
                    .valued(arm.mean() * units, squares),
            ]
        })
        .collect();
        let evaluation = ep_stats::evaluate(&experiment, &rows, today, mode).expect("complete");
        let b = &evaluation.metrics[0].stats[1];
        b.p_value <= 1.0 - b.confidence_level
    }
}

/// Without one, nothing has varied.
pub(super) fn look(arms: &TwoMeans) -> Option<Look> {
    let (control, treatment) = (&arms.control, &arms.treatment);
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let (ours, theirs) = (treatment.count() as f64, control.count() as f64);
    let variance = treatment.variance() / ours + control.variance() / theirs;
    Look::new(treatment.mean() - control.mean(), variance, ours + theirs).ok()
}

pub(super) fn wins(look: &Look) -> bool {
    let chance = NormalPosterior::of_effect(look, &NormalPrior::flat())
        .expect("a look")
        .chance_to_win(Better::Greater);
    !(0.025..=0.975).contains(&chance)
}
