//! Where assignments are kept, so that a unit keeps its variant whatever changes around it.

#[cfg(feature = "redis-store")]
mod breaker;
mod deadline;
#[cfg(feature = "memory-store")]
mod memory;
#[cfg(any(feature = "memory-store", feature = "redis-store"))]
mod millis;
#[cfg(feature = "redis-store")]
mod redis;

use std::error::Error;
use std::sync::Arc;

pub use self::deadline::{Deadline, DeadlineError};
#[cfg(feature = "memory-store")]
pub use self::memory::MemoryStore;
#[cfg(feature = "redis-store")]
pub use self::redis::{RedisStore, RedisStoreBuilder, RedisStoreError};
use crate::{Key, Variant};

/// Keeps assignments: a unit that has one stays in its variant, whatever a resolver says later.
///
/// Calls come from a request's thread and wait for the answer: a store answers from memory, or
/// limits its own waiting.
///
/// A store of a host's own needs these five:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Mutex, PoisonError};
/// use variate::{AssignmentStore, Key, StoreError, StoredUnit, Variant};
///
/// #[derive(Default)]
/// struct Table(Mutex<HashMap<(String, Key), Variant>>);
///
/// impl Table {
///     fn with<R>(&self, run: impl FnOnce(&mut HashMap<(String, Key), Variant>) -> R) -> R {
///         run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
///     }
/// }
///
/// fn place(unit: &StoredUnit<'_>, key: &Key) -> (String, Key) {
///     (unit.experiment().to_owned(), key.clone())
/// }
///
/// fn found(table: &mut HashMap<(String, Key), Variant>, unit: &StoredUnit<'_>) -> Option<Variant> {
///     let variant = unit.keys().find_map(|key| table.remove(&place(unit, key)))?;
///     table.insert(place(unit, unit.key()), variant.clone());
///     Some(variant)
/// }
///
/// impl AssignmentStore for Table {
///     fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
///         Ok(self.with(|table| found(table, unit)))
///     }
///
///     fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
///         Ok(self.with(|table| {
///             found(table, unit).unwrap_or_else(|| {
///                 table.insert(place(unit, unit.key()), variant.clone());
///                 variant.clone()
///             })
///         }))
///     }
///
///     fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
///         self.with(|table| {
///             unit.migration_keys().iter().for_each(|key| drop(table.remove(&place(unit, key))));
///             table.insert(place(unit, unit.key()), variant.clone());
///         });
///         Ok(())
///     }
///
///     fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
///         self.with(|table| unit.keys().for_each(|key| drop(table.remove(&place(unit, key)))));
///         Ok(())
///     }
///
///     fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
///         Ok(self.with(|table| {
///             let before = table.len();
///             table.retain(|(of, _), _| of != experiment);
///             (before - table.len()) as u64
///         }))
///     }
/// }
///
/// let (store, old, new) = (Table::default(), Key::from("before"), Key::from("now"));
/// store.keep(&StoredUnit::new("pill", &old, &[]), &"red".into())?;
/// let migrated = StoredUnit::new("pill", &new, std::slice::from_ref(&old));
/// assert_eq!(store.find(&migrated)?, Some("red".into()));
/// assert_eq!(store.find(&StoredUnit::new("pill", &new, &[]))?, Some("red".into()));
/// # Ok::<(), StoreError>(())
/// ```
pub trait AssignmentStore: Send + Sync {
    /// The variant that is stored for the unit: under its key, else under the first migration key
    /// that has one. That entry is moved to the unit's key.
    ///
    /// # Errors
    ///
    /// Why the store cannot say.
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError>;

    /// Stores the variant, unless [`find`](Self::find) would find one; answers the one that is
    /// stored then. Of several processes at the same time, the first one decides for all.
    ///
    /// # Errors
    ///
    /// Why the store cannot say. The variant may be stored or not.
    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError>;

    /// Stores the variant in place of whatever is there, also under the migration keys.
    ///
    /// # Errors
    ///
    /// Why the store cannot. The variant may be stored or not.
    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError>;

    /// Forgets one unit, under its key and its migration keys.
    ///
    /// # Errors
    ///
    /// Why the store cannot. The unit may be forgotten or not.
    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError>;

    /// Forgets all units of an experiment, by its full name; answers how many entries there were.
    /// For maintenance, not for requests: it may take long.
    ///
    /// # Errors
    ///
    /// Why the store cannot. Some units may be forgotten already.
    fn purge(&self, experiment: &str) -> Result<u64, StoreError>;
}

/// Any error of a store.
pub type StoreError = Box<dyn Error + Send + Sync>;

/// Whom an [`AssignmentStore`] is asked about: a unit of one experiment.
#[derive(Debug, Clone, Copy)]
pub struct StoredUnit<'u> {
    experiment: &'u str,
    key: &'u Key,
    migration_keys: &'u [Key],
}

impl<'u> StoredUnit<'u> {
    /// The unit with this key, which had the migration keys before, in the experiment of that full name.
    #[inline]
    pub const fn new(experiment: &'u str, key: &'u Key, migration_keys: &'u [Key]) -> Self {
        Self {
            experiment,
            key,
            migration_keys,
        }
    }

    /// The experiment's full name, prefix included.
    #[inline]
    pub const fn experiment(&self) -> &'u str {
        self.experiment
    }

    /// The experience key.
    #[inline]
    pub const fn key(&self) -> &'u Key {
        self.key
    }

    /// The keys that the unit had before, in the order in which they are asked.
    #[inline]
    pub const fn migration_keys(&self) -> &'u [Key] {
        self.migration_keys
    }

    /// The experience key, then the migration keys.
    pub fn keys(&self) -> impl Iterator<Item = &'u Key> + use<'u> {
        std::iter::once(self.key).chain(self.migration_keys)
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<S: AssignmentStore + ?Sized> AssignmentStore for $pointer {
            fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
                (**self).find(unit)
            }

            fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
                (**self).keep(unit, variant)
            }

            fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
                (**self).replace(unit, variant)
            }

            fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
                (**self).forget(unit)
            }

            fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
                (**self).purge(experiment)
            }
        }
    )*};
}
forward!(&S, Box<S>, Arc<S>);
