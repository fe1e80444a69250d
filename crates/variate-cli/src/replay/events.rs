//! Lines in, events out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use variate::{Action, Config, Context, Key};

use super::bots::is_bot;
use super::line::Line;
use super::rules::{Experiment, Rules};
use super::summary::Summary;

/// An event as a collector takes it: `variate::EventRecord` and a namespace.
#[derive(Debug, Serialize)]
pub(super) struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'a str>,
    pub(super) id: Uuid,
    pub(super) experiment: &'a str,
    pub(super) variant: &'a str,
    pub(super) key: &'a Key,
    pub(super) action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<f64>,
    reason: &'static str,
    pub(super) at: u64,
}

/// Turns lines into events.
pub(super) struct Replay {
    rules: Rules,
    config: Config,
    /// Tells the logs of several servers apart.
    source: String,
    /// Of each experiment: its full name, and the variant that each unit was last seen in.
    seen: Vec<(String, HashMap<Key, Arc<str>>)>,
    pub(super) summary: Summary,
}

impl Replay {
    pub(super) fn new(rules: Rules, config: Config, source: String, has_units: bool) -> Self {
        let names = rules.experiments.iter().map(|experiment| {
            let handle = config.experiment(experiment.name.as_str(), Context::new());
            (handle.name().to_owned(), HashMap::new())
        });
        Self {
            seen: names.collect(),
            rules,
            config,
            source,
            summary: Summary::new(has_units),
        }
    }

    /// Gives the events of a line that begins at `offset` to `take`, as long as that wants more.
    pub(super) fn line<E>(
        &mut self,
        offset: u64,
        text: &str,
        line: &Line<'_>,
        mut take: impl FnMut(&Event<'_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        if !self.rules.bots && is_bot(line.user_agent.as_deref()) {
            self.summary.bots += 1;
            return Ok(true);
        }
        for (experiment, (name, seen)) in self.rules.experiments.iter().zip(&mut self.seen) {
            let named = experiment.variant(line, text);
            let is_exposure = named.is_some() && experiment.is_exposure(line);
            let actions: Vec<_> = experiment
                .actions
                .iter()
                .filter(|action| action.is_of(line))
                .collect();
            if !is_exposure && actions.is_empty() {
                continue;
            }
            if !experiment.has_status(line.status) {
                self.summary.other_status += 1;
                continue;
            }
            let Some(key) = key(experiment, &self.config, line, text) else {
                self.summary.without_unit += 1;
                continue;
            };
            if let Some(named) = &named
                && is_exposure
            {
                seen.insert(key.clone(), named.as_str().into());
            }
            let known = seen.get(&key).map(|variant| &**variant);
            let Some(variant) = named.as_deref().or(known) else {
                self.summary.without_variant += 1;
                continue;
            };
            let exposure = is_exposure.then_some((Action::ASSIGNMENT, None));
            let actions = actions.iter().map(|action| {
                let value = action.value.as_ref();
                let value = value.map(|source| source.find(line, text));
                (action.name.as_str(), value)
            });
            for (action, value) in exposure.into_iter().chain(actions) {
                let number = value.as_ref().and_then(|value| {
                    let number: f64 = value.as_deref()?.parse().ok()?;
                    Some(number).filter(|number| number.is_finite())
                });
                if value.is_some() && number.is_none() {
                    self.summary.without_value += 1;
                }
                let event = Event {
                    namespace: self.rules.namespace.as_deref(),
                    id: id(&[&self.source, text, name, action], offset),
                    experiment: name,
                    variant,
                    key: &key,
                    action,
                    value: number,
                    reason: "replayed",
                    at: millis(line.at),
                };
                self.summary.add(&event);
                if !take(&event)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// The unit's key.
fn key(experiment: &Experiment, config: &Config, line: &Line<'_>, text: &str) -> Option<Key> {
    if let Some(unit) = &experiment.unit {
        return unit.find(line, text).map(Key::from);
    }
    let mut context = Context::new();
    for (name, source) in &experiment.context {
        context.insert(name.as_str(), source.find(line, text)?);
    }
    let handle = config.experiment(experiment.name.as_str(), context);
    Some(handle.key().clone())
}

/// The same for the same line at the same place, so that a log counts once however often it is replayed.
fn id(texts: &[&str], offset: u64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(offset.to_be_bytes());
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    for (byte, of) in bytes.iter_mut().zip(digest) {
        *byte = of;
    }
    // Version 8: a collector may forget random ids, and this one is none.
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}
