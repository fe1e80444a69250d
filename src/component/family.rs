use std::sync::Arc;

use super::arms::Owned;
use super::proxy::Proxy;
use super::shared::Method;

/// What `#[component]` makes of a trait, whatever its arms.
pub trait Family: Sized {
    /// The trait's methods.
    const METHODS: &'static [Method];

    /// Rules over what its methods were given.
    type Arguments;

    /// The type that implements the trait.
    type Proxy<A, S, C>;

    /// Puts it together.
    fn assemble<A, S, C>(
        proxy: Proxy<Owned<A>, S, C>,
        arguments: Option<Arc<Self::Arguments>>,
    ) -> Self::Proxy<Owned<A>, S, C>;
}

/// `X` can be an arm beside the earlier ones: `A` is `()`, or a tuple of their list.
pub trait Takes<X, A> {}

/// `X` can be an arm in a box.
#[diagnostic::on_unimplemented(
    message = "this component cannot have arms in boxes",
    note = "one of its methods takes `self` by value: give the arm itself with `.arm(..)`"
)]
pub trait TakesBoxed<X: ?Sized, A> {}

/// `X` can be an arm that others use as well.
#[diagnostic::on_unimplemented(
    message = "this component cannot have shared arms",
    note = "one of its methods takes `self` or `&mut self`: give the arm itself with `.arm(..)`"
)]
pub trait TakesShared<X: ?Sized, A> {}

/// What `F` makes can be an arm.
#[diagnostic::on_unimplemented(
    message = "this component cannot have an arm that is made for each call",
    note = "an arm that is made for one call can have no methods but those that take `&self` and return \
            nothing borrowed from it, and no associated constants or functions"
)]
pub trait TakesMade<F, A> {}
