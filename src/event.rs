use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::key::canonical;
use crate::randomness::Randomness;
use crate::{Assignment, Context, Experiment, Key, Reason, Value, Variant};

/// What a unit did: a name, and where it matters a number and properties.
///
/// ```
/// use variate::{Action, context, experiment};
///
/// let exp = experiment("pill_color", context! { user_id: 42 });
/// exp.track("swallowed");
/// exp.track(Action::new("bought").value(9.99).property("currency", "EUR"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Action<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Option<f64>,
    pub(crate) properties: Context<'a>,
}

impl<'a> Action<'a> {
    /// The action that an exposure is tracked as.
    pub const ASSIGNMENT: &'static str = "assignment";

    /// An action without value or properties.
    #[inline]
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name: name.into(),
            value: None,
            properties: Context::new(),
        }
    }

    /// The number that a metric sums up: a price, a duration, a count. Must be finite: any other
    /// value is left out of the event, and that is told.
    #[must_use]
    pub const fn value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    /// Anything else worth keeping.
    #[must_use]
    pub fn property(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        self.properties.insert(key, value);
        self
    }
}

impl<'a> From<&'a str> for Action<'a> {
    #[inline]
    fn from(name: &'a str) -> Self {
        Self::new(name)
    }
}

impl<'a> From<&'a String> for Action<'a> {
    fn from(name: &'a String) -> Self {
        Self::new(name.as_str())
    }
}

impl From<String> for Action<'_> {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

/// What a [`Tracker`](crate::Tracker) sees: a view, in which nothing is computed that is not asked for.
pub struct Event<'e> {
    experiment: &'e Experiment<'e>,
    assignment: &'e Assignment,
    action: &'e str,
    value: Option<f64>,
    properties: &'e Context<'e>,
    id: OnceCell<Uuid>,
    at: OnceCell<SystemTime>,
}

impl<'e> Event<'e> {
    #[inline]
    pub(crate) const fn new(
        experiment: &'e Experiment<'e>,
        assignment: &'e Assignment,
        action: &'e str,
        value: Option<f64>,
        properties: &'e Context<'e>,
    ) -> Self {
        Self {
            experiment,
            assignment,
            action,
            value,
            properties,
            id: OnceCell::new(),
            at: OnceCell::new(),
        }
    }

    /// The event's id, made once. That of an exposure follows from experiment, key and variant,
    /// so that a unit is counted once however many processes see it; all others are random.
    pub fn id(&self) -> Uuid {
        *self.id.get_or_init(|| {
            if self.is_exposure() {
                exposure_id(self.experiment(), self.key(), self.variant())
            } else {
                random_id(self.experiment.config().randomness())
            }
        })
    }

    /// The experiment's full name.
    #[inline]
    pub fn experiment(&self) -> &str {
        self.experiment.name()
    }

    #[cfg(feature = "testing")]
    pub(crate) const fn handle(&self) -> &'e Experiment<'e> {
        self.experiment
    }

    /// The unit's variant.
    #[inline]
    pub const fn variant(&self) -> &Variant {
        self.assignment.variant()
    }

    /// The experience key.
    #[inline]
    pub fn key(&self) -> &Key {
        self.experiment.key()
    }

    /// The keys that the unit had before.
    pub fn migration_keys(&self) -> &[Key] {
        self.experiment.migration_keys()
    }

    /// The context.
    #[inline]
    pub fn context(&self) -> &Context<'_> {
        self.experiment.context_ref()
    }

    /// What happened: `assignment` for an exposure.
    #[inline]
    pub const fn action(&self) -> &str {
        self.action
    }

    /// The number that goes with it; always finite.
    #[inline]
    pub const fn value(&self) -> Option<f64> {
        self.value
    }

    /// What else goes with it.
    #[inline]
    pub const fn properties(&self) -> &Context<'e> {
        self.properties
    }

    /// Why the unit has its variant.
    #[inline]
    pub const fn reason(&self) -> &Reason {
        self.assignment.reason()
    }

    /// When it happened, read once from the configuration's clock.
    pub fn at(&self) -> SystemTime {
        *self
            .at
            .get_or_init(|| self.experiment.config().clock().now())
    }

    /// Whether this is an exposure: the unit met its variant.
    #[inline]
    pub fn is_exposure(&self) -> bool {
        self.action() == Action::ASSIGNMENT
    }

    /// Everything of the event, to keep or send.
    pub fn to_record(&self) -> EventRecord {
        EventRecord {
            id: self.id(),
            experiment: self.experiment().to_owned(),
            variant: self.variant().clone(),
            key: self.key().clone(),
            migration_keys: self.migration_keys().to_vec(),
            action: self.action().to_owned(),
            value: self.value(),
            properties: self.properties().clone().into_owned(),
            reason: self.reason().code().into(),
            at: self.at(),
        }
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Event")
            .field("experiment", &self.experiment())
            .field("variant", self.variant())
            .field("key", self.key())
            .field("action", &self.action())
            .field("value", &self.value())
            .field("properties", self.properties())
            .finish_non_exhaustive()
    }
}

/// A version 4 uuid.
pub(crate) fn random_id(randomness: &dyn Randomness) -> Uuid {
    let bits = (u128::from(randomness.next_u64()) << 64) | u128::from(randomness.next_u64());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// Of the form of a version 3 uuid: MD5 over the namespace and the length-prefixed parts.
fn exposure_id(experiment: &str, key: &Key, variant: &Variant) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_64f2_8d8a_4c5e_9a53_7661_7269_6174);
    key.with_text(|key| {
        uuid::Builder::from_md5_bytes(canonical::digest_of_parts(&[
            NAMESPACE.as_bytes(),
            experiment.as_bytes(),
            key.as_bytes(),
            variant.as_str().as_bytes(),
        ]))
        .into_uuid()
    })
}

/// An event that owns what it says: what sinks get, what goes over a wire.
///
/// ```
/// use variate::{Config, MemoryTracker, context};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder().tracker(tracker.clone()).build()?;
/// config.experiment("pill", context! { user_id: 42 }).track("swallowed");
///
/// let json = serde_json::to_string(&tracker.events()[0])?;
/// let back: variate::EventRecord = serde_json::from_str(&json)?;
/// assert_eq!(back.action, "swallowed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventRecord {
    /// The event's id: who sees it twice counts it once.
    pub id: Uuid,
    /// The experiment's full name.
    pub experiment: String,
    /// The unit's variant.
    pub variant: Variant,
    /// The experience key.
    pub key: Key,
    /// The keys that the unit had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migration_keys: Vec<Key>,
    /// What happened.
    pub action: String,
    /// The number that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What else goes with it.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub properties: Context<'static>,
    /// Why the unit has its variant: [`Reason::code`].
    pub reason: Cow<'static, str>,
    /// When it happened; serialised as whole milliseconds since the Unix epoch.
    #[serde(serialize_with = "write_millis", deserialize_with = "read_millis")]
    pub at: SystemTime,
}

pub(crate) fn write_millis<S: Serializer>(
    at: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    serializer.serialize_u64(since.as_millis().try_into().unwrap_or(u64::MAX))
}

pub(crate) fn read_millis<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let millis = u64::deserialize(deserializer)?;
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .ok_or_else(|| serde::de::Error::custom(format_args!("`at` is too late: {millis} ms")))
}
