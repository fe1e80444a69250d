use super::Step;
use crate::contain::contain;
use crate::decision::{asked_again, describe};
use crate::declared::Declared;
use crate::{Experiment, Nesting, Reason, Rule, Unit};

/// The steps of a decision that was made, up to the one that decided.
pub(super) fn of(experiment: &Experiment<'_>, declared: Option<&Declared>) -> Vec<Step> {
    let reason = experiment.assignment().reason();
    if *reason == Reason::Restored {
        return vec![step("restored", true, reason.to_string())];
    }
    #[cfg(feature = "testing")]
    if *reason == Reason::Stubbed {
        return vec![step("stubbed", true, format!("`{}`", experiment.variant()))];
    }
    let decided_by = decided_by(experiment, reason);
    let mut steps = Vec::new();
    for name in ORDER {
        let decided = name == decided_by;
        if !decided && is_skipped(name, experiment, reason) {
            continue;
        }
        let detail = if decided {
            decided_detail(name, experiment, declared, reason)
        } else {
            passed_detail(name, experiment, declared, reason)
        };
        steps.push(step(name, decided, detail));
        if decided {
            break;
        }
    }
    steps
}

const ORDER: [&str; 9] = [
    "enabled",
    "forced",
    "pinned",
    "stored",
    "excluded",
    "only_assigned",
    "segment",
    "resolver",
    "fallback",
];

fn step(name: &'static str, decided: bool, detail: String) -> Step {
    Step {
        name,
        decided,
        detail,
    }
}

fn decided_by(experiment: &Experiment<'_>, reason: &Reason) -> &'static str {
    match reason {
        Reason::InvalidName
        | Reason::Disabled
        | Reason::NotStarted
        | Reason::Ended
        | Reason::NotDeclared
        | Reason::NestingDenied => "enabled",
        Reason::Forced => "forced",
        Reason::Pinned => "pinned",
        Reason::Stored => "stored",
        Reason::NotAssigned => "only_assigned",
        Reason::Segment => "segment",
        Reason::Resolved | Reason::Assumed => "resolver",
        _ if experiment.assignment().is_excluded() => "excluded",
        _ => "fallback",
    }
}

/// What is pinned and cannot be used, or has nothing to compare with, is not asked any further.
fn is_skipped(name: &str, experiment: &Experiment<'_>, reason: &Reason) -> bool {
    let ends_early = experiment.pinned().is_some() || *reason == Reason::OnlyControl;
    ends_early && !matches!(name, "enabled" | "forced" | "pinned")
}

fn decided_detail(
    name: &str,
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    reason: &Reason,
) -> String {
    let variant = experiment.variant();
    match name {
        "forced" | "stored" => format!("`{variant}`"),
        "pinned" => format!("`{variant}` in code"),
        "excluded" => excluded(experiment, declared),
        "segment" => segment(experiment, declared),
        "resolver" => describe(experiment, declared).unwrap_or_else(|| {
            let among = experiment.assignment().among;
            format!("one of {among} variants, by a resolver of the host's")
        }),
        _ => reason.to_string(),
    }
}

fn passed_detail(
    name: &str,
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    reason: &Reason,
) -> String {
    let config = experiment.config();
    match name {
        "enabled" if declared.is_some_and(Declared::has_dates) => "yes, within its dates".into(),
        "enabled" if config.nesting() == Nesting::Deny => "yes, and in no other experiment".into(),
        "enabled" => "yes".into(),
        "forced" if config.forcing().is_none() => "not allowed here".into(),
        "forced" => {
            let overridden = config.overrides().find(experiment.name(), experiment.key());
            match overridden.as_ref().or(experiment.forced()) {
                Some(variant) => format!("`{variant}` cannot be used"),
                None => "no".into(),
            }
        }
        "pinned" => match experiment.pinned() {
            Some(variant) => format!("`{variant}` cannot be used"),
            None => "no".into(),
        },
        "stored" if config.store().is_none() => "no store".into(),
        "stored" if declared.is_some_and(|declared| !declared.sticky) => "not sticky".into(),
        "stored" => "nothing that can be used".into(),
        "excluded" => excluded(experiment, declared),
        "only_assigned" => "no".into(),
        "segment" => segment(experiment, declared),
        _ if *reason == Reason::Abstained => "it leaves this unit out".into(),
        _ => format!("none of {} variants", experiment.assignment().among),
    }
}

fn excluded(experiment: &Experiment<'_>, declared: Option<&Declared>) -> String {
    if experiment.is_excluded() {
        return "by the code".into();
    }
    let Some(declared) = declared else {
        return "no".into();
    };
    let inputs = asked_again(experiment, Some(declared), |unit| inputs(declared, unit));
    if inputs.is_empty() {
        "no".into()
    } else {
        inputs.join("; ")
    }
}

/// What was looked at, up to what left the unit out.
fn inputs(declared: &Declared, unit: &Unit<'_>) -> Vec<String> {
    let mut inputs = Vec::new();
    if let Some(rule) = declared.excluded(unit, &mut false) {
        return vec![format!("rule: {}", described(rule))];
    }
    match declared.exclusions.len() {
        0 => {}
        1 => inputs.push("its rule does not hold".into()),
        count => inputs.push(format!("none of {count} rules holds")),
    }
    for held in &declared.holdouts {
        let name = &held.holdout;
        inputs.push(match held.line.place(unit) {
            Some(place) => format!(
                "holdout `{name}`: place {place} of 10000, held below {}",
                held.share
            ),
            None => format!(
                "holdout `{name}`: the context has no `{}`",
                held.line.unit().unwrap_or_default()
            ),
        });
        if held.holds(unit) {
            return inputs;
        }
    }
    for within in &declared.layers {
        let (name, range) = (&within.layer, &within.range);
        inputs.push(match within.line.place(unit) {
            Some(place) => format!(
                "layer `{name}`: place {place} of 10000, range {} to {}",
                range.start, range.end
            ),
            None => format!(
                "layer `{name}`: the context has no `{}`",
                within.line.unit().unwrap_or_default()
            ),
        });
        if !within.has(unit) {
            return inputs;
        }
    }
    if let Some(traffic) = declared.traffic {
        inputs.push(format!(
            "traffic: place {} of 10000, admitted below {}",
            traffic.place(unit),
            traffic.share()
        ));
    }
    inputs
}

fn described(rule: &dyn Rule) -> String {
    contain(|| rule.describe()).unwrap_or_else(|| "a rule that panics when it is asked".into())
}

fn segment(experiment: &Experiment<'_>, declared: Option<&Declared>) -> String {
    let segments = declared.map_or(0, |declared| declared.segments.len());
    if segments == 0 {
        return "no".into();
    }
    let found = asked_again(experiment, declared, |unit| {
        let (place, rule) = declared?.segment(unit, &mut false)?;
        let variant = unit.variants().get(place)?;
        Some(format!("`{variant}`: {}", described(rule)))
    });
    found.unwrap_or_else(|| format!("in none of {segments}"))
}
