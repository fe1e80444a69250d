//! The behaviours of a trial as a list of types: no allocation, no dynamic call.

use crate::Variant;
use crate::variant::CONTROL;

/// The control's behaviour, first in every list.
#[derive(Debug)]
pub struct Control<F> {
    pub(crate) behaviour: F,
}

/// A list and one behaviour more.
#[derive(Debug)]
pub struct Then<B, F> {
    pub(crate) before: B,
    pub(crate) variant: Variant,
    pub(crate) behaviour: F,
}

/// A list and any number of behaviours of one type more.
#[derive(Debug)]
pub struct Many<B, F> {
    pub(crate) before: B,
    pub(crate) behaviours: Vec<(Variant, F)>,
}

/// A list of behaviours that give a `T`. Not for implementing elsewhere.
pub trait Behaviours<T>: sealed::Sealed {
    #[doc(hidden)]
    fn count(&self) -> usize;

    /// Every variant, the control first.
    #[doc(hidden)]
    fn each<'s>(&'s self, visit: &mut impl FnMut(&'s Variant));

    /// The last behaviour of this name.
    #[doc(hidden)]
    fn position(&self, name: &str) -> Option<usize>;

    /// Runs the behaviour at `position`; the control where there is none.
    #[doc(hidden)]
    fn run(self, position: usize) -> T;
}

mod sealed {
    pub trait Sealed {}
    impl<F> Sealed for super::Control<F> {}
    impl<B, F> Sealed for super::Then<B, F> {}
    impl<B, F> Sealed for super::Many<B, F> {}
}

impl<T, F: FnOnce() -> T> Behaviours<T> for Control<F> {
    #[inline]
    fn count(&self) -> usize {
        1
    }

    #[inline(always)]
    fn each<'s>(&'s self, visit: &mut impl FnMut(&'s Variant)) {
        visit(&CONTROL);
    }

    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        (name == Variant::CONTROL).then_some(0)
    }

    #[inline]
    fn run(self, _: usize) -> T {
        (self.behaviour)()
    }
}

impl<T, B: Behaviours<T>, F: FnOnce() -> T> Behaviours<T> for Then<B, F> {
    #[inline]
    fn count(&self) -> usize {
        self.before.count() + 1
    }

    #[inline(always)]
    fn each<'s>(&'s self, visit: &mut impl FnMut(&'s Variant)) {
        self.before.each(visit);
        visit(&self.variant);
    }

    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        if self.variant == *name {
            Some(self.before.count())
        } else {
            self.before.position(name)
        }
    }

    #[inline]
    fn run(self, position: usize) -> T {
        if position == self.before.count() {
            (self.behaviour)()
        } else {
            self.before.run(position)
        }
    }
}

impl<T, B: Behaviours<T>, F: FnOnce() -> T> Behaviours<T> for Many<B, F> {
    fn count(&self) -> usize {
        self.before.count() + self.behaviours.len()
    }

    #[inline(always)]
    fn each<'s>(&'s self, visit: &mut impl FnMut(&'s Variant)) {
        self.before.each(visit);
        for (variant, _) in &self.behaviours {
            visit(variant);
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.behaviours
            .iter()
            .rposition(|(variant, _)| variant == name)
            .map(|place| self.before.count() + place)
            .or_else(|| self.before.position(name))
    }

    fn run(self, position: usize) -> T {
        let place = position.checked_sub(self.before.count());
        match place.and_then(|place| self.behaviours.into_iter().nth(place)) {
            Some((_, behaviour)) => behaviour(),
            None => self.before.run(position),
        }
    }
}
