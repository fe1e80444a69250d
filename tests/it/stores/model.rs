use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use variate::{AssignmentStore, StoreError, StoredUnit, Variant};

/// What a store does, in the plainest way: entries by experiment and key, and one lock around all.
#[derive(Default)]
pub(super) struct Model(Mutex<HashMap<(String, String), Variant>>);

type Table<'a> = MutexGuard<'a, HashMap<(String, String), Variant>>;

impl Model {
    fn open(&self, unit: &StoredUnit<'_>) -> (Table<'_>, (String, String), Vec<(String, String)>) {
        let place = |key: &variate::Key| (unit.experiment().to_owned(), key.to_string());
        let former = unit.migration_keys().iter().map(place).collect();
        (self.0.lock().unwrap(), place(unit.key()), former)
    }
}

impl AssignmentStore for Model {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        let (mut table, current, former) = self.open(unit);
        if let Some(variant) = table.get(&current) {
            return Ok(Some(variant.clone()));
        }
        for place in former {
            if let Some(variant) = table.remove(&place) {
                table.insert(current, variant.clone());
                return Ok(Some(variant));
            }
        }
        Ok(None)
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        self.find(unit)?;
        let (mut table, current, _) = self.open(unit);
        Ok(table.entry(current).or_insert(variant.clone()).clone())
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        let (mut table, current, former) = self.open(unit);
        for place in former {
            table.remove(&place);
        }
        table.insert(current, variant.clone());
        Ok(())
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        let (mut table, current, former) = self.open(unit);
        for place in former.iter().chain([&current]) {
            table.remove(place);
        }
        Ok(())
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        let mut table = self.0.lock().unwrap();
        let before = table.len();
        table.retain(|(name, _), _| name != experiment);
        Ok((before - table.len()) as u64)
    }
}
