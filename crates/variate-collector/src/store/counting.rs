//! Counting in this process, over any ordered table of bytes. All that decides is in memory but for ids and units.

pub(in crate::store) mod batch;
#[cfg(feature = "embedded")]
mod check;
pub(in crate::store) mod header;
#[cfg(feature = "embedded")]
mod import;
pub(in crate::store) mod rows;
mod staged;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::batch::Counted;
use self::header::Header;
use self::rows::{Row, Rows};
use super::shelf::{HashKey, Shelf, ShelfBatch, Table};
use super::{ChangeError, StoreError};
use crate::id_hash::IdHash;
use crate::unit::{BadUnit, Place, Unit};
use crate::{
    Change, Day, ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome, Pair, Refusal,
};

/// The store over a shelf.
pub(crate) struct Counting<S> {
    shelf: S,
    ids: IdHash,
    limits: Limits,
    /// Who changes anything holds this one while it is decided and written; readers need not wait for the disk.
    writing: Mutex<()>,
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
    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn load(&self) -> Result<(), StoreError> {
        let mut state = self.state_mut();
        let mut experiments: BTreeMap<u32, Experiment> = BTreeMap::new();
        if let Some(bytes) = self.shelf.get(Table::Meta, meta::NEXT_NUMBER)? {
            let bytes = bytes.as_ref().try_into();
            let bytes = bytes.map_err(|_| self.damaged("the number of the next experiment"))?;
            state.next_number = u32::from_be_bytes(bytes);
        }
        self.shelf
            .each(Table::Experiments, &[], None, &mut |key, value| {
                let number = key
                    .try_into()
                    .map(u32::from_be_bytes)
                    .map_err(|_| self.damaged("the number of an experiment"))?;
                let header: Header = serde_json::from_slice(value).map_err(|error| {
                    self.damaged(format!("the header of experiment number {number}: {error}"))
                })?;
                let experiment = Experiment {
                    number,
                    header: Arc::new(header),
                    span: None,
                    rows: Rows::new(),
                };
                experiments.insert(number, experiment);
                Ok(true)
            })?;
        self.shelf.each(Table::Rows, &[], None, &mut |key, value| {
            let Some((number, rest)) = key.split_first_chunk() else {
                return Err(self.damaged("the key of a row"));
            };
            let Some(experiment) = experiments.get_mut(&u32::from_be_bytes(*number)) else {
                // Garbage that is not yet removed.
                return Ok(true);
            };
            let damaged = || {
                self.damaged(format!(
                    "a row of experiment `{}` of namespace `{}`",
                    experiment.header.name, experiment.header.namespace
                ))
            };
            if *rest == SPAN {
                experiment.span = Some(read_span(value).ok_or_else(damaged)?);
            } else {
                let at = rows::read_key(rest).ok_or_else(damaged)?;
                let row = Row::read(at.0, value).ok_or_else(damaged)?;
                experiment.rows.insert(at, row);
            }
            Ok(true)
        })?;
        for (number, experiment) in experiments {
            state.next_number = state.next_number.max(number.saturating_add(1));
            let header = &experiment.header;
            state
                .namespaces
                .entry(header.namespace.clone())
                .or_default()
                .insert(header.name.clone(), experiment);
        }
        Ok(())
    }

    pub(crate) fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let _writing = self.writing();
        let state = self.state();
        let mut counted = Counted::new(&self.shelf, &self.ids, &self.limits, &state);
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

    pub(crate) fn change(
        &self,
        namespace: &str,
        name: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        let _writing = self.writing();
        let state = self.state();
        let mut experiment = match state.find(namespace, name) {
            Some(experiment) => experiment.clone(),
            None => state.new_experiment(namespace, name, &self.limits)?,
        };
        let header = Arc::make_mut(&mut experiment.header);
        let mut added_rows = Rows::new();
        match change {
            Change::Archived(archived) => header.archived = *archived,
            Change::Control(variant) => {
                header.control = known(header, variant.as_deref())?;
            }
            Change::Winner(variant) => header.winner = known(header, variant.as_deref())?,
            Change::Pair(pair) => {
                check_name("action", &pair.first, &self.limits)?;
                check_name("action", &pair.second, &self.limits)?;
                if let Some(index) = add_pair(header, pair, &self.limits)? {
                    added_rows = self.rows_of_pair(experiment.number, header, index)?;
                    experiment.rows.extend(added_rows.clone());
                }
            }
            Change::Baseline {
                action,
                variant,
                baseline,
            } => {
                check_name("action", action, &self.limits)?;
                check_name("variant", variant, &self.limits)?;
                let action = add_name("actions", &mut header.actions, action, self.limits.actions)?;
                let most = self.limits.variants;
                let variant = add_name("variants", &mut header.variants, variant, most)?;
                let baselines = &mut header.baselines;
                baselines.retain(|of| (of.0, of.1) != (action, variant));
                baselines.push((action, variant, *baseline));
            }
        }
        let mut batch = self.shelf.batch(16);
        put_experiment(&mut batch, &experiment, &state)?;
        for (&at, row) in &added_rows {
            put_row(&mut batch, experiment.number, at, row);
        }
        drop(state);
        self.shelf.commit(batch)?;
        let info = experiment.header.info(experiment.span);
        self.state_mut().insert(experiment);
        Ok(info)
    }

