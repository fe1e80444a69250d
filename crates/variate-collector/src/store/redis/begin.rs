use std::sync::{Arc, PoisonError, RwLock};

use super::script::{BEGIN, Call, SCAN};
use super::{FORMAT, FORMER, Server};
use crate::id_hash::{IdHash, Kind};
use crate::store::StoreError;

/// What a process knows of the store as a whole.
pub(super) struct Begun {
    pub(super) ids: IdHash,
    /// Which store this is: a random number and what its secret must give. The directory has it, and every shard.
    pub(super) mark: String,
}

/// The format, the mark and the secret.
type Texts = (Option<String>, Option<String>, Option<String>);

/// The store as this process saw it last.
#[derive(Default)]
pub(super) struct Seen(RwLock<(Option<Arc<Begun>>, bool)>);

impl Server {
    /// What ids are hashed with, and which store this is. The server is asked once.
    pub(super) fn begun(&self) -> Result<Arc<Begun>, StoreError> {
        let seen = self.seen.0.read().unwrap_or_else(PoisonError::into_inner);
        if let (Some(begun), true) = &*seen {
            return Ok(Arc::clone(begun));
        }
        drop(seen);
        self.begin()
    }

    /// The server may have lost it: it is asked again.
    pub(super) fn begin_again(&self) {
        self.seen
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .1 = false;
    }

    /// Begins the store if there is none, and looks whether the secret goes with it. Where it is damaged, nothing is counted from then on.
    pub(super) fn begin(&self) -> Result<Arc<Begun>, StoreError> {
        let begun = self.find();
        if let Err(StoreError::Damaged { .. }) = begun {
            self.begin_again();
        }
        begun
    }

    fn find(&self) -> Result<Arc<Begun>, StoreError> {
        let fresh: [u8; 16] = self.secret.unwrap_or_else(rand::random);
        let (format, mark, text) = match self.begin_with(fresh, false)? {
            Some(texts) => texts,
            None => {
                let leftover = self.leftover()?;
                // Somebody else may have begun it meanwhile, and counted.
                match (self.begin_with(fresh, leftover.is_none())?, leftover) {
                    (Some(texts), _) => texts,
                    (None, leftover) => {
                        let key = leftover.unwrap_or_else(|| self.keys.format());
                        return Err(self.directory_lost(&key));
                    }
                }
            }
        };
        self.check_format(format)?;
        let mark = mark.ok_or_else(|| self.lost(&self.keys.mark()))?;
        let secret = match self.secret {
            Some(secret) => secret,
            None => {
                let text = text.ok_or_else(|| {
                    self.damaged(format!(
                        "`{}` is missing, with which ids are hashed: take it from a backup, or give the secret that this store was begun with",
                        self.keys.secret()
                    ))
                })?;
                u128::from_str_radix(&text, 16)
                    .map_err(|_| self.damaged("the secret must have 32 hexadecimal digits"))?
                    .to_be_bytes()
            }
        };
        let ids = IdHash::new(secret);
        if mark.split_once(':').map(|of| of.1) != Some(&*check(&ids)) {
            return Err(self.damaged(
                "the secret is not the one this store was begun with, and all ids would count again: give that one, or choose another prefix",
            ));
        }
        Ok(self.saw(Begun { ids, mark }))
    }

    /// Nothing was found: an error if that is so because the directory is gone.
    pub(super) fn check_nothing(&self) -> Result<(), StoreError> {
        if self.begin_with([0; 16], false)?.is_some() {
            return Ok(());
        }
        match self.leftover()? {
            // Somebody may have begun it meanwhile.
            Some(key) if self.begin_with([0; 16], false)?.is_none() => {
                Err(self.directory_lost(&key))
            }
            _ => Ok(()),
        }
    }

    fn directory_lost(&self, key: &str) -> StoreError {
        self.lost(&format!("{key}{FORMER}"))
    }

