use std::collections::HashMap;

use redis::{RedisResult, Value};

use super::Server;
use super::directory::Entry;
use super::script::{Call, LIST, SPAN};
use crate::seldom::Seldom;
use crate::store::StoreError;
use crate::store::counting::rows::{self, Row, Rows};
use crate::unit::Place;
use crate::{Day, ExperimentInfo, ExperimentTallies};

/// When the first and the last event happened.
type Span = Option<(u64, u64)>;

static DAMAGES: Seldom = Seldom::new();

/// How often an experiment is read again because it was reset meanwhile.
const MOST_TRIES: usize = 8;

impl Server {
    pub(super) fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        let answer = self.connections.call_one(&Call::Script {
            lua: LIST,
            keys: vec![self.keys.namespaces(), self.keys.mark()],
            args: Vec::new(),
        });
        let mut names: Vec<String> = self.read(answer)?;
        names.retain(|name| !name.is_empty());
        if names.is_empty() {
            self.check_nothing()?;
        }
        names.sort();
        Ok(names)
    }

    pub(super) fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        let all = self.list(namespace)?;
        if all.is_empty() {
            self.check_nothing()?;
        }
        let calls: Vec<Call> = all
            .iter()
            .flat_map(|known| (0..known.entry.shards).map(move |shard| (&known.entry, shard)))
            .map(|(entry, shard)| self.ask_span(entry, shard))
            .collect();
        let answers = self.connections.call(&calls);
        let mut answers = answers.map_err(|error| self.failed(&error))?.into_iter();
        let mut infos = Vec::with_capacity(all.len());
        for known in &all {
            let (mut span, mut is_damaged) = (None, false);
            for _ in 0..known.entry.shards {
                let answer = answers.next().unwrap_or(Ok(Value::Nil));
                match self.read_span(&known.entry, answer) {
                    Ok(of_shard) => span = joined(span, of_shard.0),
                    // Who reads its tallies is told why. The others are listed.
                    Err(error @ StoreError::DamagedExperiment { .. }) => {
                        is_damaged = true;
                        if let Some(damages_not_told) = DAMAGES.left_out() {
                            tracing::error!(target: "variate", %error, damages_not_told, "an experiment is listed as damaged");
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            let mut info = known.entry.header.info(span);
            info.damaged = is_damaged;
            infos.push(info);
        }
        Ok(infos)
    }

    pub(super) fn tallies(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        for _ in 0..MOST_TRIES {
            let Some(known) = self.look_up(namespace, name)? else {
                self.check_nothing()?;
                return Ok(None);
            };
            if let Some((rows, span)) = self.rows(&known.entry)? {
                return Ok(Some(rows::tallies(&known.entry.header, span, &rows)));
            }
        }
        let tries = format!("experiment `{name}` was reset {MOST_TRIES} times while it was read");
        Err(self.unavailable(tries.into()))
    }

    pub(super) fn span(&self, entry: &Entry) -> Result<Span, StoreError> {
        let calls: Vec<Call> = (0..entry.shards)
            .map(|shard| self.ask_span(entry, shard))
            .collect();
        let answers = self.connections.call(&calls);
        let mut span = None;
        for answer in answers.map_err(|error| self.failed(&error))? {
            span = joined(span, self.read_span(entry, answer)?.0);
        }
        Ok(span)
    }

    /// Nothing if it was removed meanwhile.
    fn rows(&self, entry: &Entry) -> Result<Option<(Rows, Span)>, StoreError> {
        let calls: Vec<Call> = (0..entry.shards)
            .flat_map(|shard| {
                let rows = self.keys.rows(entry.number, shard);
                [
                    Call::command("HGETALL", &[&rows]),
                    // After the rows, so that they were whole if the shard was not removed.
                    self.ask_span(entry, shard),
                ]
            })
            .collect();
        let answers = self.connections.call(&calls);
        let mut answers = answers.map_err(|error| self.failed(&error))?.into_iter();
        let (mut all, mut span) = (Rows::new(), None);
        while let (Some(rows), Some(of_shard)) = (answers.next(), answers.next()) {
            let rows: HashMap<String, Vec<u8>> = self.read(rows)?;
            let (of_shard, is_removed) = self.read_span(entry, of_shard)?;
            if is_removed {
                return Ok(None);
            }
            span = joined(span, of_shard);
            for (key, row) in rows {
                let (at, row) = read_row(&key, &row).ok_or_else(|| {
                    self.damaged_of(&entry.header, &format!("row `{key}` cannot be read"))
                })?;
                match all.get_mut(&at) {
                    Some(sum) => *sum = Row::plus(*sum, row),
                    None => {
                        all.insert(at, row);
                    }
                }
            }
        }
        Ok(Some((all, span)))
    }

    fn ask_span(&self, entry: &Entry, shard: u32) -> Call {
        let was_open = if entry.has_events() { b"1" } else { b"0" };
        Call::Script {
            lua: SPAN,
            keys: vec![self.keys.shard(entry.number, shard)],
            args: vec![was_open.to_vec()],
        }
    }

    /// And whether the shard was removed.
    fn read_span(
        &self,
        entry: &Entry,
        answer: RedisResult<Value>,
    ) -> Result<(Span, bool), StoreError> {
        let answer = answer.map_err(|error| self.failed_of(&entry.header, &error))?;
        let (first, last, dead): (Option<String>, Option<String>, Option<String>) =
            self.read(Ok(answer))?;
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| self.damaged_of(&entry.header, "the time of an event cannot be read"))
        };
        let span = match (first, last) {
            (Some(first), Some(last)) => Some((number(first)?, number(last)?)),
            _ => None,
        };
        Ok((span, dead.is_some()))
    }
}

fn joined(one: Span, other: Span) -> Span {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

pub(super) fn read_row(key: &str, value: &[u8]) -> Option<((Place, Day), Row)> {
    let at = read_place(key)?;
    Some((at, Row::read(at.0, value)?))
}

/// As the script writes it: `action,variant,day`, `ppair,variant,day`, `xday`.
fn read_place(key: &str) -> Option<(Place, Day)> {
    let day = |text: &str| text.parse().ok().map(Day::from_days);
    if let Some(text) = key.strip_prefix('x') {
        return Some((Place::Crossovers, day(text)?));
    }
    let pair = key.strip_prefix('p');
    let mut parts = pair.unwrap_or(key).split(',');
    let first = parts.next()?.parse().ok()?;
    let variant = parts.next()?.parse().ok()?;
    let day = day(parts.next()?)?;
    let place = match pair {
        Some(_) => Place::Pair(first, variant),
        None => Place::Cell(first, variant),
    };
    parts.next().is_none().then_some((place, day))
}
