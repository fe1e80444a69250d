use std::fmt::Write as _;

use super::answer::{
    Comparison, Conclusion, Decision, Evaluation, MetricEvaluation, Reading, Verdict,
};
use super::observed::{Fault, ObservedVariant, Sample};
use super::pair::Pair;
use super::plan::Role;
use super::words;
use crate::bayesian::Better;

/// How many metrics are named with their numbers; an experiment may have thousands.
const NAMED: usize = 3;

/// What to do, from what each comparison says.
pub(super) fn conclude(
    evaluation: &Evaluation,
    unit_name: &str,
    control: &ObservedVariant,
    treatments: &[&ObservedVariant],
) -> Conclusion {
    Concluding {
        evaluation,
        unit_name,
        control,
        treatments,
    }
    .conclude()
}

/// What else is certain of a variant.
struct Also {
    /// Sentences, each with a blank before it.
    text: String,
    is_worse: bool,
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

struct Concluding<'a> {
    evaluation: &'a Evaluation,
    unit_name: &'a str,
    control: &'a ObservedVariant,
    treatments: &'a [&'a ObservedVariant],
}

impl Concluding<'_> {
    fn conclude(&self) -> Conclusion {
        let of = |decision, variant: Option<&str>, text: String| Conclusion {
            decision,
            variant: variant.map(str::to_owned),
            text,
        };
        if let Some(ratio) = &self.evaluation.sample_ratio
            && ratio.is_mismatch
        {
            return of(Decision::Invalid, None, self.mismatch());
        }
        let names: Vec<&str> = self.treatments.iter().map(|of| of.name.as_str()).collect();
        let harmed: Vec<&str> = names
            .iter()
            .copied()
            .filter(|of| self.harm(of).is_some())
            .collect();
        if self.primary().next().is_none() {
            let text = "There is no primary metric: nothing says which variant is better.";
            let harm: Vec<String> = harmed.iter().filter_map(|of| self.harm(of)).collect();
            if !harm.is_empty() && harm.len() == names.len() {
                return of(
                    Decision::KeepControl,
                    Some(&self.control.name),
                    self.keep(&names),
                );
            }
            let (also, _) = self.also_of_all();
            let text = [harm.join(" "), also, text.to_owned()].map(|of| of.trim().to_owned());
            let text: Vec<String> = text.into_iter().filter(|of| !of.is_empty()).collect();
            return of(Decision::KeepRunning, None, text.join(" "));
        }
        let winners: Vec<&str> = names.iter().copied().filter(|of| self.wins(of)).collect();
        let clean = winners.iter().copied().filter(|of| !harmed.contains(of));
        if let Some(best) = self.best(clean.collect()) {
            return of(Decision::Ship, Some(best), self.ship(best));
        }
        if let Some(best) = self.best(winners) {
            let text = format!(
                "{} {}{}",
                self.gain(best),
                self.harm(best).unwrap_or_default(),
                self.also(best).text
            );
            return of(Decision::Conflict, Some(best), text);
        }
        let is_lost = |name: &&str| self.harm(name).is_some() || self.loses(name);
        if !names.is_empty() && names.iter().all(is_lost) {
            return of(
                Decision::KeepControl,
                Some(&self.control.name),
                self.keep(&names),
            );
        }
        let is_equivalent = |name: &&str| {
            self.comparisons(name, Role::Primary)
                .all(|(_, of)| of.verdict == Verdict::Equivalent)
        };
        if !names.is_empty() && names.iter().all(is_equivalent) {
            let text = format!(
                "{} and {} differ by less than what matters{}.{}",
                words::list(&names),
                self.control.name,
                self.scope(),
                self.also_of_all().0
            );
            return of(Decision::NoDifference, None, text);
        }
        if self.evaluation.reading == Reading::Fixed && self.has_measured() {
            return of(Decision::NoDifference, None, self.nothing_found());
        }
        if let Some((text, is_wrong)) = self.not_comparable() {
            let decision = if is_wrong {
                Decision::Invalid
            } else {
                Decision::KeepRunning
            };
            return of(decision, None, text);
        }
        if self.evaluation.reading == Reading::Fixed {
            return of(Decision::KeepRunning, None, self.nothing_measured());
        }
        of(Decision::KeepRunning, None, self.too_early())
    }

    fn primary(&self) -> impl Iterator<Item = &MetricEvaluation> {
        let metrics = self.evaluation.metrics.iter();
        metrics.filter(|metric| metric.role == Role::Primary)
    }

    /// A variant's comparisons in metrics of this role.
    fn comparisons<'b>(
        &'b self,
        variant: &'b str,
        role: Role,
    ) -> impl Iterator<Item = (&'b MetricEvaluation, &'b Comparison)> {
        let metrics = self.evaluation.metrics.iter();
        metrics
            .filter(move |metric| metric.role == role)
            .flat_map(|metric| metric.comparisons.iter().map(move |of| (metric, of)))
            .filter(move |(_, of)| of.variant == variant)
    }

    /// Better in a primary metric, and worse in none.
    fn wins(&self, variant: &str) -> bool {
        let is = |verdict| {
            self.comparisons(variant, Role::Primary)
                .any(|(_, of)| of.verdict == verdict)
        };
        is(Verdict::Better) && !is(Verdict::Worse)
    }

    fn loses(&self, variant: &str) -> bool {
        self.comparisons(variant, Role::Primary)
            .any(|(_, of)| of.verdict == Verdict::Worse)
    }

    /// What a variant harms.
    fn harm(&self, variant: &str) -> Option<String> {
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

    /// A variant's comparisons with this verdict, in metrics of this role.
    fn with<'b>(
        &'b self,
        variant: &'b str,
        role: Role,
        verdict: Verdict,
    ) -> Vec<(&'b MetricEvaluation, &'b Comparison)> {
        let comparisons = self.comparisons(variant, role);
        comparisons
            .filter(|(_, of)| of.verdict == verdict)
            .collect()
    }

    /// Where a variant is certainly better or worse in what decides nothing.
    fn also(&self, variant: &str) -> Also {
        let worse = self.with(variant, Role::Secondary, Verdict::Worse);
        let mut text = String::new();
        for (metric, comparison) in worse.iter().take(NAMED) {
            let _ = write!(
                text,
                " But {variant} is worse in {}, which does not decide: {}.",
                metric.name,
                self.difference(metric, comparison)
            );
        }
        if worse.len() > NAMED {
            let more = words::counted(worse.len() - NAMED, "more metric");
            let _ = write!(text, " It is worse in {more}.");
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

    /// The same of all variants, and whether one is worse.
    fn also_of_all(&self) -> (String, bool) {
        let names = self.treatments.iter().map(|of| of.name.as_str());
        let all: Vec<Also> = names
            .map(|of| self.also(of))
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
    fn scope(&self) -> String {
        if self.evaluation.metrics.len() == self.primary().count() {
            return String::new();
        }
        let names: Vec<&str> = self.primary().map(|of| of.name.as_str()).collect();
        if names.len() > NAMED {
            return " in the metrics that decide".to_owned();
        }
        format!(" in {}", words::list(&names))
    }

    /// The one with the greatest gain in the first primary metric.
    fn best<'b>(&self, names: Vec<&'b str>) -> Option<&'b str> {
        let first = self.primary().next()?;
        let gain = |name: &&str| {
            let comparison = first.comparisons.iter().find(|of| of.variant == **name);
            let effect = comparison
                .and_then(|of| of.difference)
                .map_or(f64::NEG_INFINITY, |of| of.fixed.effect);
            if first.better == Better::Greater {
                effect
            } else {
                -effect
            }
        };
        names
            .into_iter()
            .max_by(|one, other| gain(one).total_cmp(&gain(other)))
    }

    /// 13.8 % against 12.0 %, +15.0 % (+3.1 % to +27.0 %).
    fn difference(&self, metric: &MetricEvaluation, comparison: &Comparison) -> String {
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
    fn confidence(&self) -> String {
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

    fn gain(&self, variant: &str) -> String {
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

    fn ship(&self, variant: &str) -> String {
        let unsure: Vec<&str> = self
            .comparisons(variant, Role::Guardrail)
            .filter(|(_, of)| matches!(of.verdict, Verdict::Undecided | Verdict::NotMeasured))
            .map(|(metric, _)| metric.name.as_str())
            .collect();
        let gain = self.gain(variant);
        let also = self.also(variant);
        let gain = format!("{gain}{}", also.text);
        if unsure.is_empty() && also.is_worse {
            format!("{gain} Ship it only if that can be borne.")
        } else if unsure.is_empty() {
            format!("{gain} Ship it.")
        } else {
            let yet = match self.evaluation.reading {
                Reading::Fixed => "",
                Reading::AlwaysValid | Reading::GroupSequential => " yet",
            };
            format!(
                "{gain} Nothing certain can be said{yet} of the guardrail {}: look at its interval before you ship.",
                words::list(&unsure)
            )
        }
    }

    fn keep(&self, names: &[&str]) -> String {
        let reasons: Vec<String> = names.iter().filter_map(|name| self.why_not(name)).collect();
        format!("{} Keep {}.", reasons.join(" "), self.control.name)
    }

    /// Why a variant must not be shipped.
    fn why_not(&self, name: &str) -> Option<String> {
        let also = self.also(name).text;
        if let Some(harm) = self.harm(name) {
            return Some(harm + &also);
        }
        let worse = self.with(name, Role::Primary, Verdict::Worse);
        let (metric, comparison) = worse.first()?;
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
        Some(text + &also)
    }

    fn has_measured(&self) -> bool {
        self.primary()
            .flat_map(|metric| &metric.comparisons)
            .any(|of| of.difference.is_some())
    }

    /// What is said of variants that are worse, though others are not, and the word that then belongs before the rest; and what is said
    /// of the others beside what decides, with whether that is a loss.
    fn lost(&self) -> (String, &'static str, String, bool) {
        let (mut lost, mut beside, mut is_worse) = (String::new(), Vec::new(), false);
        for treatment in self.treatments {
            if let Some(reason) = self.why_not(&treatment.name) {
                lost += &reason;
                lost.push(' ');
                continue;
            }
            let also = self.also(&treatment.name);
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

    fn nothing_found(&self) -> String {
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
        format!(
            "{lost}No {other}difference was found{}, {}. That does not prove that there is none. {}{also}",
            self.scope(),
            self.confidence(),
            found.join(" ")
        )
    }

    fn nothing_measured(&self) -> String {
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

    /// Why nothing that decides can be compared though units came, and whether the data are wrong, so that waiting does not help.
    fn not_comparable(&self) -> Option<(String, bool)> {
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
            "Waiting does not help: put right what is sent or asked, and evaluate again."
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

    fn too_early(&self) -> String {
        if self.evaluation.units == 0 {
            return format!(
                "No {} was exposed to any variant: check that exposures are counted, and of the type of unit that is asked for.",
                self.unit_name
            );
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
        let advice = if is_worse {
            "Keep it running only if that can be borne."
        } else {
            "Keep it running."
        };
        format!(
            "{lost}It is too early: no {other}difference{} is certain {}.{unreadable} {end}.{also} {advice}",
            self.scope(),
            self.confidence()
        )
    }

    fn mismatch(&self) -> String {
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
