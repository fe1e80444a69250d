//! The reader of what a function is invoked with, for fuzz targets and for tests with arbitrary bytes.

use super::event::Event;

/// An event: whether it is one of HTTP.
pub fn event(bytes: &[u8]) -> Option<bool> {
    let event = serde_json::from_slice(bytes).ok()?;
    Some(matches!(event, Event::Http(_)))
}
