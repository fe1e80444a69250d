use std::collections::{HashMap, HashSet};

use super::directory::Entry;
use crate::id_hash::{IdHash, Kind};
use crate::store::counting::batch::is_random;
use crate::{Day, NewEvent, is_exposure};

const HAS_UNIT: u8 = 1;
const HAS_VALUE: u8 = 2;
const IS_RANDOM: u8 = 4;

/// How many places of a plain batch have a number that leaves a bit of two bytes.
const MOST_PLAIN_PLACES: usize = 1 << 15;

/// The events of one shard of an experiment.
#[derive(Default)]
pub(super) struct Packed {
    places: HashMap<(u16, u16, u32), u16>,
    last_place: Option<((u16, u16, u32), u16)>,
    place_bytes: Vec<u8>,
    events: Vec<PackedEvent>,
}

struct PackedEvent {
    /// Where it is in the batch.
    index: usize,
    flags: u8,
    place: u16,
    of_day: u32,
    id: Option<u128>,
    note: Option<u128>,
    unit: Option<u128>,
    value: Option<f64>,
}

impl Packed {
    pub(super) fn add(
        &mut self,
        index: usize,
        event: &NewEvent<'_>,
        (action, variant): (u16, u16),
        unit: u128,
        entry: &Entry,
        ids: &IdHash,
    ) {
        let day = Day::of_millis(event.at);
        let place = self.place((action, variant, day.days()), &event.action);
        let mut flags = 0;
        if event.unit.is_some() {
            flags |= HAS_UNIT;
        }
        if event.value.is_some() {
            flags |= HAS_VALUE;
        }
        if is_random(&event.id) {
            flags |= IS_RANDOM;
        }
        let header = &entry.header;
        let id = || match event.unit {
            Some(_) => ids.of(Kind::IdAsUnit, &event.id),
            None => unit,
        };
        let kind = Kind::Event {
            action: &event.action,
            variant: &event.variant,
        };
        let of_day = event.at.saturating_sub(day.start_millis());
        self.events.push(PackedEvent {
            index,
            flags,
            place,
            of_day: of_day.try_into().unwrap_or(u32::MAX),
            id: header.has_ids.then(id),
            note: header.has_units.then(|| ids.of(kind, &event.id)),
            unit: event.unit.as_ref().map(|_| unit),
            value: event.value,
        });
    }

    fn place(&mut self, place: (u16, u16, u32), action: &str) -> u16 {
        if let Some((last, at)) = self.last_place
            && last == place
        {
            return at;
        }
        // There are no more of them than events in a batch, which has few.
        let next = self.places.len().try_into().unwrap_or(u16::MAX);
        let at = *self.places.entry(place).or_insert_with(|| {
            self.place_bytes.extend(place.0.to_le_bytes());
            self.place_bytes.extend(place.1.to_le_bytes());
            self.place_bytes.extend(place.2.to_le_bytes());
            self.place_bytes.push(is_exposure(action).into());
            next
        });
        self.last_place = Some((place, at));
        at
    }

    /// The script's arguments, and which events it answers for in which order.
    pub(super) fn args(self, entry: &Entry) -> (Vec<Vec<u8>>, Vec<usize>) {
        let mut pairs = Vec::new();
        for &(first, second) in &entry.header.pairs {
            pairs.extend(first.to_le_bytes());
            pairs.extend(second.to_le_bytes());
        }
        let kinds: &[u8] = match (entry.header.has_ids, entry.header.has_units) {
            (true, true) => b"3",
            (false, true) => b"2",
            _ => b"1",
        };
        let mut args = vec![self.place_bytes.clone(), pairs.clone(), kinds.to_vec()];
        if kinds == b"1" && pairs.is_empty() && self.is_plain() {
            let events = self.by_bucket();
            args.push(Vec::new());
            args.extend(self.plain(&events));
            (args, events.iter().map(|event| event.index).collect())
        } else {
            let mut all = Vec::new();
            for event in &self.events {
                event.write(&mut all);
            }
            args.extend([all, Vec::new()]);
            (args, self.events.iter().map(|event| event.index).collect())
        }
    }

    /// The events such that those of a bucket are neighbours, however many buckets there are: a bucket has in common the
    /// lowest bits of its hashes. Those of one id stay in order.
    fn by_bucket(&self) -> Vec<&PackedEvent> {
        let mut events: Vec<(u32, &PackedEvent)> = self
            .events
            .iter()
            .map(|event| (lowest(event.id).reverse_bits(), event))
            .collect();
        events.sort_unstable_by_key(|of| (of.0, of.1.index));
        events.into_iter().map(|of| of.1).collect()
    }

    /// Events, when each happened, and for each place the first and the last that did.
    fn plain(&self, events: &[&PackedEvent]) -> [Vec<u8>; 3] {
        let mut hashes = Vec::with_capacity(events.len() * 14);
        let mut moments = Vec::with_capacity(events.len() * 4);
        let mut ends = vec![None::<[(u32, u32); 2]>; self.places.len()];
        for (at, event) in (0..).zip(events) {
            let is_random = u16::from(event.flags & IS_RANDOM != 0);
            let group = event.place.saturating_mul(2).saturating_add(is_random);
            hashes.extend(group.to_le_bytes());
            write_hash(event.id, &mut hashes);
            moments.extend(event.of_day.to_le_bytes());
            let moment = (event.of_day, at);
            if let Some(ends) = ends.get_mut(usize::from(event.place)) {
                let [first, last] = ends.unwrap_or([moment; 2]);
                *ends = Some([first.min(moment), last.max(moment)]);
            }
        }
        let ends = ends.into_iter().flat_map(Option::unwrap_or_default);
        let ends = ends.flat_map(|of| of.1.to_le_bytes()).collect();
        [hashes, moments, ends]
    }

    /// Whether the order of the events does not matter, and all are ids without values.
    fn is_plain(&self) -> bool {
        let cells: HashSet<(u16, u16)> = self.places.keys().map(|of| (of.0, of.1)).collect();
        cells.len() == self.places.len()
            && cells.len() <= MOST_PLAIN_PLACES
            && self
                .events
                .iter()
                .all(|event| event.flags & !IS_RANDOM == 0)
    }
}

impl PackedEvent {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.flags);
        out.extend(self.place.to_le_bytes());
        out.extend(self.of_day.to_le_bytes());
        write_hash(self.id, out);
        write_hash(self.note, out);
        write_hash(self.unit, out);
        if let Some(value) = self.value {
            out.extend(value.to_le_bytes());
        }
    }
}

/// Those bits that tell a bucket.
fn lowest(hash: Option<u128>) -> u32 {
    let [a, b, c, d, ..] = hash.unwrap_or_default().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Its first 8 bytes, and the first four of them again, which the script reads as a number.
fn write_hash(hash: Option<u128>, out: &mut Vec<u8>) {
    if let Some(hash) = hash {
        let bytes = hash.to_le_bytes();
        out.extend(bytes.iter().take(8));
        out.extend(bytes.iter().take(4));
    }
}