    /// What is there, or what was begun with a fresh secret if it may be; nothing where there is no store.
    fn begin_with(&self, fresh: [u8; 16], may_begin: bool) -> Result<Option<Texts>, StoreError> {
        let epoch = u64::from_be_bytes(rand::random());
        let text = match self.secret {
            Some(_) => String::new(),
            None => format!("{:032x}", u128::from_be_bytes(fresh)),
        };
        let mark = format!("{epoch:016x}:{}", check(&IdHash::new(fresh)));
        let may_begin = u8::from(may_begin).to_string();
        let args = [FORMAT.to_string(), mark, text, may_begin];
        let answer = self.connections.call_one(&Call::Script {
            lua: BEGIN,
            keys: vec![
                self.keys.format(),
                self.keys.mark(),
                self.keys.secret(),
                self.keys.number(),
                self.keys.namespaces(),
                self.keys.garbage(),
            ],
            args: args.into_iter().map(String::into_bytes).collect(),
        });
        self.read(answer)
    }

    /// A key of a store that lost its directory: the experiments of a namespace, or what one counted, if it is where the directory is. Keys that
    /// nobody asks for are what a server evicts first, and the directory's are such.
    fn leftover(&self) -> Result<Option<String>, StoreError> {
        let pattern = self.keys.pattern();
        let mut cursor = "0".to_owned();
        loop {
            let call = Call::Script {
                lua: SCAN,
                keys: vec![self.keys.namespaces()],
                args: vec![cursor.into_bytes(), pattern.clone().into_bytes()],
            };
            let (next, keys): (String, Vec<Vec<u8>>) =
                self.read(self.connections.call_one(&call))?;
            for key in keys {
                let Ok(key) = String::from_utf8(key) else {
                    continue;
                };
                if self.has_experiments(&key)? || self.has_counted(&key)? {
                    return Ok(Some(key));
                }
            }
            cursor = next;
            if cursor == "0" {
                return Ok(None);
            }
        }
    }

    fn has_experiments(&self, key: &str) -> Result<bool, StoreError> {
        // It fails if it is somebody else's, and no hash.
        Ok(self.keys.namespace_of(key).is_some() && self.command::<u64>("HLEN", &[key])? > 0)
    }

    /// Whether this is the main key of a shard with events, which was not removed.
    fn has_counted(&self, key: &str) -> Result<bool, StoreError> {
        if !self.keys.is_shard(key) {
            return Ok(false);
        }
        let (first, dead): (Option<String>, Option<String>) =
            self.command("HMGET", &[key, "first", "dead"])?;
        Ok(first.is_some() && dead.is_none())
    }

    fn check_format(&self, format: Option<String>) -> Result<(), StoreError> {
        let format = format.ok_or_else(|| self.lost(&self.keys.format()))?;
        match format.parse() {
            Ok(FORMAT) => Ok(()),
            Ok(found) if found > FORMAT => Err(StoreError::Newer {
                place: self.place.clone(),
                found,
                supported: FORMAT,
            }),
            _ => Err(self.damaged(format!(
                "its format is `{format}`, which this version does not read: choose another prefix"
            ))),
        }
    }

    fn saw(&self, begun: Begun) -> Arc<Begun> {
        let mut seen = self.seen.0.write().unwrap_or_else(PoisonError::into_inner);
        let former = seen.0.as_ref().map(|of| of.mark.as_str());
        if former.is_some_and(|former| former != begun.mark) {
            tracing::error!(
                target: "variate",
                place = self.place,
                "the server has forgotten its data: all begins anew, and what comes again counts again"
            );
            // Numbers are given anew: those of before may be another experiment's now.
            self.cache.clear();
        }
        let begun = Arc::new(begun);
        *seen = (Some(Arc::clone(&begun)), true);
        begun
    }
}

/// What a secret gives, which does not tell it.
fn check(ids: &IdHash) -> String {
    format!("{:032x}", ids.of(Kind::Unit, "secret of a store"))
}
