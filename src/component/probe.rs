//! How a method's result is seen without knowing its type: the first of these traits that fits.

use std::any::type_name;
use std::fmt::{Debug, Display};

use super::{Failure, Outcome};

/// A result.
#[derive(Debug)]
pub struct Probe<'p, T: ?Sized>(pub &'p T);

/// An error that can be shown in both ways.
pub trait OfShown<'p> {
    /// How a call ended.
    fn outcome(&self) -> Outcome<'p>;
}

/// An error that can be shown for debugging.
pub trait OfDebugged<'p> {
    /// How a call ended.
    fn outcome(&self) -> Outcome<'p>;
}

/// An error that cannot be shown.
pub trait OfBare<'p> {
    /// How a call ended.
    fn outcome(&self) -> Outcome<'p>;
}

/// Anything that is no `Result`.
pub trait OfAny<'p> {
    /// How a call ended.
    fn outcome(&self) -> Outcome<'p>;
}

impl<'p, T, E: Debug + Display> OfShown<'p> for &&&Probe<'p, Result<T, E>> {
    #[inline]
    fn outcome(&self) -> Outcome<'p> {
        match self.0 {
            Ok(_) => Outcome::Ok,
            Err(error) => Outcome::Error(Failure {
                type_name: type_name::<E>(),
                is_refused: false,
                debug: Some(error),
                display: Some(error),
            }),
        }
    }
}

impl<'p, T, E: Debug> OfDebugged<'p> for &&Probe<'p, Result<T, E>> {
    #[inline]
    fn outcome(&self) -> Outcome<'p> {
        match self.0 {
            Ok(_) => Outcome::Ok,
            Err(error) => Outcome::Error(Failure {
                type_name: type_name::<E>(),
                is_refused: false,
                debug: Some(error),
                display: None,
            }),
        }
    }
}

impl<'p, T, E> OfBare<'p> for &Probe<'p, Result<T, E>> {
    #[inline]
    fn outcome(&self) -> Outcome<'p> {
        match self.0 {
            Ok(_) => Outcome::Ok,
            Err(_) => Outcome::Error(Failure {
                type_name: type_name::<E>(),
                is_refused: false,
                debug: None,
                display: None,
            }),
        }
    }
}

impl<'p, T: ?Sized> OfAny<'p> for Probe<'p, T> {
    #[inline]
    fn outcome(&self) -> Outcome<'p> {
        Outcome::Ok
    }
}

/// What a result that a rule of the host's refuses is, where it is `otherwise` without the rule.
#[cold]
pub(super) fn refused<'o, T>(_: &T, otherwise: Outcome<'o>) -> Outcome<'o> {
    match otherwise {
        Outcome::Ok => Outcome::Error(Failure {
            type_name: type_name::<T>(),
            is_refused: true,
            debug: None,
            display: None,
        }),
        // An error has its own name.
        error => error,
    }
}
