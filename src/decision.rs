//! The order of a decision, from the first step to the last.

use std::sync::atomic::Ordering;

use crate::contain::{Nested, contain};
use crate::diagnostics::tell;
use crate::resolver::{Choice, Resolution, Resolver, ResolverError, Unit};
use crate::variant::CONTROL;
use crate::variant_list::VariantList;
use crate::{Assignment, Declaration, Experiment, Key, Reason, Variant, limits};

/// Control and candidate: what is assumed where nobody says what the variants are.
static ASSUMED: [&Variant; 2] = [&Variant::control(), &Variant::candidate()];

/// The variants that a decision is made among, and whether they are known or assumed.
#[derive(Clone, Copy)]
struct Among<'v> {
    variants: &'v [&'v Variant],
    known: bool,
}

impl Among<'_> {
    /// Why a variant is assigned that the resolver chose.
    #[inline]
    const fn reason(&self) -> Reason {
        if self.known {
            Reason::Resolved
        } else {
            Reason::Assumed
        }
    }

    /// Whether a variant that was named can be assigned: assumed variants are no reason to refuse another.
    fn accepts(&self, variant: &Variant) -> bool {
        if self.known {
            self.variants.contains(&variant)
        } else {
            variant.is_valid()
        }
    }
}

const ENDLESS: &str = "resolvers ask each other without end: a resolver that asks an experiment \
                       under its own configuration is asked for that one, too";

/// Decides for a unit, among the variants that the declaration, the handle, or a trial names.
#[inline(always)]
pub(crate) fn decide(experiment: &Experiment<'_>, key: &Key, named: &[&Variant]) -> Assignment {
    let config = experiment.config();
    if !limits::name_fits(experiment.name()) {
        return invalid_name(experiment);
    }
    let declaration = config.declaration(experiment.name());
    let resolver = config.resolver_of(declaration);
    if declaration.is_some() || !experiment.named_variants().is_empty() {
        let own = own_variants(experiment, declaration, true);
        tell_undeclared(experiment, own.as_slice(), named);
        let variants = own.as_slice();
        return decide_among(
            experiment,
            resolver,
            key,
            Among {
                variants,
                known: true,
            },
        );
    }
    let among = if named.is_empty() {
        Among {
            variants: &ASSUMED,
            known: false,
        }
    } else {
        Among {
            variants: named,
            known: true,
        }
    };
    decide_among(experiment, resolver, key, among)
}

#[inline(always)]
fn decide_among(
    experiment: &Experiment<'_>,
    resolver: &dyn Resolver,
    key: &Key,
    among: Among<'_>,
) -> Assignment {
    let count = among.variants.len();
    if let Some(pinned) = experiment.pinned() {
        if !among.accepts(pinned) {
            return unknown(experiment, pinned, count);
        }
        return Assignment::new(pinned.clone(), Reason::Pinned, count);
    }
    if count == 1 {
        return Assignment::fallback(Reason::OnlyControl, count);
    }
    if !among.known {
        tell_assumed(experiment);
    }
    let Some(_nested) = Nested::enter() else {
        return failed(experiment, &ENDLESS.into(), among);
    };
    let resolution = with_unit(experiment, key, among.variants, |unit| {
        resolver.resolve(unit)
    });
    match resolution {
        Ok(Resolution(Choice::Index(index))) if index < count => {
            let variant = among
                .variants
                .get(index)
                .map_or(&CONTROL, |variant| *variant);
            Assignment::new(variant.clone(), among.reason(), count)
        }
        Ok(resolution) => chosen(experiment, resolution, among),
        Err(error) => failed(experiment, &error, among),
    }
}

fn chosen(experiment: &Experiment<'_>, resolution: Resolution, among: Among<'_>) -> Assignment {
    let count = among.variants.len();
    match resolution.0 {
        Choice::Index(index) => unknown(experiment, &Variant::from(format!("#{index}")), count),
        Choice::Named(variant) if among.accepts(&variant) => {
            Assignment::new(variant, among.reason(), count)
        }
        Choice::Named(variant) => unknown(experiment, &variant, count),
        Choice::Abstain => Assignment::fallback(Reason::Abstained, count),
    }
}

