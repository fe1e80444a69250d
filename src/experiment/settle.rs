use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::Experiment;
use crate::contain::contain;
use crate::decision;
use crate::diagnostics::tell;
use crate::variant::CONTROL;
use crate::variant_list::VariantList;
use crate::{Assignment, Key, Reason, Signature, Variant, Variants, published};

/// The key and the assignment, settled together at the first use.
pub(crate) struct Decision {
    pub(super) key: Key,
    assignment: Assignment,
    exposure: AtomicU8,
}

/// What can be said before anybody says what the variants are.
#[derive(Clone)]
pub(super) struct Early {
    pub(super) key: Key,
    /// The decision among control and candidate.
    assumed: OnceLock<Decision>,
}

impl Early {
    pub(super) const fn new(key: Key) -> Self {
        Self {
            key,
            assumed: OnceLock::new(),
        }
    }
}

impl Decision {
    #[inline(always)]
    const fn new(key: Key, assignment: Assignment, exposure: u8) -> Self {
        Self {
            key,
            assignment,
            exposure: AtomicU8::new(exposure),
        }
    }

    /// The decision that a signature tells of.
    pub(super) fn restored(signature: &Signature) -> Self {
        let assignment = Assignment::new(signature.variant.clone(), Reason::Restored, 0);
        Self::new(signature.key.clone(), assignment, EXPOSED)
    }

    #[inline]
    pub(crate) const fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// What was assumed, for those who name just that, or name nothing and go by it.
    #[cold]
    fn confirmed(&self, is_named: bool, exposure: u8) -> Self {
        let mut assignment = self.assignment.clone();
        if is_named {
            assignment.reason = match assignment.reason {
                Reason::Assumed => Reason::Resolved,
                Reason::Undeclared(error) => Reason::ResolverFailed(error),
                reason => reason,
            };
        }
        Self::new(self.key.clone(), assignment, exposure)
    }

    /// Whether what ran is what was assigned.
    #[inline]
    pub(super) fn is_reliable(&self) -> bool {
        self.exposure.load(Ordering::Relaxed) != UNRELIABLE
    }
}

impl Clone for Decision {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            assignment: self.assignment.clone(),
            exposure: AtomicU8::new(self.exposure.load(Ordering::Relaxed)),
        }
    }
}

/// Remembers, if it is dropped by a panic, that the resolver panicked: a thread that waits for the
/// decision must not ask it again.
struct PanicMark<'p>(&'p AtomicBool);

impl Drop for PanicMark<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What is known of a decision's exposure without looking.
#[derive(Clone, Copy)]
pub(crate) enum Exposure {
    /// Marked as tracked by who made the decision just now, and still to be tracked.
    First,
    /// Perhaps tracked already.
    Unclear,
}

/// The exposure was not tracked yet.
const UNEXPOSED: u8 = 0;
/// It was.
const EXPOSED: u8 = 1;
/// Another variant than the assigned one ran: nothing more is tracked.
const UNRELIABLE: u8 = 2;

