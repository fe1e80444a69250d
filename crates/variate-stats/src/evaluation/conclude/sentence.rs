//! What is certain of each variant, in words.

use std::fmt::Write as _;

use super::{Concluding, NAMED};
use crate::evaluation::answer::{Comparison, MetricEvaluation, Reading, Verdict};
use crate::evaluation::observed::{ObservedVariant, Sample};
use crate::evaluation::plan::Role;
use crate::evaluation::words;

/// What else is certain of a variant.
pub(super) struct Also {
    /// Sentences, each with a blank before it.
    pub(super) text: String,
    pub(super) is_worse: bool,
}

/// What a sentence about a variant comes after.
#[derive(Clone, Copy)]
pub(super) enum Told {
    Gain,
    Loss,
    Nothing,
}

/// Their names, or those of the first.
fn some(metrics: &[(&MetricEvaluation, &Comparison)]) -> String {
    let names: Vec<&str> = metrics.iter().map(|(of, _)| of.name.as_str()).collect();
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => words::list(&names),
    }
}

impl Concluding<'_> {
    /// What a variant harms.
    pub(super) fn harm(&self, variant: &str) -> Option<String> {
        let harmed = self.with(variant, Role::Guardrail, Verdict::Worse);
        let sentence = |(metric, comparison): &(&MetricEvaluation, &Comparison)| {
            format!(
                "{variant} harms the guardrail {}: {}.",
                metric.name,
                self.difference(metric, comparison)
            )
        };
        let mut told: Vec<String> = harmed.iter().take(NAMED).map(sentence).collect();
        if harmed.len() > NAMED {
            let more = words::counted(harmed.len() - NAMED, "more guardrail");
            told.push(format!("{variant} harms {more}."));
        }
        (!told.is_empty()).then(|| told.join(" "))
    }

    /// Where a variant is certainly better or worse in what decides nothing, after what was told of it.
    pub(super) fn also(&self, variant: &str, told: Told) -> Also {
        let worse = self.with(variant, Role::Secondary, Verdict::Worse);
        let mut text = String::new();
        for (metric, comparison) in worse.iter().take(NAMED) {
            let difference = self.difference(metric, comparison);
            let name = &metric.name;
            let _ = match told {
                Told::Loss => write!(
                    text,
                    " It is worse in {name}, too, which does not decide: {difference}."
                ),
                Told::Gain | Told::Nothing => write!(
                    text,
                    " But {variant} is worse in {name}, which does not decide: {difference}."
                ),
            };
        }
        if worse.len() > NAMED {
            let more = words::counted(worse.len() - NAMED, "more metric");
            let _ = write!(text, " It is worse in {more}.");
        }
        let mut borne = self.with(variant, Role::Guardrail, Verdict::NotWorse);
        borne.retain(|(_, of)| self.is_certain(of));
        for (metric, comparison) in borne.iter().take(NAMED) {
            let _ = write!(
                text,
                " {variant} loses in the guardrail {}, but no more than would be borne: {}.",
                metric.name,
                self.difference(metric, comparison)
            );
        }
        let mut better = self.with(variant, Role::Secondary, Verdict::Better);
        better.extend(self.with(variant, Role::Guardrail, Verdict::Better));
        if !better.is_empty() {
            let _ = write!(text, " {variant} is better in {}, which ", some(&better));
            text += if better.len() == 1 {
                "does not decide."
            } else {
                "do not decide."
            };
        }
        Also {
            text,
            is_worse: !worse.is_empty(),
        }
    }

    /// Whether the reading that counts finds a difference.
    fn is_certain(&self, comparison: &Comparison) -> bool {
        let (p_value, level) = match self.evaluation.reading {
            Reading::Fixed | Reading::GroupSequential => {
                (comparison.p_value, self.evaluation.level)
            }
            Reading::AlwaysValid => (comparison.always_valid_p_value, self.evaluation.alpha),
        };
        p_value.is_some_and(|p| p <= level)
    }

    /// The same of all variants, and whether one is worse.
    pub(super) fn also_of_all(&self) -> (String, bool) {
        let names = self.treatments.iter().map(|of| of.name.as_str());
        let all: Vec<Also> = names
            .map(|of| self.also(of, Told::Nothing))
            .filter(|of| !of.text.is_empty())
            .collect();
        let mut text: String = all.iter().take(NAMED).map(|of| of.text.as_str()).collect();
        if all.len() > NAMED {
            let more = words::counted(all.len() - NAMED, "more variant");
            let _ = write!(text, " Of {more}, the tables tell.");
        }
        (text, all.iter().any(|of| of.is_worse))
    }

    /// Which metrics a sentence about all of them is about, where there are others.
    pub(super) fn scope(&self) -> String {
        if self.evaluation.metrics.len() == self.primary().count() {
            return String::new();
        }
        let names: Vec<&str> = self.primary().map(|of| of.name.as_str()).collect();
        if names.len() > NAMED {
            return " in the metrics that decide".to_owned();
        }
        format!(" in {}", words::list(&names))
    }

    /// 13.8 % against 12.0 %, +15.0 % (+3.1 % to +27.0 %).
    pub(super) fn difference(&self, metric: &MetricEvaluation, comparison: &Comparison) -> String {
        let value = |variant: &ObservedVariant| {
            variant
                .samples
                .get(&metric.name)
                .map(|sample| words::value(sample, &metric.unit_of_measure))
                .unwrap_or_default()
        };
        let treatment = self
            .treatments
            .iter()
            .find(|of| of.name == comparison.variant);
        let sample = treatment.and_then(|of| of.samples.get(&metric.name));
        let ours = match sample {
            // Of the same units.
            Some(Sample::Paired(of)) => {
                let control = Sample::Ratio(of.ratios().control);
                words::value(&control, &metric.unit_of_measure)
            }
            _ => value(self.control),
        };
        let values = format!(
            "{} against {ours}",
            treatment.map(|of| value(of)).unwrap_or_default(),
        );
        match comparison.relative {
            Some(relative) => {
                let interval = match self.evaluation.reading {
                    Reading::Fixed | Reading::GroupSequential => Some(relative.fixed.interval),
                    Reading::AlwaysValid => comparison
                        .always_valid_p_value
                        .map(|_| relative.always_valid.interval),
                };
                let change = words::change(relative.fixed.effect);
                match interval {
                    Some(interval) => format!("{values}, {change} ({})", words::changes(interval)),
                    None => format!("{values}, {change}"),
                }
            }
            None => values,
        }
    }

    /// At what confidence, and when.
    pub(super) fn confidence(&self) -> String {
        let level = words::percent(1.0 - self.evaluation.alpha);
        let level = level.replace(".0 %", " %");
        let is_shared = self.evaluation.level < self.evaluation.alpha;
        match self.evaluation.reading {
            Reading::Fixed if is_shared => {
                format!("with {level} confidence over all planned looks, at their end")
            }
            Reading::Fixed => format!("with {level} confidence at the planned end"),
            Reading::GroupSequential => {
                format!("with {level} confidence over all planned looks")
            }
            Reading::AlwaysValid => format!("with {level} confidence, whenever one looks"),
        }
    }

    pub(super) fn gain(&self, variant: &str) -> String {
        let won = self
            .comparisons(variant, Role::Primary)
            .find(|(_, of)| of.verdict == Verdict::Better);
        won.map_or_else(String::new, |(metric, comparison)| {
            let others = self.with(variant, Role::Primary, Verdict::Better);
            let others = match others.get(1..) {
                Some(others @ [_, ..]) => format!(" It is better in {}, too.", some(others)),
                _ => String::new(),
            };
            format!(
                "{variant} is better than {} in {}: {}, {}.{others}",
                self.control.name,
                metric.name,
                self.difference(metric, comparison),
                self.confidence()
            )
        })
    }

    /// Why a variant must not be shipped.
    pub(super) fn why_not(&self, name: &str) -> Option<String> {
        let harm = self.harm(name);
        let also = self.also(name, Told::Loss).text;
        let worse = self.with(name, Role::Primary, Verdict::Worse);
        let Some((metric, comparison)) = worse.first() else {
            return harm.map(|harm| harm + &also);
        };
        let mut text = format!(
            "{name} is worse than {} in {}: {}, {}.",
            self.control.name,
            metric.name,
            self.difference(metric, comparison),
            self.confidence()
        );
        if let Some(others @ [_, ..]) = worse.get(1..) {
            let _ = write!(text, " It is worse in {}, too.", some(others));
        }
        let better = self.with(name, Role::Primary, Verdict::Better);
        if let Some((metric, comparison)) = better.first() {
            let _ = write!(
                text,
                " But it is better in {}: {}.",
                metric.name,
                self.difference(metric, comparison)
            );
        }
        if let Some(others @ [_, ..]) = better.get(1..) {
            let _ = write!(text, " It is better in {}, too.", some(others));
        }
        if let Some(harm) = harm {
            let _ = write!(text, " {harm}");
        }
        Some(text + &also)
    }

    /// What is said of variants that are worse, though others are not, and the word that then belongs before the rest; and what is said
    /// of the others beside what decides, with whether that is a loss.
    pub(super) fn lost(&self) -> (String, &'static str, String, bool) {
        let (mut lost, mut beside, mut is_worse) = (String::new(), Vec::new(), false);
        for treatment in self.treatments {
            if let Some(reason) = self.why_not(&treatment.name) {
                lost += &reason;
                lost.push(' ');
                continue;
            }
            let also = self.also(&treatment.name, Told::Nothing);
            is_worse |= also.is_worse;
            if !also.text.is_empty() {
                beside.push(also.text);
            }
        }
        let other = if lost.is_empty() { "" } else { "other " };
        let more = beside.len().saturating_sub(NAMED);
        let mut text: String = beside.into_iter().take(NAMED).collect();
        if more > 0 {
            let more = words::counted(more, "more variant");
            let _ = write!(text, " Of {more}, the tables tell.");
        }
        (lost, other, text, is_worse)
    }
}
