use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use super::{Call, Outcome, Series};
use crate::Key;

/// One thing that was measured of one call.
///
/// A record is a view: what a recorder does not ask for is not computed.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    call: &'r Call<'r>,
    outcome: &'r Outcome<'r>,
    time: &'r OnceCell<SystemTime>,
    metric: &'static str,
    value: Option<f64>,
    unit: UnitOfMeasure,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnitOfMeasure {
    /// Time.
    Nanoseconds,
    /// Memory.
    Bytes,
    /// How often, or how many.
    Count,
    /// Anything else, or nothing at all: the empty text.
    Other(&'static str),
}

/// Takes records: to a file, a histogram, a tracker. A closure over `&Record` is one.
///
/// It is called at the end of each call, on the caller's thread: it must not block. A recorder that
/// panics breaks no call; it is counted.
pub trait Recorder: Send + Sync {
    /// Takes one record.
    fn record(&self, record: &Record<'_>);

    /// Whether it looks at keys, so that it is worth making one. Asked once, when the component is built.
    fn wants_key(&self) -> bool {
        true
    }

    /// What two of it have in common that count into the same place.
    #[doc(hidden)]
    fn identity(&self) -> Option<usize> {
        None
    }

    /// How many records it was given so far and could not keep: for want of room, or since they could not be written.
    fn dropped(&self) -> u64 {
        0
    }

    /// Waits until all records taken so far are where they should be, `timeout` at the longest;
    /// answers whether they are: not if one was dropped since the last time.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
    }
}

impl<F: Fn(&Record<'_>) + Send + Sync> Recorder for F {
    #[inline]
    fn record(&self, record: &Record<'_>) {
        self(record);
    }
}

/// Where a [`Collector`](super::Collector) says what it measured of a call: each becomes a [`Record`].
#[derive(Debug)]
pub struct Readings<'r> {
    call: &'r Call<'r>,
    outcome: &'r Outcome<'r>,
    sink: &'r dyn Sink,
    time: OnceCell<SystemTime>,
}

/// Who takes a call's records.
pub(super) trait Sink: std::fmt::Debug {
    fn take(&self, record: &Record<'_>);
}

impl<'r> Readings<'r> {
    pub(super) const fn new(
        call: &'r Call<'r>,
        outcome: &'r Outcome<'r>,
        sink: &'r dyn Sink,
    ) -> Self {
        Self {
            call,
            outcome,
            sink,
            time: OnceCell::new(),
        }
    }

    /// What was measured.
    #[inline]
    pub fn add(&mut self, metric: &'static str, value: f64, unit: UnitOfMeasure) {
        self.take(metric, Some(value), unit);
    }

    /// What cannot be measured here: not the same as zero.
    pub fn unavailable(&mut self, metric: &'static str, unit: UnitOfMeasure) {
        self.take(metric, None, unit);
    }

    #[inline]
    fn take(&self, metric: &'static str, value: Option<f64>, unit: UnitOfMeasure) {
        self.sink.take(&Record {
            call: self.call,
            outcome: self.outcome,
            time: &self.time,
            metric,
            value,
            unit,
        });
    }
}

impl<'r> Record<'r> {
    /// When it was recorded.
    pub fn time(&self) -> SystemTime {
        *self.time.get_or_init(SystemTime::now)
    }

    /// The call it is about.
    pub const fn call(&self) -> &'r Call<'r> {
        self.call
    }

    /// The experiment's name.
    pub const fn experiment(&self) -> &'r str {
        self.call.experiment
    }

    /// The arm's name.
    pub const fn arm(&self) -> &'r str {
        self.call.arm
    }

    /// The name of the arm that was selected, which is not always the one that ran: [`Call::selected_arm`].
    pub const fn selected_arm(&self) -> &'r str {
        self.call.selected.name
    }

    /// The method's name.
    pub const fn method(&self) -> &'static str {
        self.call.method
    }

    /// Component, arm and method as numbers.
    pub const fn series(&self) -> Series {
        self.call.series
    }

    /// What was measured.
    pub const fn metric(&self) -> &'static str {
        self.metric
    }

    /// The value; `None` where it cannot be measured.
    pub const fn value(&self) -> Option<f64> {
        self.value
    }

    /// What the value counts.
    pub const fn unit_of_measure(&self) -> UnitOfMeasure {
        self.unit
    }

    /// How the call ended.
    pub const fn outcome(&self) -> &'r Outcome<'r> {
        self.outcome
    }

    /// The key of the unit that the call was for, if it is known: a digest.
    pub const fn key(&self) -> Option<&'r Key> {
        self.call.key
    }

    /// Why the arm ran.
    pub const fn reason(&self) -> &'static str {
        self.call.reason
    }
}

impl UnitOfMeasure {
    /// How it is written: `ns`, `bytes`, `count`, or what it is called otherwise.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "bytes",
            Self::Count => "count",
            Self::Other(name) => name,
        }
    }
}
