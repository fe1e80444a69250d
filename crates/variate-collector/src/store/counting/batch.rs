use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::entries::{put_header, put_row, write_span};
use super::header::Header;
use super::rows::Row;
use super::staged::{IdNote, Staged};
use super::{Experiment, MOST_EXPERIMENTS, SPAN, State, add_name};
use crate::id_hash::{IdHash, Kind};
use crate::store::StoreError;
use crate::store::counting::meta;
use crate::store::shelf::{BuildCheap, HashKey, Shelf, ShelfBatch, Table};
use crate::unit::{Increment, Place, Unit, UnitEvent};
use crate::{Day, Limits, NewEvent, Outcome, Refusal};

/// A batch as it is counted: nothing of it is in the state or on the shelf yet.
///
/// First all that its events need of the shelf is looked for at once, then they are counted one after the other.
pub(super) struct Counted<'a, S: Shelf> {
    shelf: &'a S,
    ids: &'a IdHash,
    limits: &'a Limits,
    state: &'a State,
    next_number: u32,
    experiments: Vec<Changed<'a>>,
    index: HashMap<(&'a str, &'a str), usize>,
    scratch: &'a mut Scratch<S::Bytes>,
}

/// Room that one batch leaves to the next.
pub(super) struct Scratch<B> {
    plans: Vec<Result<Plan, Outcome>>,
    lookups: Vec<(Table, HashKey)>,
    event_ids: HashMap<HashKey, Option<IdNote>, BuildCheap>,
    units: HashMap<HashKey, Staged<B>, BuildCheap>,
    increments: Vec<Increment>,
}

impl<B> Default for Scratch<B> {
    fn default() -> Self {
        Self {
            plans: Vec::new(),
            lookups: Vec::new(),
            event_ids: HashMap::default(),
            units: HashMap::default(),
            increments: Vec::new(),
        }
    }
}

impl<B> Scratch<B> {
    /// One great batch does not keep its room for good.
    const MOST: usize = 1 << 14;

    fn clear(&mut self) {
        self.plans.clear();
        self.plans.shrink_to(Self::MOST);
        self.lookups.clear();
        self.lookups.shrink_to(Self::MOST);
        self.event_ids.clear();
        self.event_ids.shrink_to(Self::MOST);
        self.units.clear();
        self.units.shrink_to(Self::MOST);
    }
}

/// What a batch makes of an experiment.
pub(super) struct Changed<'a> {
    pub(super) number: u32,
    pub(super) header: Arc<Header>,
    pub(super) span: Option<(u64, u64)>,
    pub(super) rows: ChangedRows,
    before: Option<&'a Experiment>,
    has_new_header: bool,
    has_new_span: bool,
}

pub(super) type ChangedRows = HashMap<(Place, Day), Row, BuildCheap>;

/// What the state becomes once the batch is written.
pub(super) struct NewState {
    pub(super) number: u32,
    pub(super) header: Arc<Header>,
    pub(super) span: Option<(u64, u64)>,
    pub(super) rows: ChangedRows,
}

/// What is to be written, and what is to be changed in the state after that.
type Ready<S> = (<S as Shelf>::Batch, Vec<NewState>);

/// An event that may be counted.
struct Plan {
    experiment: usize,
    /// Of its unit, or of its id as a unit.
    unit: HashKey,
    /// Of the event, where it is needed.
    event: Option<HashKey>,
    /// Of its id as a unit, where its client names another unit.
    id_as_unit: Option<HashKey>,
}

impl<'a, S: Shelf> Counted<'a, S> {
    pub(super) fn new(
        shelf: &'a S,
        ids: &'a IdHash,
        limits: &'a Limits,
        state: &'a State,
        scratch: &'a mut Scratch<S::Bytes>,
    ) -> Self {
        // What a batch that failed left.
        scratch.clear();
        Self {
            shelf,
            ids,
            limits,
            state,
            next_number: state.next_number,
            experiments: Vec::new(),
            index: HashMap::new(),
            scratch,
        }
    }

