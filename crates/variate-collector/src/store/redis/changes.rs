use redis::Value;

use super::directory::{Entry, Garbage, Known, Written};
use super::script::{Call, EXPIRE, INGEST, OPEN, REMOVE};
use super::{FORMER, Server, lost_key};
use crate::store::counting::header::Header;
use crate::store::counting::{add_name, add_pair, known};
use crate::store::{ChangeError, StoreError};
use crate::{Change, Day, ExperimentInfo};

/// How often a change is made again because somebody else changed the same experiment.
const MOST_TRIES: usize = 64;
/// How many buckets are looked through at a time, so that the server has time for others.
const EXPIRE_CHUNK: u32 = 500;
/// How long a shard knows that it was removed, in seconds: longer than any process waits between looking at the directory
/// and counting.
const KNOWN_DEAD: u32 = 30 * 24 * 60 * 60;

/// How many slots are tried to see whether the server is ready.
const PROBES: u32 = 16;

impl Server {
    pub(super) fn change(
        &self,
        namespace: &str,
        name: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.limits.check_name("namespace", namespace)?;
        self.limits.check_name("experiment", name)?;
        for _ in 0..MOST_TRIES {
            let begun = self.begun()?;
            let former = self.look_up(namespace, name)?;
            let mut entry = match &former {
                Some(known) => known.entry.clone(),
                None => match self.new_number(&begun.mark)? {
                    Some(number) => Entry {
                        number,
                        ..self.new_entry(namespace, name)
                    },
                    None => continue,
                },
            };
            self.apply(&mut entry, change)?;
            if let Change::Archived(false) = change {
                self.open(&entry, false)?;
            }
            let written = match self.write(former.as_deref(), Some(&entry), &begun.mark)? {
                Written::Done(written) => written,
                Written::Changed => continue,
                Written::Refused(refusal) => return Err(refusal.into()),
            };
            if let Change::Archived(true) = change {
                self.open(&entry, true)?;
            }
            let span = self.span(&written.entry)?;
            return Ok(written.entry.header.info(span));
        }
        Err(self.contended(name).into())
    }

    fn contended(&self, name: &str) -> StoreError {
        self.unavailable(
            format!("others changed experiment `{name}` {MOST_TRIES} times meanwhile; try again")
                .into(),
        )
    }

    fn apply(&self, entry: &mut Entry, change: &Change) -> Result<(), ChangeError> {
        let has_events = entry.has_events();
        let header = &mut entry.header;
        let limits = &self.limits;
        match change {
            Change::Archived(archived) => header.archived = *archived,
            Change::Control(variant) => header.control = known(header, variant.as_deref())?,
            Change::Winner(variant) => header.winner = known(header, variant.as_deref())?,
            Change::Pair(pair) => {
                limits.check_name("action", &pair.first)?;
                limits.check_name("action", &pair.second)?;
                if add_pair(header, pair, limits)?.is_some() && has_events {
                    return Err(ChangeError::PairAfterEvents {
                        experiment: header.name.clone(),
                    });
                }
            }
            Change::Baseline {
                action,
                variant,
                baseline,
            } => {
                limits.check_name("action", action)?;
                limits.check_name("variant", variant)?;
                let action = add_name("actions", &mut header.actions, action, limits.actions)?;
                let most = limits.variants;
                let variant = add_name("variants", &mut header.variants, variant, most)?;
                header
                    .baselines
                    .retain(|of| (of.0, of.1) != (action, variant));
                header.baselines.push((action, variant, *baseline));
            }
        }
        Ok(())
    }

    /// Has the shards take events, or not.
    fn open(&self, entry: &Entry, archived: bool) -> Result<(), StoreError> {
        let flag = if archived { "1" } else { "0" };
        let begun = self.begun()?;
        self.open_all(entry, flag, &begun.mark, entry.has_events())
    }

    /// Has the shards of an experiment that had no events take them.
    pub(super) fn prepare(&self, entry: &Entry, mark: &str) -> Result<(), StoreError> {
        self.open_all(entry, "", mark, false)
    }

    fn open_all(
        &self,
        entry: &Entry,
        archived: &str,
        mark: &str,
        was_open: bool,
    ) -> Result<(), StoreError> {
        let was_open = if was_open { "1" } else { "0" };
        let calls: Vec<Call> = (0..entry.shards)
            .map(|shard| Call::Script {
                lua: OPEN,
                keys: vec![self.keys.shard(entry.number, shard)],
                args: [archived, mark, was_open]
                    .map(|arg| arg.as_bytes().to_vec())
                    .into(),
            })
            .collect();
        let answers = self.connections.call(&calls);
        for answer in answers.map_err(|error| self.failed(&error))? {
            let Err(error) = answer else { continue };
            if let Some(former) = lost_key(&error).and_then(|key| key.strip_suffix(FORMER)) {
                // The next number may be free: it is kept that numbers are not to be given any more.
                let key = self.keys.former();
                let call = Call::command("SET", &[&key, former]);
                let _: Value = self.read(self.connections.call_one(&call))?;
            }
            return Err(self.failed_of(&entry.header, &error));
        }
        Ok(())
    }

