//! Where assignments are kept. Every store passes the same tests.

#[macro_use]
mod conformance;
mod deadline;
#[cfg(feature = "memory-store")]
mod memory;
mod model;
#[cfg(feature = "redis-store")]
mod redis;

use std::sync::Arc;

use variate::{AssignmentStore, Key, StoreError, StoredUnit};

use self::model::Model;

fn key(text: &str) -> Key {
    Key::from(text)
}

conforms!(a_plain_table, Model::default);
conforms!(a_shared_table, || Arc::new(Model::default()));
conforms!(a_boxed_table, || -> Box<dyn AssignmentStore> {
    Box::new(Model::default())
});

#[test]
fn a_unit_says_whom_it_is_about() {
    let (now, former) = (key("now"), [key("b"), key("a")]);
    let unit = StoredUnit::new("pill", &now, &former);
    assert_eq!(unit.experiment(), "pill");
    assert_eq!(unit.key(), &now);
    assert_eq!(unit.migration_keys(), former);
    let keys: Vec<_> = unit.keys().map(ToString::to_string).collect();
    assert_eq!(keys, ["now", "b", "a"]);
}

/// What host code needs to hand a store around.
#[test]
fn a_store_is_an_object_that_threads_share() {
    fn shared<T: Send + Sync + 'static>(store: T) -> T {
        store
    }
    let store: Arc<dyn AssignmentStore> = shared(Arc::new(Model::default()));
    let kept: Result<_, StoreError> =
        store.keep(&StoredUnit::new("pill", &key("a"), &[]), &"red".into());
    assert_eq!(kept.unwrap(), "red");
}