impl Experiment<'_> {
    /// The assignment: settled at the first use, the same ever after. Tracks nothing.
    ///
    /// A handle that does not know its variants ([`with_variants`](Self::with_variants), a
    /// [`Declaration`](crate::Declaration), or a [`Trial`](crate::Trial) that has run) assumes
    /// control and candidate, with the reason [`Assumed`](crate::Reason::Assumed). A trial that
    /// names others settles it anew.
    #[inline]
    pub fn assignment(&self) -> &Assignment {
        self.decision().assignment()
    }

    /// The assigned variant. Tracks nothing; code that is about to branch on it calls
    /// [`expose`](Self::expose).
    #[inline]
    pub fn variant(&self) -> &Variant {
        self.assignment().variant()
    }

    /// The assigned variant, for code that branches on it now: tracks the exposure, once for each handle.
    ///
    /// On a handle that does not know its variants this settles for control and candidate: a trial
    /// that names others then runs its control, and nothing more is tracked.
    #[inline]
    pub fn expose(&self) -> &Variant {
        let (decision, exposure) = match self.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => self.settle_exposed(&[]),
        };
        let variant = if self.config().surrounds_runs() {
            self.admitted(decision)
        } else {
            decision.assignment().variant()
        };
        self.expose_once(decision, exposure);
        variant
    }

    /// The assigned variant as a value of `V`, for an exhaustive `match`: tracks the exposure, once
    /// for each handle. The way to branch in async code. See [`Variants`].
    pub fn assign<V: Variants>(&self) -> V {
        let (decision, exposure) = match self.settled() {
            Some(decision) => (decision, Exposure::Unclear),
            None => {
                let variants: Vec<_> = V::NAMES.iter().map(|name| Variant::from(*name)).collect();
                let mut list = VariantList::new();
                for variant in &variants {
                    list.add(variant, Some(self));
                }
                self.settle_exposed(list.as_slice())
            }
        };
        let assigned = if self.config().surrounds_runs() {
            self.admitted(decision)
        } else {
            decision.assignment().variant()
        };
        match V::NAMES.iter().position(|name| assigned == name) {
            Some(index) => {
                self.expose_once(decision, exposure);
                V::from_index(index)
            }
            None => {
                self.tell_missing(decision);
                V::from_index(0)
            }
        }
    }

    /// The place of the assigned variant among `variants`, of which the first is the control: tracks the exposure.
    #[cfg(feature = "component")]
    pub(crate) fn assign_among(&self, variants: &[Variant]) -> usize {
        let mut list = VariantList::new();
        for variant in variants {
            list.add(variant, Some(self));
        }
        let (decision, exposure) = self.settle_exposed(list.as_slice());
        let assigned = if self.config().surrounds_runs() {
            self.admitted(decision)
        } else {
            decision.assignment().variant()
        };
        match variants.iter().position(|variant| variant == assigned) {
            Some(place) => {
                self.expose_once(decision, exposure);
                place
            }
            None => {
                self.tell_missing(decision);
                0
            }
        }
    }

    /// The decision, if it was made already.
    #[inline]
    pub(crate) fn settled(&self) -> Option<&Decision> {
        self.decision.get()
    }

    /// The decision, or what is assumed before anybody says what the variants are.
    #[inline]
    pub(super) fn decision(&self) -> &Decision {
        match self.settled() {
            Some(decision) => decision,
            None => self.decide_alone(),
        }
    }

    #[inline(never)]
    fn decide_alone(&self) -> &Decision {
        let early = self.early();
        if early.assumed.get().is_none() && decision::knows_variants(self) {
            return self.settle(&[], UNEXPOSED).0;
        }
        early.assumed.get_or_init(|| {
            let key = early.key.clone();
            let assignment = self.config().with_declared(self.name(), |declared| {
                contain(|| decision::decide(self, declared, &key, &[]))
                    .unwrap_or_else(|| decision::panicked(self, declared, &[]))
            });
            Decision::new(key, assignment, UNEXPOSED)
        })
    }

    /// Settles key and assignment, among the variants `named` where nothing else says what they
    /// are; answers also whether it did it, and not another thread.
    #[inline(never)]
    fn settle(&self, named: &[&Variant], exposure: u8) -> (&Decision, bool) {
        let mut first = false;
        // A panic leaves the lock empty, so that it can be filled with what is said of it.
        let settled = contain(|| {
            self.decision.get_or_init(|| {
                first = true;
                let early = self.early.get();
                if let Some(assumed) = early.and_then(|early| early.assumed.get())
                    && decision::confirms(named, assumed.assignment.variant())
                {
                    return assumed.confirmed(!named.is_empty(), exposure);
                }
                self.config().with_declared(self.name(), |declared| {
                    let key =
                        early.map_or_else(|| self.make_key(declared), |early| early.key.clone());
                    if self.resolver_panicked.load(Ordering::Relaxed) {
                        let assignment = decision::panicked(self, declared, named);
                        return Decision::new(key, assignment, exposure);
                    }
                    let panic = PanicMark(&self.resolver_panicked);
                    let assignment = decision::decide(self, declared, &key, named);
                    std::mem::forget(panic);
                    Decision::new(key, assignment, exposure)
                })
            })
        });
        match settled {
            Some(decision) => (decision, first),
            None => self.settle_after_panic(named, exposure),
        }
    }

    /// The resolver has left its mark if it was the one that panicked; else it was the key scheme.
    #[cold]
    fn settle_after_panic(&self, named: &[&Variant], exposure: u8) -> (&Decision, bool) {
        let mut first = false;
        let decision = self.decision.get_or_init(|| {
            first = true;
            let key = self.key().clone();
            let assignment = self.config().with_declared(self.name(), |declared| {
                let decided = if self.resolver_panicked.load(Ordering::Relaxed) {
                    None
                } else {
                    contain(|| decision::decide(self, declared, &key, named))
                };
                decided.unwrap_or_else(|| decision::panicked(self, declared, named))
            });
            Decision::new(key, assignment, exposure)
        });
        (decision, first)
    }

    /// The decision for code that is about to branch on it, with what is to be done then.
    #[inline]
    pub(crate) fn settle_exposed(&self, named: &[&Variant]) -> (&Decision, Exposure) {
        match self.settle(named, EXPOSED) {
            (decision, true) => (decision, Exposure::First),
            (decision, false) => (decision, Exposure::Unclear),
        }
    }

    /// Tracks the exposure, once for each handle.
    #[inline]
    pub(crate) fn expose_once(&self, decision: &Decision, exposure: Exposure) {
        match exposure {
            Exposure::First => {
                self.emit_exposure(decision.assignment());
            }
            Exposure::Unclear => self.expose_as(decision),
        }
    }

    #[inline]
    pub(super) fn expose_as(&self, decision: &Decision) {
        let exposure = &decision.exposure;
        if exposure.load(Ordering::Relaxed) == UNEXPOSED
            && exposure
                .compare_exchange(UNEXPOSED, EXPOSED, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            self.emit_exposure(decision.assignment());
        }
    }

    /// Another experiment's behaviour is running here, which the configuration denies: the control
    /// runs, whatever was assigned elsewhere.
    #[cold]
    pub(crate) fn deny(&self, decision: &Decision) -> &'static Variant {
        if *decision.assignment().reason() != Reason::NestingDenied {
            self.mark_unreliable(decision);
            decision::nesting_denied(self);
        }
        self.config().with_declared(self.name(), |declared| {
            let control = declared.and_then(|declared| declared.variants.first().copied());
            control.unwrap_or(&CONTROL)
        })
    }

    /// What runs is not what was assigned: nothing more can be said of this unit, here or on a page.
    fn mark_unreliable(&self, decision: &Decision) {
        decision.exposure.store(UNRELIABLE, Ordering::Relaxed);
        if published::is_open() {
            published::revoke(self.name());
        }
    }

    /// The assigned variant has no behaviour here.
    #[cold]
    pub(crate) fn tell_missing(&self, decision: &Decision) {
        self.mark_unreliable(decision);
        #[cfg(feature = "testing")]
        crate::testing::note_missing(self, decision.assignment().variant());
        tell!(
            self.teller(),
            Define,
            missing_behaviours,
            variant = decision.assignment().variant().as_str(),
            "the assigned variant has no behaviour here: the control runs and this handle tracks \
             nothing more; declare the experiment, or run it before asking for its variant",
        );
    }
}
