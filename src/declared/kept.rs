//! What lives as long as the process, so that an assigned variant is never copied and counts no references.
//!
//! Declared names and payloads are few, and come again whenever a catalogue is read again: each is
//! kept once.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::Value;
use crate::key::canonical;

/// The text of a name.
pub(super) fn kept_name(name: &str) -> &'static str {
    static KEPT: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = kept.get(name) {
        return name;
    }
    let name: &'static str = Box::leak(name.into());
    kept.insert(name);
    name
}

/// A payload.
pub(super) fn kept_payload(payload: Value<'static>) -> &'static Value<'static> {
    type Kept = HashMap<String, Vec<&'static Value<'static>>>;
    static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    // A digest does not tell `1` from `"1"`.
    let alike = kept.entry(canonical::value_digest(&payload)).or_default();
    if let Some(same) = alike.iter().find(|same| ***same == payload) {
        return same;
    }
    let payload: &'static Value<'static> = Box::leak(Box::new(payload));
    alike.push(payload);
    payload
}
