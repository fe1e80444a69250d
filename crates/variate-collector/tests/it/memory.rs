use variate_collector::MemoryStore;
use variate_collector::conformance::{Fixture, cases};

struct InMemory;

impl Fixture for InMemory {
    type Store = MemoryStore;

    fn fresh(&self) -> MemoryStore {
        MemoryStore::new()
    }

    fn reopen(&self, store: MemoryStore) -> MemoryStore {
        store
    }
}

#[test]
fn conforms() {
    for (name, case) in cases::<InMemory>() {
        eprintln!("conformance: {name}");
        case(&InMemory);
    }
}
