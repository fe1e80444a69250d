//! The order of a decision, from the first step to the last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use crate::diagnostics::tell;
use crate::resolver::{Choice, Unit};
use crate::variant_list::VariantList;
use crate::{Assignment, Declaration, Experiment, Key, Reason, Variant, limits};

/// The assignment of a unit, among the variants that the declaration, the handle, or a trial names.
pub(crate) fn decide(
    experiment: &Experiment<'_>,
    key: &Key,
    named: &VariantList<'_>,
) -> Assignment {
    let config = experiment.config();
    if !limits::name_fits(experiment.name()) {
        tell!(
            config.counters(),
            invalid_names,
            length = experiment.name().len(),
            "an experiment's name must have 1 to 255 bytes: the control runs, untracked",
        );
        return Assignment::fallback(Reason::InvalidName, 0);
    }
    let declaration = config.declaration(experiment.name());
    let own = own_variants(experiment, declaration);
    let (variants, known) = match &own {
        Some(own) => (own, true),
        None if named.as_slice().is_empty() => (&VariantList::of(&ASSUMED), false),
        None => (named, true),
    };
    let count = variants.as_slice().len();
    if let Some(pinned) = experiment.pinned() {
        if known && !variants.as_slice().contains(&pinned) {
            return unknown(experiment, pinned, count);
        }
        return Assignment::new(pinned.clone(), Reason::Pinned, count);
    }
    if count == 1 {
        return Assignment::fallback(Reason::OnlyControl, count);
    }
    if !known {
        config
            .counters()
            .assumed_variants
            .fetch_add(1, Ordering::Relaxed);
        tracing::debug!(
            target: "variate",
            experiment = experiment.name(),
            "the variants are not known here: control and candidate are assumed",
        );
    }
    resolve(experiment, declaration, key, variants, known)
}

/// The variants that the declaration or the handle itself names.
fn own_variants<'v>(
    experiment: &'v Experiment<'_>,
    declaration: Option<&'v Declaration>,
) -> Option<VariantList<'v>> {
    if let Some(declaration) = declaration {
        return Some(VariantList::of(&declaration.variants));
    }
    let named = experiment.named_variants();
    if named.is_empty() {
        return None;
    }
    let mut list = VariantList::new();
    named
        .iter()
        .for_each(|variant| list.add(variant, experiment));
    Some(list)
}

static ASSUMED: [Variant; 2] = [Variant::control(), Variant::candidate()];

/// The variants that are known without a trial, or else assumed.
pub(crate) fn variants_of<'v>(
    experiment: &'v Experiment<'_>,
    declaration: Option<&'v Declaration>,
) -> VariantList<'v> {
    own_variants(experiment, declaration).unwrap_or_else(|| VariantList::of(&ASSUMED))
}

fn resolve(
    experiment: &Experiment<'_>,
    declaration: Option<&Declaration>,
    key: &Key,
    variants: &VariantList<'_>,
    known: bool,
) -> Assignment {
    let config = experiment.config();
    let count = variants.as_slice().len();
    let resolver = config.resolver_of(declaration);
    let resolution = with_unit(experiment, key, variants, |unit| {
        catch_unwind(AssertUnwindSafe(|| resolver.resolve(unit)))
    });
    match resolution {
        Ok(Ok(resolution)) => match resolution.0 {
            Choice::Index(index) => match variants.as_slice().get(index) {
                Some(variant) => Assignment::new((*variant).clone(), Reason::Resolved, count),
                None => unknown(experiment, &Variant::from(format!("#{index}")), count),
            },
            Choice::Named(variant) if known && !variants.as_slice().contains(&&variant) => {
                unknown(experiment, &variant, count)
            }
            Choice::Named(variant) => Assignment::new(variant, Reason::Resolved, count),
            Choice::Abstain => Assignment::fallback(Reason::Abstained, count),
        },
        Ok(Err(error)) => {
            let error = error.to_string();
            tell!(
                config.counters(),
                resolver_failures,
                experiment = experiment.name(),
                error,
                "the resolver failed: the control runs",
            );
            Assignment::fallback(Reason::ResolverFailed(error.into()), count)
        }
        Err(_) => {
            tell!(
                config.counters(),
                resolver_panics,
                experiment = experiment.name(),
                "the resolver panicked: the control runs",
            );
            Assignment::fallback(Reason::ResolverPanicked, count)
        }
    }
}

/// Calls `ask` with the unit that a resolver sees.
pub(crate) fn with_unit<R>(
    experiment: &Experiment<'_>,
    key: &Key,
    variants: &VariantList<'_>,
    ask: impl FnOnce(&Unit<'_>) -> R,
) -> R {
    let config = experiment.config();
    variants.with_names(|names| {
        ask(&Unit {
            experiment: experiment.name(),
            key,
            context: experiment.context_ref(),
            variants: names,
            key_is_uniform: config.key_scheme().separates_experiments(),
            randomness: config.randomness(),
        })
    })
}

#[cold]
fn unknown(experiment: &Experiment<'_>, variant: &Variant, count: usize) -> Assignment {
    tell!(
        experiment.config().counters(),
        unknown_variants,
        experiment = experiment.name(),
        variant = variant.as_str(),
        "the chosen variant is not one of this experiment's: the control runs",
    );
    Assignment::fallback(Reason::UnknownVariant(variant.as_str().into()), count)
}
