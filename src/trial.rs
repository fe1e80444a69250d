use std::fmt;
use std::marker::PhantomData;

use crate::behaviours::{Behaviours, Control, Many, Then};
use crate::experiment::{Decision, Exposure};
use crate::run_hooks::{After, Around, Before, Next, NoHooks, RunHooks};
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
pub struct Trial<'e, T, B, H = NoHooks> {
    experiment: &'e Experiment<'e>,
    behaviours: B,
    hooks: H,
    result: PhantomData<fn() -> T>,
}

impl<'e, T, F: FnOnce() -> T> Trial<'e, T, Control<F>> {
    #[inline]
    pub(crate) const fn new(experiment: &'e Experiment<'e>, behaviour: F) -> Self {
        Self {
            experiment,
            behaviours: Control { behaviour },
            hooks: NoHooks,
            result: PhantomData,
        }
    }
}

impl<'e, T, B: Behaviours<T>, H: RunHooks<T>> Trial<'e, T, B, H> {
    /// The behaviour of the variant `candidate`.
    #[inline]
    pub fn try_<F: FnOnce() -> T>(self, behaviour: F) -> Trial<'e, T, Then<B, F>, H> {
        self.variant(Variant::candidate(), behaviour)
    }

    /// The behaviour of the variant `candidate`; the same as [`try_`](Self::try_).
    #[inline]
    pub fn candidate<F: FnOnce() -> T>(self, behaviour: F) -> Trial<'e, T, Then<B, F>, H> {
        self.try_(behaviour)
    }

    /// The behaviour of the variant `name`.
    #[inline]
    pub fn variant<F: FnOnce() -> T>(
        self,
        name: impl Into<Variant>,
        behaviour: F,
    ) -> Trial<'e, T, Then<B, F>, H> {
        Trial {
            experiment: self.experiment,
            behaviours: Then {
                before: self.behaviours,
                variant: name.into(),
                behaviour,
            },
            hooks: self.hooks,
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
    ) -> Trial<'e, T, Many<B, F>, H> {
        Trial {
            experiment: self.experiment,
            behaviours: Many {
                before: self.behaviours,
                behaviours: behaviours
                    .into_iter()
                    .map(|(name, behaviour)| (name.into(), behaviour))
                    .collect(),
            },
            hooks: self.hooks,
            result: PhantomData,
        }
    }

    /// Calls `hook` before the behaviour, for units that take part.
    pub fn before<F: FnOnce(&Experiment<'_>)>(self, hook: F) -> Trial<'e, T, B, Before<H, F>> {
        self.hooked(|around| Before { around, hook })
    }

    /// Calls `hook` in place of the behaviour, which it runs with [`Next::run`], for units that take
    /// part. Of several, the first is the outermost.
    ///
    /// ```
    /// use variate::{context, experiment};
    ///
    /// let exp = experiment("pill", context! { user_id: 42 });
    /// let pill = exp
    ///     .use_(|| "grey".to_owned())
    ///     .try_(|| "red".to_owned())
    ///     .around(|next| format!("a {} pill", next.run()))
    ///     .run();
    /// assert!(pill == "a grey pill" || pill == "a red pill");
    /// ```
    ///
    /// What it returns is the result of the run. Its panics are those of the behaviour.
    pub fn around<F: FnOnce(Next<'_, T>) -> T>(self, hook: F) -> Trial<'e, T, B, Around<H, F>> {
        self.hooked(|around| Around { around, hook })
    }

    /// Calls `hook` with the result of the behaviour, for units that take part.
    ///
    /// ```
    /// use variate::{context, experiment};
    ///
    /// let exp = experiment("search", context! { user_id: 42 });
    /// exp.use_(|| vec![1, 2])
    ///     .try_(|| vec![2, 1])
    ///     .after(|found| exp.track(variate::Action::new("found").value(found.len() as f64)))
    ///     .run();
    /// ```
    pub fn after<F: FnOnce(&T)>(self, hook: F) -> Trial<'e, T, B, After<H, F>> {
        self.hooked(|around| After { around, hook })
    }

    fn hooked<H2>(self, hook: impl FnOnce(H) -> H2) -> Trial<'e, T, B, H2> {
        Trial {
            experiment: self.experiment,
            behaviours: self.behaviours,
            hooks: hook(self.hooks),
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
        let experiment = self.experiment;
        let (decision, exposure) = match experiment.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => self.settle(),
        };
        let is_surrounded = experiment.config().surrounds_runs();
        let variant = if is_surrounded {
            experiment.admitted(decision)
        } else {
            decision.assignment().variant()
        };
        let position = self.position(decision, exposure, variant);
        let surroundings = is_surrounded.then(|| experiment.surroundings());
        let value = if H::ARE_SOME && experiment.is_hooked() {
            let (hooks, behaviours) = (self.hooks, self.behaviours);
            hooks.surround(experiment, || behaviours.run(position))
        } else {
            self.behaviours.run(position)
        };
        if let Some(surroundings) = surroundings {
            surroundings.returned();
        }
        value
    }

    /// The place of the behaviour that is to run, once the exposure is tracked.
    #[inline(always)]
    fn position(&self, decision: &Decision, exposure: Exposure, variant: &Variant) -> usize {
        match self.behaviours.position(variant.as_str()) {
            Some(position) => {
                self.experiment.expose_once(decision, exposure);
                position
            }
            None => {
                self.experiment.tell_missing(decision);
                let control = self.behaviours.position(Variant::CONTROL);
                control.unwrap_or(0)
            }
        }
    }

    /// Experiment and behaviours, for those who run more than one.
    #[cfg(feature = "shadow")]
    pub(crate) fn into_parts(self) -> (&'e Experiment<'e>, B) {
        (self.experiment, self.behaviours)
    }

    #[inline(never)]
    fn settle(&self) -> (&'e Decision, Exposure) {
        let mut list = VariantList::new();
        self.behaviours
            .each(&mut |variant| list.add(variant, Some(self.experiment)));
        self.experiment.settle_exposed(list.as_slice())
    }
}

impl<T: Future, B: Behaviours<T>> Trial<'_, T, B> {
    /// Runs behaviours that give futures, and awaits the one that ran: as [`run`](Self::run) does
    /// and `.await`, but the hooks and the [`Nesting`](crate::Nesting) of the configuration last until the future's end.
    ///
    /// ```
    /// use std::future::ready;
    /// use variate::{context, experiment};
    ///
    /// # pollster::block_on(async {
    /// let exp = experiment("search", context! { user_id: 42 });
    /// let found = exp.use_(|| ready(vec![1, 2])).try_(|| ready(vec![2, 1])).run_async().await;
    /// assert_eq!(found.len(), 2);
    /// # });
    /// ```
    ///
    /// Futures of different types go into a `Box::pin(..) as Pin<Box<dyn Future<Output = _>>>`;
    /// [`Experiment::assign`] and a `match` need no box.
    pub async fn run_async(self) -> T::Output {
        let experiment = self.experiment;
        let (decision, exposure) = match experiment.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => self.settle(),
        };
        let variant = experiment.admitted(decision);
        let position = self.position(decision, exposure, variant);
        let behaviours = self.behaviours;
        experiment
            .surrounded(async move { behaviours.run(position).await })
            .await
    }
}

impl<T, B: Behaviours<T>, H> fmt::Debug for Trial<'_, T, B, H> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut variants = Vec::new();
        self.behaviours.each(&mut |variant| variants.push(variant));
        out.debug_struct("Trial")
            .field("experiment", self.experiment)
            .field("variants", &variants)
            .finish()
    }
}
