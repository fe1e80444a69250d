use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::component::selection::FORCED;
use crate::component::{Record, Recorder};
use crate::{Action, Config, Signature, Variant};

/// Gives records to a configuration's tracker, as events of the unit that the call was for: what is measured of components gets to where
/// all other events are, and is evaluated like them.
///
/// The action is method and metric (`place_order.time`), the value in its own unit, the variant the arm's name (the control's is `control`, whatever it is called); `outcome` and `unit` are properties.
/// The unit's exposure comes before it, with the same id each time: put [`Deduplicate`](crate::Deduplicate) around the tracker where that is too many.
/// A record without key or value is no event, and none is a run of the control in place of the arm that was selected, or beside it: the unit belongs to that arm.
/// Nor is a call that a switch forced into an arm, which is not its unit's.
/// [`skipped`](Self::skipped) counts them. Clones share what they count.
///
/// ```
/// use variate::component::Tracked;
/// use variate::{Config, MemoryTracker};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder().tracker(tracker.clone()).build()?;
/// let recorder = Tracked::new(&config);
/// // PlaceOrderExperiment::builder(..) ... .recorder(recorder).build()?
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tracked {
    config: Config,
    skipped: Arc<AtomicU64>,
}

impl Tracked {
    /// To the tracker of this configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            skipped: Arc::default(),
        }
    }

    /// How many records were no events.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Relaxed)
    }
}

impl Recorder for Tracked {
    fn record(&self, record: &Record<'_>) {
        let value = record.value().filter(|value| value.is_finite());
        let is_units = record.call().is_as_selected() && record.reason() != FORCED;
        let (Some(key), Some(value), true) = (record.key(), value, is_units) else {
            self.skipped.fetch_add(1, Relaxed);
            return;
        };
        let signature = Signature {
            experiment: Cow::Owned(record.experiment().to_owned()),
            variant: if record.call().is_control() {
                Variant::control()
            } else {
                Variant::from(record.arm().to_owned())
            },
            key: key.clone(),
            migration_keys: Vec::new(),
        };
        let experiment = self.config.restore(&signature);
        experiment.expose_restored();
        let action = Action::new(format!("{}.{}", record.method(), record.metric()))
            .value(value)
            .property("outcome", record.outcome().code())
            .property("unit", record.unit_of_measure().code());
        experiment.track(action);
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.config.flush(timeout)
    }
}
