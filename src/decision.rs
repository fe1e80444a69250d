//! The order of a decision, from the first step to the last.

mod admission;
mod choice;
#[cfg(feature = "testing")]
mod stubbed;
mod told;

use self::admission::off;
pub(crate) use self::told::{nesting_denied, panicked};
use crate::contain::{Nested, contain};
use crate::declared::Declared;
use crate::resolver::Unit;
use crate::variant::CONTROL;
use crate::variant_list::VariantList;
use crate::{Assignment, Experiment, Key, Reason, Variant, limits};

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

    /// The variant of a name that can be assigned: the experiment's own, with its payload; assumed
    /// variants are no reason to refuse another.
    fn find(&self, variant: &Variant) -> Option<Variant> {
        let own = self.variants.iter().find(|own| **own == variant);
        match own {
            Some(own) => Some((*own).clone()),
            None => (!self.known && variant.is_valid()).then(|| variant.clone()),
        }
    }

    const fn count(&self) -> usize {
        self.variants.len()
    }
}

/// What is decided: for which unit of which experiment, among what.
#[derive(Clone, Copy)]
struct Question<'q> {
    experiment: &'q Experiment<'q>,
    declared: Option<&'q Declared>,
    unit: Unit<'q>,
    among: Among<'q>,
}

/// Decides for a unit, among the variants that the declaration, the handle, or a trial names.
#[inline(always)]
pub(crate) fn decide(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    key: &Key,
    named: &[&Variant],
) -> Assignment {
    if !limits::name_fits(experiment.name()) {
        return told::invalid_name(experiment);
    }
    #[cfg(feature = "testing")]
    if crate::testing::is_in_force()
        && let Some(assignment) = stubbed::decide(experiment, declared, key, named)
    {
        return assignment;
    }
    if declared.is_none() && !experiment.has_settings() && experiment.config().is_plain() {
        let (variants, known): (&[&Variant], _) = match named {
            [] => (&ASSUMED, false),
            named => (named, true),
        };
        let question = Question {
            experiment,
            declared: None,
            unit: unit(experiment, None, key, variants),
            among: Among { variants, known },
        };
        return question.plain_answer();
    }
    decide_step_by_step(experiment, declared, key, named)
}

#[inline(always)]
fn decide_step_by_step(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    key: &Key,
    named: &[&Variant],
) -> Assignment {
    let assignment = match off(experiment, declared) {
        Some(reason) => Assignment::fallback(reason, 0),
        None => asked(experiment, declared, key, named, |question| {
            question.answer()
        }),
    };
    assignment.among_declared(declared)
}

/// Calls `answer` with the question, once it is clear what the variants are.
#[inline(always)]
fn asked(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    key: &Key,
    named: &[&Variant],
    answer: impl FnOnce(&Question<'_>) -> Assignment,
) -> Assignment {
    let inline;
    let own: &[&Variant] = match declared {
        Some(declared) => &declared.variants,
        None => {
            inline = inline_variants(experiment, true);
            inline.as_slice()
        }
    };
    let among = match (own, named) {
        ([], []) => Among {
            variants: &ASSUMED,
            known: false,
        },
        ([], named) => Among {
            variants: named,
            known: true,
        },
        (own, named) => {
            told::undeclared_variants(experiment, own, named);
            Among {
                variants: own,
                known: true,
            }
        }
    };
    let question = Question {
        experiment,
        declared,
        unit: unit(experiment, declared, key, among.variants),
        among,
    };
    answer(&question)
}

impl Question<'_> {
    /// The answer where nothing but the resolver can have a say.
    #[inline(always)]
    fn plain_answer(&self) -> Assignment {
        if self.among.count() == 1 {
            return Assignment::fallback(Reason::OnlyControl, 1);
        }
        let Some(_nested) = Nested::enter() else {
            return self.endless();
        };
        self.resolved()
    }

    /// The answer, step by step.
    #[inline(always)]
    fn answer(&self) -> Assignment {
        self.answer_with(Self::stored, Self::left_out)
    }

    /// The answer, with what is stored and who is left out as given.
    #[inline(always)]
    fn answer_with(
        &self,
        stored: impl FnOnce(&Self) -> Option<Result<Variant, bool>>,
        left_out: impl FnOnce(&Self) -> Option<Reason>,
    ) -> Assignment {
        let count = self.among.count();
        let Some(_nested) = Nested::enter() else {
            return self.endless();
        };
        if let Some(variant) = self.forced() {
            return Assignment::new(variant, Reason::Forced, count);
        }
        if let Some(pinned) = self.experiment.pinned() {
            return match self.among.find(pinned) {
                Some(variant) => self.stored_as(Assignment::new(variant, Reason::Pinned, count)),
                None => told::unknown(self.experiment, pinned, count),
            };
        }
        if count == 1 {
            return Assignment::fallback(Reason::OnlyControl, count);
        }
        let stored = stored(self);
        if let Some(Ok(variant)) = stored {
            return Assignment::new(variant, Reason::Stored, count);
        }
        if let Some(reason) = left_out(self) {
            return Assignment::fallback(reason, count);
        }
        let assignment = match self.segment() {
            Some(variant) => Assignment::new(variant, Reason::Segment, count),
            None => self.resolved(),
        };
        match stored {
            None => assignment,
            Some(stored) => self.kept(assignment, stored.is_err_and(|is_stale| is_stale)),
        }
    }
}