/// The variants that the declaration or the handle itself names; empty where neither does.
fn own_variants<'v>(
    experiment: &'v Experiment<'_>,
    declaration: Option<&'v Declaration>,
    tell: bool,
) -> VariantList<'v> {
    if let Some(declaration) = declaration {
        return VariantList::of(&declaration.variants);
    }
    let mut list = VariantList::new();
    for variant in experiment.named_variants() {
        list.add(variant, tell.then_some(experiment));
    }
    list
}

/// What the resolver says of its choice for `experiment`. Where a trial named the variants, only
/// their number is known.
pub(crate) fn describe(experiment: &Experiment<'_>) -> Option<String> {
    let declaration = experiment.config().declaration(experiment.name());
    let resolver = experiment.config().resolver_of(declaration);
    let own = own_variants(experiment, declaration, false);
    let among = experiment.assignment().among;
    let nameless = vec![&CONTROL; among];
    let variants = match own.as_slice() {
        own if own.len() == among => own,
        _ if among == ASSUMED.len() => &ASSUMED,
        _ => &nameless,
    };
    with_unit(experiment, experiment.key(), variants, |unit| {
        contain(|| resolver.describe(unit)).flatten()
    })
}

/// Whether a trial that names these variants would have decided as was assumed.
pub(crate) fn confirms(named: &[&Variant], assumed: &Variant) -> bool {
    named.is_empty() || (named == ASSUMED && named.contains(&assumed))
}

/// Whether anything but a trial says what the variants are.
pub(crate) fn knows_variants(experiment: &Experiment<'_>) -> bool {
    !experiment.named_variants().is_empty()
        || experiment.config().declaration(experiment.name()).is_some()
}

/// Calls `ask` with the unit that a resolver sees.
fn with_unit<R>(
    experiment: &Experiment<'_>,
    key: &Key,
    variants: &[&Variant],
    ask: impl FnOnce(&Unit<'_>) -> R,
) -> R {
    let config = experiment.config();
    ask(&Unit {
        experiment: experiment.name(),
        key,
        context: experiment.context_ref(),
        variants,
        key_is_uniform: config.key_is_uniform(),
        randomness: config.randomness(),
    })
}

#[cold]
fn invalid_name(experiment: &Experiment<'_>) -> Assignment {
    tell!(
        experiment.config().counters(),
        invalid_names,
        length = experiment.name().len(),
        "an experiment's name must have 1 to 255 bytes: the control runs, untracked",
    );
    Assignment::fallback(Reason::InvalidName, 0)
}

#[cold]
fn tell_assumed(experiment: &Experiment<'_>) {
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
fn failed(experiment: &Experiment<'_>, error: &ResolverError, among: Among<'_>) -> Assignment {
    let error = error.to_string();
    tell!(
        experiment.config().counters(),
        resolver_failures,
        experiment = experiment.name(),
        error,
        "the resolver failed: the control runs",
    );
    let reason = if among.known {
        Reason::ResolverFailed(error.into())
    } else {
        Reason::Undeclared(error.into())
    };
    Assignment::fallback(reason, among.variants.len())
}

/// A trial may name what the declaration does not have: that behaviour never runs.
fn tell_undeclared(experiment: &Experiment<'_>, own: &[&Variant], named: &[&Variant]) {
    for variant in named {
        if !own.contains(variant) {
            tell!(
                experiment.config().counters(),
                undeclared_variants,
                experiment = experiment.name(),
                variant = variant.as_str(),
                "the declaration does not have this variant: its behaviour never runs",
            );
        }
    }
}

/// The assignment where the resolver panicked.
#[cold]
pub(crate) fn panicked(experiment: &Experiment<'_>, named: &[&Variant]) -> Assignment {
    tell!(
        experiment.config().counters(),
        resolver_panics,
        experiment = experiment.name(),
        "the resolver panicked: the control runs",
    );
    let declaration = experiment.config().declaration(experiment.name());
    let own = own_variants(experiment, declaration, false);
    let count = match (own.as_slice(), named) {
        ([], []) => ASSUMED.len(),
        ([], named) => named.len(),
        (own, _) => own.len(),
    };
    Assignment::fallback(Reason::ResolverPanicked, count)
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
