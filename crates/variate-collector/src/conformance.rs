//! The suite that every store of events passes, for tests of a store of your own; feature `testing`.
//!
//! ```
//! use variate_collector::MemoryStore;
//! use variate_collector::conformance::{self, Fixture};
//!
//! struct InMemory;
//!
//! impl Fixture for InMemory {
//!     type Store = MemoryStore;
//!
//!     fn fresh(&self) -> MemoryStore {
//!         MemoryStore::new()
//!     }
//!
//!     fn reopen(&self, store: MemoryStore) -> MemoryStore {
//!         store
//!     }
//! }
//!
//! conformance::check(&InMemory);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::float_cmp,
    reason = "these are tests: they panic where a store is wrong"
)]

mod compare;
mod counting;
mod lifecycle;
mod naive;
mod streams;

pub use self::compare::assert_same;
pub use self::naive::recompute;
use crate::{EventStore, ExperimentTallies, NewEvent, Outcome};

/// What the suite needs of a store.
pub trait Fixture {
    /// The store.
    type Store: EventStore;

    /// A store that has nothing.
    fn fresh(&self) -> Self::Store;

    /// The same store after its process ended and began anew; one that keeps nothing answers itself.
    fn reopen(&self, store: Self::Store) -> Self::Store;

    /// Whether a pair of actions can be declared for an experiment that has events.
    fn adds_pairs_later(&self) -> bool {
        true
    }

    /// Whether an id counts once though it comes with several units, or with one and without. A store that is divided by unit may not
    /// know; it is the one exception from what a tally counts.
    fn knows_ids_of_all_units(&self) -> bool {
        true
    }

    /// Whether [`EventStore::expire`] forgets ids at once.
    fn expires(&self) -> bool {
        true
    }
}

/// A case: its name, and what panics where the store is wrong.
pub type Case<F> = (&'static str, fn(&F));

/// All cases.
pub fn cases<F: Fixture>() -> Vec<Case<F>> {
    let mut cases = counting::cases();
    cases.extend(lifecycle::cases());
    cases.extend(streams::cases());
    cases
}

/// Runs all cases.
///
/// # Panics
///
/// The store is wrong; the case is named on standard error.
pub fn check<F: Fixture>(fixture: &F) {
    for (name, case) in cases::<F>() {
        eprintln!("conformance: {name}");
        case(fixture);
    }
}

const NAMESPACE: &str = "shop";
const EXPERIMENT: &str = "pill_color";
const DAY: u64 = 24 * 60 * 60 * 1000;
/// Noon of 2026-11-21.
const NOON: u64 = 1_795_262_400_000;

/// An event of a client that knows no units.
fn hit(variant: &'static str, action: &'static str, id: &'static str) -> NewEvent<'static> {
    NewEvent::new(NAMESPACE, EXPERIMENT, variant, action, id).at(NOON)
}

/// An event of a unit, with an id of its own.
fn act(unit: &str, variant: &str, action: &str, at: u64) -> NewEvent<'static> {
    let id = format!("{unit}/{variant}/{action}/{at}");
    NewEvent::new(
        NAMESPACE,
        EXPERIMENT,
        variant.to_owned(),
        action.to_owned(),
        id,
    )
    .of_unit(unit.to_owned())
    .at(at)
}

fn count(store: &impl EventStore, events: &[NewEvent<'_>]) {
    let outcomes = store.ingest(events).expect("the store takes events");
    for (event, outcome) in events.iter().zip(&outcomes) {
        assert_eq!(*outcome, Outcome::Counted, "of {event:?}");
    }
    assert_eq!(outcomes.len(), events.len());
}

fn read(store: &impl EventStore) -> ExperimentTallies {
    store
        .tallies(NAMESPACE, EXPERIMENT)
        .expect("the store answers")
        .expect("the experiment is there")
}
