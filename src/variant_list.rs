use crate::diagnostics::tell;
use crate::variant::CONTROL;
use crate::{Experiment, Variant};

/// How many variants fit without a heap allocation.
const INLINE: usize = 4;

/// The distinct variants of an experiment, on the stack while they are few.
#[derive(Debug)]
pub(crate) struct VariantList<'v> {
    few: [&'v Variant; INLINE],
    len: usize,
    many: Vec<&'v Variant>,
}

impl<'v> VariantList<'v> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self {
            few: [&CONTROL; INLINE],
            len: 0,
            many: Vec::new(),
        }
    }

    /// Adds a variant that was named inline, if it can be used and is new; tells if it is not.
    #[inline(always)]
    pub(crate) fn add(&mut self, variant: &'v Variant, told_for: Option<&Experiment<'_>>) {
        if !variant.is_valid() {
            if let Some(experiment) = told_for {
                tell_invalid(variant, experiment);
            }
        } else if self.as_slice().contains(&variant) {
            if let Some(experiment) = told_for {
                tell_duplicate(variant, experiment);
            }
        } else {
            self.push(variant);
        }
    }

    #[inline(always)]
    fn push(&mut self, variant: &'v Variant) {
        match self.few.get_mut(self.len) {
            Some(place) => *place = variant,
            None => self.push_many(variant),
        }
        self.len += 1;
    }

    #[cold]
    fn push_many(&mut self, variant: &'v Variant) {
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.few);
        }
        self.many.push(variant);
    }

    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[&'v Variant] {
        self.few.get(..self.len).unwrap_or(&self.many)
    }
}

#[cold]
fn tell_invalid(variant: &Variant, experiment: &Experiment<'_>) {
    tell!(
        experiment.teller(),
        Define,
        invalid_variants,
        length = variant.as_str().len(),
        "a variant's name must have 1 to 255 bytes: this one is never chosen",
    );
}

#[cold]
fn tell_duplicate(variant: &Variant, experiment: &Experiment<'_>) {
    tell!(
        experiment.teller(),
        Define,
        duplicate_variants,
        variant = variant.as_str(),
        "a variant has two behaviours: the last one wins",
    );
}
