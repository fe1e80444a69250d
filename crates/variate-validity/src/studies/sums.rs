//! Rates and counts that come as sums of goals, read daily in what `/v1/evaluate` answers.

use variate_stats::ep_stats::{self, Aggregation, Day, Experiment, GoalRow, Metric, Mode};
use variate_stats::evaluation::{Comparison, Verdict};

use super::ALPHA;
use crate::{Claim, Promise, Study};

/// The rate, units an arm a day, and days.
const CASES: [(f64, u64, u64); 3] = [(0.01, 100, 28), (0.003, 500, 14), (0.05, 100, 28)];

const RELATIVE: &str = "always-valid, of the relative difference";
const DATED: &str = "better or worse in a dated answer";
const ONCE: &str = "the fixed test, at the last look alone";

pub(super) fn studies() -> Vec<Study> {
    let mut claims = Vec::new();
    for (rate, a_day, days) in CASES {
        let when = format!("{} %, {a_day} a day, {days} looks", 100.0 * rate);
        for method in [RELATIVE, DATED, ONCE] {
            claims.push(Claim::new(method, when.clone(), Promise::AtMost(ALPHA)));
        }
    }
    vec![Study::new(
        "decision-sums",
        "Rare rates that come as sums, in the answer of REST",
        "Two arms that do not differ; each unit converts once or not at all, and only counts and sums of squares are told. Read each day: whether the \
         always-valid interval of the relative difference leaves out 0, and whether the treatment is called better or worse where the period is \
         told, at the level of each look.",
        (4_000, 60),
        claims,
        |random, found| {
            for (rate, a_day, days) in CASES {
                let mut successes = [0; 2];
                let mut ever = [false; 3];
                for day in 1..=days {
                    for of in &mut successes {
                        *of += random.binomial(a_day, rate);
                    }
                    let units = day * a_day;
                    if is_near(successes, units) {
                        continue;
                    }
                    let open = read(successes, units, None);
                    let effect = open.relative.or(open.difference);
                    let interval = effect.map(|of| of.always_valid.interval);
                    ever[0] |= interval.is_some_and(|of| !of.contains(0.0));
                    let dated = read(successes, units, Some((day, days)));
                    ever[1] |= matches!(dated.verdict, Verdict::Better | Verdict::Worse);
                    ever[2] = day == days && open.p_value.is_some_and(|p| p <= ALPHA);
                }
                for ever in ever {
                    found.hit(ever);
                }
            }
        },
    )]
}

/// Whether no test can find anything: an evaluation costs more than all else.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn is_near([control, treatment]: [u64; 2], units: u64) -> bool {
    let (x, n) = ((control + treatment) as f64, 2.0 * units as f64);
    let rate = x / n;
    let apart = (treatment as f64 - control as f64) / units as f64;
    let error = (rate * (1.0 - rate) * 2.0 / units as f64).sqrt();
    apart.abs() <= 1.5 * error
}

/// What the experiment says as a whole of the treatment.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn read(successes: [u64; 2], units: u64, dated: Option<(u64, u64)>) -> Comparison {
    let metric = Metric::new(
        1,
        "conversion",
        "count(user.unit.click)",
        "count(user.global.exposure)",
    );
    let mut experiment = Experiment::new("none", "a", "user").metric(metric);
    let day = |day: u64| Day::from_epoch(20_000 + i32::try_from(day).expect("28 at most"));
    if let Some((look, last)) = dated {
        experiment.date_from = Some(day(1));
        experiment.date_to = Some(day(last));
        experiment.date_for = Some(day(look));
    }
    let rows: Vec<GoalRow> = ["a", "b"]
        .into_iter()
        .zip(successes)
        .flat_map(|(variant, successes)| {
            let row = |aggregation, goal: &str, count: u64| {
                GoalRow::new(variant, "user", aggregation, goal).counted(count as f64)
            };
            [
                row(Aggregation::Global, "exposure", units),
                row(Aggregation::Unit, "click", successes),
            ]
        })
        .collect();
    let today = day(1);
    let evaluation =
        ep_stats::evaluate(&experiment, &rows, today, Mode::Corrected).expect("complete");
    let whole = evaluation.decision(&experiment, today).expect("a plan");
    whole.metrics[0].comparisons[0].clone()
}
