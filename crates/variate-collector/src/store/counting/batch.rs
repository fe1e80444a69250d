use std::collections::HashMap;
use std::sync::Arc;

use super::header::Header;
use super::rows::Row;
use super::{SPAN, State, add_name, put_header, put_row, write_span};
use crate::id_hash::{IdHash, Kind};
use crate::store::StoreError;
use crate::store::counting::meta;
use crate::store::shelf::{Shelf, ShelfBatch, Table};
use crate::unit::{Increment, Place, Unit, UnitEvent};
use crate::{Day, Limits, NewEvent, Outcome, Refusal};

/// An experiment's number and 128 bits of an id or a unit.
type HashKey = [u8; 20];

/// A batch as it is counted: nothing of it is in the state or on the shelf yet.
pub(super) struct Counted<'a, S> {
    shelf: &'a S,
    ids: &'a IdHash,
    limits: &'a Limits,
    state: &'a State,
    next_number: u32,
    experiments: Vec<Changed>,
    index: HashMap<(String, String), usize>,
    new_ids: HashMap<HashKey, IdNote>,
    units: HashMap<HashKey, Staged>,
    increments: Vec<Increment>,
}

/// What a batch makes of an experiment.
pub(super) struct Changed {
    pub(super) number: u32,
    pub(super) header: Arc<Header>,
    pub(super) span: Option<(u64, u64)>,
    pub(super) rows: HashMap<(Place, Day), Row>,
    has_new_header: bool,
    has_new_span: bool,
}

/// What is to be written, and what is to be changed in the state after that.
type Ready<S> = (<S as Shelf>::Batch, Vec<Changed>);

/// A unit, read from the shelf or new.
struct Staged {
    unit: Unit,
    is_changed: bool,
}

/// What is kept of an event's id.
#[derive(Debug, Clone, Copy)]
struct IdNote {
    is_random: bool,
    day: Day,
}

impl IdNote {
    fn bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.day.days().to_le_bytes();
        [self.is_random.into(), a, b, c, d]
    }
}

/// The day of an id that may be forgotten.
pub(super) fn random_since(note: &[u8]) -> Option<Day> {
    match *note {
        [1, a, b, c, d] => Some(Day::from_days(u32::from_le_bytes([a, b, c, d]))),
        _ => None,
    }
}

impl<'a, S: Shelf> Counted<'a, S> {
    pub(super) fn new(shelf: &'a S, ids: &'a IdHash, limits: &'a Limits, state: &'a State) -> Self {
        Self {
            shelf,
            ids,
            limits,
            state,
            next_number: state.next_number,
            experiments: Vec::new(),
            index: HashMap::new(),
            new_ids: HashMap::new(),
            units: HashMap::new(),
            increments: Vec::new(),
        }
    }

    pub(super) fn take_all(&mut self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        events.iter().map(|event| self.take(event)).collect()
    }

    fn take(&mut self, event: &NewEvent<'_>) -> Result<Outcome, StoreError> {
        let place = self
            .limits
            .check(event)
            .and_then(|()| self.experiment(&event.namespace, &event.experiment));
        let at = match place {
            Ok(at) => at,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let Some(experiment) = self.experiments.get(at) else {
            return Ok(Outcome::Duplicate);
        };
        if experiment.header.archived {
            return Ok(Outcome::Archived);
        }
        if self.is_duplicate(event, at)? {
            return Ok(Outcome::Duplicate);
        }
        match self.names(event, at) {
            Ok((action, variant)) => {
                let of_unit = UnitEvent {
                    action,
                    variant,
                    is_exposure: event.is_exposure(),
                    value: event.value,
                    at: event.at,
                };
                self.count(event, of_unit, at)?;
                Ok(Outcome::Counted)
            }
            Err(refusal) => Ok(Outcome::Refused(refusal)),
        }
    }

    /// The place of an experiment in this batch.
    fn experiment(&mut self, namespace: &str, name: &str) -> Result<usize, Refusal> {
        // Most batches are about few experiments, one after the other.
        let is_it = |of: &Changed| of.header.name == name && of.header.namespace == namespace;
        if self.experiments.last().is_some_and(is_it) {
            return Ok(self.experiments.len() - 1);
        }
        let key = (namespace.to_owned(), name.to_owned());
        if let Some(&at) = self.index.get(&key) {
            return Ok(at);
        }
        let changed = match self.state.find(namespace, name) {
            Some(experiment) => Changed {
                number: experiment.number,
                header: Arc::clone(&experiment.header),
                span: experiment.span,
                rows: HashMap::new(),
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
                    rows: HashMap::new(),
                    has_new_header: true,
                    has_new_span: false,
                }
            }
        };
        let at = self.experiments.len();
        self.experiments.push(changed);
        self.index.insert(key, at);
        Ok(at)
    }

