//! What lives as long as the process, so that a declared variant is found without a copy or a reference count.
//!
//! Declared variants are few, and come again whenever a catalogue is read again: each is kept once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::key::canonical;
use crate::variant::DeclaredVariant;
use crate::{Value, Variant};

/// The variant of this name, with what it stands for.
pub(super) fn kept(name: &str, payload: Option<Value<'static>>) -> &'static Variant {
    // A digest does not tell `1` from `"1"`.
    type Alike = Vec<(Option<Value<'static>>, &'static Variant)>;
    static KEPT: LazyLock<Mutex<HashMap<(String, String), Alike>>> = LazyLock::new(Mutex::default);

    let digest = payload.as_ref().map(canonical::value_digest);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let alike = kept
        .entry((name.to_owned(), digest.unwrap_or_default()))
        .or_default();
    if let Some((_, same)) = alike.iter().find(|(other, _)| *other == payload) {
        return same;
    }
    let text: &'static str = Box::leak(name.into());
    let variant = match payload.clone() {
        None => Variant::from(text),
        Some(payload) => Variant::declared(Box::leak(Box::new(DeclaredVariant {
            name: text,
            payload,
        }))),
    };
    let variant: &'static Variant = Box::leak(Box::new(variant));
    alike.push((payload, variant));
    variant
}
