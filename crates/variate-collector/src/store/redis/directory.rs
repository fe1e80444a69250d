use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use redis::{RedisResult, Value};
use serde::{Deserialize, Serialize};

use super::Server;
use super::script::{Call, DIRECTORY, LOOK, NAMESPACES, NUMBER};
use crate::Refusal;
use crate::store::StoreError;
use crate::store::counting::header::Header;

/// An experiment's entry in the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    /// No other experiment has it, nor has this one after a reset.
    pub(super) number: u64,
    pub(super) shards: u32,
    #[serde(flatten)]
    pub(super) header: Header,
}

/// An entry, and the text that it was read from.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) entry: Entry,
    text: String,
}

impl Entry {
    /// Whether a pair of actions comes too late.
    pub(super) fn has_events(&self) -> bool {
        self.header.has_ids || self.header.has_units
    }
}

/// What the directory made of a change.
pub(super) enum Written {
    Done(Arc<Known>),
    /// Somebody else was faster.
    Changed,
    Refused(Refusal),
}

/// What the server lost of the directory.
#[derive(Debug, Default)]
pub(super) struct LostLists {
    /// Whether the set of namespaces is.
    pub(super) namespaces: bool,
    /// The namespaces of which the experiments are.
    pub(super) experiments: Vec<String>,
}

type Experiments = HashMap<String, HashMap<String, Arc<Known>>>;

/// What this process saw of the directory. Entries only grow, but for an experiment's end, which the shards tell.
#[derive(Default)]
pub(super) struct Cache(RwLock<Experiments>);

impl Cache {
    fn find(&self, namespace: &str, name: &str) -> Option<Arc<Known>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(namespace)?.get(name).cloned()
    }

    fn keep(&self, known: &Arc<Known>) {
        let header = &known.entry.header;
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(header.namespace.clone())
            .or_default()
            .insert(header.name.clone(), Arc::clone(known));
    }

    pub(super) fn clear(&self) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn forget(&self, namespace: &str, name: &str) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(experiments) = all.get_mut(namespace) {
            experiments.remove(name);
        }
    }
}

/// What waits to be removed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Garbage {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) shards: u32,
}

impl Server {
    pub(super) fn parse(&self, text: String) -> Result<Arc<Known>, StoreError> {
        let entry = serde_json::from_str(&text)
            .map_err(|error| self.damaged(format!("an entry of the directory: {error}")))?;
        Ok(Arc::new(Known { entry, text }))
    }

