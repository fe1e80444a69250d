use super::Tracker;
use crate::Event;

/// The default tracker: one `tracing` event each, at level INFO under the target `variate`.
///
/// A readable message and the same as structured fields (`experiment`, `variant`, `key`,
/// `action`, `value`, `properties`, `reason`). Without a subscriber it costs next to nothing.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct LogTracker;

impl LogTracker {
    /// The tracker; there is nothing to set.
    pub const fn new() -> Self {
        Self
    }
}

impl Tracker for LogTracker {
    #[inline]
    fn track(&self, event: &Event<'_>) {
        if tracing::enabled!(target: "variate", tracing::Level::INFO) {
            write(event);
        }
    }
}

#[cold]
fn write(event: &Event<'_>) {
    event.key().with_text(|key| {
        tracing::info!(
            target: "variate",
            experiment = event.experiment(),
            variant = event.variant().as_str(),
            key,
            action = event.action(),
            value = event.value(),
            properties = (!event.properties().is_empty()).then(|| tracing::field::debug(event.properties())),
            reason = event.reason().code(),
            "{}: {} by {}",
            event.experiment(),
            event.action(),
            event.variant(),
        );
    });
}
