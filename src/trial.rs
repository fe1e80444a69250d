use std::fmt;
use std::marker::PhantomData;

use crate::behaviours::{Behaviours, Control, Many, Then};
use crate::experiment::{Decision, Exposure};
use crate::variant_list::VariantList;
use crate::{Experiment, Variant};

/// The behaviours of an experiment: what [`Experiment::use_`] returns and [`run`](Self::run) consumes.
///
/// Behaviours may borrow from their surroundings. They are lazy, and only one runs.
///
/// ```
/// use variate::{context, experiment};
///
/// let name = String::from("Ann");
/// let greeting = experiment("greeting", context! { user: &name })
///     .use_(|| format!("Hello {name}"))
///     .variant("short", || format!("Hi {name}"))
///     .variant("long", || format!("Good morning {name}"))
///     .run();
/// assert!(greeting.ends_with("Ann"));
/// ```
///
/// A variant that comes twice keeps its place, and its last behaviour wins; that is told. The
/// type parameter `B` is the list of behaviours, which code rarely has to name.
#[must_use = "a trial does nothing until it is run"]
pub struct Trial<'e, T, B> {
    experiment: &'e Experiment<'e>,
    behaviours: B,
    result: PhantomData<fn() -> T>,
}

impl<'e, T, F: FnOnce() -> T> Trial<'e, T, Control<F>> {
    #[inline]
    pub(crate) const fn new(experiment: &'e Experiment<'e>, behaviour: F) -> Self {
        Self {
            experiment,
            behaviours: Control { behaviour },
            result: PhantomData,
        }
    }
}

impl<'e, T, B: Behaviours<T>> Trial<'e, T, B> {
    /// The behaviour of the variant `candidate`.
    #[inline]
    pub fn try_<F: FnOnce() -> T>(self, behaviour: F) -> Trial<'e, T, Then<B, F>> {
        self.variant(Variant::candidate(), behaviour)
    }

    /// The behaviour of the variant `candidate`; the same as [`try_`](Self::try_).
    #[inline]
    pub fn candidate<F: FnOnce() -> T>(self, behaviour: F) -> Trial<'e, T, Then<B, F>> {
        self.try_(behaviour)
    }

    /// The behaviour of the variant `name`.
    #[inline]
    pub fn variant<F: FnOnce() -> T>(
        self,
        name: impl Into<Variant>,
        behaviour: F,
    ) -> Trial<'e, T, Then<B, F>> {
        Trial {
            experiment: self.experiment,
            behaviours: Then {
                before: self.behaviours,
                variant: name.into(),
                behaviour,
            },
            result: PhantomData,
        }
    }

    /// The behaviours of as many variants as there are at run time.
    ///
    /// ```
    /// use variate::{context, experiment};
    ///
    /// let colours = [String::from("red"), String::from("blue")];
    /// let pill = experiment("pill_color", context! { user_id: 42 })
    ///     .use_(|| "grey".to_owned())
    ///     .variants(colours.map(|colour| (colour.clone(), move || colour)))
    ///     .run();
    /// assert!(["grey", "red", "blue"].contains(&pill.as_str()));
    /// ```
    pub fn variants<V: Into<Variant>, F: FnOnce() -> T>(
        self,
        behaviours: impl IntoIterator<Item = (V, F)>,
    ) -> Trial<'e, T, Many<B, F>> {
        Trial {
            experiment: self.experiment,
            behaviours: Many {
                before: self.behaviours,
                behaviours: behaviours
                    .into_iter()
                    .map(|(name, behaviour)| (name.into(), behaviour))
                    .collect(),
            },
            result: PhantomData,
        }
    }

    /// Assigns a variant if the experiment has none yet, tracks the exposure (once for each
    /// handle) and runs that variant's behaviour.
    ///
    /// It cannot fail: whatever goes wrong on the way to the variant, the control runs. A panic
    /// of the behaviour is the caller's and passes through; the exposure is tracked before.
    #[inline]
    pub fn run(self) -> T {
        let (decision, exposure) = match self.experiment.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => self.settle(),
        };
        match self
            .behaviours
            .position(decision.assignment().variant().as_str())
        {
            Some(position) => {
                self.experiment.expose_once(decision, exposure);
                self.behaviours.run(position)
            }
            None => {
                self.experiment.tell_missing(decision);
                let control = self.behaviours.position(Variant::CONTROL);
                self.behaviours.run(control.unwrap_or(0))
            }
        }
    }

    #[inline(never)]
    fn settle(&self) -> (&'e Decision, Exposure) {
        let mut list = VariantList::new();
        self.behaviours
            .each(&mut |variant| list.add(variant, Some(self.experiment)));
        self.experiment.settle_exposed(list.as_slice())
    }
}

impl<T, B: Behaviours<T>> fmt::Debug for Trial<'_, T, B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut variants = Vec::new();
        self.behaviours.each(&mut |variant| variants.push(variant));
        out.debug_struct("Trial")
            .field("experiment", self.experiment)
            .field("variants", &variants)
            .finish()
    }
}
