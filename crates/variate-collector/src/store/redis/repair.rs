use std::collections::{BTreeMap, HashSet};

use redis::Value;
use serde::Serialize;

use super::directory::Garbage;
use super::script::{Call, FORGET, RELIST, SCAN};
use super::{RedisStore, Server};
use crate::store::StoreError;

/// How far above the highest number that is known the numbers go on where the last one was lost: experiments of which the entries are lost as
/// well may have higher ones.
const GAP: u64 = 100_000;

/// How many of these numbers are looked at.
const NEAR: u64 = 10_000;

/// How many shards are asked at once.
const CHUNK: usize = 1_000;

/// What [`RedisStore::repair`] found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct RedisRepair {
    /// The namespaces that were put into the list of namespaces again.
    pub listed: Vec<String>,
    /// Whether the list of namespaces is lost still, since [`unlisted`](Self::unlisted) experiments may be of namespaces that nobody knows of.
    pub is_list_lost: bool,
    /// After which number those of new experiments go on, where the last one was lost.
    pub number: Option<u64>,
    /// The namespaces of which the experiments are lost, which only a backup has; see [`RedisStore::forget_namespace`].
    pub lost: Vec<String>,
    /// Experiments that counted something and are on no list: those of lost namespaces.
    pub unlisted: u64,
    /// How many of them were removed.
    pub removed: u64,
}

impl RedisRepair {
    /// Whether nothing is left that is lost.
    pub fn is_good(&self) -> bool {
        !self.is_list_lost && self.lost.is_empty() && self.unlisted == self.removed
    }
}

/// What the directory has.
struct Listed {
    /// The namespaces with experiments.
    namespaces: Vec<String>,
    /// The numbers of experiments, those among them that are to be removed.
    numbers: HashSet<u64>,
}

impl RedisStore {
    /// Makes anew what can be made anew of a directory of which the server lost keys, while collectors count on: the list of
    /// namespaces, and the number that the next experiment gets. Names what cannot: which experiments a namespace has, with the names of
    /// their actions and variants, is nowhere else.
    ///
    /// With `remove`, experiments that counted something and are on no list are removed, unless a namespace is
    /// lost that was not [forgotten](Self::forget_namespace): if they come again, they count anew.
    ///
    /// ```no_run
    /// # let store = variate_collector::RedisStore::builder("redis://127.0.0.1:6379/0").build()?;
    /// let found = store.repair(false)?;
    /// assert!(found.is_good(), "{:?}", found.lost);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no store, more of it is lost, or the server fails.
    pub fn repair(&self, remove: bool) -> Result<RedisRepair, StoreError> {
        self.server.repair(remove)
    }

    /// Forgets a namespace of which the list of experiments is lost: events of it count anew, from zero. What it had stays in memory until
    /// [`repair`](Self::repair) removes it. Answers whether it was lost; nothing is done to one that has its list.
    ///
    /// # Errors
    ///
    /// The server fails.
    pub fn forget_namespace(&self, namespace: &str) -> Result<bool, StoreError> {
        self.server.forget_namespace(namespace)
    }
}

impl Server {
    fn forget_namespace(&self, namespace: &str) -> Result<bool, StoreError> {
        let call = Call::Script {
            lua: FORGET,
            keys: vec![self.keys.namespaces(), self.keys.experiments(namespace)],
            args: vec![namespace.into()],
        };
        let was_lost: u64 = self.read(self.connections.call_one(&call))?;
        Ok(was_lost == 1)
    }

    fn repair(&self, remove: bool) -> Result<RedisRepair, StoreError> {
        let mark: Option<String> = self.command("GET", &[&self.keys.mark()])?;
        if mark.is_none() {
            return Err(self.damaged(format!(
                "`{}` is missing: there is no store of this prefix, or the server lost what it hashes ids with",
                self.keys.mark()
            )));
        }
        self.begin()?;
        let (listed, before) = (self.listed()?, self.scan()?);
        let mut found = RedisRepair {
            is_list_lost: listed.is_empty(),
            ..RedisRepair::default()
        };
        let highest = before.numbers.iter().max().copied().unwrap_or(0);
        let given: Option<u64> = self.command("GET", &[&self.keys.number()])?;
        // Where the number is lost there are no new ones.
        let shards = self.counted(given.unwrap_or(highest + NEAR))?;
        // An experiment is listed before its events are counted: what counted and is on no list now was taken from it.
        let now = self.scan()?;
        let unlisted: BTreeMap<u64, u32> = shards
            .into_iter()
            .filter(|(number, _)| !now.numbers.contains(number))
            .collect();
        found.unlisted = unlisted.len() as u64;
        if given.is_none() {
            let highest = unlisted.keys().max().map_or(highest, |of| highest.max(*of));
            found.number = Some(self.go_on_after(highest + GAP)?);
        }
        let is_there = |name: &&String| name.is_empty() || now.namespaces.contains(*name);
        let missing = listed.iter().filter(|name| !is_there(name));
        found.lost = missing.cloned().collect();
        found.lost.sort();
        if remove && found.lost.is_empty() {
            for (number, shards) in &unlisted {
                let calls: Vec<Call> = (0..*shards).map(|of| self.remove(*number, of)).collect();
                self.all(&calls)?;
                found.removed += 1;
            }
        }
        // With a list that has not all namespaces, the others would be new ones, and count again what they had.
        if !found.is_list_lost || found.unlisted == found.removed {
            let missing = now.namespaces.into_iter().filter(|of| !listed.contains(of));
            found.listed = missing.collect();
            self.list_again(&found.listed)?;
            found.is_list_lost = false;
        }
        Ok(found)
    }

