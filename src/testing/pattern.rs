use std::fmt;
use std::time::SystemTime;

use super::RecordedEvent;
use crate::{Context, ContextRef, Key};

/// The event that an assertion looks for. [`assert_tracked!`](crate::assert_tracked!) makes it of its
/// arguments: `variant = "red"` there is [`.variant("red")`](Self::variant) here.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a pattern is for an assertion"]
pub struct Pattern {
    experiment: String,
    action: Option<String>,
    variant: Option<String>,
    key: Option<Key>,
    context: Option<Context<'static>>,
    exact_context: Option<Context<'static>>,
    value: Option<f64>,
    properties: Option<Context<'static>>,
    reason: Option<String>,
    at: Option<SystemTime>,
    times: Option<usize>,
}

impl Pattern {
    /// An experiment's action. The name is that with or without the configuration's prefix.
    pub fn new(experiment: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            action: Some(action.into()),
            ..Self::of(experiment)
        }
    }

    /// Any action of an experiment.
    pub fn of(experiment: impl Into<String>) -> Self {
        Self {
            experiment: experiment.into(),
            action: None,
            variant: None,
            key: None,
            context: None,
            exact_context: None,
            value: None,
            properties: None,
            reason: None,
            at: None,
            times: None,
        }
    }

    /// Of a unit in this variant.
    pub fn variant(mut self, variant: impl AsRef<str>) -> Self {
        self.variant = Some(variant.as_ref().to_owned());
        self
    }

    /// Of the unit with this key.
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With these entries in the context, among others.
    pub fn context<'c>(mut self, entries: impl Into<ContextRef<'c>>) -> Self {
        self.context = Some(entries.into().into_context().into_owned());
        self
    }

    /// With just these entries in the context, in any order.
    pub fn exact_context<'c>(mut self, entries: impl Into<ContextRef<'c>>) -> Self {
        self.exact_context = Some(entries.into().into_context().into_owned());
        self
    }

    /// With this value.
    pub fn value(mut self, value: impl Into<f64>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// With these properties, among others.
    pub fn properties<'c>(mut self, entries: impl Into<ContextRef<'c>>) -> Self {
        self.properties = Some(entries.into().into_context().into_owned());
        self
    }

    /// Of a unit that has its variant for this reason: the [code](crate::Reason::code).
    pub fn reason(mut self, code: impl Into<String>) -> Self {
        self.reason = Some(code.into());
        self
    }

    /// At this time.
    pub fn at(mut self, time: SystemTime) -> Self {
        self.at = Some(time);
        self
    }

    /// So many times, and no more.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Once, and no more.
    pub fn once(self) -> Self {
        self.times(1)
    }

    pub(super) const fn expected_times(&self) -> Option<usize> {
        self.times
    }

    pub(super) fn matches(&self, event: &RecordedEvent) -> bool {
        self.differences(event).is_empty()
    }

    /// How far the event is from this pattern: the experiment counts most, then the action.
    pub(super) fn distance(&self, event: &RecordedEvent) -> (bool, bool, usize) {
        let differs = |action: &String| *action != event.record.action;
        (
            !event.is_of(&self.experiment),
            self.action.as_ref().is_some_and(differs),
            self.differences(event).len(),
        )
    }

    /// What of the event is not as expected, in words.
    pub(super) fn differences(&self, event: &RecordedEvent) -> Vec<String> {
        let record = &event.record;
        let mut differences = Vec::new();
        if !event.is_of(&self.experiment) {
            differences.push("experiment".to_owned());
        }
        if let Some(action) = &self.action
            && *action != record.action
        {
            differences.push("action".to_owned());
        }
        if let Some(variant) = &self.variant
            && record.variant != *variant.as_str()
        {
            differences.push(format!("variant, not `{variant}`"));
        }
        if let Some(key) = &self.key
            && *key != record.key
        {
            differences.push(format!("key {}, not {key}", record.key));
        }
        if let Some(value) = self.value
            && record.value != Some(value)
        {
            differences.push(format!("value, not {value}"));
        }
        if let Some(reason) = &self.reason
            && record.reason != reason.as_str()
        {
            differences.push(format!("reason, not `{reason}`"));
        }
        if let Some(at) = self.at
            && record.at != at
        {
            differences.push(format!("time {}", apart(record.at, at)));
        }
        let entries = [
            ("context", self.context.as_ref(), &event.context),
            ("property", self.properties.as_ref(), &record.properties),
            ("context", self.exact_context.as_ref(), &event.context),
        ];
        for (part, expected, found) in entries {
            for (name, value) in expected.into_iter().flat_map(Context::iter) {
                if found.get(name) != Some(value) {
                    differences.push(format!("{part} `{name}`, not {value:?}"));
                }
            }
        }
        if let Some(exact) = &self.exact_context {
            for (name, _) in event
                .context
                .iter()
                .filter(|(name, _)| exact.get(name).is_none())
            {
                differences.push(format!("context `{name}`, not expected"));
            }
        }
        differences
    }
}

fn apart(found: SystemTime, expected: SystemTime) -> String {
    match found.duration_since(expected) {
        Ok(late) => format!("{late:?} later than expected"),
        Err(early) => format!("{:?} earlier than expected", early.duration()),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.experiment.escape_debug())?;
        if let Some(action) = &self.action {
            write!(out, " `{}`", action.escape_debug())?;
        }
        let mut before = " with ";
        let mut part = |text: Option<String>| {
            let Some(text) = text else { return Ok(()) };
            let written = write!(out, "{before}{text}");
            before = ", ";
            written
        };
        part(
            self.variant
                .as_ref()
                .map(|variant| format!("variant `{variant}`")),
        )?;
        part(self.key.as_ref().map(|key| format!("key {key}")))?;
        part(
            self.context
                .as_ref()
                .map(|context| format!("context {context:?}")),
        )?;
        part(
            self.exact_context
                .as_ref()
                .map(|context| format!("just the context {context:?}")),
        )?;
        part(self.value.map(|value| format!("value {value}")))?;
        part(
            self.properties
                .as_ref()
                .map(|properties| format!("properties {properties:?}")),
        )?;
        part(
            self.reason
                .as_ref()
                .map(|reason| format!("reason `{reason}`")),
        )?;
        part(self.at.map(|at| format!("time {at:?}")))
    }
}
