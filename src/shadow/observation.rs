use std::any::TypeId;
use std::fmt;
use std::time::Duration;

use crate::{Value, Variant};

/// What became of one behaviour of a shadow run.
pub struct Observation<T> {
    pub(super) variant: Variant,
    pub(super) outcome: Outcome<T>,
    pub(super) wall: Duration,
    pub(super) cpu: Option<Duration>,
    pub(super) verdict: Option<Verdict>,
    pub(super) cleaned: Option<Value<'static>>,
    /// What it panicked with, where that is no text.
    pub(super) opaque: Option<TypeId>,
}

/// How a behaviour ended.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// It returned a value.
    Returned(T),
    /// It panicked, with this message.
    Panicked(String),
    /// It was still running when its time was up, and was dropped.
    TimedOut,
    /// It never began: the time was up, or the control panicked first.
    Skipped,
}

/// What comparing a candidate with the control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Equal values, or panics with one message; where they have no text, with payloads of one type.
    Matched,
    /// Anything else, and a comparison that panicked, unless a rule ignores it.
    Mismatched,
    /// Not equal, but a rule says that this does not matter. Not the same as matched.
    Ignored,
    /// There is nothing to compare: the candidate timed out or was skipped.
    Unfinished,
}

impl<T> Observation<T> {
    pub(super) const fn new(variant: Variant, outcome: Outcome<T>) -> Self {
        Self {
            variant,
            outcome,
            wall: Duration::ZERO,
            cpu: None,
            verdict: None,
            cleaned: None,
            opaque: None,
        }
    }

    /// The variant.
    pub const fn variant(&self) -> &Variant {
        &self.variant
    }

    /// How the behaviour ended.
    pub const fn outcome(&self) -> &Outcome<T> {
        &self.outcome
    }

    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match &self.outcome {
            Outcome::Returned(value) => Some(value),
            _ => None,
        }
    }

    /// The message of the panic, if there was one.
    pub fn panic(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Panicked(message) => Some(message),
            _ => None,
        }
    }

    /// From its begin to its end, as a clock on the wall shows it; what the others of an
    /// asynchronous run do meanwhile is included.
    pub const fn wall(&self) -> Duration {
        self.wall
    }

    /// The time that the processor spent on it, on its thread; `None` where that is not known.
    pub const fn cpu(&self) -> Option<Duration> {
        self.cpu
    }

    /// What the comparison says; `None` for the control.
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// What [`clean`](super::Shadow::clean) made of the value: of the control's and the
    /// candidate's where they mismatched.
    pub const fn cleaned(&self) -> Option<&Value<'static>> {
        self.cleaned.as_ref()
    }
}

impl<T> Outcome<T> {
    /// One lower-case word for each kind: what events carry.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Returned(_) => "returned",
            Self::Panicked(_) => "panicked",
            Self::TimedOut => "timed_out",
            Self::Skipped => "skipped",
        }
    }
}

impl Verdict {
    /// One lower-case word for each kind: what events carry.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Mismatched => "mismatched",
            Self::Ignored => "ignored",
            Self::Unfinished => "unfinished",
        }
    }
}

// By hand, for values that have no `Debug` themselves.
impl<T> fmt::Debug for Outcome<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(message) => write!(out, "panicked: {message:?}"),
            other => out.write_str(other.code()),
        }
    }
}

impl<T> fmt::Debug for Observation<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Observation")
            .field("variant", &self.variant)
            .field("outcome", &self.outcome)
            .field("wall", &self.wall)
            .field("cpu", &self.cpu)
            .field("verdict", &self.verdict)
            .field("cleaned", &self.cleaned)
            .finish_non_exhaustive()
    }
}
