use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::arms::{ArmList, Boxed, Cons, Last, Made, Owned, Shared as SharedArm};
use super::breaker::Breaker;
use super::checks::{check_records, is_name};
use super::collectors::{Collectors, With};
use super::family::{Family, Takes, TakesBoxed, TakesMade, TakesShared};
use super::proxy::Proxy;
use super::shared::{Design, Method, Shared};
use super::timer::{ThreadTimer, Timer};
use super::{BuildError, CircuitBreaker, Collector, KeyUse, Random, Recorder, Selector};

/// Builds a component: what `PlaceOrderExperiment::builder(..)` returns for a trait `PlaceOrder`.
///
/// The type parameters are the component, its arms, its selector and its collectors. Code rarely
/// has to name them.
#[must_use]
pub struct Builder<T: Family, A, S, C> {
    plan: Plan,
    arguments: Option<Arc<T::Arguments>>,
    arms: A,
    selector: S,
    collectors: C,
    family: PhantomData<fn() -> T>,
}

/// What does not depend on the types, and is compiled once for all components.
struct Plan {
    name: String,
    names: Vec<String>,
    weights: Option<Vec<u32>>,
    recorders: Vec<Box<dyn Recorder>>,
    breaker: Option<CircuitBreaker>,
    timer: Box<dyn Timer>,
    per_object: bool,
}

impl<T: Family> Builder<T, (), Random, ()> {
    /// A component's builder, for an experiment of this name.
    #[doc(hidden)]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            plan: Plan {
                name: name.into(),
                names: Vec::new(),
                weights: None,
                recorders: Vec::new(),
                breaker: None,
                timer: Box::new(ThreadTimer),
                per_object: false,
            },
            arguments: None,
            arms: (),
            selector: Random::new(),
            collectors: (),
            family: PhantomData,
        }
    }
}

impl<T: Family, S, C> Builder<T, (), S, C> {
    /// The control: what everything falls back to.
    pub fn control<X>(self, name: impl Into<String>, arm: X) -> Builder<T, Last<Owned<X>>, S, C>
    where
        T: Takes<X, ()>,
    {
        self.with_arm(name, |()| Last { place: Owned(arm) })
    }

    /// A control in a box, whose type may be unknown.
    pub fn control_boxed<X: ?Sized>(
        self,
        name: impl Into<String>,
        arm: Box<X>,
    ) -> Builder<T, Last<Boxed<X>>, S, C>
    where
        T: TakesBoxed<X, ()>,
    {
        self.with_arm(name, |()| Last { place: Boxed(arm) })
    }

    /// A control that others use as well, whose type may be unknown.
    pub fn control_shared<X: ?Sized>(
        self,
        name: impl Into<String>,
        arm: Arc<X>,
    ) -> Builder<T, Last<SharedArm<X>>, S, C>
    where
        T: TakesShared<X, ()>,
    {
        self.with_arm(name, |()| Last {
            place: SharedArm(arm),
        })
    }

    /// A control that `make` makes for each call.
    pub fn control_with<F>(
        self,
        name: impl Into<String>,
        make: F,
    ) -> Builder<T, Last<Owned<Made<F>>>, S, C>
    where
        T: TakesMade<F, ()>,
    {
        self.with_arm(name, |()| Last {
            place: Owned(Made(make)),
        })
    }
}

impl<T: Family, A: ArmList, S, C> Builder<T, A, S, C> {
    /// One more arm.
    pub fn arm<X>(self, name: impl Into<String>, arm: X) -> Builder<T, Cons<Owned<X>, A>, S, C>
    where
        T: Takes<X, (A,)>,
    {
        self.with_arm(name, |earlier| Cons {
            place: Owned(arm),
            earlier,
        })
    }

    /// An arm in a box, whose type may be unknown.
    pub fn arm_boxed<X: ?Sized>(
        self,
        name: impl Into<String>,
        arm: Box<X>,
    ) -> Builder<T, Cons<Boxed<X>, A>, S, C>
    where
        T: TakesBoxed<X, (A,)>,
    {
        self.with_arm(name, |earlier| Cons {
            place: Boxed(arm),
            earlier,
        })
    }

    /// An arm that others use as well, whose type may be unknown.
    pub fn arm_shared<X: ?Sized>(
        self,
        name: impl Into<String>,
        arm: Arc<X>,
    ) -> Builder<T, Cons<SharedArm<X>, A>, S, C>
    where
        T: TakesShared<X, (A,)>,
    {
        self.with_arm(name, |earlier| Cons {
            place: SharedArm(arm),
            earlier,
        })
    }

    /// An arm that `make` makes for each call.
    pub fn arm_with<F>(
        self,
        name: impl Into<String>,
        make: F,
    ) -> Builder<T, Cons<Owned<Made<F>>, A>, S, C>
    where
        T: TakesMade<F, (A,)>,
    {
        self.with_arm(name, |earlier| Cons {
            place: Owned(Made(make)),
            earlier,
        })
    }
}

impl<T: Family, A, S, C> Builder<T, A, S, C> {
    /// How likely each arm is, the control's first; all alike unless set.
    ///
    /// [`Random`] and [`Sticky`](super::Sticky) go by them. [`Assigned`](super::Assigned) goes by
    /// the experiment's own, and [`RoundRobin`](super::RoundRobin) by none.
    pub fn weights(mut self, weights: impl IntoIterator<Item = u32>) -> Self {
        self.plan.weights = Some(weights.into_iter().collect());
        self
    }

    /// Who says which arm a call goes to; [`Random`] unless set.
    pub fn selector<S2: Selector>(self, selector: S2) -> Builder<T, A, S2, C> {
        self.map(|arms, _, collectors| (arms, selector, collectors))
    }