    /// All that stands beside the list of namespaces.
    fn scan(&self) -> Result<Listed, StoreError> {
        let mut namespaces = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let call = Call::Script {
                lua: SCAN,
                keys: vec![self.keys.namespaces()],
                args: vec![
                    cursor.into_bytes(),
                    "*:{directory}:experiments:*".to_owned().into_bytes(),
                ],
            };
            let (next, keys): (String, Vec<String>) =
                self.read(self.connections.call_one(&call))?;
            let names = keys.iter().filter_map(|key| self.keys.namespace_of(key));
            namespaces.extend(names.map(str::to_owned));
            cursor = next;
            if cursor == "0" {
                break;
            }
        }
        namespaces.sort();
        namespaces.dedup();
        let removed = self.garbage()?;
        let mut numbers: HashSet<u64> =
            removed.into_iter().map(|of: (u64, Garbage)| of.0).collect();
        for namespace in &namespaces {
            let entries: Vec<String> =
                self.command("HVALS", &[&self.keys.experiments(namespace)])?;
            for entry in entries {
                numbers.insert(self.parse(entry)?.entry.number);
            }
        }
        Ok(Listed {
            namespaces,
            numbers,
        })
    }

    /// Of numbers up to this one those of experiments that counted something and were not removed, and how many shards they have.
    fn counted(&self, last: u64) -> Result<BTreeMap<u64, u32>, StoreError> {
        let mut counted = BTreeMap::new();
        for first in (1..=last).step_by(CHUNK) {
            let numbers = first..=last.min(first + CHUNK as u64 - 1);
            let calls: Vec<Call> = numbers.clone().map(|of| self.ask_shard(of, 0)).collect();
            for (number, answer) in numbers.zip(self.all(&calls)?) {
                let mut has = self.read_shard(answer)?;
                let (mut shards, mut has_events) = (0, false);
                while let Some(events) = has {
                    shards += 1;
                    has_events |= events;
                    let next = self.all(&[self.ask_shard(number, shards)])?;
                    has = self.read_shard(next.into_iter().next().unwrap_or(Value::Nil))?;
                }
                if has_events {
                    counted.insert(number, shards);
                }
            }
        }
        Ok(counted)
    }

    fn ask_shard(&self, number: u64, shard: u32) -> Call {
        let main = self.keys.shard(number, shard);
        Call::command("HMGET", &[&main, "open", "first", "dead"])
    }

    /// Whether it has events; nothing where there is none, or it was removed.
    fn read_shard(&self, answer: Value) -> Result<Option<bool>, StoreError> {
        let (open, first, dead): (Option<String>, Option<String>, Option<String>) =
            self.read(Ok(answer))?;
        Ok((open.is_some() && dead.is_none()).then_some(first.is_some()))
    }

    /// Answers the number that is there then.
    fn go_on_after(&self, number: u64) -> Result<u64, StoreError> {
        let key = self.keys.number();
        // Somebody else may repair it as well.
        let _: u64 = self.command("SETNX", &[&key, &number.to_string()])?;
        self.command("GET", &[&key])
    }

    fn list_again(&self, namespaces: &[String]) -> Result<(), StoreError> {
        let mut keys = vec![self.keys.namespaces()];
        keys.extend(namespaces.iter().map(|name| self.keys.experiments(name)));
        let call = Call::Script {
            lua: RELIST,
            keys,
            args: namespaces
                .iter()
                .map(|name| name.clone().into_bytes())
                .collect(),
        };
        self.read::<u64>(self.connections.call_one(&call)).map(drop)
    }
}