    /// As it was when this process looked last.
    pub(super) fn cached(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Arc<Known>>, StoreError> {
        match self.cache.find(namespace, name) {
            Some(known) => Ok(Some(known)),
            None => self.look_up(namespace, name),
        }
    }

    /// As it is now.
    pub(super) fn look_up(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Arc<Known>>, StoreError> {
        let text: Option<String> = self.look(namespace, Some(name))?;
        let Some(text) = text else {
            self.cache.forget(namespace, name);
            return Ok(None);
        };
        let known = self.parse(text)?;
        self.cache.keep(&known);
        Ok(Some(known))
    }

    /// All of a namespace.
    pub(super) fn list(&self, namespace: &str) -> Result<Vec<Arc<Known>>, StoreError> {
        let texts: Vec<String> = self.look(namespace, None)?;
        let mut all = texts
            .into_iter()
            .map(|text| self.parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.entry.header.name.cmp(&b.entry.header.name));
        Ok(all)
    }

    /// What the directory has of a namespace, all of it or of one name.
    fn look<T: redis::FromRedisValue>(
        &self,
        namespace: &str,
        name: Option<&str>,
    ) -> Result<T, StoreError> {
        let args = [Some(namespace), name];
        let answer = self.connections.call_one(&Call::Script {
            lua: LOOK,
            keys: vec![
                self.keys.namespaces(),
                self.keys.experiments(namespace),
                self.keys.mark(),
            ],
            args: args.into_iter().flatten().map(Vec::from).collect(),
        });
        self.read(answer)
    }

    /// The names in the set of namespaces, and an empty one.
    pub(super) fn listed(&self) -> Result<Vec<String>, StoreError> {
        let namespaces = self.keys.namespaces();
        self.command("SMEMBERS", &[&namespaces])
    }

    /// What is lost of the directory and keeps the others from nothing; an error if more is.
    pub(super) fn check_directory(&self) -> Result<LostLists, StoreError> {
        let namespaces = self.listed()?;
        let mut keys = vec![
            self.keys.number(),
            self.keys.namespaces(),
            self.keys.former(),
        ];
        keys.extend(namespaces.iter().map(|name| self.keys.experiments(name)));
        let answer = self.connections.call_one(&Call::Script {
            lua: NAMESPACES,
            keys,
            args: namespaces.into_iter().map(String::into_bytes).collect(),
        });
        let mut lost: Vec<String> = self.read(answer)?;
        let is_listed = !lost.is_empty();
        lost.retain(|name| !name.is_empty());
        Ok(LostLists {
            namespaces: !is_listed,
            experiments: lost,
        })
    }

    /// A number for a new experiment; nothing if the store is another one meanwhile.
    pub(super) fn new_number(&self, mark: &str) -> Result<Option<u64>, StoreError> {
        let keys = &self.keys;
        let answer = self.connections.call_one(&Call::Script {
            lua: NUMBER,
            keys: vec![keys.number(), keys.former(), keys.mark()],
            args: vec![mark.into()],
        });
        let number = Some(self.read(answer)?).filter(|number| *number > 0);
        if number.is_none() {
            self.begin_again();
        }
        Ok(number)
    }

    /// Writes what became of an entry, unless it changed in the meantime. What it had counted is removed if its number changed.
    pub(super) fn write(
        &self,
        known: Option<&Known>,
        new: Option<&Entry>,
        mark: &str,
    ) -> Result<Written, StoreError> {
        let Some(header) = new
            .or(known.map(|known| &known.entry))
            .map(|entry| &entry.header)
        else {
            return Ok(Written::Changed);
        };
        let json = |entry: &Entry| {
            serde_json::to_string(entry).map_err(|error| self.unavailable(error.into()))
        };
        let text = new.map(json).transpose()?.unwrap_or_default();
        let left = known.filter(|known| new.is_none_or(|new| new.number != known.entry.number));
        let (number, garbage) = match left {
            Some(known) => {
                let garbage = Garbage {
                    namespace: header.namespace.clone(),
                    name: header.name.clone(),
                    shards: known.entry.shards,
                };
                let garbage = serde_json::to_string(&garbage)
                    .map_err(|error| self.unavailable(error.into()))?;
                (known.entry.number.to_string(), garbage)
            }
            None => (String::new(), String::new()),
        };
        let args = [
            header.namespace.clone(),
            header.name.clone(),
            known.map(|known| known.text.clone()).unwrap_or_default(),
            text.clone(),
            self.limits.namespaces.to_string(),
            self.limits.experiments.to_string(),
            number,
            garbage,
            mark.to_owned(),
        ];
        let answer = self.connections.call_one(&Call::Script {
            lua: DIRECTORY,
            keys: vec![
                self.keys.namespaces(),
                self.keys.experiments(&header.namespace),
                self.keys.garbage(),
                self.keys.mark(),
            ],
            args: args.into_iter().map(String::into_bytes).collect(),
        });
        let answer: String = self.read(answer)?;
        let too_many = |what, most| Written::Refused(Refusal::TooMany { what, most });
        Ok(match answer.as_str() {
            "done" => match new {
                Some(_) => {
                    let known = self.parse(text)?;
                    self.cache.keep(&known);
                    Written::Done(known)
                }
                None => {
                    self.cache.forget(&header.namespace, &header.name);
                    // It is what it was.
                    known.map_or(Ok(Written::Changed), |known| {
                        self.parse(known.text.clone()).map(Written::Done)
                    })?
                }
            },
            "namespaces" => too_many("namespaces", self.limits.namespaces),
            "experiments" => too_many("experiments", self.limits.experiments),
            answer => {
                if answer == "another" {
                    self.begin_again();
                }
                self.cache.forget(&header.namespace, &header.name);
                Written::Changed
            }
        })
    }

    /// What waits to be removed, with its number.
    pub(super) fn garbage(&self) -> Result<Vec<(u64, Garbage)>, StoreError> {
        let all: HashMap<String, String> = self.command("HGETALL", &[&self.keys.garbage()])?;
        let damaged = || self.damaged("the list of what is to be removed");
        all.into_iter()
            .map(|(number, garbage)| {
                let number = number.parse().map_err(|_| damaged())?;
                let garbage = serde_json::from_str(&garbage).map_err(|_| damaged())?;
                Ok((number, garbage))
            })
            .collect()
    }

    pub(super) fn command<T: redis::FromRedisValue>(
        &self,
        name: &str,
        args: &[&str],
    ) -> Result<T, StoreError> {
        let answer = self.connections.call_one(&Call::command(name, args));
        self.read(answer)
    }

    /// The answer as what it ought to be.
    pub(super) fn read<T: redis::FromRedisValue>(
        &self,
        answer: RedisResult<Value>,
    ) -> Result<T, StoreError> {
        let value = answer.map_err(|error| self.failed(&error))?;
        redis::from_redis_value(value)
            .map_err(|error| self.damaged(format!("an answer of the server: {error}")))
    }
}
