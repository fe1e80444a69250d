use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use super::Inner;
use super::directory::{Directory, unavailable};
use crate::store::StoreError;
use crate::{NewEvent, Outcome};

/// What a repair could not make whole.
pub(super) const UNSOUND: &str = "unsound.json";

/// The experiments, each after its namespace, of which the tallies are not those of their units since a repair. They count no more, for a unit
/// that is counted and not known would count again.
pub(super) type Unsound = BTreeSet<(String, String)>;

#[derive(Serialize, Deserialize)]
struct File {
    /// Whether somebody looked what the repair left.
    is_verified: bool,
    experiments: Unsound,
}

pub(super) fn has(unsound: &Unsound, namespace: &str, name: &str) -> bool {
    // There are hardly ever any.
    unsound.iter().any(|of| of.0 == namespace && of.1 == name)
}

/// A sentence for whoever runs it, without names.
pub(super) fn warning(unsound: &Unsound) -> Option<String> {
    (!unsound.is_empty()).then(|| {
        format!(
            "experiments that cannot be counted: {}, for what a repair left of them does not go together; take the store from another backup, or reset them: they are marked in lists, and the log names them",
            unsound.len()
        )
    })
}

impl Directory {
    /// Before anything is cut: who stops now does not leave a store that looks whole.
    pub(super) fn suspect(&self) -> Result<(), StoreError> {
        self.write_unsound(false, &Unsound::new())
    }

    /// What was found by whoever looked; nothing happens where nothing was repaired.
    pub(super) fn settle(&self, found: &Unsound) -> Result<(), StoreError> {
        if self.path().join(UNSOUND).exists() {
            self.keep_unsound_or_none(found)
        } else {
            Ok(())
        }
    }

    /// As it is in the store that this is a copy of.
    pub(super) fn keep_unsound(&self, unsound: &Unsound) -> Result<(), StoreError> {
        if unsound.is_empty() {
            Ok(())
        } else {
            self.write_unsound(true, unsound)
        }
    }

    fn keep_unsound_or_none(&self, unsound: &Unsound) -> Result<(), StoreError> {
        if unsound.is_empty() {
            self.remove_file(UNSOUND)
        } else {
            self.write_unsound(true, unsound)
        }
    }

    fn write_unsound(&self, is_verified: bool, unsound: &Unsound) -> Result<(), StoreError> {
        let file = File {
            is_verified,
            experiments: unsound.clone(),
        };
        self.write(UNSOUND, &self.json(UNSOUND, &file)?)
    }

    /// Which experiments are not to be counted.
    pub(super) fn unsound(&self) -> Result<Unsound, StoreError> {
        let text = match std::fs::read(self.path().join(UNSOUND)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Unsound::new()),
            Err(error) => return Err(unavailable(self.path(), "read `unsound.json`", &error)),
        };
        match serde_json::from_slice(&text) {
            Ok(File {
                is_verified: true,
                experiments,
            }) => {
                for (namespace, experiment) in &experiments {
                    tracing::error!(target: "variate", namespace, experiment, "what a repair left of it does not go together: it is not counted until it is restored or reset");
                }
                Ok(experiments)
            }
            _ => Err(self.damaged(
                "journals of it were cut, and nobody looked whether what is left goes together: `variate store verify` does".to_owned(),
            )),
        }
    }
}

impl Inner {
    pub(super) fn unsound(&self) -> Unsound {
        let unsound = self.unsound.read().unwrap_or_else(PoisonError::into_inner);
        unsound.clone()
    }

    fn is_unsound(&self, namespace: &str, name: &str) -> bool {
        let unsound = self.unsound.read().unwrap_or_else(PoisonError::into_inner);
        has(&unsound, namespace, name)
    }

    pub(super) fn check_sound(&self, namespace: &str, name: &str) -> Result<(), StoreError> {
        if !self.is_unsound(namespace, name) {
            return Ok(());
        }
        Err(StoreError::DamagedExperiment {
            place: self.directory.path().display().to_string(),
            what: what(namespace, name),
        })
    }

    /// Counts those of which the experiments are whole.
    pub(super) fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let unsound = self.unsound();
        if unsound.is_empty() {
            return self.counting.ingest(events);
        }
        let is_sound = |event: &&NewEvent<'_>| !has(&unsound, &event.namespace, &event.experiment);
        let sound: Vec<NewEvent<'_>> = events.iter().filter(is_sound).cloned().collect();
        let mut counted = self.counting.ingest(&sound)?.into_iter();
        let outcomes = events.iter().map(|event| {
            let unavailable = || Outcome::Unavailable {
                what: what(&event.namespace, &event.experiment),
            };
            if is_sound(&event) {
                counted.next().unwrap_or_else(unavailable)
            } else {
                unavailable()
            }
        });
        Ok(outcomes.collect())
    }

    /// It has nothing any more that could not go together.
    pub(super) fn begins_anew(&self, namespace: &str, name: &str) -> Result<(), StoreError> {
        if !self.is_unsound(namespace, name) {
            return Ok(());
        }
        let mut unsound = self.unsound.write().unwrap_or_else(PoisonError::into_inner);
        unsound.remove(&(namespace.to_owned(), name.to_owned()));
        self.directory.keep_unsound_or_none(&unsound)
    }
}

fn what(namespace: &str, name: &str) -> String {
    format!(
        "experiment `{name}` of namespace `{namespace}`: a repair cut a journal, and what is left does not go together, so that units would count again; take the store from another backup, or reset the experiment, which then counts anew"
    )
}
