use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The text of a name that lives as long as the process, so that a variant that is assigned is
/// never copied.
///
/// Declared names are few and come again whenever a catalogue is read again: each is kept once.
pub(super) fn kept(name: &str) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    match kept.get(name) {
        Some(name) => name,
        None => {
            let name: &'static str = Box::leak(name.into());
            kept.insert(name);
            name
        }
    }
}
