use std::borrow::Cow;
use std::time::SystemTime;

use variate::{Action, EventRecord};

/// An event as a client tells it.
///
/// ```
/// use variate_collector::NewEvent;
///
/// let event = NewEvent::new("shop", "pill_color", "red", "bought", "order-17")
///     .of_unit("8d0f36b9")
///     .value(9.99)
///     .at(1_795_219_200_000);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewEvent<'a> {
    /// Experiments of different namespaces know nothing of each other.
    pub namespace: Cow<'a, str>,
    /// The experiment's name.
    pub experiment: Cow<'a, str>,
    /// The unit's variant.
    pub variant: Cow<'a, str>,
    /// What happened.
    pub action: Cow<'a, str>,
    /// The event's id: with namespace, experiment, action and variant it counts once.
    pub id: Cow<'a, str>,
    /// The unit of analysis, which is the experience key. A client that knows none (Gimel's, Lámed's) leaves it out: the id
    /// is the unit then, and it is not asked whether it was exposed before.
    pub unit: Option<Cow<'a, str>>,
    /// The number that goes with it.
    pub value: Option<f64>,
    /// When it happened, in milliseconds since the Unix epoch; 0 where nobody said: a [`Collector`](crate::Collector) takes its own time then.
    pub at: u64,
}

impl<'a> NewEvent<'a> {
    /// The namespace of those who name none; that of Alephbet.
    pub const DEFAULT_NAMESPACE: &'static str = "alephbet";

    /// An event without unit, value and time.
    pub fn new(
        namespace: impl Into<Cow<'a, str>>,
        experiment: impl Into<Cow<'a, str>>,
        variant: impl Into<Cow<'a, str>>,
        action: impl Into<Cow<'a, str>>,
        id: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            namespace: namespace.into(),
            experiment: experiment.into(),
            variant: variant.into(),
            action: action.into(),
            id: id.into(),
            unit: None,
            value: None,
            at: 0,
        }
    }

    /// Of this unit.
    #[must_use]
    pub fn of_unit(mut self, unit: impl Into<Cow<'a, str>>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// With this number.
    #[must_use]
    pub fn value(mut self, value: impl Into<Option<f64>>) -> Self {
        self.value = value.into();
        self
    }

    /// At this moment, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn at(mut self, millis: u64) -> Self {
        self.at = millis;
        self
    }

    /// Of a record that the library made. Its key is the unit.
    pub fn of_record(namespace: impl Into<Cow<'a, str>>, record: &'a EventRecord) -> Self {
        Self {
            namespace: namespace.into(),
            experiment: Cow::Borrowed(&record.experiment),
            variant: Cow::Borrowed(record.variant.as_str()),
            action: Cow::Borrowed(&record.action),
            id: Cow::Owned(record.id.to_string()),
            unit: Some(Cow::Owned(record.key.to_string())),
            value: record.value,
            at: millis(record.at),
        }
    }

    /// Whether it says that the unit met its variant.
    pub fn is_exposure(&self) -> bool {
        is_exposure(&self.action)
    }

    /// With nothing borrowed.
    pub fn into_owned(self) -> NewEvent<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        NewEvent {
            namespace: owned(self.namespace),
            experiment: owned(self.experiment),
            variant: owned(self.variant),
            action: owned(self.action),
            id: owned(self.id),
            unit: self.unit.map(owned),
            value: self.value,
            at: self.at,
        }
    }
}

/// The exposure's name in Alephbet, Gimel and Lámed.
pub(crate) const PARTICIPATE: &str = "participate";

/// Whether an action is an exposure: the library's `assignment` or Alephbet's `participate`.
pub fn is_exposure(action: &str) -> bool {
    action == Action::ASSIGNMENT || action == PARTICIPATE
}

