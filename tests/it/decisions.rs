//! The order of a decision, and each of its steps.

mod forcing;
mod order;
mod ramps;
mod segments;
mod shares;
mod stickiness;
mod switches;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use variate::{AssignmentStore, Key, StoreError, StoredUnit, Variant};

/// A store that remembers, and can be told to fail.
#[derive(Debug, Clone, Default)]
struct Shelf {
    entries: Arc<Mutex<HashMap<(String, Key), Variant>>>,
    calls: Arc<Mutex<Vec<&'static str>>>,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Mode {
    #[default]
    Works,
    Fails,
    Panics,
    /// As if another process were always a moment faster.
    Raced(&'static str),
}

impl Shelf {
    fn in_mode(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    fn put(&self, experiment: &str, key: &Key, variant: &'static str) {
        let place = (experiment.to_owned(), key.clone());
        self.entries.lock().unwrap().insert(place, variant.into());
    }

    fn get(&self, experiment: &str, key: &Key) -> Option<String> {
        let place = (experiment.to_owned(), key.clone());
        let entries = self.entries.lock().unwrap();
        entries.get(&place).map(Variant::to_string)
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    fn called(&self, name: &'static str) -> Result<(), StoreError> {
        self.calls.lock().unwrap().push(name);
        match self.mode {
            Mode::Fails => Err("the shelf is down".into()),
            Mode::Panics => panic!("the shelf panics"),
            Mode::Works | Mode::Raced(_) => Ok(()),
        }
    }
}

impl AssignmentStore for Shelf {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        self.called("find")?;
        let mut entries = self.entries.lock().unwrap();
        let place = |key: &Key| (unit.experiment().to_owned(), key.clone());
        let found = unit.keys().find_map(|key| entries.remove(&place(key)));
        if let Some(variant) = &found {
            entries.insert(place(unit.key()), variant.clone());
        }
        Ok(found)
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        self.called("keep")?;
        let mut entries = self.entries.lock().unwrap();
        let place = (unit.experiment().to_owned(), unit.key().clone());
        let first = match self.mode {
            Mode::Raced(first) => first.into(),
            _ => variant.clone(),
        };
        Ok(entries.entry(place).or_insert(first).clone())
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        self.called("replace")?;
        let place = (unit.experiment().to_owned(), unit.key().clone());
        self.entries.lock().unwrap().insert(place, variant.clone());
        Ok(())
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        self.called("forget")?;
        let place = (unit.experiment().to_owned(), unit.key().clone());
        self.entries.lock().unwrap().remove(&place);
        Ok(())
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        self.called("purge")?;
        let mut entries = self.entries.lock().unwrap();
        let before = entries.len();
        entries.retain(|(of, _), _| of != experiment);
        Ok((before - entries.len()) as u64)
    }
}
