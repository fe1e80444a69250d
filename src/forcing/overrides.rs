use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::{Key, Variant};

/// Assignments forced by the program itself: for an experiment, or for one of its units.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    /// How many there are; while it is 0 nobody looks.
    count: AtomicUsize,
    by_experiment: RwLock<HashMap<Box<str>, Override>>,
}

#[derive(Debug, Default)]
struct Override {
    everybody: Option<Variant>,
    units: HashMap<Key, Variant>,
}

impl Overrides {
    #[inline]
    pub(crate) fn find(&self, experiment: &str, key: &Key) -> Option<Variant> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.look(experiment, key)
    }

    #[cold]
    fn look(&self, experiment: &str, key: &Key) -> Option<Variant> {
        let all = self
            .by_experiment
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let forced = all.get(experiment)?;
        forced.units.get(key).or(forced.everybody.as_ref()).cloned()
    }

    /// Forces a variant for a unit, or for everybody.
    pub(crate) fn set(&self, experiment: &str, unit: Option<Key>, variant: Variant) {
        let mut all = self
            .by_experiment
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let forced = all.entry(experiment.into()).or_default();
        match unit {
            Some(key) => {
                forced.units.insert(key, variant);
            }
            None => forced.everybody = Some(variant),
        }
        self.count.store(all.len(), Ordering::Relaxed);
    }

    /// Forgets what was forced for an experiment.
    pub(crate) fn clear(&self, experiment: &str) {
        let mut all = self
            .by_experiment
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.remove(experiment);
        self.count.store(all.len(), Ordering::Relaxed);
    }
}
