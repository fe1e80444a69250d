//! What cannot be compared, and whether waiting helps.

use std::fmt::Write as _;

use super::{Concluding, NAMED};
use crate::evaluation::answer::{Comparison, MetricEvaluation, Verdict};
use crate::evaluation::observed::Fault;
use crate::evaluation::pair::Pair;
use crate::evaluation::plan::Role;
use crate::evaluation::words;

/// What to do where the numbers are wrong.
pub(super) const REPAIR: &str =
    "Waiting does not help: put right what is sent or asked, and evaluate again.";

/// Comparisons that decide, and cannot be made until somebody puts the data right.
pub(super) struct Broken {
    /// Each once, with the variants that it is about.
    sentences: Vec<(String, Vec<String>)>,
}

impl Broken {
    pub(super) fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Whether a variant is among them.
    pub(super) fn is_of(&self, variant: &str) -> bool {
        let mut all = self.sentences.iter().flat_map(|(_, variants)| variants);
        all.any(|of| of == variant)
    }

    /// Which they are: sentences, each with a blank before it.
    pub(super) fn told(&self) -> String {
        let mut text = String::new();
        for (why, _) in self.sentences.iter().take(NAMED) {
            let _ = write!(text, " {why}.");
        }
        if let Some(more) = self.sentences.len().checked_sub(NAMED).filter(|of| *of > 0) {
            let more = words::counted(more, "more comparison");
            let _ = write!(text, " So it is with {more}.");
        }
        text
    }

    /// The same, and what to do; nothing where there are none.
    pub(super) fn advice(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        format!("{} {REPAIR}", self.told())
    }
}

impl Concluding<'_> {
    /// What decides and is broken, where units came.
    pub(super) fn broken(&self) -> Broken {
        let mut broken = Broken {
            sentences: Vec::new(),
        };
        if self.evaluation.units == 0 {
            return broken;
        }
        let deciding = |of: &&MetricEvaluation| of.role != Role::Secondary;
        for metric in self.evaluation.metrics.iter().filter(deciding) {
            for comparison in &metric.comparisons {
                if comparison.verdict != Verdict::NotMeasured {
                    continue;
                }
                let Some((Fault::Wrong, why)) = self.fault(metric, comparison) else {
                    continue;
                };
                let variant = comparison.variant.clone();
                match broken.sentences.iter_mut().find(|of| of.0 == why) {
                    Some((_, variants)) => variants.push(variant),
                    None => broken.sentences.push((why, vec![variant])),
                }
            }
        }
        broken
    }

    /// What decides, and of which nothing was measured of a variant: sentences, each with a blank before it. What is broken is not among it.
    pub(super) fn missing(&self, variant: &str) -> String {
        let mut text = String::new();
        let comparisons = self.comparisons(variant, Role::Primary);
        for (metric, comparison) in comparisons
            .filter(|(_, of)| of.verdict == Verdict::NotMeasured)
            .filter(|(metric, of)| !matches!(self.fault(metric, of), Some((Fault::Wrong, _))))
            .take(NAMED)
        {
            let why = comparison.reason.as_deref();
            let why = why.unwrap_or("nothing was measured");
            let _ = write!(text, " Of {} nothing is known: {why}.", metric.name);
        }
        text
    }

    /// Why nothing that decides can be compared though units came, and whether the data are wrong, so that waiting does not help.
    pub(super) fn not_comparable(&self) -> Option<(String, bool)> {
        if self.evaluation.units == 0 || self.has_measured() {
            return None;
        }
        let mut faults: Vec<(Fault, String)> = Vec::new();
        for metric in self.primary() {
            let of = |comparison| self.fault(metric, comparison);
            faults.extend(metric.comparisons.iter().filter_map(of));
        }
        let wrong = faults.iter().find(|(fault, _)| *fault == Fault::Wrong);
        let (fault, why) = wrong.or(faults.first())?;
        let is_wrong = *fault == Fault::Wrong;
        let advice = if is_wrong {
            REPAIR
        } else {
            "If a name or an expression is wrong, put it right; if nobody can have got there yet, keep it running."
        };
        Some((format!("{why}. {advice}"), is_wrong))
    }

    /// What keeps a comparison from being made that more units need not mend, in words.
    fn fault(&self, metric: &MetricEvaluation, comparison: &Comparison) -> Option<(Fault, String)> {
        let mut treatments = self.treatments.iter();
        let treatment = treatments.find(|of| of.name == comparison.variant)?;
        let arms = [self.control, *treatment];
        let told = |variant: &str, why: &str| {
            format!("{} of {variant} cannot be compared: {why}", metric.name)
        };
        for arm in arms {
            if let Some(fault) = arm.faults.get(&metric.name) {
                let why = arm.unmeasured.get(&metric.name);
                let why = why.map(String::as_str).unwrap_or_default();
                return Some((*fault, told(&arm.name, why)));
            }
        }
        let [Some(control), Some(treatment)] = arms.map(|arm| arm.samples.get(&metric.name)) else {
            return None;
        };
        let is_wrong = Pair::of(control, treatment).is_err()
            || control.contradicts_itself()
            || treatment.contradicts_itself();
        let why = comparison.reason.as_deref().unwrap_or_default();
        is_wrong.then(|| (Fault::Wrong, told(&comparison.variant, why)))
    }
}
