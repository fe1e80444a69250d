use std::sync::{Arc, PoisonError, RwLock};

use super::script::{BEGIN, Call};
use super::{FORMAT, Server};
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

    /// Begins the store if there is none, and looks whether the secret goes with it.
    pub(super) fn begin(&self) -> Result<Arc<Begun>, StoreError> {
        let fresh: [u8; 16] = self.secret.unwrap_or_else(rand::random);
        let epoch = u64::from_be_bytes(rand::random());
        let text = match self.secret {
            Some(_) => String::new(),
            None => format!("{:032x}", u128::from_be_bytes(fresh)),
        };
        let mark = format!("{epoch:016x}:{}", check(&IdHash::new(fresh)));
        let args = [FORMAT.to_string(), mark, text];
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
        let (format, mark, text): Texts = self.read(answer)?;
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
