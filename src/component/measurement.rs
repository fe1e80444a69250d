use std::borrow::Cow;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Outcome, Record};
use crate::Key;
use crate::event::{read_millis, write_millis};

/// A [`Record`] that owns what it says: what sinks get, what is kept.
///
/// What a method was given or returned is no part of it, and the unit's key is a digest.
///
/// ```
/// use variate::component::Measurement;
///
/// let line = r#"{"at":1795000000000,"experiment":"hashing","arm":"sha-256","method":"digest","metric":"time",
///     "value":512.0,"unit":"ns","outcome":"ok","reason":"random"}"#;
/// let measurement: Measurement = serde_json::from_str(line)?;
/// assert_eq!((&*measurement.arm, measurement.value), ("sha-256", Some(512.0)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measurement {
    /// When it was recorded; serialised as whole milliseconds since the Unix epoch.
    #[serde(serialize_with = "write_millis", deserialize_with = "read_millis")]
    pub at: SystemTime,
    /// The experiment's name.
    pub experiment: String,
    /// The arm's name.
    pub arm: String,
    /// Whether it is the control.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_control: bool,
    /// The arm that was selected, where that is not the one that ran: [`Call::selected_arm`](super::Call::selected_arm).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_arm: Option<String>,
    /// The method's name.
    pub method: Cow<'static, str>,
    /// What was measured.
    pub metric: Cow<'static, str>,
    /// The value; `None` where it cannot be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What the value counts: [`UnitOfMeasure::code`](super::UnitOfMeasure::code).
    pub unit: Cow<'static, str>,
    /// How the call ended: [`Outcome::code`].
    pub outcome: Cow<'static, str>,
    /// What the call's error is called: [`Failure::label`](super::Failure::label).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The key of the unit that the call was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// Why the arm ran.
    pub reason: Cow<'static, str>,
}

impl Measurement {
    /// One that says no more than what was measured.
    pub fn new(
        experiment: impl Into<String>,
        arm: impl Into<String>,
        method: impl Into<Cow<'static, str>>,
        metric: impl Into<Cow<'static, str>>,
        value: f64,
    ) -> Self {
        Self {
            at: SystemTime::UNIX_EPOCH,
            experiment: experiment.into(),
            arm: arm.into(),
            is_control: false,
            selected_arm: None,
            method: method.into(),
            metric: metric.into(),
            value: Some(value).filter(|value| value.is_finite()),
            unit: Cow::Borrowed(""),
            outcome: Cow::Borrowed(Outcome::Ok.code()),
            error: None,
            key: None,
            reason: Cow::Borrowed(""),
        }
    }

    /// Whether the call failed by itself: [`Outcome::is_failure`].
    pub fn is_failure(&self) -> bool {
        !matches!(&*self.outcome, "ok" | "cancelled" | "cut_short")
    }
}

impl Record<'_> {
    /// Everything of the record, to keep or send.
    pub fn to_measurement(&self) -> Measurement {
        Measurement {
            at: self.time(),
            experiment: self.experiment().to_owned(),
            arm: self.arm().to_owned(),
            is_control: self.call().is_control(),
            selected_arm: (!self.call().is_as_selected()).then(|| self.selected_arm().to_owned()),
            method: Cow::Borrowed(self.method()),
            metric: Cow::Borrowed(self.metric()),
            value: self.value().filter(|value| value.is_finite()),
            unit: Cow::Borrowed(self.unit_of_measure().code()),
            outcome: Cow::Borrowed(self.outcome().code()),
            error: match self.outcome() {
                Outcome::Error(failure) => Some(failure.label()),
                _ => None,
            },
            key: self.key().cloned(),
            reason: Cow::Borrowed(self.reason()),
        }
    }
}
