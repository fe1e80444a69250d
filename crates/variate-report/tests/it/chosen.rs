//! Calls whose arm a rule or a switch chose.

use variate::component;
use variate::component::{Measurement, MemoryRecorder, Sticky, Summary, by};
use variate_report::Report;

use super::support::Numbers;

/// Both arms are the same: what users spend depends on who they are.
#[component]
trait Spend {
    #[measure(spent = |spent| *spent)]
    fn spend(&self, #[key(user)] user: u32) -> f64;
}

struct Arm;

impl Spend for Arm {
    fn spend(&self, user: u32) -> f64 {
        100.0 * Numbers::new(u64::from(user)).next()
    }
}

fn spends_much(user: u32) -> bool {
    Arm.spend(user) > 70.0
}

fn users() -> impl Iterator<Item = u32> {
    0..1_000
}

/// The arms of what is compared, and the numbers of their keys.
fn compared(report: &Report) -> Vec<(String, u64)> {
    let evaluation = report.methods[0].evaluation.as_ref();
    let variants = evaluation.map(|of| of.variants.iter());
    let named = variants.into_iter().flatten();
    named.map(|of| (of.name.clone(), of.units)).collect()
}

fn reports(measurements: &[Measurement], summary: &Summary) -> [Report; 2] {
    let read_once = || Report::builder().read_once();
    [
        read_once().measurements(measurements).unwrap(),
        read_once().summary(summary).unwrap(),
    ]
}

#[test]
fn what_a_rule_or_a_switch_chose_is_described_and_not_compared() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let builder = || {
        SpendExperiment::builder("spend")
            .control("old", Arm)
            .arm("new", Arm)
            .selector(Sticky::new())
            .recorder(recorder.clone())
            .recorder(summary.clone())
    };
    let rules = SpendArguments::new().spend(|user| spends_much(*user).then_some("new"));
    let decided = builder().by_arguments(rules).build().unwrap();
    let forced = builder().build().unwrap();
    for user in users() {
        decided.spend(user);
    }
    forced.switches().force("new").unwrap();
    for user in users().filter(|user| spends_much(*user)) {
        forced.spend(user);
    }

    let measurements = recorder.take();
    let much = users().filter(|user| spends_much(*user)).count() as u64;
    for report in reports(&measurements, &summary) {
        let method = &report.methods[0];
        let text = report.to_string();
        assert_eq!(
            method.arms.iter().map(|arm| arm.calls).sum::<u64>(),
            1_000 + much
        );
        let of_new = measurements.iter().filter(|of| of.arm == "new").count();
        assert_eq!(method.arm("new").unwrap().calls, of_new as u64);
        assert!(!text.contains("Ship it"), "{text}");
        assert!(text.contains(&format!("{} of new", 2 * much)), "{text}");
        assert!(!text.contains("met several arms and"), "{text}");
    }
    // As if those of the rule had never been there.
    let split: Vec<_> = measurements
        .iter()
        .filter(|of| of.reason == "sticky")
        .cloned()
        .collect();
    let [report, counted] = reports(&measurements, &summary);
    let expected = Report::builder().read_once().measurements(&split).unwrap();
    let evaluation = |report: &Report| report.methods[0].evaluation.clone().unwrap();
    assert_eq!(evaluation(&report), evaluation(&expected));
    assert_eq!(report.methods[0].quantiles, expected.methods[0].quantiles);
    let effect = |report: &Report| {
        let comparison = &evaluation(report).metrics[0].comparisons[0];
        comparison.difference.unwrap().fixed.effect
    };
    assert!((effect(&counted) - effect(&expected)).abs() < 1e-9);
    let units: u64 = compared(&report).iter().map(|(_, units)| units).sum();
    assert_eq!(units, 1_000 - much);
}

#[test]
fn where_nothing_was_split_there_is_nothing_to_compare() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let spend = SpendExperiment::builder("spend")
        .control("old", Arm)
        .arm("new", Arm)
        .selector((
            by(|asked| {
                let user = asked.context()?.get("user")?.to_string();
                Some(if spends_much(user.parse().ok()?) {
                    "new"
                } else {
                    "old"
                })
            }),
            Sticky::new(),
        ))
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for user in users() {
        spend.spend(user);
    }
    for report in reports(&recorder.take(), &summary) {
        assert!(report.methods[0].evaluation.is_none(), "{report}");
        assert_eq!(report.methods[0].arms.len(), 2);
        let text = report.to_string();
        assert!(text.contains("there is nothing to compare"), "{text}");
    }
}

#[test]
fn who_gets_the_control_since_nobody_had_an_answer_is_not_compared_either() {
    let recorder = MemoryRecorder::new();
    let summary = Summary::new();
    // The name of an arm that there is not.
    let rules = SpendArguments::new().spend(|user| spends_much(*user).then_some("neww"));
    let spend = SpendExperiment::builder("spend")
        .control("old", Arm)
        .arm("new", Arm)
        .by_arguments(rules)
        .selector(Sticky::new())
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for user in users() {
        spend.spend(user);
    }
    for report in reports(&recorder.take(), &summary) {
        let much = users().filter(|user| spends_much(*user)).count() as u64;
        let text = report.to_string();
        assert!(text.contains(&format!("({much} of old)")), "{text}");
        assert!(!text.contains("Ship it"), "{text}");
    }
}
