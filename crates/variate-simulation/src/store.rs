use variate::{AssignmentStore, StoreError, StoredUnit, Variant};

/// A store of assignments in which nothing ever is: experiments may ask for one, and nobody is in it yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyStore;

impl AssignmentStore for EmptyStore {
    fn find(&self, _: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        Ok(None)
    }

    fn keep(&self, _: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        Ok(variant.clone())
    }

    fn replace(&self, _: &StoredUnit<'_>, _: &Variant) -> Result<(), StoreError> {
        Ok(())
    }

    fn forget(&self, _: &StoredUnit<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn purge(&self, _: &str) -> Result<u64, StoreError> {
        Ok(0)
    }
}
