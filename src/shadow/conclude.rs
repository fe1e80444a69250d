//! What follows once the behaviours have run: verdicts, the event, the hooks.

use std::time::Duration;

use super::failure::{Step, attempt, tell_failure};
use super::plan::Plan;
use super::rules::Judge;
use super::{Observation, Outcome, Publish, ShadowResult, Verdict};
use crate::{Action, Assignment, Context, Experiment, Reason, Value, Variant};

impl Action<'_> {
    /// The action that a shadow run without a mismatch is tracked as.
    pub const SHADOW: &'static str = "shadow";
    /// The action that a shadow run with a mismatch is tracked as.
    pub const MISMATCH: &'static str = "mismatch";
}

/// What became of the behaviours.
pub(super) struct Ran<T> {
    pub(super) control: Observation<T>,
    /// With their places in the trial.
    pub(super) candidates: Vec<(usize, Observation<T>)>,
    pub(super) order: Vec<Variant>,
}

/// Judges, publishes and calls the hooks; gives back what became of the control, and what a test
/// that fails on mismatches says.
pub(super) fn conclude<T>(
    experiment: &Experiment<'_>,
    plan: &Plan,
    rules: &mut impl Judge<T>,
    ran: Ran<T>,
) -> (Outcome<T>, Option<String>) {
    let Ran {
        mut control,
        mut candidates,
        order,
    } = ran;
    candidates.sort_by_key(|(position, _)| *position);
    let mut candidates: Vec<_> = candidates.into_iter().map(|(_, seen)| seen).collect();
    let mut mismatched = false;
    for candidate in &mut candidates {
        let verdict = judge(experiment, rules, &control, candidate);
        candidate.verdict = Some(verdict);
        if verdict == Verdict::Mismatched {
            mismatched = true;
            clean(experiment, rules, candidate);
        }
    }
    if mismatched {
        clean(experiment, rules, &mut control);
    }
    let result = ShadowResult {
        experiment,
        label: plan.label.clone(),
        control,
        candidates,
        order,
    };
    match plan.publish {
        Publish::Never => {}
        Publish::Mismatches if !mismatched => {}
        Publish::Mismatches | Publish::Always => publish(&result),
    }
    rules.after(&result, &mut || tell_failure(experiment, Step::After));
    let complaint = (plan.raises && mismatched).then(|| result.complaint());
    let ShadowResult {
        control,
        candidates,
        ..
    } = result;
    attempt(experiment, Step::Drop, || drop(candidates));
    (control.outcome, complaint)
}

fn judge<T>(
    experiment: &Experiment<'_>,
    rules: &impl Judge<T>,
    control: &Observation<T>,
    candidate: &Observation<T>,
) -> Verdict {
    let same_opaque = control.opaque == candidate.opaque;
    let (control, candidate) = match (&control.outcome, &candidate.outcome) {
        (Outcome::Returned(control), Outcome::Returned(candidate)) => (control, candidate),
        (_, Outcome::TimedOut | Outcome::Skipped) => return Verdict::Unfinished,
        (Outcome::Panicked(control), Outcome::Panicked(candidate))
            if control == candidate && same_opaque =>
        {
            return Verdict::Matched;
        }
        _ => return Verdict::Mismatched,
    };
    let equal = attempt(experiment, Step::Compare, || {
        rules.equal(control, candidate)
    });
    if equal == Some(true) {
        Verdict::Matched
    } else if rules.ignores(control, candidate, &mut || {
        tell_failure(experiment, Step::Ignore);
    }) {
        Verdict::Ignored
    } else {
        Verdict::Mismatched
    }
}

fn clean<T>(experiment: &Experiment<'_>, rules: &impl Judge<T>, observation: &mut Observation<T>) {
    if let Outcome::Returned(value) = &observation.outcome {
        observation.cleaned = attempt(experiment, Step::Clean, || rules.clean(value)).flatten();
    }
}

/// An event of the experiment, though nobody was assigned: it carries the control, whose value counts.
fn publish<T>(result: &ShadowResult<'_, T>) {
    let verdict = result.verdict();
    let action = match verdict {
        Verdict::Mismatched => Action::MISMATCH,
        _ => Action::SHADOW,
    };
    let order = result.order.iter().map(Variant::as_str);
    let mut properties = Context::new()
        .with("verdict", verdict.code())
        .with("order", Value::list(order))
        .with("control", published(&result.control));
    let candidates = result.candidates.iter();
    let candidates = candidates.map(|candidate| (candidate.variant.as_str(), published(candidate)));
    properties.insert("candidates", Value::map(candidates));
    if let Some(label) = &result.label {
        properties.insert("label", label.clone());
    }
    let among = result.candidates.len() + 1;
    let assignment = Assignment::new(Variant::control(), Reason::Shadow, among);
    result
        .experiment
        .emit(&assignment, action, None, &properties);
}

/// Of an observation what is published: no value that was not cleaned, and no panic's message.
fn published<T>(observation: &Observation<T>) -> Value<'static> {
    let mut entries = vec![("outcome", Value::from(observation.outcome.code()))];
    if let Some(verdict) = observation.verdict {
        entries.push(("verdict", verdict.code().into()));
    }
    if !matches!(observation.outcome, Outcome::Skipped) {
        entries.push(("wall_ms", millis(observation.wall)));
        if let Some(cpu) = observation.cpu {
            entries.push(("cpu_ms", millis(cpu)));
        }
    }
    if let Some(value) = &observation.cleaned {
        entries.push(("value", value.clone()));
    }
    Value::map(entries)
}

#[allow(clippy::cast_precision_loss, reason = "to the nanosecond for 104 days")]
fn millis(duration: Duration) -> Value<'static> {
    (duration.as_nanos() as f64 / 1e6).into()
}
