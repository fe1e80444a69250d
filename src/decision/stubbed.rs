//! What a test says in place of a decision.

use super::{Question, admission::off, asked, told};
use crate::declared::Declared;
use crate::testing::{Instead, StubState};
use crate::{Assignment, Experiment, Key, Nesting, Reason, Variant, nesting};

/// The answer of the innermost stub of the experiment, if there is one.
#[cold]
#[inline(never)]
pub(super) fn decide(
    experiment: &Experiment<'_>,
    declared: Option<&Declared>,
    key: &Key,
    named: &[&Variant],
) -> Option<Assignment> {
    // Where the code stands is no matter of the unit: a test of denied nesting sees it denied.
    if experiment.config().nesting() == Nesting::Deny && nesting::is_inside(experiment.name()) {
        return None;
    }
    let stub = StubState::of(experiment)?;
    stub.count_use();
    let ask = |answer: &dyn Fn(&Question<'_>) -> Assignment| {
        asked(experiment, declared, key, named, answer)
    };
    Some(match stub.instead() {
        Instead::Disabled => Assignment::fallback(Reason::Disabled, 0),
        Instead::Excluded => {
            ask(&|question| Assignment::fallback(Reason::Excluded, question.among.count()))
        }
        Instead::Variant(variant) => ask(&|question| question.stubbed(&stub, variant)),
        Instead::Enabled => ask(&|question| question.answer_with(Question::stored, |_| None)),
        Instead::Assigned(variant) => match off(experiment, declared) {
            Some(reason) => Assignment::fallback(reason, 0),
            None => ask(&|question| {
                let stored = question.stored_by(&stub, variant);
                question.answer_with(|_| stored, Question::left_out)
            }),
        },
    })
}

impl Question<'_> {
    fn stubbed(&self, stub: &StubState, variant: &Variant) -> Assignment {
        let count = self.among.count();
        match self.among.find(variant) {
            Some(variant) => Assignment::new(variant, Reason::Stubbed, count),
            None => {
                stub.note_unknown(self.among.variants);
                told::unknown(self.experiment, variant, count)
            }
        }
    }

    fn stored_by(&self, stub: &StubState, variant: &Variant) -> Option<Result<Variant, bool>> {
        let found = self.among.find(variant);
        if found.is_none() {
            stub.note_unknown(self.among.variants);
        }
        found.map(Ok)
    }
}
