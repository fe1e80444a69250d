//! What goes wrong on the way to a decision: told, counted, and answered with the control.

use std::sync::atomic::Ordering;

use super::{Among, count};
use crate::contain::contain;
use crate::declared::Declared;
use crate::diagnostics::tell;
use crate::resolver::ResolverError;
use crate::{Assignment, Experiment, Reason, StoreError, Variant};

#[cold]
pub(super) fn invalid_name(experiment: &Experiment<'_>) -> Assignment {
    tell!(
        experiment.teller(),
        Define,
        invalid_names,
        length = experiment.name().len(),
        "an experiment's name must have 1 to 255 bytes: the control runs, untracked",
    );
    Assignment::fallback(Reason::InvalidName, 0)
}

#[cold]
pub(super) fn not_declared(experiment: &Experiment<'_>) -> Reason {
    tell!(
        experiment.teller(),
        Define,
        undeclared_experiments,
        "the experiment is not declared, and the configuration is strict: the control runs, untracked",
    );
    Reason::NotDeclared
}

#[cold]
pub(crate) fn nesting_denied(experiment: &Experiment<'_>) -> Reason {
    tell!(
        experiment.teller(),
        Nest,
        nested_runs,
        "the experiment is asked inside another one's behaviour: the control runs, untracked",
    );
    Reason::NestingDenied
}

#[cold]
pub(super) fn assumed(experiment: &Experiment<'_>) {
    let counters = experiment.config().counters();
    counters.assumed_variants.fetch_add(1, Ordering::Relaxed);
    contain(|| {
        tracing::debug!(
            target: "variate",
            experiment = experiment.name(),
            "the variants are not known here: control and candidate are assumed",
        );
    });
}

#[cold]
pub(super) fn failed(
    experiment: &Experiment<'_>,
    error: &ResolverError,
    among: Among<'_>,
) -> Assignment {
    let error = error.to_string();
    tell!(
        experiment.teller(),
        Resolve,
        resolver_failures,
        error = error,
        "the resolver failed: the control runs",
    );
    let reason = if among.known {
        Reason::ResolverFailed(error.into())
    } else {
        Reason::Undeclared(error.into())
    };
    Assignment::fallback(reason, among.count())
}

/// A trial may name what the declaration does not have: that behaviour never runs.
#[inline]
pub(super) fn undeclared_variants(
    experiment: &Experiment<'_>,
    own: &[&Variant],
    named: &[&Variant],
) {
    if !own.starts_with(named) {
        undeclared_among(experiment, own, named);
    }
}

#[cold]
fn undeclared_among(experiment: &Experiment<'_>, own: &[&Variant], named: &[&Variant]) {
    for variant in named {
        if !own.contains(variant) {
            tell!(
                experiment.teller(),
                Define,
                undeclared_variants,
                variant = variant.as_str(),
                "the declaration does not have this variant: its behaviour never runs",
            );
        }
    }
}

/// The assignment where the resolver panicked.
#[cold]
pub(crate) fn panicked(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    named: &[&Variant],
) -> Assignment {
    tell!(
        experiment.teller(),
        Resolve,
        resolver_panics,
        "the resolver panicked: the control runs",
    );
    let count = count(experiment, declared, named);
    Assignment::fallback(Reason::ResolverPanicked, count).among_declared(declared)
}

#[cold]
pub(super) fn unknown(experiment: &Experiment<'_>, variant: &Variant, count: usize) -> Assignment {
    tell!(
        experiment.teller(),
        Resolve,
        unknown_variants,
        variant = variant.as_str(),
        "the chosen variant is not one of this experiment's: the control runs",
    );
    Assignment::fallback(Reason::UnknownVariant(variant.as_str().into()), count)
}

#[cold]
pub(super) fn unknown_forced(experiment: &Experiment<'_>, variant: &Variant) {
    tell!(
        experiment.teller(),
        Force,
        unknown_variants,
        variant = variant.as_str(),
        "the forced variant is not one of this experiment's: nothing is forced",
    );
}

#[cold]
pub(super) fn stale(experiment: &Experiment<'_>, variant: &Variant) {
    tell!(
        experiment.teller(),
        Store,
        stale_assignments,
        variant = variant.as_str(),
        "the stored variant is not one of this experiment's any more: decided anew",
    );
}

#[cold]
pub(super) fn store_failed(experiment: &Experiment<'_>, error: Option<StoreError>) {
    let error = error.map_or_else(|| "it panicked".to_owned(), |error| error.to_string());
    tell!(
        experiment.teller(),
        Store,
        store_failures,
        error = error,
        "the store of assignments failed: the unit gets what the rollout says",
    );
}

#[cold]
pub(super) fn rule_failed(experiment: &Experiment<'_>) {
    tell!(
        experiment.teller(),
        Rule,
        rule_failures,
        "a rule panicked: an exclusion leaves the unit out, a segment does not hold",
    );
}
