use std::fmt;

use serde::Serialize;

use crate::{Experiment, Reason, Signature, decision};

/// How an assignment came about: each step of the decision, in order, up to the one that decided.
///
/// Prints for people; serialises for machines.
///
/// ```
/// use variate::{context, experiment};
///
/// let exp = experiment("pill_color", context! { user_id: 42 }).with_variant("candidate");
/// let explanation = exp.explain();
/// assert_eq!(explanation.steps.last().unwrap().name, "pinned");
/// println!("{explanation}");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Experiment, variant and keys.
    #[serde(flatten)]
    pub signature: Signature,
    /// The context, as the key scheme and the rules read it.
    pub context: crate::Context<'static>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The short form of the reason: [`Reason::code`].
    pub reason: &'static str,
    /// Whether the unit's actions are tracked.
    pub tracked: bool,
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// `enabled`, `pinned`, `resolver` or `fallback`.
    pub name: &'static str,
    /// Whether it decided.
    pub decided: bool,
    /// What it found, in words.
    pub detail: String,
}

impl Explanation {
    pub(crate) fn of(experiment: &Experiment<'_>) -> Self {
        let reason = experiment.assignment().reason();
        Self {
            signature: experiment.signature(),
            context: experiment.context_ref().clone().into_owned(),
            steps: steps(experiment, reason),
            reason: reason.code(),
            tracked: experiment.is_tracking(),
        }
    }
}

fn steps(experiment: &Experiment<'_>, reason: &Reason) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |name, decided, detail: String| {
        steps.push(Step {
            name,
            decided,
            detail,
        });
    };
    if matches!(reason, Reason::InvalidName) {
        add("enabled", true, reason.to_string());
        return steps;
    }
    add("enabled", false, "yes".into());
    match (experiment.pinned(), reason) {
        (Some(variant), Reason::Pinned) => {
            add("pinned", true, format!("`{variant}` in code"));
            return steps;
        }
        (Some(variant), _) => add("pinned", false, format!("`{variant}` cannot be used")),
        (None, Reason::OnlyControl) => {
            add("pinned", false, "no".into());
            add("fallback", true, reason.to_string());
            return steps;
        }
        (None, _) => add("pinned", false, "no".into()),
    }
    let decided = matches!(reason, Reason::Resolved | Reason::Assumed);
    if experiment.pinned().is_none() {
        let among = experiment.assignment().among;
        let detail = if decided {
            decision::describe(experiment)
                .unwrap_or_else(|| format!("one of {among} variants, by a resolver of the host's"))
        } else {
            format!("none of {among} variants")
        };
        add("resolver", decided, detail);
    }
    if !decided {
        add("fallback", true, reason.to_string());
    }
    steps
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signature {
            experiment,
            variant,
            key,
            migration_keys,
        } = &self.signature;
        writeln!(out, "experiment  {}", experiment.escape_debug())?;
        writeln!(out, "context     {:?}", self.context)?;
        writeln!(out, "key         {}", key.to_string().escape_debug())?;
        for key in migration_keys {
            writeln!(out, "  formerly  {}", key.to_string().escape_debug())?;
        }
        for (place, step) in self.steps.iter().enumerate() {
            let mark = if step.decided { "=>" } else { "  " };
            let detail = step.detail.escape_debug();
            writeln!(out, "{mark} {}. {:<9}{detail}", place + 1, step.name)?;
        }
        let tracked = if self.tracked { "" } else { ", not tracked" };
        let variant = variant.as_str().escape_debug();
        write!(out, "variant     {variant}{tracked}")
    }
}
