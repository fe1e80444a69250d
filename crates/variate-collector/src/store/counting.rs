//! Counting in this process, over any ordered table of bytes. All that decides is in memory but for ids and units.

pub(in crate::store) mod batch;
mod changing;
#[cfg(feature = "embedded")]
mod check;
mod deleting;
#[cfg(feature = "embedded")]
mod differences;
mod entries;
mod expiring;
pub(in crate::store) mod header;
#[cfg(feature = "embedded")]
mod import;
mod loading;
pub(in crate::store) mod rows;
mod staged;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::batch::{Counted, Scratch};
pub(in crate::store) use self::changing::add_name;
#[cfg(feature = "redis")]
pub(in crate::store) use self::changing::{add_pair, known};
#[cfg(feature = "embedded")]
pub(in crate::store) use self::check::Check;
use self::header::Header;
use self::rows::Rows;
use super::StoreError;
use super::shelf::{HashKey, Shelf};
use crate::id_hash::IdHash;
use crate::unit::BadUnit;
use crate::{ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome, Refusal};

/// The store over a shelf.
pub(crate) struct Counting<S: Shelf> {
    shelf: S,
    ids: IdHash,
    limits: Limits,
    /// Who changes anything holds this one while it is decided and written; readers need not wait for the disk.
    writing: Mutex<Scratch<S::Bytes>>,
    /// Whether the shelf may have more than what is in memory, since it was opened anew.
    is_stale: AtomicBool,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    next_number: u32,
    namespaces: HashMap<String, HashMap<String, Experiment>>,
}

/// An experiment as it is in memory.
#[derive(Debug, Clone)]
struct Experiment {
    number: u32,
    header: Arc<Header>,
    /// When its first and its last event happened.
    span: Option<(u64, u64)>,
    rows: Rows,
}

/// Numbers of experiments are below: the upper bits of a key may tell its table.
const MOST_EXPERIMENTS: u32 = 1 << 29;

/// How many entries one batch of a long job writes.
const CHUNK: usize = 10_000;

mod meta {
    /// The number that the next experiment gets.
    pub(super) const NEXT_NUMBER: &[u8] = b"next-number";
    /// Before the number of an experiment whose data is to be removed.
    pub(super) const GARBAGE: &[u8] = b"garbage/";
    /// The first day whose random ids were never forgotten.
    pub(super) const KEPT_SINCE: &[u8] = b"kept-since";
}

/// Where in the table of rows an experiment keeps when its first and last event happened.
const SPAN: [u8; 1] = [255];

impl<S: Shelf> Counting<S> {
    /// Over a shelf that has nothing.
    pub(crate) fn empty(shelf: S, secret: [u8; 16], limits: Limits) -> Self {
        Self {
            shelf,
            ids: IdHash::new(secret),
            limits,
            writing: Mutex::default(),
            is_stale: AtomicBool::new(false),
            state: RwLock::default(),
        }
    }

    /// Over what a shelf has.
    pub(crate) fn open(shelf: S, secret: [u8; 16], limits: Limits) -> Result<Self, StoreError> {
        let counting = Self::empty(shelf, secret, limits);
        counting.load()?;
        Ok(counting)
    }

    pub(crate) const fn shelf(&self) -> &S {
        &self.shelf
    }

    // What a panicking thread left is whole: changes are made at once after they are written.
    fn writing(&self) -> Result<MutexGuard<'_, Scratch<S::Bytes>>, StoreError> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.shelf.revive()? {
            self.is_stale.store(true, Ordering::Release);
        }
        if self.is_stale.load(Ordering::Acquire) {
            // A batch that nobody was answered for may be there.
            self.load()?;
            self.is_stale.store(false, Ordering::Release);
        }
        Ok(writing)
    }

    /// Makes a shelf that failed one that can be written, if that is possible now.
    #[cfg(feature = "embedded")]
    pub(crate) fn revive(&self) -> Result<(), StoreError> {
        self.writing().map(drop)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            place: self.shelf.place(),
            what: what.into(),
        }
    }

    pub(crate) fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let mut scratch = self.writing()?;
        let state = self.state();
        let mut counted = Counted::new(&self.shelf, &self.ids, &self.limits, &state, &mut scratch);
        let outcomes = counted.take_all(events)?;
        let Some((batch, changed)) = counted.into_batch()? else {
            return Ok(outcomes);
        };
        drop(state);
        self.shelf.commit(batch)?;
        self.state_mut().apply(changed);
        Ok(outcomes)
    }

    pub(crate) fn namespaces(&self) -> Vec<String> {
        let state = self.state();
        let mut names: Vec<String> = state.namespaces.keys().cloned().collect();
        names.sort();
        names
    }

    pub(crate) fn experiments(&self, namespace: &str) -> Vec<ExperimentInfo> {
        let state = self.state();
        let mut infos: Vec<ExperimentInfo> = state
            .namespaces
            .get(namespace)
            .into_iter()
            .flat_map(HashMap::values)
            .map(|experiment| experiment.header.info(experiment.span))
            .collect();
        infos.sort_by(|a, b| a.name.cmp(&b.name));
        infos
    }

    pub(crate) fn tallies(&self, namespace: &str, name: &str) -> Option<ExperimentTallies> {
        let state = self.state();
        let experiment = state.find(namespace, name)?;
        Some(rows::tallies(
            &experiment.header,
            experiment.span,
            &experiment.rows,
        ))
    }
}

fn bad_unit(shelf: &impl Shelf, key: HashKey, error: BadUnit) -> StoreError {
    StoreError::Damaged {
        place: shelf.place(),
        what: format!("{error}, at {:02x?} of the table of units", key.0),
    }
}

impl State {
    fn find(&self, namespace: &str, name: &str) -> Option<&Experiment> {
        self.namespaces.get(namespace)?.get(name)
    }

    /// One that is not among the others yet.
    fn new_experiment(
        &self,
        namespace: &str,
        name: &str,
        limits: &Limits,
    ) -> Result<Experiment, Refusal> {
        limits.check_name("namespace", namespace)?;
        limits.check_name("experiment", name)?;
        let too_many = |what, most| Refusal::TooMany { what, most };
        if self.next_number >= MOST_EXPERIMENTS {
            return Err(too_many("experiments", limits.experiments));
        }
        match self.namespaces.get(namespace) {
            None if self.namespaces.len() >= limits.namespaces => {
                return Err(too_many("namespaces", limits.namespaces));
            }
            Some(experiments) if experiments.len() >= limits.experiments => {
                return Err(too_many("experiments", limits.experiments));
            }
            _ => {}
        }
        Ok(Experiment {
            number: self.next_number,
            header: Arc::new(Header::new(namespace, name)),
            span: None,
            rows: Rows::new(),
        })
    }

    fn insert(&mut self, experiment: Experiment) {
        self.next_number = self.next_number.max(experiment.number.saturating_add(1));
        self.namespaces
            .entry(experiment.header.namespace.clone())
            .or_default()
            .insert(experiment.header.name.clone(), experiment);
    }

    fn apply(&mut self, changed: Vec<batch::NewState>) {
        for change in changed {
            let existing = self
                .namespaces
                .get_mut(&change.header.namespace)
                .and_then(|experiments| experiments.get_mut(&change.header.name));
            match existing {
                Some(experiment) => {
                    experiment.header = change.header;
                    experiment.span = change.span;
                    experiment.rows.extend(change.rows);
                }
                None => self.insert(Experiment {
                    number: change.number,
                    header: change.header,
                    span: change.span,
                    rows: change.rows.into_iter().collect(),
                }),
            }
        }
    }
}
