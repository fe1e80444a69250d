use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Server;
use super::script::Call;
use crate::seldom::Seldom;
use crate::store::StoreError;
use crate::store::counting::header::Header;

static LOSSES: Seldom = Seldom::new();

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
        warnings.extend(self.lost_lists());
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

    /// What is lost of the directory and leaves others to be counted. The log has the names.
    fn lost_lists(&self) -> Vec<String> {
        // Where more is lost, the store is not ready.
        let lost = self.check_directory().unwrap_or_default();
        let mut keys: Vec<String> = lost
            .experiments
            .iter()
            .map(|name| self.keys.experiments(name))
            .collect();
        let mut warnings = Vec::new();
        if lost.namespaces {
            keys.push(self.keys.namespaces());
            warnings.push(
                "the server lost the list of namespaces: those that have experiments are counted, new ones are not; `variate store repair` makes the list anew"
                    .to_owned(),
            );
        }
        if !lost.experiments.is_empty() {
            warnings.push(format!(
                "namespaces that cannot be counted: {}, for the server lost the lists of their experiments; the log names them, and what to do",
                lost.experiments.len()
            ));
        }
        for key in keys {
            if let Some(losses_not_told) = LOSSES.left_out() {
                let error = self.lost(&key);
                tracing::error!(target: "variate", %error, losses_not_told, "a part of the store is lost");
            }
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