    fn check_room(&self, namespace: &str) -> Result<(), Refusal> {
        let is_new = |of: &&Changed| {
            let header = &of.header;
            self.state.find(&header.namespace, &header.name).is_none()
        };
        let new_ones = || self.experiments.iter().filter(is_new);
        let there = self.state.namespaces.get(namespace).map_or(0, HashMap::len);
        let here = new_ones()
            .filter(|of| of.header.namespace == namespace)
            .count();
        let too_many = |what, most| Err(Refusal::TooMany { what, most });
        if there + here >= self.limits.experiments {
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

    fn is_duplicate(&mut self, event: &NewEvent<'_>, at: usize) -> Result<bool, StoreError> {
        let Some(experiment) = self.experiments.get(at) else {
            return Ok(false);
        };
        let header = Arc::clone(&experiment.header);
        let number = experiment.number;
        let names = (
            header.actions.find(&event.action),
            header.variants.find(&event.variant),
        );
        // An action or a variant that was never seen has no ids.
        let (Some(action), Some(variant)) = names else {
            return Ok(false);
        };
        if header.has_units || event.unit.is_some() {
            let key = self.event_key(number, event);
            if self.new_ids.contains_key(&key) || self.shelf.get(Table::Ids, &key)?.is_some() {
                return Ok(true);
            }
        }
        if header.has_ids {
            let key = hash_key(number, self.ids.of(Kind::IdAsUnit, &event.id));
            if let Some(unit) = self.find_unit(key)? {
                return Ok(unit.has(action, variant));
            }
        }
        Ok(false)
    }

    fn event_key(&self, number: u32, event: &NewEvent<'_>) -> HashKey {
        let kind = Kind::Event {
            action: &event.action,
            variant: &event.variant,
        };
        hash_key(number, self.ids.of(kind, &event.id))
    }

    fn find_unit(&mut self, key: HashKey) -> Result<Option<&Unit>, StoreError> {
        if !self.units.contains_key(&key)
            && let Some(bytes) = self.shelf.get(Table::Units, &key)?
        {
            let unit = Unit::read(bytes.as_ref()).map_err(|error| StoreError::Damaged {
                place: self.shelf.place(),
                what: format!("{error}, at {key:02x?} of the table of units"),
            })?;
            let staged = Staged {
                unit,
                is_changed: false,
            };
            self.units.insert(key, staged);
        }
        Ok(self.units.get(&key).map(|staged| &staged.unit))
    }

    /// The numbers of the event's action and variant, which are new names if need be.
    fn names(&mut self, event: &NewEvent<'_>, at: usize) -> Result<(u16, u16), Refusal> {
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
        if let (Some(action), Some(variant), true) = (
            header.actions.find(&event.action),
            header.variants.find(&event.variant),
            has_kind,
        ) {
            return Ok((action, variant));
        }
        let mut header = Header::clone(header);
        let action = add_name(
            "actions",
            &mut header.actions,
            &event.action,
            self.limits.actions,
        )?;
        let variant = add_name(
            "variants",
            &mut header.variants,
            &event.variant,
            self.limits.variants,
        )?;
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
        at: usize,
    ) -> Result<(), StoreError> {
        let Some(experiment) = self.experiments.get(at) else {
            return Ok(());
        };
        let number = experiment.number;
        let header = Arc::clone(&experiment.header);
        let key = match &event.unit {
            Some(unit) => hash_key(number, self.ids.of(Kind::Unit, unit)),
            None => hash_key(number, self.ids.of(Kind::IdAsUnit, &event.id)),
        };
        self.find_unit(key)?;
        let staged = self.units.entry(key).or_insert_with(|| Staged {
            unit: match event.unit {
                Some(_) => Unit::new(),
                None => Unit::of_id(is_random(&event.id)),
            },
            is_changed: true,
        });
        staged.is_changed = true;
        self.increments.clear();
        staged
            .unit
            .add(of_unit, &header.pairs, &mut self.increments);

        if event.unit.is_some() {
            let note = IdNote {
                is_random: is_random(&event.id),
                day: Day::of_millis(event.at),
            };
            let key = self.event_key(number, event);
            self.new_ids.insert(key, note);
        }
        let before = self.state.find(&header.namespace, &header.name);
        let Some(experiment) = self.experiments.get_mut(at) else {
            return Ok(());
        };
        for increment in &self.increments {
            let place = (increment.place, increment.day);
            let row = experiment.rows.get(&place);
            let row = row.or_else(|| before?.rows.get(&place)).copied();
            experiment.rows.insert(place, Row::after(row, increment));
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
        let changed: Vec<Changed> = self
            .experiments
            .into_iter()
            .filter(|of| !of.rows.is_empty())
            .collect();
        if changed.is_empty() {
            return Ok(None);
        }
        let mut batch = self.shelf.batch();
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
        for (key, note) in &self.new_ids {
            batch.put(Table::Ids, key, &note.bytes());
        }
        let mut bytes = Vec::new();
        for (key, staged) in self.units.iter().filter(|of| of.1.is_changed) {
            bytes.clear();
            staged.unit.write(&mut bytes);
            batch.put(Table::Units, key, &bytes);
        }
        Ok(Some((batch, changed)))
    }
}

fn hash_key(number: u32, hash: u128) -> HashKey {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&number.to_be_bytes());
    key[4..].copy_from_slice(&hash.to_be_bytes());
    key
}

/// Whether an id is a uuid of version 4, which is made anew for each event.
pub(in crate::store) fn is_random(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok_and(|id| id.get_version_num() == 4)
}
