use std::collections::{HashMap, hash_map};
use std::sync::Arc;

use redis::Value;

use super::begin::Begun;
use super::directory::{Entry, Known, Written};
use super::keys::DIRECTORY;
use super::packed::Packed;
use super::script::{Call, INGEST};
use super::{DIRECTORY_GONE, Server, lost_key};
use crate::id_hash::Kind;
use crate::store::StoreError;
use crate::store::counting::add_name;
use crate::{NewEvent, Outcome, Refusal};

/// How often a batch is counted again because an experiment was deleted or changed meanwhile.
const MOST_TRIES: usize = 16;

/// How many arguments are before the store's mark.
const MARK_AT: usize = 7;

/// What a batch knows of an experiment.
enum Draft {
    Entry {
        known: Option<Arc<Known>>,
        entry: Box<Entry>,
        is_changed: bool,
    },
    Refused(Refusal),
    Archived,
    /// A part of it is missing.
    Unavailable(String),
}

type Name<'a> = (&'a str, &'a str);

impl Server {
    pub(super) fn count(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        // All that is not told otherwise.
        let mut outcomes = vec![Outcome::Duplicate; events.len()];
        let mut pending = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            match self.limits.check(event) {
                Ok(()) => pending.push(index),
                Err(refusal) => set(&mut outcomes, index, Outcome::Refused(refusal)),
            }
        }
        for _ in 0..MOST_TRIES {
            if pending.is_empty() {
                return Ok(outcomes);
            }
            let begun = self.begun()?;
            let drafts = self.drafts(events, &pending, &begun.mark, &mut outcomes)?;
            let Some((drafts, named)) = drafts else {
                continue;
            };
            pending = self.send(events, &drafts, &named, &begun, &mut outcomes)?;
        }
        if pending.is_empty() {
            return Ok(outcomes);
        }
        let tries =
            format!("experiments were changed {MOST_TRIES} times while a batch was counted");
        Err(self.unavailable(tries.into()))
    }

    /// Names of experiments, actions and variants in the directory; nothing if somebody else was faster.
    /// The second part are those events that can be counted.
    #[expect(clippy::type_complexity, reason = "used once")]
    fn drafts<'a>(
        &self,
        events: &'a [NewEvent<'_>],
        pending: &[usize],
        mark: &str,
        outcomes: &mut [Outcome],
    ) -> Result<Option<(HashMap<Name<'a>, Draft>, Vec<(usize, u16, u16)>)>, StoreError> {
        let mut drafts: HashMap<Name<'a>, Draft> = HashMap::new();
        let mut named = Vec::with_capacity(pending.len());
        for &index in pending {
            let Some(event) = events.get(index) else {
                continue;
            };
            let name: Name<'a> = (&event.namespace, &event.experiment);
            let draft = match drafts.entry(name) {
                hash_map::Entry::Occupied(known) => known.into_mut(),
                hash_map::Entry::Vacant(place) => place
                    .insert(or_unavailable(self.draft(name), |error| {
                        self.is_of_experiment(error)
                    })?),
            };
            let (entry, is_changed) = match draft {
                Draft::Entry {
                    entry, is_changed, ..
                } => (entry, is_changed),
                Draft::Archived => {
                    set(outcomes, index, Outcome::Archived);
                    continue;
                }
                Draft::Refused(_) | Draft::Unavailable(_) => continue,
            };
            match self.name(entry, event, is_changed) {
                Ok((action, variant)) => named.push((index, action, variant)),
                Err(refusal) => set(outcomes, index, Outcome::Refused(refusal)),
            }
        }
        for draft in drafts.values_mut() {
            let written = match self.write_draft(draft, mark) {
                Ok(written) => written,
                Err(error) => {
                    let is_of_experiment = |error: &_| self.is_of_experiment(error);
                    *draft = or_unavailable(Err(error), is_of_experiment)?;
                    continue;
                }
            };
            match written {
                None => {}
                Some(Written::Done(written)) => {
                    if let Draft::Entry { known, .. } = draft {
                        *known = Some(written);
                    }
                }
                Some(Written::Changed) => return Ok(None),
                Some(Written::Refused(refusal)) => *draft = Draft::Refused(refusal),
            }
        }
        for &index in pending {
            let Some(event) = events.get(index) else {
                continue;
            };
            let name: Name<'a> = (&event.namespace, &event.experiment);
            match drafts.get(&name) {
                Some(Draft::Refused(refusal)) => {
                    set(outcomes, index, Outcome::Refused(refusal.clone()));
                }
                Some(Draft::Unavailable(what)) => {
                    set(outcomes, index, Outcome::Unavailable { what: what.clone() });
                }
                _ => {}
            }
        }
        Ok(Some((drafts, named)))
    }

    /// Writes what is new of an experiment into the directory; nothing if nothing is.
    fn write_draft(&self, draft: &mut Draft, mark: &str) -> Result<Option<Written>, StoreError> {
        let Draft::Entry {
            known,
            entry,
            is_changed: true,
        } = draft
        else {
            return Ok(None);
        };
        let is_new = known.is_none();
        if is_new {
            match self.new_number(mark)? {
                Some(number) => entry.number = number,
                None => return Ok(Some(Written::Changed)),
            }
        }
        // Before the directory says that there are events: a shard that is missing then was lost.
        if known.as_ref().is_none_or(|of| !of.entry.has_events()) {
            self.prepare(entry, mark)?;
        }
        let written = self.write(known.as_deref(), Some(entry), mark)?;
        if is_new && !matches!(written, Written::Done(_)) {
            self.take_back(entry);
        }
        Ok(Some(written))
    }

    /// Whether what is missing stops this experiment, or those of its namespace, or new ones, and not all.
    fn is_of_experiment(&self, error: &StoreError) -> bool {
        let what = match error {
            StoreError::DamagedExperiment { .. } | StoreError::DamagedNamespace { .. } => {
                return true;
            }
            StoreError::Damaged { what, .. } => what,
            _ => return false,
        };
        let is_named = |key: String| what.contains(&format!("`{key}`"));
        if what.contains(DIRECTORY) {
            is_named(self.keys.namespaces()) || is_named(self.keys.number())
        } else {
            !what.contains(DIRECTORY_GONE)
        }
    }

    /// A shard was never opened, or is another store's: what this process knows may be from before the server lost it all, so it
    /// looks at everything again.
    /// Answers what is missing, if it is the shard.
    fn look_again(
        &self,
        entry: &Entry,
        shard: u32,
        mark: &str,
    ) -> Result<Option<StoreError>, StoreError> {
        self.begin_again();
        if self.begun()?.mark != mark {
            return Ok(None);
        }
        let header = &entry.header;
        match self.look_up(&header.namespace, &header.name)? {
            Some(known) if known.entry.number == entry.number => {
                let key = self.keys.shard(entry.number, shard);
                Ok(Some(self.lost_of(header, &key)))
            }
            _ => Ok(None),
        }
    }

    fn draft(&self, (namespace, name): Name<'_>) -> Result<Draft, StoreError> {
        let mut known = self.cached(namespace, name)?;
        if known.as_ref().is_some_and(|of| of.entry.header.archived) {
            // It may have been taken back.
            known = self.look_up(namespace, name)?;
        }
        if known.as_ref().is_some_and(|of| of.entry.header.archived) {
            return Ok(Draft::Archived);
        }
        let entry = match &known {
            Some(known) => known.entry.clone(),
            None => self.new_entry(namespace, name),
        };
        Ok(Draft::Entry {
            known,
            entry: Box::new(entry),
            is_changed: false,
        })
    }

    fn name(
        &self,
        entry: &mut Entry,
        event: &NewEvent<'_>,
        is_changed: &mut bool,
    ) -> Result<(u16, u16), Refusal> {
        let header = &mut entry.header;
        let has_kind = match event.unit {
            Some(_) => header.has_units,
            None => header.has_ids,
        };
        let found = (
            header.actions.find(&event.action),
            header.variants.find(&event.variant),
        );
        if let (Some(action), Some(variant), true) = (found.0, found.1, has_kind) {
            return Ok((action, variant));
        }
        let limits = &self.limits;
        *is_changed = true;
        let action = add_name(
            "actions",
            &mut header.actions,
            &event.action,
            limits.actions,
        )?;
        let most = limits.variants;
        let variant = add_name("variants", &mut header.variants, &event.variant, most)?;
        match event.unit {
            Some(_) => header.has_units = true,
            None => header.has_ids = true,
        }
        Ok((action, variant))
    }

    /// Counts; answers the events of which that is still to be done.
    fn send(
        &self,
        events: &[NewEvent<'_>],
        drafts: &HashMap<Name<'_>, Draft>,
        named: &[(usize, u16, u16)],
        begun: &Begun,
        outcomes: &mut [Outcome],
    ) -> Result<Vec<usize>, StoreError> {
        let ids = &begun.ids;
        let mut shards: HashMap<(u64, u32), (&Entry, Packed)> = HashMap::new();
        let mut last: Option<(Name<'_>, &Entry)> = None;
        for &(index, action, variant) in named {
            let Some(event) = events.get(index) else {
                continue;
            };
            let name: Name<'_> = (&event.namespace, &event.experiment);
            let entry = match last {
                // Most batches are about few experiments, one after the other.
                Some((of, entry)) if of == name => entry,
                _ => match drafts.get(&name) {
                    Some(Draft::Entry { entry, .. }) => &**entry,
                    _ => continue,
                },
            };
            last = Some((name, entry));
            let unit = match &event.unit {
                Some(unit) => ids.of(Kind::Unit, unit),
                None => ids.of(Kind::IdAsUnit, &event.id),
            };
            let shard = shard_of(unit, entry.shards);
            let packed = shards
                .entry((entry.number, shard))
                .or_insert_with(|| (entry, Packed::default()));
            packed
                .1
                .add(index, event, (action, variant), unit, entry, ids);
        }
        let (mut calls, mut asked) = (Vec::new(), Vec::new());
        for (at, (entry, packed)) in shards {
            let (mut args, indexes) = packed.args(entry);
            args.resize(MARK_AT, Vec::new());
            args.push(begun.mark.clone().into_bytes());
            calls.push(Call::Script {
                lua: INGEST,
                keys: vec![self.keys.shard(at.0, at.1)],
                args,
            });
            asked.push((entry, at.1, indexes));
        }
        let answers = self.connections.call(&calls);
        let answers = answers.map_err(|error| self.failed(&error))?;
        let mut pending = Vec::new();
        let mut failure = None;
        for ((entry, shard, indexes), answer) in asked.into_iter().zip(answers) {
            let answer = match answer {
                Ok(Value::BulkString(bytes)) => bytes,
                Ok(other) => {
                    let what = format!("an answer of the server is {other:?}");
                    failure = failure.or(Some(self.damaged(what)));
                    continue;
                }
                Err(error) => {
                    let is_lost = lost_key(&error).is_some();
                    match self.failed_of(&entry.header, &error).into_damage() {
                        Ok(what) if is_lost => {
                            set_all(outcomes, &indexes, &Outcome::Unavailable { what });
                        }
                        Ok(what) => failure = failure.or(Some(self.damaged(what))),
                        Err(error) => failure = failure.or(Some(error)),
                    }
                    continue;
                }
            };
            let header = &entry.header;
            match answer.split_first() {
                Some((b'O', counted)) if counted.len() == indexes.len() => {
                    for (&index, &counted) in indexes.iter().zip(counted) {
                        if counted == b'1' {
                            set(outcomes, index, Outcome::Counted);
                        }
                    }
                }
                Some((b'A', _)) => {
                    set_all(outcomes, &indexes, &Outcome::Archived);
                    self.cache.forget(&header.namespace, &header.name);
                }
                // New, or lost with everything else.
                Some((b'N', _)) => {
                    let missed = self.look_again(entry, shard, &begun.mark)?;
                    match missed.map(StoreError::into_damage) {
                        Some(Ok(what)) => {
                            set_all(outcomes, &indexes, &Outcome::Unavailable { what });
                        }
                        _ => pending.extend(indexes),
                    }
                }
                // Deleted, or of two kinds of events.
                Some((b'D' | b'S', _)) => {
                    self.cache.forget(&header.namespace, &header.name);
                    pending.extend(indexes);
                }
                _ => failure = failure.or(Some(self.damaged("an answer of the script"))),
            }
        }
        pending.sort_unstable();
        match failure {
            Some(failure) => Err(failure),
            None => Ok(pending),
        }
    }
}

fn set(outcomes: &mut [Outcome], index: usize, outcome: Outcome) {
    if let Some(place) = outcomes.get_mut(index) {
        *place = outcome;
    }
}

fn set_all(outcomes: &mut [Outcome], indexes: &[usize], outcome: &Outcome) {
    for &index in indexes {
        set(outcomes, index, outcome.clone());
    }
}

/// What fails for one experiment only fails its events only.
fn or_unavailable(
    draft: Result<Draft, StoreError>,
    is_of_experiment: impl Fn(&StoreError) -> bool,
) -> Result<Draft, StoreError> {
    match draft {
        Err(error) if is_of_experiment(&error) => error.into_damage().map(Draft::Unavailable),
        draft => draft,
    }
}

/// By bits that the script does not see.
fn shard_of(hash: u128, shards: u32) -> u32 {
    let [.., a, b, c, d] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) % shards.max(1)
}
