use variate_stats::evaluation::{Comparison, Decision, Evaluation, MetricEvaluation, Verdict};

use crate::live::words::percent;

/// How many changes are named.
const NAMED: usize = 3;

/// Where nobody declared metrics, no one has said which way is good: what changed is told, and nothing is advised.
pub(super) fn conclude(evaluation: &mut Evaluation) {
    if matches!(
        evaluation.conclusion.decision,
        Decision::Invalid | Decision::KeepRunning | Decision::NoDifference
    ) {
        return;
    }
    let is_certain = |of: &Comparison| matches!(of.verdict, Verdict::Better | Verdict::Worse);
    let changes: Vec<String> = evaluation
        .metrics
        .iter()
        .flat_map(|metric| {
            let certain = metric.comparisons.iter().filter(move |of| is_certain(of));
            certain.filter_map(|of| change(metric, of, &evaluation.control))
        })
        .take(NAMED)
        .collect();
    let text = format!(
        "{}. No catalogue says what is measured and which way is good, so nobody can say here what to do: declare the metrics.",
        changes.join("; ")
    );
    evaluation.conclusion.decision = Decision::Undeclared;
    evaluation.conclusion.variant = None;
    evaluation.conclusion.text = text;
}

/// What a variant does to a metric.
fn change(metric: &MetricEvaluation, of: &Comparison, control: &str) -> Option<String> {
    let value = |name: &str| {
        let measured = metric.variants.iter().find(|of| of.variant == name);
        measured?.value.map(percent)
    };
    Some(format!(
        "{}: {} of the units with {}, {} with {control}",
        metric.name,
        value(&of.variant)?,
        of.variant,
        value(control)?
    ))
}