    /// What the units that are there already contribute to a new pair.
    fn rows_of_pair(&self, number: u32, header: &Header, index: u16) -> Result<Rows, StoreError> {
        let mut rows = Rows::new();
        let Some(&pair) = header.pairs.get(usize::from(index)) else {
            return Ok(rows);
        };
        let mut changes = Vec::new();
        self.shelf.each(
            Table::Units,
            &number.to_be_bytes(),
            None,
            &mut |_, bytes| {
                let unit = Unit::read(bytes).map_err(|error| self.damaged(error.to_string()))?;
                changes.clear();
                unit.contribute(&[pair], &mut changes);
                for change in &changes {
                    if let Place::Pair(_, variant) = change.place {
                        let place = Place::Pair(index, variant);
                        rows.entry((place, change.day))
                            .or_insert_with(|| Row::empty(&change.amount))
                            .add(change);
                    }
                }
                Ok(true)
            },
        )?;
        Ok(rows)
    }

    pub(crate) fn delete(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let _writing = self.writing();
        let Some(number) = self.state().find(namespace, name).map(|of| of.number) else {
            return Ok(false);
        };
        let mut batch = self.shelf.batch(16);
        discard(&mut batch, number);
        self.shelf.commit(batch)?;
        let mut state = self.state_mut();
        if let Some(experiments) = state.namespaces.get_mut(namespace) {
            experiments.remove(name);
            if experiments.is_empty() {
                state.namespaces.remove(namespace);
            }
        }
        Ok(true)
    }

    pub(crate) fn reset(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let _writing = self.writing();
        let state = self.state();
        let Some(experiment) = state.find(namespace, name) else {
            return Ok(false);
        };
        let fresh = Experiment {
            number: state.next_number,
            header: Arc::new(experiment.header.reset()),
            span: None,
            rows: Rows::new(),
        };
        let mut batch = self.shelf.batch(16);
        discard(&mut batch, experiment.number);
        put_experiment(&mut batch, &fresh, &state)?;
        drop(state);
        self.shelf.commit(batch)?;
        self.state_mut().insert(fresh);
        Ok(true)
    }

    /// Removes what deleted experiments left behind, a chunk at a time, as long as `goes_on` says so; ingestion goes on in between.
    pub(crate) fn sweep(&self, goes_on: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let mut numbers = Vec::new();
        self.shelf
            .each(Table::Meta, meta::GARBAGE, None, &mut |key, _| {
                numbers.extend(key.last_chunk::<4>().copied());
                Ok(true)
            })?;
        for number in numbers {
            for table in [Table::Rows, Table::Ids, Table::Units] {
                let mut last: Option<Vec<u8>> = None;
                loop {
                    if !goes_on() {
                        return Ok(());
                    }
                    let mut batch = self.shelf.batch(16);
                    let mut removed = 0;
                    let after = last.take();
                    self.shelf
                        .each(table, &number, after.as_deref(), &mut |key, _| {
                            batch.remove(table, key);
                            removed += 1;
                            last = Some(key.to_vec());
                            Ok(removed < CHUNK)
                        })?;
                    if removed > 0 {
                        self.shelf.commit(batch)?;
                    }
                    if removed < CHUNK {
                        break;
                    }
                }
            }
            let mut batch = self.shelf.batch(16);
            batch.remove(Table::Meta, &[meta::GARBAGE, &number].concat());
            self.shelf.commit(batch)?;
        }
        Ok(())
    }

    pub(crate) fn expire(&self, before: Day) -> Result<u64, StoreError> {
        let is_old = |table, value: &[u8]| {
            let day = match table {
                Table::Ids => staged::random_since(value),
                _ => Unit::read(value).ok().and_then(|unit| unit.random_since()),
            };
            day.is_some_and(|day| day < before)
        };
        let mut expired = 0;
        for table in [Table::Ids, Table::Units] {
            let mut last: Option<Vec<u8>> = None;
            loop {
                let mut old = Vec::new();
                let mut is_end = true;
                let after = last.take();
                self.shelf
                    .each(table, &[], after.as_deref(), &mut |key, value| {
                        if let (true, Ok(key)) = (is_old(table, value), key.try_into()) {
                            old.push((table, HashKey(key)));
                        }
                        is_end = old.len() < CHUNK;
                        if !is_end {
                            last = Some(key.to_vec());
                        }
                        Ok(is_end)
                    })?;
                expired += self.expire_chunk(&old, before, &is_old)?;
                if is_end {
                    break;
                }
            }
        }
        Ok(expired)
    }