    pub(super) fn take_all(
        &mut self,
        events: &'a [NewEvent<'_>],
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut lookups = std::mem::take(&mut self.scratch.lookups);
        let mut plans = std::mem::take(&mut self.scratch.plans);
        plans.extend(events.iter().map(|event| self.plan(event, &mut lookups)));
        let scratch = &mut *self.scratch;
        scratch
            .event_ids
            .reserve(lookups.len().saturating_sub(events.len()));
        scratch.units.reserve(lookups.len().min(events.len()));
        for (at, bytes) in self.shelf.find(&lookups)? {
            match lookups.get(at) {
                Some((Table::Ids, key)) => {
                    scratch.event_ids.insert(*key, None);
                }
                Some((_, key)) => {
                    scratch.units.insert(*key, Staged::Kept(bytes));
                }
                None => {}
            }
        }
        scratch.lookups = lookups;
        let outcomes = events
            .iter()
            .zip(plans.drain(..))
            .map(|(event, plan)| match plan {
                Ok(plan) => self.take(event, &plan),
                Err(outcome) => Ok(outcome),
            })
            .collect();
        self.scratch.plans = plans;
        outcomes
    }

    /// Which experiment an event is of, and what must be looked for.
    fn plan(
        &mut self,
        event: &'a NewEvent<'_>,
        lookups: &mut Vec<(Table, HashKey)>,
    ) -> Result<Plan, Outcome> {
        let at = self
            .limits
            .check(event)
            .and_then(|()| self.experiment(&event.namespace, &event.experiment))
            .map_err(Outcome::Refused)?;
        let experiment = self.experiments.get(at).ok_or(Outcome::Archived)?;
        if experiment.header.archived {
            return Err(Outcome::Archived);
        }
        let number = experiment.number;
        let is_there = experiment.before.is_some();
        let (has_units, has_ids) = (experiment.header.has_units, experiment.header.has_ids);
        let mut look = |table, key| {
            // A new experiment has nothing on the shelf.
            if is_there {
                lookups.push((table, key));
            }
        };
        let as_unit = || HashKey::new(number, self.ids.of(Kind::IdAsUnit, &event.id));
        let mut plan = Plan {
            experiment: at,
            unit: match &event.unit {
                Some(unit) => HashKey::new(number, self.ids.of(Kind::Unit, unit)),
                None => as_unit(),
            },
            event: None,
            id_as_unit: None,
        };
        look(Table::Units, plan.unit);
        if event.unit.is_some() || has_units {
            let key = self.event_key(number, event);
            look(Table::Ids, key);
            plan.event = Some(key);
        }
        if event.unit.is_some() && has_ids {
            let key = as_unit();
            look(Table::Units, key);
            plan.id_as_unit = Some(key);
        }
        Ok(plan)
    }

    fn take(&mut self, event: &NewEvent<'_>, plan: &Plan) -> Result<Outcome, StoreError> {
        let known = self.known_names(event, plan.experiment);
        if let Some(names) = known
            && self.is_duplicate(event, plan, names)?
        {
            return Ok(Outcome::Duplicate);
        }
        match self.names(event, plan.experiment, known) {
            Ok((action, variant)) => {
                let of_unit = UnitEvent {
                    action,
                    variant,
                    is_exposure: event.is_exposure(),
                    value: event.value,
                    at: event.at,
                };
                self.count(event, of_unit, plan)?;
                Ok(Outcome::Counted)
            }
            Err(refusal) => Ok(Outcome::Refused(refusal)),
        }
    }

    /// The place of an experiment in this batch.
    fn experiment(&mut self, namespace: &'a str, name: &'a str) -> Result<usize, Refusal> {
        // Most batches are about few experiments, one after the other.
        let is_it = |of: &Changed<'_>| of.header.name == name && of.header.namespace == namespace;
        if self.experiments.last().is_some_and(is_it) {
            return Ok(self.experiments.len() - 1);
        }
        if let Some(&at) = self.index.get(&(namespace, name)) {
            return Ok(at);
        }
        let before = self.state.find(namespace, name);
        let changed = match before {
            Some(experiment) => Changed {
                number: experiment.number,
                header: Arc::clone(&experiment.header),
                span: experiment.span,
                rows: HashMap::default(),
                before,
                has_new_header: false,
                has_new_span: false,
            },
            None => {
                self.check_room(namespace)?;
                let number = self.next_number;
                self.next_number += 1;
                Changed {
                    number,
                    header: Arc::new(Header::new(namespace, name)),
                    span: None,
                    rows: HashMap::default(),
                    before,
                    has_new_header: true,
                    has_new_span: false,
                }
            }
        };
        let at = self.experiments.len();
        self.experiments.push(changed);
        self.index.insert((namespace, name), at);
        Ok(at)
    }

    fn check_room(&self, namespace: &str) -> Result<(), Refusal> {
        let new_ones = || self.experiments.iter().filter(|of| of.before.is_none());
        let there = self.state.namespaces.get(namespace).map_or(0, HashMap::len);
        let here = new_ones()
            .filter(|of| of.header.namespace == namespace)
            .count();
        let too_many = |what, most| Err(Refusal::TooMany { what, most });
        if there + here >= self.limits.experiments || self.next_number >= MOST_EXPERIMENTS {
            return too_many("experiments", self.limits.experiments);
        }
        if there + here == 0 {
            let mut names: Vec<&str> = new_ones()
                .map(|of| of.header.namespace.as_str())
                .filter(|name| !self.state.namespaces.contains_key(*name))
                .collect();
            names.sort_unstable();
            names.dedup();
            if self.state.namespaces.len() + names.len() >= self.limits.namespaces {
                return too_many("namespaces", self.limits.namespaces);
            }
        }
        Ok(())
    }

    /// The numbers of the event's action and variant, if both were seen: others have no ids.
    fn known_names(&self, event: &NewEvent<'_>, at: usize) -> Option<(u16, u16)> {
        let header = &self.experiments.get(at)?.header;
        let action = header.actions.find(&event.action)?;
        Some((action, header.variants.find(&event.variant)?))
    }

    fn is_duplicate(
        &self,
        event: &NewEvent<'_>,
        plan: &Plan,
        (action, variant): (u16, u16),
    ) -> Result<bool, StoreError> {
        let Some(experiment) = self.experiments.get(plan.experiment) else {
            return Ok(false);
        };
        let header = &experiment.header;
        // Where a key was not needed when the batch began, only events of this batch can have it.
        if header.has_units || event.unit.is_some() {
            let key = plan
                .event
                .unwrap_or_else(|| self.event_key(experiment.number, event));
            if self.scratch.event_ids.contains_key(&key) {
                return Ok(true);
            }
        }
        if header.has_ids {
            let key = match (&event.unit, plan.id_as_unit) {
                (None, _) => plan.unit,
                (Some(_), Some(key)) => key,
                (Some(_), None) => {
                    HashKey::new(experiment.number, self.ids.of(Kind::IdAsUnit, &event.id))
                }
            };
            if let Some(unit) = self.scratch.units.get(&key) {
                return unit
                    .has(action, variant)
                    .map_err(|error| super::bad_unit(self.shelf, key, error));
            }
        }
        Ok(false)
    }

    fn event_key(&self, number: u32, event: &NewEvent<'_>) -> HashKey {
        let kind = Kind::Event {
            action: &event.action,
            variant: &event.variant,
        };
        HashKey::new(number, self.ids.of(kind, &event.id))
    }

    /// The numbers of the event's action and variant, which are new names if need be.
    fn names(
        &mut self,
        event: &NewEvent<'_>,
        at: usize,
        known: Option<(u16, u16)>,
    ) -> Result<(u16, u16), Refusal> {
        let full = Refusal::TooMany {
            what: "experiments",
            most: self.limits.experiments,
        };
        let experiment = self.experiments.get_mut(at).ok_or(full)?;
        let header = &experiment.header;
        let has_kind = match event.unit {
            Some(_) => header.has_units,
            None => header.has_ids,
        };
        if let (Some(names), true) = (known, has_kind) {
            return Ok(names);
        }
        let mut header = Header::clone(header);
        let most = self.limits.actions;
        let action = add_name("actions", &mut header.actions, &event.action, most)?;
        let most = self.limits.variants;
        let variant = add_name("variants", &mut header.variants, &event.variant, most)?;
        match event.unit {
            Some(_) => header.has_units = true,
            None => header.has_ids = true,
        }
        experiment.header = Arc::new(header);
        experiment.has_new_header = true;
        Ok((action, variant))
    }

    fn count(
        &mut self,
        event: &NewEvent<'_>,
        of_unit: UnitEvent,
        plan: &Plan,
    ) -> Result<(), StoreError> {
        let Some(experiment) = self.experiments.get_mut(plan.experiment) else {
            return Ok(());
        };
        let pairs = &experiment.header.pairs;
        let has_pair = |action| pairs.iter().any(|of| of.0 == action || of.1 == action);
        self.scratch.increments.clear();
        match self.scratch.units.entry(plan.unit) {
            Entry::Vacant(entry) if event.unit.is_none() && !has_pair(of_unit.action) => {
                entry.insert(Staged::Single {
                    event: of_unit,
                    is_random: is_random(&event.id),
                });
                self.scratch
                    .increments
                    .push(Unit::single_increment(of_unit));
            }
            entry => {
                let staged = entry.or_insert_with(|| {
                    Staged::Whole(Box::new(match event.unit {
                        Some(_) => Unit::new(),
                        None => Unit::of_id(is_random(&event.id)),
                    }))
                });
                staged
                    .whole()
                    .map_err(|error| super::bad_unit(self.shelf, plan.unit, error))?
                    .add(of_unit, pairs, &mut self.scratch.increments);
            }
        }
        if let (Some(_), Some(key)) = (&event.unit, plan.event) {
            let note = IdNote {
                is_random: is_random(&event.id),
                day: Day::of_millis(event.at),
            };
            self.scratch.event_ids.insert(key, Some(note));
        }
        for increment in &self.scratch.increments {
            let place = (increment.place, increment.day);
            experiment
                .rows
                .entry(place)
                .or_insert_with(|| {
                    let row = experiment.before.and_then(|of| of.rows.get(&place));
                    row.copied()
                        .unwrap_or_else(|| Row::empty(&increment.amount))
                })
                .add(increment);
        }
        let span = match experiment.span {
            Some((first, last)) => (first.min(event.at), last.max(event.at)),
            None => (event.at, event.at),
        };
        experiment.has_new_span |= experiment.span != Some(span);
        experiment.span = Some(span);
        Ok(())
    }

    /// Nothing if no event counted.
    pub(super) fn into_batch(self) -> Result<Option<Ready<S>>, StoreError> {
        let changed: Vec<Changed<'_>> = self
            .experiments
            .into_iter()
            .filter(|of| !of.rows.is_empty())
            .collect();
        if changed.is_empty() {
            return Ok(None);
        }
        let mut batch = self
            .shelf
            .batch(self.scratch.event_ids.len() + self.scratch.units.len() + 16);
        if self.next_number != self.state.next_number {
            let next = self.next_number.to_be_bytes();
            batch.put(Table::Meta, meta::NEXT_NUMBER, &next);
        }
        for of in &changed {
            if of.has_new_header {
                put_header(&mut batch, of.number, &of.header)?;
            }
            if let (true, Some(span)) = (of.has_new_span, of.span) {
                let key = [of.number.to_be_bytes().as_slice(), &SPAN].concat();
                batch.put(Table::Rows, &key, &write_span(span));
            }
            for (&at, row) in &of.rows {
                put_row(&mut batch, of.number, at, row);
            }
        }
        let Scratch {
            event_ids, units, ..
        } = self.scratch;
        // Engines take sorted keys faster.
        let new_ids = event_ids
            .iter()
            .filter_map(|(key, note)| Some((key.order(), key, (*note)?)));
        let mut new_ids: Vec<_> = new_ids.collect();
        new_ids.sort_unstable_by_key(|of| of.0);
        for (_, key, note) in new_ids {
            batch.put_new(Table::Ids, *key, &note.bytes());
        }
        let changed_units = units.iter().filter(|of| of.1.is_changed());
        let mut units: Vec<_> = changed_units
            .map(|(key, staged)| (key.order(), key, staged))
            .collect();
        units.sort_unstable_by_key(|of| of.0);
        let mut bytes = Vec::with_capacity(64);
        for (_, key, staged) in units {
            bytes.clear();
            staged.write(&mut bytes);
            if staged.is_new() {
                batch.put_new(Table::Units, *key, &bytes);
            } else {
                batch.put(Table::Units, &key.0, &bytes);
            }
        }
        let changed = changed.into_iter().map(|of| NewState {
            number: of.number,
            header: of.header,
            span: of.span,
            rows: of.rows,
        });
        Ok(Some((batch, changed.collect())))
    }
}

/// Whether an id is a uuid of version 4, which is made anew for each event.
pub(in crate::store) fn is_random(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok_and(|id| id.get_version_num() == 4)
}
