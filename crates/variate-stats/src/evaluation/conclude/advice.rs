//! What to do, in words.

use super::Concluding;
use super::repair::{Broken, REPAIR};
use super::sentence::Told;
use crate::evaluation::answer::{Decision, MetricEvaluation, Reading, Verdict};
use crate::evaluation::compare::FEWEST_UNITS;
use crate::evaluation::observed::{ObservedVariant, Sample};
use crate::evaluation::plan::Role;
use crate::evaluation::words;

impl Concluding<'_> {
    /// Of who is better and does no harm: whether that is enough.
    pub(super) fn ship(&self, variant: &str) -> (Decision, String) {
        let also = self.also(variant, Told::Gain);
        let gain = format!("{}{}", self.gain(variant), also.text);
        let broken = self.broken();
        if broken.is_of(variant) {
            let text = format!("{gain}{} {REPAIR}", broken.told());
            return (Decision::Invalid, text);
        }
        if self.evaluation.units == 0 {
            // More units of the metric will not make more that were exposed.
            let text = format!("{gain}{} But {}", broken.told(), self.nobody_exposed());
            return (Decision::KeepRunning, text);
        }
        if let Some((name, units)) = self.too_few(variant) {
            let text = format!(
                "{gain}{} But {name} has {}: no decision rests on fewer than {FEWEST_UNITS} of each variant. Keep it running until these are there.",
                broken.told(),
                words::counted(usize::try_from(units).unwrap_or(usize::MAX), self.unit_name)
            );
            return (Decision::KeepRunning, text);
        }
        let unsure: Vec<&str> = self
            .comparisons(variant, Role::Guardrail)
            .filter(|(_, of)| matches!(of.verdict, Verdict::Undecided | Verdict::NotMeasured))
            .map(|(metric, _)| metric.name.as_str())
            .collect();
        let missing = self.missing(variant) + &broken.told();
        let text = if !missing.is_empty() {
            format!(
                "{gain}{missing} Ship it only if that does not matter; else put right what is sent or asked, and evaluate again."
            )
        } else if !unsure.is_empty() {
            let yet = match self.evaluation.reading {
                Reading::Fixed => "",
                Reading::AlwaysValid | Reading::GroupSequential => " yet",
            };
            format!(
                "{gain} Nothing certain can be said{yet} of the guardrail {}: look at its interval before you ship.",
                words::list(&unsure)
            )
        } else if also.is_worse {
            format!("{gain} Ship it only if that can be borne.")
        } else {
            format!("{gain} Ship it.")
        };
        (Decision::Ship, text)
    }

    /// Where units are measured and none is counted.
    fn nobody_exposed(&self) -> String {
        format!(
            "no {} was exposed to any variant: check that exposures are counted, and of the type of unit that is asked for.",
            self.unit_name
        )
    }

    /// The arm with too few units for a decision, if the gain of a variant rests on such a one.
    pub(super) fn too_few(&self, variant: &str) -> Option<(&str, u64)> {
        let treatment = self.treatments.iter().find(|of| of.name == variant)?;
        let of = |metric: &MetricEvaluation| {
            let units = |arm: &ObservedVariant| {
                let sample = arm.samples.get(&metric.name).map(Sample::units);
                sample.map_or(arm.units, |units| units.min(arm.units))
            };
            [self.control, *treatment]
                .map(|arm| (arm.name.as_str(), units(arm)))
                .into_iter()
                .min_by_key(|of| of.1)
        };
        let better = self.with(variant, Role::Primary, Verdict::Better);
        let fewest = better.iter().filter_map(|(metric, _)| of(metric));
        fewest
            .max_by_key(|of| of.1)
            .filter(|of| of.1 < FEWEST_UNITS)
    }

    pub(super) fn keep(&self, names: &[&str]) -> String {
        let reasons: Vec<String> = names.iter().filter_map(|name| self.why_not(name)).collect();
        format!(
            "{}{} Keep {}.",
            reasons.join(" "),
            self.broken().told(),
            self.control.name
        )
    }

    pub(super) fn nothing_found(&self) -> String {
        let found: Vec<String> = self
            .primary()
            .flat_map(|metric| metric.comparisons.iter().map(move |of| (metric, of)))
            .filter(|(_, of)| of.difference.is_some())
            .filter(|(_, of)| !matches!(of.verdict, Verdict::Better | Verdict::Worse))
            .map(|(metric, of)| {
                format!(
                    "{} of {}: {}.",
                    metric.name,
                    of.variant,
                    self.difference(metric, of)
                )
            })
            .collect();
        let (lost, other, also, _) = self.lost();
        if found.is_empty() {
            // All others are broken, or nothing was measured of them.
            return format!("{}{also}", lost.trim_end());
        }
        format!(
            "{lost}No {other}difference was found{}, {}. That does not prove that there is none. {}{also}",
            self.scope(),
            self.confidence(),
            found.join(" ")
        )
    }

    pub(super) fn nothing_measured(&self) -> String {
        let mut reasons = self
            .primary()
            .flat_map(|metric| metric.comparisons.iter().map(move |of| (metric, of)))
            .filter_map(|(metric, of)| {
                let reason = of.reason.as_deref()?;
                Some(format!(" {} of {}: {reason}.", metric.name, of.variant))
            });
        format!(
            "The planned end is there, and nothing could be compared.{}",
            reasons.next().unwrap_or_default()
        )
    }

    pub(super) fn too_early(&self, broken: &Broken) -> String {
        if self.evaluation.units == 0 {
            return self.nobody_exposed().replacen('n', "N", 1);
        }
        let comparisons = || self.primary().flat_map(|metric| &metric.comparisons);
        let once = comparisons().filter_map(|of| of.units_needed).max();
        let any_time = comparisons().filter_map(|of| of.units_needed_at_any_time);
        let any_time = match self.evaluation.reading {
            Reading::AlwaysValid => any_time.max(),
            Reading::Fixed | Reading::GroupSequential => None,
        };
        let units = words::count(self.evaluation.units);
        let noun = self.unit_name;
        let end = match (self.evaluation.planned_units, once) {
            (Some(planned), _) => format!(
                "It is to be read at {} {noun}s, and there are {units}",
                words::count(planned)
            ),
            (None, Some(once)) => {
                let at_any_time = any_time.map_or_else(String::new, |needed| {
                    format!(", and read at any time {}", words::count(needed))
                });
                format!(
                    "Read once, a comparison takes {} {noun}s of both variants together to see the least effect that matters{at_any_time}; there are {units} in all",
                    words::count(once)
                )
            }
            (None, None) if self.evaluation.units == 1 => format!("There is 1 {noun}"),
            (None, None) => format!("There are {units} {noun}s"),
        };
        let (lost, other, also, is_worse) = self.lost();
        let is_open = |metric: &MetricEvaluation| {
            let mut comparisons = metric.comparisons.iter();
            comparisons.any(|of| of.verdict == Verdict::Undecided)
        };
        if !broken.is_empty() && !self.primary().any(is_open) {
            return format!("{}{also}{}", lost.trim_end(), broken.advice());
        }
        let unreadable = |metric: &&MetricEvaluation| {
            let mut comparisons = metric.comparisons.iter();
            comparisons.any(|of| of.difference.is_some() && of.always_valid_p_value.is_none())
        };
        let unreadable = match self.primary().find(unreadable) {
            Some(metric) if self.evaluation.reading == Reading::AlwaysValid => {
                format!(" {} can only be read at a planned end.", metric.name)
            }
            _ => String::new(),
        };
        let advice = if !broken.is_empty() {
            broken.advice()
        } else if is_worse {
            " Keep it running only if that can be borne.".to_owned()
        } else {
            " Keep it running.".to_owned()
        };
        format!(
            "{lost}It is too early: no {other}difference{} is certain {}.{unreadable} {end}.{also}{advice}",
            self.scope(),
            self.confidence()
        )
    }

    pub(super) fn mismatch(&self) -> String {
        let split: Vec<String> = self
            .evaluation
            .variants
            .iter()
            .map(|of| {
                format!(
                    "{} has {} instead of {}",
                    of.name,
                    words::percent(of.share.unwrap_or_default()),
                    words::percent(of.planned_share)
                )
            })
            .collect();
        let split: Vec<&str> = split.iter().map(String::as_str).collect();
        format!(
            "The {noun}s are not split as planned ({}), so no comparison can be trusted: find out where {noun}s get lost, or are counted where they should not be.",
            words::list(&split),
            noun = self.unit_name
        )
    }
}