    fn expire_chunk(
        &self,
        old: &[(Table, HashKey)],
        before: Day,
        is_old: &dyn Fn(Table, &[u8]) -> bool,
    ) -> Result<u64, StoreError> {
        if old.is_empty() {
            return Ok(0);
        }
        let _writing = self.writing();
        let mut batch = self.shelf.batch(16);
        let kept_since = self.kept_since()?.max(before);
        let days = kept_since.days().to_be_bytes();
        batch.put(Table::Meta, meta::KEPT_SINCE, &days);
        let mut expired = 0;
        // One of them may have come again since it was read.
        for (at, bytes) in self.shelf.find(old)? {
            if let Some((table, key)) = old.get(at)
                && is_old(*table, bytes.as_ref())
            {
                batch.remove(*table, &key.0);
                expired += 1;
            }
        }
        self.shelf.commit(batch)?;
        Ok(expired)
    }

    /// The first day whose random ids were never forgotten.
    fn kept_since(&self) -> Result<Day, StoreError> {
        let Some(bytes) = self.shelf.get(Table::Meta, meta::KEPT_SINCE)? else {
            return Ok(Day::from_days(0));
        };
        let bytes = bytes.as_ref().try_into();
        let bytes = bytes.map_err(|_| self.damaged("the day since when ids are kept"))?;
        Ok(Day::from_days(u32::from_be_bytes(bytes)))
    }
}

fn bad_unit(shelf: &impl Shelf, key: HashKey, error: &BadUnit) -> StoreError {
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
        check_name("namespace", namespace, limits)?;
        check_name("experiment", name, limits)?;
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

pub(in crate::store) fn known(
    header: &Header,
    variant: Option<&str>,
) -> Result<Option<String>, ChangeError> {
    match variant {
        Some(variant) if header.variants.find(variant).is_none() => {
            Err(ChangeError::UnknownVariant {
                experiment: header.name.clone(),
                variant: variant.to_owned(),
                variants: header.info(None).variants,
            })
        }
        _ => Ok(variant.map(str::to_owned)),
    }
}

pub(in crate::store) fn check_name(
    field: &'static str,
    name: &str,
    limits: &Limits,
) -> Result<(), Refusal> {
    let most = limits.name_bytes;
    match name.len() {
        bytes if bytes == 0 || bytes > most => Err(Refusal::Length { field, bytes, most }),
        _ => Ok(()),
    }
}

pub(in crate::store) fn add_pair(
    header: &mut Header,
    pair: &Pair,
    limits: &Limits,
) -> Result<Option<u16>, Refusal> {
    let first = add_name("actions", &mut header.actions, &pair.first, limits.actions)?;
    let second = add_name("actions", &mut header.actions, &pair.second, limits.actions)?;
    if header.pairs.contains(&(first, second)) {
        return Ok(None);
    }
    let most = limits.actions;
    if header.pairs.len() >= most {
        return Err(Refusal::TooMany {
            what: "pairs of actions",
            most,
        });
    }
    let index = header.pairs.len().try_into().ok();
    header.pairs.push((first, second));
    Ok(index)
}

pub(in crate::store) fn add_name(
    what: &'static str,
    names: &mut header::Names,
    name: &str,
    most: usize,
) -> Result<u16, Refusal> {
    if names.find(name).is_none() && names.len() >= most {
        return Err(Refusal::TooMany { what, most });
    }
    Ok(names.add(name))
}

/// Its header, and that its number is given.
fn put_experiment(
    batch: &mut impl ShelfBatch,
    experiment: &Experiment,
    state: &State,
) -> Result<(), StoreError> {
    put_header(batch, experiment.number, &experiment.header)?;
    let next = state.next_number.max(experiment.number.saturating_add(1));
    batch.put(Table::Meta, meta::NEXT_NUMBER, &next.to_be_bytes());
    Ok(())
}

fn put_header(batch: &mut impl ShelfBatch, number: u32, header: &Header) -> Result<(), StoreError> {
    let json = serde_json::to_vec(header).map_err(|error| StoreError::Unavailable {
        place: format!("experiment `{}`", header.name),
        source: error.into(),
    })?;
    batch.put(Table::Experiments, &number.to_be_bytes(), &json);
    Ok(())
}

fn put_row(batch: &mut impl ShelfBatch, number: u32, at: (Place, Day), row: &Row) {
    let mut key = number.to_be_bytes().to_vec();
    rows::write_key(at, &mut key);
    let mut value = Vec::with_capacity(240);
    row.write(&mut value);
    batch.put(Table::Rows, &key, &value);
}

/// From now on the experiment is not there; its data is removed by and by.
fn discard(batch: &mut impl ShelfBatch, number: u32) {
    let number = number.to_be_bytes();
    batch.remove(Table::Experiments, &number);
    batch.put(Table::Meta, &[meta::GARBAGE, &number].concat(), &[]);
}

fn write_span((first, last): (u64, u64)) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&first.to_le_bytes());
    bytes[8..].copy_from_slice(&last.to_le_bytes());
    bytes
}

fn read_span(bytes: &[u8]) -> Option<(u64, u64)> {
    let (first, rest) = bytes.split_first_chunk()?;
    let last = rest.try_into().ok()?;
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(last)))
}
