use std::fmt::{self, Write as _};

use super::{Observation, Verdict};
use crate::{Experiment, Value, Variant};

/// What a shadow run found: what [`after`](super::Shadow::after) sees.
pub struct ShadowResult<'r, T> {
    pub(super) experiment: &'r Experiment<'r>,
    pub(super) label: Option<Value<'static>>,
    pub(super) control: Observation<T>,
    pub(super) candidates: Vec<Observation<T>>,
    pub(super) order: Vec<Variant>,
}

impl<T> ShadowResult<'_, T> {
    /// The experiment: its name, its context, its key.
    pub const fn experiment(&self) -> &Experiment<'_> {
        self.experiment
    }

    /// What [`label`](super::Shadow::label) says.
    pub const fn label(&self) -> Option<&Value<'static>> {
        self.label.as_ref()
    }

    /// What became of the control.
    pub const fn control(&self) -> &Observation<T> {
        &self.control
    }

    /// What became of the candidates, in the order in which the trial names them.
    pub fn candidates(&self) -> &[Observation<T>] {
        &self.candidates
    }

    /// What became of the candidate `variant`.
    pub fn candidate(&self, variant: &str) -> Option<&Observation<T>> {
        self.candidates
            .iter()
            .find(|candidate| candidate.variant == *variant)
    }

    /// The variants whose behaviours ran, in the order in which they began.
    pub fn order(&self) -> &[Variant] {
        &self.order
    }

    /// The candidates of this verdict.
    pub fn having(&self, verdict: Verdict) -> impl Iterator<Item = &Observation<T>> {
        self.candidates
            .iter()
            .filter(move |candidate| candidate.verdict == Some(verdict))
    }

    /// The verdict on the whole run: the first of mismatched, unfinished and ignored that some
    /// candidate has; matched if all have matched.
    pub fn verdict(&self) -> Verdict {
        [Verdict::Mismatched, Verdict::Unfinished, Verdict::Ignored]
            .into_iter()
            .find(|verdict| self.having(*verdict).next().is_some())
            .unwrap_or(Verdict::Matched)
    }

    /// Whether all candidates have matched.
    pub fn is_match(&self) -> bool {
        self.verdict() == Verdict::Matched
    }

    /// Whether some candidate has mismatched.
    pub fn is_mismatch(&self) -> bool {
        self.verdict() == Verdict::Mismatched
    }

    /// What a test that fails on mismatches says.
    pub(super) fn complaint(&self) -> String {
        let mut text = format!("the shadow run of `{}` mismatched:", self.experiment.name());
        for observation in std::iter::once(&self.control).chain(&self.candidates) {
            let Observation {
                variant,
                outcome,
                verdict,
                cleaned,
                ..
            } = observation;
            let _ = write!(text, "\n  {variant}: {outcome:?}");
            if let Some(cleaned) = cleaned {
                let _ = write!(text, " {cleaned:?}");
            }
            if let Some(verdict) = verdict {
                let _ = write!(text, " ({})", verdict.code());
            }
        }
        if self.control.cleaned.is_none() {
            text += "\n`.clean(..)` on the shadow run says what to show of the values";
        }
        text
    }
}

impl<T> fmt::Debug for ShadowResult<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ShadowResult")
            .field("experiment", &self.experiment.name())
            .field("label", &self.label)
            .field("control", &self.control)
            .field("candidates", &self.candidates)
            .field("order", &self.order)
            .finish()
    }
}
