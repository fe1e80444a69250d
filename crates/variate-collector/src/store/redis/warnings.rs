use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Server;
use super::script::Call;
use crate::store::StoreError;
use crate::store::counting::header::Header;

/// The experiments, each with its namespace, of which this process missed something.
#[derive(Default)]
pub(super) struct Missed(Mutex<BTreeSet<(String, String)>>);

impl Missed {
    pub(super) fn keep(&self, header: &Header) {
        self.all()
            .insert((header.namespace.clone(), header.name.clone()));
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.eviction().into_iter().collect();
        let missed: Vec<_> = self.missed.all().iter().cloned().collect();
        let mut damaged = 0_usize;
        for at in missed {
            match self.is_whole(&at.0, &at.1) {
                Ok(()) => {
                    self.missed.all().remove(&at);
                }
                Err(StoreError::DamagedExperiment { .. }) => damaged += 1,
                Err(_) => {}
            }
        }
        if damaged > 0 {
            warnings.push(format!(
                "experiments that cannot be counted: {damaged}, for the server lost a part of what they had; the log names them"
            ));
        }
        warnings
    }

    fn is_whole(&self, namespace: &str, name: &str) -> Result<(), StoreError> {
        match self.look_up(namespace, name)? {
            Some(known) => self.span(&known.entry).map(drop),
            None => Ok(()),
        }
    }

    /// Whether the server may throw away what is to stay. Not every server tells.
    fn eviction(&self) -> Option<String> {
        let call = Call::command("CONFIG", &["GET", "maxmemory-policy"]);
        let answer = self.connections.call_one(&call).ok()?;
        let answer: HashMap<String, String> = redis::from_redis_value(answer).ok()?;
        let policy = answer.get("maxmemory-policy")?;
        let keeps = policy == "noeviction" || policy.starts_with("volatile-");
        (!keeps).then(|| {
            format!(
                "the server's `maxmemory-policy` is `{policy}`: when its memory is full it evicts tallies and ids; set it to `noeviction`"
            )
        })
    }
}