/// Milliseconds since the Unix epoch, 0 before it.
pub(crate) fn millis(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is counted, durably.
    Counted,
    /// Its id was counted before.
    Duplicate,
    /// Its experiment is archived: it is not counted.
    Archived,
    /// It cannot be counted, now or later.
    Refused(Refusal),
    /// It cannot be counted now, for the store lost a part of what it knew of its experiment; other experiments are counted. Sent again,
    /// it counts once the experiment is restored or reset, for which somebody is needed.
    Unavailable {
        /// What was found, and where, in the store's words.
        what: String,
    },
}

/// Why an event cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A text is empty or too long.
    #[error("`{field}` has {bytes} bytes; it must have 1 to {most}")]
    Length {
        /// Which text.
        field: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// The value is not a number that can be summed.
    #[error("`value` is {value}; it must be a number from -{most} to {most}", most = Limits::MOST_VALUE)]
    Value {
        /// The value's text.
        value: String,
    },
    /// The event happened later than now.
    #[error("`at` is {at}, which is {ahead_seconds} s ahead of the collector's clock")]
    InTheFuture {
        /// The event's time, in milliseconds since the Unix epoch.
        at: u64,
        /// By how much.
        ahead_seconds: u64,
    },
    /// The time makes no sense in milliseconds.
    #[error("`at` is {at}: it must be in milliseconds since 1970-01-01, and not before 2000")]
    NotMillis {
        /// The event's time as it was given.
        at: u64,
    },
    /// The event is older than the ids that are kept: whether it was counted before is not known any more.
    #[error("`at` is {at}, which is before {kept_since}, since when random ids are kept")]
    TooOld {
        /// The event's time, in milliseconds since the Unix epoch.
        at: u64,
        /// The first day whose ids are kept.
        kept_since: crate::Day,
    },
    /// There are as many as there may be.
    #[error("there are {most} {what} already; another one needs a higher limit")]
    TooMany {
        /// Of what: "namespaces", "experiments", "actions" or "variants".
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
}

/// How long names may be and how many of them there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the name of a namespace, an experiment, a variant or an action: 255.
    pub name_bytes: usize,
    /// Bytes of an id or a unit: 1,024.
    pub id_bytes: usize,
    /// Namespaces: 1,000.
    pub namespaces: usize,
    /// Experiments of a namespace: 10,000.
    pub experiments: usize,
    /// Actions of an experiment: 1,000.
    pub actions: usize,
    /// Variants of an experiment: 100.
    pub variants: usize,
}

impl Limits {
    /// The most that a value may be, up and down.
    pub const MOST_VALUE: f64 = 1e15;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name_bytes: 255,
            id_bytes: 1024,
            namespaces: 1_000,
            experiments: 10_000,
            actions: 1_000,
            variants: 100,
        }
    }
}

impl Limits {
    /// Whether an event keeps to them, besides how many names there are.
    ///
    /// # Errors
    ///
    /// The first thing that it does not keep to.
    pub fn check(&self, event: &NewEvent<'_>) -> Result<(), Refusal> {
        self.check_name("namespace", &event.namespace)?;
        self.check_name("experiment", &event.experiment)?;
        self.check_name("variant", &event.variant)?;
        self.check_name("action", &event.action)?;
        check_length("id", &event.id, self.id_bytes)?;
        if let Some(unit) = &event.unit {
            check_length("unit", unit, self.id_bytes)?;
        }
        match event.value {
            Some(value) if value.is_nan() || value.abs() > Self::MOST_VALUE => {
                Err(Refusal::Value {
                    value: shown(value),
                })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check_name(&self, field: &'static str, name: &str) -> Result<(), Refusal> {
        check_length(field, name, self.name_bytes)
    }
}

/// The largest ones would have 309 digits.
fn shown(value: f64) -> String {
    if value.abs() < 1e21 {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

fn check_length(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    match text.len() {
        bytes if bytes == 0 || bytes > most => Err(Refusal::Length { field, bytes, most }),
        _ => Ok(()),
    }
}