    /// Closes what was prepared for an experiment that did not come to be.
    pub(super) fn take_back(&self, entry: &Entry) {
        let header = &entry.header;
        match self.look_up(&header.namespace, &header.name) {
            // It did: only the answer was lost.
            Ok(Some(known)) if known.entry.number == entry.number => return,
            Ok(_) => {}
            Err(_) => return,
        }
        let shards = 0..entry.shards;
        let mains = shards.map(|shard| self.keys.shard(entry.number, shard));
        let calls: Vec<Call> = mains.map(|main| Call::command("DEL", &[&main])).collect();
        if let Err(error) = self.connections.call(&calls) {
            tracing::warn!(%error, "the empty shards of an experiment that did not come to be are left behind");
        }
    }

    /// All answers, or the first failure.
    pub(super) fn all(&self, calls: &[Call]) -> Result<Vec<Value>, StoreError> {
        let answers = self.connections.call(calls);
        let answers = answers.map_err(|error| self.failed(&error))?;
        answers
            .into_iter()
            .map(|answer| answer.map_err(|error| self.failed(&error)))
            .collect()
    }

    /// Forgets what an experiment counted; without a header all of it.
    pub(super) fn end(
        &self,
        namespace: &str,
        name: &str,
        header: impl Fn(&Entry) -> Option<Header>,
    ) -> Result<bool, StoreError> {
        for _ in 0..MOST_TRIES {
            let begun = self.begun()?;
            let Some(former) = self.look_up(namespace, name)? else {
                // It may have been ended by half.
                return self
                    .sweep_all(|garbage| garbage.namespace == namespace && garbage.name == name);
            };
            let fresh = match header(&former.entry) {
                Some(header) => match self.new_number(&begun.mark)? {
                    Some(number) => Some(Entry {
                        number,
                        shards: self.shards,
                        header,
                    }),
                    None => continue,
                },
                None => None,
            };
            match self.write(Some(&former), fresh.as_ref(), &begun.mark)? {
                Written::Done(_) => {
                    self.close(&former)?;
                    // What an earlier call could not remove is removed now.
                    if let Err(error) = self.sweep_all(|_| true) {
                        tracing::warn!(%error, "what an experiment counted is not removed yet; ending another one removes it");
                    }
                    return Ok(true);
                }
                Written::Changed | Written::Refused(_) => {}
            }
        }
        Err(self.contended(name))
    }

    /// From now on no process counts into it, whatever it knows.
    fn close(&self, known: &Known) -> Result<(), StoreError> {
        let shards = 0..known.entry.shards;
        let calls: Vec<Call> = shards
            .map(|shard| self.remove(known.entry.number, shard))
            .collect();
        self.all(&calls)?;
        Ok(())
    }

    pub(super) fn remove(&self, number: u64, shard: u32) -> Call {
        Call::Script {
            lua: REMOVE,
            keys: vec![self.keys.shard(number, shard)],
            args: vec![KNOWN_DEAD.to_string().into_bytes()],
        }
    }

    /// Removes what waits for it; answers whether there was any.
    fn sweep_all(&self, which: impl Fn(&Garbage) -> bool) -> Result<bool, StoreError> {
        let mut found = false;
        for (number, garbage) in self.garbage()? {
            if !which(&garbage) {
                continue;
            }
            found = true;
            let shards = 0..garbage.shards;
            let calls: Vec<Call> = shards.map(|shard| self.remove(number, shard)).collect();
            self.all(&calls)?;
            let list = self.keys.garbage();
            let call = Call::command("HDEL", &[&list, &number.to_string()]);
            let _: u64 = self.read(self.connections.call_one(&call))?;
        }
        Ok(found)
    }

    pub(super) fn expire(&self, before: Day) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for namespace in self.namespaces()? {
            let all = match self.list(&namespace) {
                Err(error @ StoreError::DamagedNamespace { .. }) => {
                    tracing::error!(target: "variate", %error, "the ids of a namespace are kept");
                    continue;
                }
                all => all?,
            };
            for known in all {
                let Entry { number, shards, .. } = known.entry;
                for shard in 0..shards {
                    for name in ["i", "n"] {
                        forgotten += self.expire_shard(number, shard, name, before)?;
                    }
                }
            }
        }
        Ok(forgotten)
    }

    fn expire_shard(
        &self,
        number: u64,
        shard: u32,
        name: &str,
        before: Day,
    ) -> Result<u64, StoreError> {
        let (mut forgotten, mut first) = (0, 0);
        loop {
            let args = [
                name.to_owned(),
                first.to_string(),
                EXPIRE_CHUNK.to_string(),
                before.days().to_string(),
            ];
            let call = Call::Script {
                lua: EXPIRE,
                keys: vec![self.keys.shard(number, shard)],
                args: args.into_iter().map(String::into_bytes).collect(),
            };
            let (some, buckets): (u64, u64) = self.read(self.connections.call_one(&call))?;
            forgotten += some;
            first += u64::from(EXPIRE_CHUNK);
            if first >= buckets {
                return Ok(forgotten);
            }
        }
    }

    /// Whether the server answers and takes writes.
    pub(super) fn ready(&self) -> Result<(), StoreError> {
        self.begin()?;
        self.check_directory()?;
        // As a batch does, over so many slots that a node which has not all of them says so.
        let probes: Vec<Call> = (0..PROBES)
            .map(|shard| Call::Script {
                lua: INGEST,
                keys: vec![self.keys.shard(0, shard)],
                args: vec![Vec::new(); 8],
            })
            .collect();
        self.all(&probes)?;
        let probe = format!("{}:probe", self.keys.number());
        let call = Call::command("SET", &[&probe, "1", "EX", "60"]);
        let _: Value = self.read(self.connections.call_one(&call))?;
        Ok(())
    }
}