/// The variants that the handle itself names.
#[inline]
fn inline_variants<'v>(experiment: &'v Experiment<'_>, tell: bool) -> VariantList<'v> {
    let mut list = VariantList::new();
    for variant in experiment.named_variants() {
        list.add(variant, tell.then_some(experiment));
    }
    list
}

/// How many variants a decision is made among.
fn count(experiment: &Experiment<'_>, declared: Option<&Declared>, named: &[&Variant]) -> usize {
    match (
        declared,
        inline_variants(experiment, false).as_slice(),
        named,
    ) {
        (Some(declared), ..) => declared.variants.len(),
        (None, [], []) => ASSUMED.len(),
        (None, [], named) => named.len(),
        (None, own, _) => own.len(),
    }
}

/// What the resolver says of its choice for `experiment`. Where a trial named the variants, only
/// their number is known.
pub(crate) fn describe(experiment: &Experiment<'_>, declared: Option<&Declared>) -> Option<String> {
    let resolver = experiment.config().resolver_of(declared);
    asked_again(experiment, declared, |unit| {
        contain(|| resolver.describe(unit)).flatten()
    })
}

/// Calls `ask` with the unit of a decision that was made already.
pub(crate) fn asked_again<R>(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    ask: impl FnOnce(&Unit<'_>) -> R,
) -> R {
    let inline = inline_variants(experiment, false);
    let own = declared.map_or(inline.as_slice(), |declared| &declared.variants);
    let among = experiment.assignment().among;
    let nameless = vec![&CONTROL; among];
    let variants = match own {
        own if own.len() == among => own,
        _ if among == ASSUMED.len() => &ASSUMED,
        _ => &nameless,
    };
    ask(&unit(experiment, declared, experiment.key(), variants))
}

/// Whether a trial that names these variants would have decided as was assumed.
pub(crate) fn confirms(named: &[&Variant], assumed: &Variant) -> bool {
    named.is_empty() || (named == ASSUMED && named.contains(&assumed))
}

/// Whether anything but a trial says what the variants are.
pub(crate) fn knows_variants(experiment: &Experiment<'_>) -> bool {
    !experiment.named_variants().is_empty() || experiment.config().declares(experiment.name())
}

/// The unit that resolvers and rules see.
#[inline(always)]
fn unit<'u>(
    experiment: &'u Experiment<'_>,
    declared: Option<&'u Declared>,
    key: &'u Key,
    variants: &'u [&'u Variant],
) -> Unit<'u> {
    let config = experiment.config();
    Unit {
        experiment: experiment.name(),
        key,
        context: experiment.context_ref(),
        variants,
        seed: declared.and_then(|declared| declared.seed.as_ref()),
        key_is_uniform: config.key_is_uniform(declared),
        randomness: config.randomness(),
    }
}
