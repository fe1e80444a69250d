use std::cell::Cell;
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use quick_cache::Equivalent;
use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::millis::{millis, now};
use super::{AssignmentStore, StoreError, StoredUnit};
use crate::{Clock, Key, Variant};

/// Keeps assignments in the memory of one process. Needs the feature `memory-store`.
///
/// It holds about `capacity` entries: beyond that, those that were not asked for lately make room,
/// and their units are assigned anew. Clones share the entries.
///
/// ```
/// use std::time::Duration;
/// use variate::{AssignmentStore, Key, MemoryStore, StoredUnit};
///
/// let store = MemoryStore::new(100_000).ttl(Duration::from_hours(24 * 30));
/// let key = Key::from("a unit's key");
/// let unit = StoredUnit::new("pill_color", &key, &[]);
/// assert_eq!(store.find(&unit)?, None);
/// assert_eq!(store.keep(&unit, &"red".into())?, "red");
/// assert_eq!(store.keep(&unit, &"blue".into())?, "red");
/// assert_eq!(store.clone().purge("pill_color")?, 1);
/// # Ok::<(), variate::StoreError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    entries: Arc<Entries>,
    /// In milliseconds.
    ttl: Option<u64>,
    clock: Arc<dyn Clock>,
}

struct Entries {
    cache: Cache<Place, Arc<Stored>>,
    /// Held by what touches several keys of a unit, so that a move brings back nothing forgotten.
    several: Mutex<()>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    experiment: Box<str>,
    key: Key,
}

/// A [`Place`] to look for, which hashes as one.
#[derive(Hash)]
struct Asked<'a> {
    experiment: &'a str,
    key: &'a Key,
}

impl Equivalent<Place> for Asked<'_> {
    fn equivalent(&self, place: &Place) -> bool {
        *self.experiment == *place.experiment && self.key == &place.key
    }
}

struct Stored {
    variant: Variant,
    /// When it was written or found last, in milliseconds since the epoch.
    used: AtomicU64,
}

impl MemoryStore {
    /// A store for about `capacity` entries, at least 1, that keeps them until they must make room.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: Arc::new(Entries {
                cache: Cache::new(capacity.max(1)),
                several: Mutex::new(()),
            }),
            ttl: None,
            clock: Arc::new(SystemTime::now),
        }
    }

    /// How long an entry lives after it was written or found last; at least 1 ms.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(millis(ttl));
        self
    }

    /// Where the time comes from: the system's clock, unless set.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The time, where it matters.
    fn now(&self) -> u64 {
        self.ttl.map_or(0, |_| now(&*self.clock))
    }

    fn lives(&self, stored: &Stored, now: u64) -> bool {
        // A clock that went back makes no entry older, and none younger than from now on.
        let age = now.saturating_sub(stored.used.load(Ordering::Relaxed));
        self.ttl.is_none_or(|ttl| age < ttl)
    }

    fn get(&self, experiment: &str, key: &Key, now: u64) -> Option<Variant> {
        let stored = self.entries.cache.get(&Asked { experiment, key })?;
        if !self.lives(&stored, now) {
            return None;
        }
        stored.used.store(now, Ordering::Relaxed);
        Some(stored.variant.clone())
    }

    fn put_if_absent(&self, unit: &StoredUnit<'_>, variant: &Variant, now: u64) -> Variant {
        let place = place(unit);
        let new = || {
            Arc::new(Stored {
                variant: variant.clone(),
                used: AtomicU64::new(now),
            })
        };
        let entry = self.entries.cache.entry(&place, None, |_, stored| {
            if !self.lives(stored, now) {
                *stored = new();
            }
            stored.used.store(now, Ordering::Relaxed);
            EntryAction::Retain(stored.variant.clone())
        });
        match entry {
            EntryResult::Retained(stored) => return stored,
            // Refused where the place was forgotten in the meantime.
            EntryResult::Vacant(guard) => drop(guard.insert(new())),
            // Neither asked for above.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {}
        }
        variant.clone()
    }

    fn remove(&self, experiment: &str, key: &Key) {
        self.entries.cache.remove(&Asked { experiment, key });
    }

    fn several(&self) -> MutexGuard<'_, ()> {
        let lock = self.entries.several.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// What a migration key has, moved.
    fn migrate(&self, unit: &StoredUnit<'_>, now: u64) -> Option<Variant> {
        let experiment = unit.experiment();
        let former = || {
            unit.migration_keys()
                .iter()
                .filter(|key| *key != unit.key())
        };
        let current = || self.get(experiment, unit.key(), now);
        if !former().any(|key| self.get(experiment, key, now).is_some()) {
            // Another thread may have moved it since the current key was looked at.
            return former().next().and_then(|_| current());
        }
        let _several = self.several();
        current().or_else(|| {
            let (key, variant) =
                former().find_map(|key| Some((key, self.get(experiment, key, now)?)))?;
            // Written before it is removed: whoever looks at both in this order finds it.
            let stored = self.put_if_absent(unit, &variant, now);
            self.remove(experiment, key);
            Some(stored)
        })
    }
}

fn place(unit: &StoredUnit<'_>) -> Place {
    Place {
        experiment: unit.experiment().into(),
        key: unit.key().clone(),
    }
}

impl AssignmentStore for MemoryStore {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        let now = self.now();
        let current = self.get(unit.experiment(), unit.key(), now);
        Ok(current.or_else(|| self.migrate(unit, now)))
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        Ok(match self.find(unit)? {
            Some(stored) => stored,
            None => self.put_if_absent(unit, variant, self.now()),
        })
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        let _several = self.several();
        for key in unit.migration_keys() {
            self.remove(unit.experiment(), key);
        }
        let stored = Stored {
            variant: variant.clone(),
            used: AtomicU64::new(self.now()),
        };
        self.entries.cache.insert(place(unit), Arc::new(stored));
        Ok(())
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        let _several = self.several();
        for key in unit.keys() {
            self.remove(unit.experiment(), key);
        }
        Ok(())
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        let _several = self.several();
        let (now, purged) = (self.now(), Cell::new(0));
        self.entries.cache.retain(|place, stored| {
            let stays = *place.experiment != *experiment;
            purged.set(purged.get() + u64::from(!stays && self.lives(stored, now)));
            stays
        });
        Ok(purged.get())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MemoryStore")
            .field("entries", &self.entries.cache.len())
            .field("capacity", &self.entries.cache.capacity())
            .field("ttl", &self.ttl.map(Duration::from_millis))
            .finish_non_exhaustive()
    }
}
