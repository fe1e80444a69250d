use std::fmt;
use std::sync::Arc;

use super::arms::{Lent, Owned};
use super::selector::Bound;
use super::shared::Shared;
use super::switches::Switches;
use crate::ContextRef;

/// What the type that `#[component]` makes consists of.
pub struct Proxy<A, S, C> {
    /// Where the arms lie.
    pub arms: A,
    /// Who says which arm a call goes to.
    pub selector: S,
    /// What is around each call.
    pub collectors: C,
    /// What all its uses have in common.
    pub shared: Arc<Shared>,
}

impl<A, S, C> Proxy<A, S, C> {
    /// What can be switched.
    pub fn switches(&self) -> Switches {
        Switches {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<A, S, C> Proxy<Owned<A>, S, C> {
    /// The same for one unit.
    pub fn bind<'c>(
        &'c self,
        context: impl Into<ContextRef<'c>>,
    ) -> Proxy<Lent<'c, A>, Bound<'c, &'c S>, &'c C> {
        Proxy {
            arms: Lent(&self.arms.0),
            selector: Bound::new(&self.selector, context.into().into_context()),
            collectors: &self.collectors,
            shared: Arc::clone(&self.shared),
        }
    }

    /// The same for one unit, for good.
    pub fn into_bound(
        self,
        context: impl Into<ContextRef<'static>>,
    ) -> Proxy<Owned<A>, Bound<'static, S>, C> {
        Proxy {
            arms: self.arms,
            selector: Bound::new(self.selector, context.into().into_context()),
            collectors: self.collectors,
            shared: self.shared,
        }
    }
}

impl<A, S, C> fmt::Debug for Proxy<A, S, C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(out)
    }
}