    /// Rules over what calls were given, one for each method: asked before the selector, at each call of a bound component
    /// too.
    pub fn by_arguments(mut self, rules: T::Arguments) -> Self {
        self.arguments = Some(Arc::new(rules));
        self
    }

    /// A collector around each call, within those of its phase that were given before.
    pub fn collect<C2: Collector>(self, collector: C2) -> Builder<T, A, S, With<C, C2>> {
        self.map(|arms, selector, earlier| (arms, selector, With { earlier, collector }))
    }

    /// Where records go. There may be several.
    pub fn recorder(mut self, recorder: impl Recorder + 'static) -> Self {
        self.plan.recorders.push(Box::new(recorder));
        self
    }

    /// Leaves arms out that fail too often, each by itself. The control is never left out.
    pub fn breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.plan.breaker = Some(breaker);
        self
    }

    /// What makes timeouts end; a thread of the process's own unless set.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.plan.timer = Box::new(timer);
        self
    }

    /// Says that the component is used through `bind`, so that its methods need no `#[key]`.
    pub fn per_object(mut self) -> Self {
        self.plan.per_object = true;
        self
    }

    /// The component.
    ///
    /// # Errors
    ///
    /// When a name is unusable or comes twice, when weights do not fit the arms or the selector, when the
    /// selector names an arm that there is not or needs a key that a method does not have, when a breaker
    /// cannot work, when calls would count twice, or a recorder would get nothing: see [`BuildError`].
    pub fn build(mut self) -> Result<T::Proxy<Owned<A>, S, C>, BuildError>
    where
        A: ArmList,
        S: Selector,
        C: Collectors,
    {
        let names: Vec<&str> = self.plan.names.iter().map(String::as_str).collect();
        self.plan.check_names()?;
        self.selector.prepare(&self.plan.name, &names)?;
        if self.plan.weights.is_some() && !self.selector.goes_by_weights() {
            return Err(BuildError::UnusedWeights);
        }
        check_records(&self.plan.recorders, T::METHODS, &mut |each| {
            self.collectors.describe(each);
        })?;
        let wants_key = self.collectors.want_key();
        let shared = self
            .plan
            .build(self.selector.key_use(), T::METHODS, wants_key)?;
        Ok(T::assemble(
            Proxy {
                arms: Owned(self.arms),
                selector: self.selector,
                collectors: self.collectors,
                shared,
            },
            self.arguments,
        ))
    }

    fn with_arm<A2>(
        mut self,
        name: impl Into<String>,
        add: impl FnOnce(A) -> A2,
    ) -> Builder<T, A2, S, C> {
        self.plan.names.push(name.into());
        self.map(|arms, selector, collectors| (add(arms), selector, collectors))
    }

    fn map<A2, S2, C2>(self, map: impl FnOnce(A, S, C) -> (A2, S2, C2)) -> Builder<T, A2, S2, C2> {
        let (arms, selector, collectors) = map(self.arms, self.selector, self.collectors);
        Builder {
            plan: self.plan,
            arguments: self.arguments,
            arms,
            selector,
            collectors,
            family: PhantomData,
        }
    }
}

impl<T: Family, A, S, C> fmt::Debug for Builder<T, A, S, C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Builder")
            .field("name", &self.plan.name)
            .field("arms", &self.plan.names)
            .field("weights", &self.plan.weights)
            .finish_non_exhaustive()
    }
}

impl Plan {
    fn build(
        self,
        key_use: KeyUse,
        methods: &[Method],
        wants_key: bool,
    ) -> Result<Arc<Shared>, BuildError> {
        let weights = self.checked_weights()?;
        if let Some(breaker) = &self.breaker {
            breaker.check()?;
        }
        if key_use == KeyUse::Required
            && !self.per_object
            && let Some(method) = methods
                .iter()
                .find(|method| !method.has_key && !method.is_skipped)
        {
            return Err(BuildError::NoKey(method.name));
        }
        let breakers = std::iter::once(None).chain(std::iter::repeat(self.breaker.as_ref()));
        let arms = self.names.into_iter().zip(breakers);
        let arms = arms.map(|(name, breaker)| (name, breaker.cloned().map(Breaker::new)));
        let wants_key = wants_key || self.recorders.iter().any(|recorder| recorder.wants_key());
        Ok(Arc::new(Shared::new(Design {
            name: self.name,
            arms: arms.collect(),
            weights,
            wants_key,
            recorders: self.recorders,
            timer: self.timer,
        })))
    }

    fn check_names(&self) -> Result<(), BuildError> {
        if !is_name(&self.name) {
            return Err(BuildError::InvalidName(self.name.clone()));
        }
        if self.names.len() > usize::from(u16::MAX) {
            return Err(BuildError::TooManyArms(self.names.len()));
        }
        for (place, name) in self.names.iter().enumerate() {
            if !is_name(name) || (place > 0 && name == crate::Variant::CONTROL) {
                return Err(BuildError::InvalidArm(name.clone()));
            }
            if self.names.iter().take(place).any(|earlier| earlier == name) {
                return Err(BuildError::DuplicateArm(name.clone()));
            }
        }
        Ok(())
    }

    fn checked_weights(&self) -> Result<Vec<u32>, BuildError> {
        let Some(weights) = &self.weights else {
            return Ok(vec![1; self.names.len()]);
        };
        if weights.len() != self.names.len() {
            return Err(BuildError::WrongWeights {
                weights: weights.len(),
                arms: self.names.len(),
            });
        }
        let mut named = weights.iter().zip(&self.names);
        match named.find(|(weight, _)| **weight == 0) {
            Some((_, name)) => Err(BuildError::ZeroWeight(name.clone())),
            None => Ok(weights.clone()),
        }
    }
}
