//! Stores that do as a test tells them.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use variate_collector::{
    Change, ChangeError, Day, EventStore, ExperimentInfo, ExperimentTallies, MemoryStore, NewEvent,
    Outcome, StoreError,
};

/// What a store is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// To count so many events.
    Ingest(usize),
    Other,
}

/// A store that is asked only what `check` lets through.
pub(crate) struct Checked<S, C> {
    pub(crate) store: S,
    pub(crate) check: C,
}

impl<S, C> Checked<S, C>
where
    S: EventStore,
    C: Fn(Call) -> Result<(), StoreError>,
{
    fn other(&self) -> Result<&S, StoreError> {
        (self.check)(Call::Other).map(|()| &self.store)
    }
}

impl<S, C> EventStore for Checked<S, C>
where
    S: EventStore,
    C: Fn(Call) -> Result<(), StoreError> + Send + Sync,
{
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        (self.check)(Call::Ingest(events.len()))?;
        self.store.ingest(events)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        self.other()?.namespaces()
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        self.other()?.experiments(namespace)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        self.other()?.tallies(namespace, experiment)
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.other()?.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.other()?.delete(namespace, experiment)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.other()?.reset(namespace, experiment)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.other()?.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.other()?.ready()
    }
}

/// What a store says that is down.
pub(crate) fn down() -> StoreError {
    StoreError::Unavailable {
        place: "test".to_owned(),
        source: "it is down".into(),
    }
}

/// A store that says how many events each batch has, and then waits to be told whether it fails.
pub(crate) fn gated() -> (
    impl EventStore + 'static,
    Receiver<usize>,
    Sender<Result<(), StoreError>>,
) {
    let (arrived, arrivals) = channel();
    let (open, go) = channel();
    let go: Mutex<Receiver<Result<(), StoreError>>> = Mutex::new(go);
    let check = move |call| match call {
        Call::Ingest(events) => {
            arrived.send(events).unwrap();
            go.lock().unwrap().recv().unwrap()
        }
        Call::Other => Ok(()),
    };
    let store = MemoryStore::new();
    (Checked { store, check }, arrivals, open)
}
