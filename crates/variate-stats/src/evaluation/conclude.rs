use super::answer::{
    Comparison, Conclusion, Decision, Evaluation, MetricEvaluation, Reading, Verdict,
};
use super::observed::{ObservedVariant, Sample};
use super::plan::Role;
use super::words;
use crate::bayesian::Better;

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
            let text = [harm.join(" "), text.to_owned()].join(" ");
            return of(Decision::KeepRunning, None, text.trim().to_owned());
        }
        let winners: Vec<&str> = names.iter().copied().filter(|of| self.wins(of)).collect();
        let clean = winners.iter().copied().filter(|of| !harmed.contains(of));
        if let Some(best) = self.best(clean.collect()) {
            return of(Decision::Ship, Some(best), self.ship(best));
        }
        if let Some(best) = self.best(winners) {
            let text = format!(
                "{} {}",
                self.gain(best),
                self.harm(best).unwrap_or_default()
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
                "{} and {} differ by less than what matters.",
                words::list(&names),
                self.control.name
            );
            return of(Decision::NoDifference, None, text);
        }
        if self.evaluation.reading == Reading::Fixed && self.has_measured() {
            return of(Decision::NoDifference, None, self.nothing_found());
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
        let (metric, comparison) = self
            .comparisons(variant, Role::Guardrail)
            .find(|(_, of)| of.verdict == Verdict::Worse)?;
        Some(format!(
            "{variant} harms the guardrail {}: {}.",
            metric.name,
            self.difference(metric, comparison)
        ))
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
            format!(
                "{variant} is better than {} in {}: {}, {}.",
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
        if unsure.is_empty() {
            format!("{gain} Ship it.")
        } else {
            format!(
                "{gain} Nothing certain can be said yet of the guardrail {}: look at its interval before you ship.",
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
        self.harm(name).or_else(|| {
            let (metric, comparison) = self
                .comparisons(name, Role::Primary)
                .find(|(_, of)| of.verdict == Verdict::Worse)?;
            Some(format!(
                "{name} is worse than {} in {}: {}, {}.",
                self.control.name,
                metric.name,
                self.difference(metric, comparison),
                self.confidence()
            ))
        })
    }

    fn has_measured(&self) -> bool {
        self.primary()
            .flat_map(|metric| &metric.comparisons)
            .any(|of| of.difference.is_some())
    }

    /// What is said of variants that are worse, though others are not, and the word that then belongs before the rest.
    fn lost(&self) -> (String, &'static str) {
        let names = self.treatments.iter().map(|of| of.name.as_str());
        let lost: Vec<String> = names.filter_map(|name| self.why_not(name)).collect();
        if lost.is_empty() {
            return (String::new(), "");
        }
        (format!("{} ", lost.join(" ")), "other ")
    }

    fn nothing_found(&self) -> String {
        let found: Vec<String> = self
            .primary()
            .flat_map(|metric| metric.comparisons.iter().map(move |of| (metric, of)))
            .filter(|(_, of)| of.difference.is_some() && of.verdict != Verdict::Worse)
            .map(|(metric, of)| {
                format!(
                    "{} of {}: {}.",
                    metric.name,
                    of.variant,
                    self.difference(metric, of)
                )
            })
            .collect();
        let (lost, other) = self.lost();
        format!(
            "{lost}No {other}difference was found, {}. That does not prove that there is none. {}",
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

    fn too_early(&self) -> String {
        if self.evaluation.units == 0 {
            return format!(
                "No {} was exposed to any variant: check that exposures are counted, and of the type of unit that is asked for.",
                self.unit_name
            );
        }
        let needed = self
            .primary()
            .flat_map(|metric| &metric.comparisons)
            .filter_map(|of| of.units_needed)
            .max();
        let units = words::count(self.evaluation.units);
        let noun = self.unit_name;
        let end = match (self.evaluation.planned_units, needed) {
            (Some(planned), _) => format!(
                "It is to be read at {} {noun}s, and there are {units}",
                words::count(planned)
            ),
            (None, Some(needed)) => format!(
                "Read once, a comparison takes {} {noun}s of both variants together to see the least effect that matters; there are {units} in all",
                words::count(needed)
            ),
            (None, None) => format!("There are {units} {noun}s"),
        };
        let (lost, other) = self.lost();
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
        format!(
            "{lost}It is too early: no {other}difference is certain {}.{unreadable} {end}. Keep it running.",
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
                    "{} has {} of {}",
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
