//! What to do, from what each comparison says.

mod advice;
mod repair;
mod sentence;

use sentence::Told;

use super::answer::{
    Comparison, Conclusion, Decision, Evaluation, MetricEvaluation, Reading, Verdict,
};
use super::observed::ObservedVariant;
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
            return self.without_primary(&names, &harmed);
        }
        let winners: Vec<&str> = names.iter().copied().filter(|of| self.wins(of)).collect();
        let clean = winners.iter().copied().filter(|of| !harmed.contains(of));
        if let Some(best) = self.best(clean.collect()) {
            let (decision, text) = self.ship(best);
            let variant = Some(best).filter(|_| decision == Decision::Ship);
            return of(decision, variant, text);
        }
        if let Some(best) = self.best(winners) {
            let text = format!(
                "{} {}{}{}",
                self.gain(best),
                self.harm(best).unwrap_or_default(),
                self.also(best, Told::Gain).text,
                self.broken().told()
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
            let harm: String = harmed
                .iter()
                .filter_map(|of| Some(format!(" {}", self.harm(of)?)))
                .collect();
            let text = format!(
                "{} and {} differ by less than what matters{}.{harm}{}{}",
                words::list(&names),
                self.control.name,
                self.scope(),
                self.also_of_all().0,
                self.broken().told()
            );
            return of(Decision::NoDifference, None, text);
        }
        if self.evaluation.reading == Reading::Fixed && self.has_measured() {
            let broken = self.broken();
            let decision = if broken.is_empty() {
                Decision::NoDifference
            } else {
                Decision::Invalid
            };
            return of(decision, None, self.nothing_found() + &broken.advice());
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
        let broken = self.broken();
        let decision = if broken.is_empty() {
            Decision::KeepRunning
        } else {
            Decision::Invalid
        };
        of(decision, None, self.too_early(&broken))
    }

    /// Where nothing says which variant is better.
    fn without_primary(&self, names: &[&str], harmed: &[&str]) -> Conclusion {
        if !harmed.is_empty() && harmed.len() == names.len() {
            return Conclusion {
                decision: Decision::KeepControl,
                variant: Some(self.control.name.clone()),
                text: self.keep(names),
            };
        }
        let harm: Vec<String> = harmed.iter().filter_map(|of| self.harm(of)).collect();
        let (also, _) = self.also_of_all();
        let text = "There is no primary metric: nothing says which variant is better.";
        let text = [harm.join(" "), also, text.to_owned()].map(|of| of.trim().to_owned());
        let text: Vec<String> = text.into_iter().filter(|of| !of.is_empty()).collect();
        Conclusion {
            decision: Decision::KeepRunning,
            variant: None,
            text: text.join(" "),
        }
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

    fn has_measured(&self) -> bool {
        self.primary()
            .flat_map(|metric| &metric.comparisons)
            .any(|of| of.difference.is_some())
    }
}
