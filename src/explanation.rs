mod steps;

use std::fmt;

use serde::Serialize;

use crate::{Experiment, Signature, Value};

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
    /// The value that the key is made of in the context's place, where the handle sticks to one.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub sticky_to: Value<'static>,
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
            sticky_to: experiment.sticky_value().clone().into_owned(),
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
        writeln!(out, "experiment  {}", Printable(experiment))?;
        writeln!(out, "context     {:?}", self.context)?;
        if !self.sticky_to.is_null() {
            writeln!(out, "sticky to   {:?}", self.sticky_to)?;
        }
        writeln!(out, "key         {}", Printable(&key.to_string()))?;
        for key in migration_keys {
            writeln!(out, "  formerly  {}", Printable(&key.to_string()))?;
        }
        for (place, step) in self.steps.iter().enumerate() {
            let mark = if step.decided { "=>" } else { "  " };
            let detail = Printable(&step.detail);
            writeln!(out, "{mark} {}. {:<15}{detail}", place + 1, step.name)?;
        }
        let tracked = if self.tracked { "" } else { ", not tracked" };
        let variant = Printable(variant.as_str());
        write!(out, "variant     {variant}{tracked}")
    }
}

/// A text whose control characters show as escapes: what stands in a line must not steer a terminal.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '\'' | '"' | '\\' => write!(out, "{char}"),
            char => write!(out, "{}", char.escape_debug()),
        })
    }
}
