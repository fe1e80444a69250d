//! The arms of a component: a list of types, the control at its end.

use std::fmt;
use std::sync::Arc;

/// Something that an arm, or a list of arms, lies in.
pub trait Hold {
    /// What lies in it.
    type Arm: ?Sized;

    /// The arm.
    fn hold(&self) -> &Self::Arm;
}

/// A place whose arm can be changed.
pub trait HoldMut: Hold {
    /// The arm.
    fn hold_mut(&mut self) -> &mut Self::Arm;
}

/// A place that an arm can be taken out of.
pub trait HoldOwned: Hold<Arm: Sized> {
    /// The arm.
    fn unhold(self) -> Self::Arm;
}

/// A place that an arm can be taken out of in a box.
pub trait HoldBoxed: Hold {
    /// The arm.
    fn unhold_boxed(self) -> Box<Self::Arm>;
}

/// An arm by value.
#[derive(Debug, Clone)]
pub struct Owned<T>(pub T);

/// An arm in a box, often of an unknown type.
#[derive(Debug, Clone)]
pub struct Boxed<T: ?Sized>(pub Box<T>);

/// An arm that others use as well.
#[derive(Debug)]
pub struct Shared<T: ?Sized>(pub Arc<T>);

/// Arms of somebody else's.
#[derive(Debug)]
pub struct Lent<'l, T: ?Sized>(pub &'l T);

/// An arm that is made for each call.
#[derive(Clone)]
pub struct Made<F>(pub F);

macro_rules! hold {
    ($({$($generics:tt)*} $place:ty => $arm:ty, $this:ident: $expr:expr;)*) => {$(
        impl<$($generics)*> Hold for $place {
            type Arm = $arm;

            #[inline(always)]
            fn hold(&self) -> &$arm {
                let $this = self;
                $expr
            }
        }
    )*};
}
hold! {
    {T} Owned<T> => T, this: &this.0;
    {T: ?Sized} Boxed<T> => T, this: &*this.0;
    {T: ?Sized} Shared<T> => T, this: &*this.0;
    {'l, T: ?Sized} Lent<'l, T> => T, this: this.0;
}

impl<T> HoldMut for Owned<T> {
    #[inline(always)]
    fn hold_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized> HoldMut for Boxed<T> {
    #[inline(always)]
    fn hold_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> HoldOwned for Owned<T> {
    #[inline(always)]
    fn unhold(self) -> T {
        self.0
    }
}

impl<T> HoldBoxed for Owned<T> {
    #[inline(always)]
    fn unhold_boxed(self) -> Box<T> {
        Box::new(self.0)
    }
}

impl<T: ?Sized> HoldBoxed for Boxed<T> {
    #[inline(always)]
    fn unhold_boxed(self) -> Box<T> {
        self.0
    }
}

impl<F> fmt::Debug for Made<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Made")
    }
}

/// The control, where the list of arms ends.
#[derive(Debug, Clone)]
pub struct Last<P> {
    /// Where it lies.
    pub place: P,
}

/// An arm, before those that were given earlier.
#[derive(Debug, Clone)]
pub struct Cons<P, L> {
    /// Where it lies.
    pub place: P,
    /// The arms that were given earlier.
    pub earlier: L,
}

/// Arms with a control among them.
#[diagnostic::on_unimplemented(
    message = "a component needs a control",
    label = "there are no arms yet",
    note = "begin with `.control(\"..\", ..)`"
)]
pub trait ArmList {
    /// How many there are.
    const LEN: usize;
}

impl<P> ArmList for Last<P> {
    const LEN: usize = 1;
}

impl<P, L: ArmList> ArmList for Cons<P, L> {
    const LEN: usize = L::LEN + 1;
}
