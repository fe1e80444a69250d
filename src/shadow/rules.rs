//! How a shadow run judges and what it calls, as a list of types: closures keep what they borrow,
//! and whether they may go to another thread.

use std::fmt::Display;

use super::ShadowResult;
use crate::Value;
use crate::contain::contain;

/// Comparison, rules and hooks of a shadow run. What it is made of, code has no need to name.
#[derive(Debug)]
pub struct Rules<C = Equality, I = (), K = (), P = (), A = ()> {
    pub(super) comparison: C,
    pub(super) ignored: I,
    pub(super) cleaner: K,
    pub(super) before: P,
    pub(super) after: A,
}

impl Rules {
    pub(super) const fn new() -> Self {
        Self {
            comparison: Equality,
            ignored: (),
            cleaner: (),
            before: (),
            after: (),
        }
    }
}

/// What a run asks of its [`Rules`]. Not for implementing elsewhere.
#[doc(hidden)]
pub trait Judge<T>: sealed::Sealed {
    fn equal(&self, control: &T, candidate: &T) -> bool;
    fn ignores(&self, control: &T, candidate: &T, failed: &mut dyn FnMut()) -> bool;
    fn clean(&self, value: &T) -> Option<Value<'static>>;
    fn before(&mut self, failed: &mut dyn FnMut());
    fn after(&mut self, result: &ShadowResult<'_, T>, failed: &mut dyn FnMut());
}

mod sealed {
    pub trait Sealed {}
    impl<C, I, K, P, A> Sealed for super::Rules<C, I, K, P, A> {}
}

impl<T, C, I, K, P, A> Judge<T> for Rules<C, I, K, P, A>
where
    C: Comparison<T>,
    I: Ignored<T>,
    K: Cleaner<T>,
    P: Before,
    A: After<T>,
{
    fn equal(&self, control: &T, candidate: &T) -> bool {
        self.comparison.equal(control, candidate)
    }

    fn ignores(&self, control: &T, candidate: &T, failed: &mut dyn FnMut()) -> bool {
        self.ignored.ignores(control, candidate, failed)
    }

    fn clean(&self, value: &T) -> Option<Value<'static>> {
        self.cleaner.clean(value)
    }

    fn before(&mut self, failed: &mut dyn FnMut()) {
        self.before.call(failed);
    }

    fn after(&mut self, result: &ShadowResult<'_, T>, failed: &mut dyn FnMut()) {
        self.after.call(result, failed);
    }
}

/// Whether the values of control and candidate are equal.
#[diagnostic::on_unimplemented(
    message = "a shadow run cannot compare values of type `{T}`",
    label = "implement `PartialEq`, or say how to compare with `.compare(|control, candidate| ..)`"
)]
#[doc(hidden)]
pub trait Comparison<T> {
    fn equal(&self, control: &T, candidate: &T) -> bool;
}

/// Compares with `==`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Equality;

// So that the compiler says what stands at `Comparison`, and not only that `PartialEq` is missing.
#[diagnostic::do_not_recommend]
impl<T: PartialEq> Comparison<T> for Equality {
    fn equal(&self, control: &T, candidate: &T) -> bool {
        control == candidate
    }
}

/// Compares the texts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Text;

impl<T: Display> Comparison<T> for Text {
    fn equal(&self, control: &T, candidate: &T) -> bool {
        control.to_string() == candidate.to_string()
    }
}

/// Compares by a closure.
#[derive(Debug)]
pub struct By<F>(pub(super) F);

impl<T, F: Fn(&T, &T) -> bool> Comparison<T> for By<F> {
    fn equal(&self, control: &T, candidate: &T) -> bool {
        (self.0)(control, candidate)
    }
}

/// Compares values with values and errors with errors.
#[derive(Debug)]
pub struct Results<C, D> {
    pub(super) values: C,
    pub(super) errors: D,
}

impl<V, E, C: Comparison<V>, D: Comparison<E>> Comparison<Result<V, E>> for Results<C, D> {
    fn equal(&self, control: &Result<V, E>, candidate: &Result<V, E>) -> bool {
        match (control, candidate) {
            (Ok(control), Ok(candidate)) => self.values.equal(control, candidate),
            (Err(control), Err(candidate)) => self.errors.equal(control, candidate),
            _ => false,
        }
    }
}

/// Which mismatches do not matter; each rule is told of on its own where it panics.
#[doc(hidden)]
pub trait Ignored<T> {
    fn ignores(&self, control: &T, candidate: &T, failed: &mut dyn FnMut()) -> bool;
}

impl<T> Ignored<T> for () {
    fn ignores(&self, _: &T, _: &T, _: &mut dyn FnMut()) -> bool {
        false
    }
}

impl<T, I: Ignored<T>, F: Fn(&T, &T) -> bool> Ignored<T> for (I, F) {
    fn ignores(&self, control: &T, candidate: &T, failed: &mut dyn FnMut()) -> bool {
        self.0.ignores(control, candidate, failed)
            || contain(|| (self.1)(control, candidate)).unwrap_or_else(|| {
                failed();
                false
            })
    }
}

/// What of a value is published.
#[doc(hidden)]
pub trait Cleaner<T> {
    fn clean(&self, value: &T) -> Option<Value<'static>>;
}

impl<T> Cleaner<T> for () {
    fn clean(&self, _: &T) -> Option<Value<'static>> {
        None
    }
}

impl<T, V: Into<Value<'static>>, F: Fn(&T) -> V> Cleaner<T> for By<F> {
    fn clean(&self, value: &T) -> Option<Value<'static>> {
        Some((self.0)(value).into())
    }
}

/// What is called before the behaviours run; each is told of on its own where it panics.
#[doc(hidden)]
pub trait Before {
    fn call(&mut self, failed: &mut dyn FnMut());
}

impl Before for () {
    fn call(&mut self, _: &mut dyn FnMut()) {}
}

impl<P: Before, F: FnOnce()> Before for (P, Option<F>) {
    fn call(&mut self, failed: &mut dyn FnMut()) {
        self.0.call(failed);
        if let Some(before) = self.1.take()
            && contain(before).is_none()
        {
            failed();
        }
    }
}

/// What is called with the result; each is told of on its own where it panics.
#[doc(hidden)]
pub trait After<T> {
    fn call(&mut self, result: &ShadowResult<'_, T>, failed: &mut dyn FnMut());
}

impl<T> After<T> for () {
    fn call(&mut self, _: &ShadowResult<'_, T>, _: &mut dyn FnMut()) {}
}

impl<T, A: After<T>, F: FnOnce(&ShadowResult<'_, T>)> After<T> for (A, Option<F>) {
    fn call(&mut self, result: &ShadowResult<'_, T>, failed: &mut dyn FnMut()) {
        self.0.call(result, failed);
        if let Some(after) = self.1.take()
            && contain(|| after(result)).is_none()
        {
            failed();
        }
    }
}
