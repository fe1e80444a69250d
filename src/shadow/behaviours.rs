//! Behaviours of which each can run once, in any order.

use crate::Behaviours;
use crate::behaviours::{Control, Many, Then};

/// A list of behaviours that may all run. Not for implementing elsewhere.
pub trait ShadowBehaviours<T>: Behaviours<T> {
    #[doc(hidden)]
    type Slots: Slots<T>;

    #[doc(hidden)]
    fn into_slots(self) -> Self::Slots;
}

/// The behaviours, each until it is run.
#[doc(hidden)]
pub trait Slots<T> {
    /// Runs the behaviour at `position`; `None` where it ran already.
    fn run(&mut self, position: usize) -> Option<T>;

    /// Drops the behaviour at `position`, if it has not run.
    fn clear(&mut self, position: usize);

    /// How many there are, those that ran included.
    fn count(&self) -> usize;
}

impl<T, F: FnOnce() -> T> ShadowBehaviours<T> for Control<F> {
    type Slots = Control<Option<F>>;

    fn into_slots(self) -> Self::Slots {
        Control {
            behaviour: Some(self.behaviour),
        }
    }
}

impl<T, F: FnOnce() -> T> Slots<T> for Control<Option<F>> {
    fn run(&mut self, _: usize) -> Option<T> {
        let behaviour = self.behaviour.take()?;
        Some(behaviour())
    }

    fn clear(&mut self, _: usize) {
        drop(self.behaviour.take());
    }

    fn count(&self) -> usize {
        1
    }
}

impl<T, B: ShadowBehaviours<T>, F: FnOnce() -> T> ShadowBehaviours<T> for Then<B, F> {
    type Slots = Then<B::Slots, Option<F>>;

    fn into_slots(self) -> Self::Slots {
        Then {
            before: self.before.into_slots(),
            variant: self.variant,
            behaviour: Some(self.behaviour),
        }
    }
}

impl<T, B: Slots<T>, F: FnOnce() -> T> Slots<T> for Then<B, Option<F>> {
    fn run(&mut self, position: usize) -> Option<T> {
        if position == self.before.count() {
            let behaviour = self.behaviour.take()?;
            Some(behaviour())
        } else {
            self.before.run(position)
        }
    }

    fn clear(&mut self, position: usize) {
        if position == self.before.count() {
            drop(self.behaviour.take());
        } else {
            self.before.clear(position);
        }
    }

    fn count(&self) -> usize {
        self.before.count() + 1
    }
}

impl<T, B: ShadowBehaviours<T>, F: FnOnce() -> T> ShadowBehaviours<T> for Many<B, F> {
    type Slots = Many<B::Slots, Option<F>>;

    fn into_slots(self) -> Self::Slots {
        Many {
            before: self.before.into_slots(),
            behaviours: self
                .behaviours
                .into_iter()
                .map(|(variant, behaviour)| (variant, Some(behaviour)))
                .collect(),
        }
    }
}

impl<T, B: Slots<T>, F: FnOnce() -> T> Slots<T> for Many<B, Option<F>> {
    fn run(&mut self, position: usize) -> Option<T> {
        match position.checked_sub(self.before.count()) {
            Some(place) => {
                let behaviour = self.behaviours.get_mut(place)?.1.take()?;
                Some(behaviour())
            }
            None => self.before.run(position),
        }
    }

    fn clear(&mut self, position: usize) {
        match position.checked_sub(self.before.count()) {
            Some(place) => drop(
                self.behaviours
                    .get_mut(place)
                    .and_then(|slot| slot.1.take()),
            ),
            None => self.before.clear(position),
        }
    }

    fn count(&self) -> usize {
        self.before.count() + self.behaviours.len()
    }
}
