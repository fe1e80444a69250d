mod steps;

use std::fmt;

use serde::Serialize;

use crate::{Experiment, Signature};

/// How an assignment came about: each step of the decision, in order, up to the one that decided.
///
/// Rules, layers and shares are asked again for their inputs; the store and the resolver are not.
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
    /// The short form of the reason: [`Reason::code`](crate::Reason::code).
    pub reason: &'static str,
    /// Whether the unit's actions are tracked.
    pub tracked: bool,
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// `enabled`, `forced`, `pinned`, `stored`, `excluded`, `only_assigned`, `segment`, `resolver`
    /// or `fallback`; or `restored` alone, or in tests `stubbed`.
    pub name: &'static str,
    /// Whether it decided.
    pub decided: bool,
    /// What it found, in words.
    pub detail: String,
}

impl Explanation {
    pub(crate) fn of(experiment: &Experiment<'_>) -> Self {
        let reason = experiment.assignment().reason();
        let config = experiment.config();
        Self {
            signature: experiment.signature(),
            context: experiment.context_ref().clone().into_owned(),
            steps: config.with_declared(experiment.name(), |declared| {
                steps::of(experiment, declared)
            }),
            reason: reason.code(),
            tracked: experiment.is_tracking(),
        }
    }
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
            writeln!(out, "{mark} {}. {:<15}{detail}", place + 1, step.name)?;
        }
        let tracked = if self.tracked { "" } else { ", not tracked" };
        let variant = variant.as_str().escape_debug();
        write!(out, "variant     {variant}{tracked}")
    }
}
