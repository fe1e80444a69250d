//! The store on Redis, each test on servers of its own.

mod agreement;
mod eviction;
mod faults;
mod import;
mod load;
mod lost_lists;
mod secret;
pub(crate) mod server;

use std::cell::Cell;

use server::RedisProcess;
use variate_collector::RedisStore;
use variate_collector::conformance::{Fixture, check};

/// Stores of one server, each with a prefix of its own.
struct OnRedis {
    server: RedisProcess,
    shards: u32,
    stores: Cell<u32>,
}

impl OnRedis {
    fn with_shards(shards: u32) -> Self {
        Self {
            server: RedisProcess::start(),
            shards,
            stores: Cell::new(0),
        }
    }

    fn store(&self) -> RedisStore {
        RedisStore::builder(self.server.url())
            .prefix(format!("test{}", self.stores.get()))
            .shards(self.shards)
            .build()
            .unwrap()
    }
}

impl Fixture for OnRedis {
    type Store = RedisStore;

    fn fresh(&self) -> RedisStore {
        self.stores.set(self.stores.get() + 1);
        self.store()
    }

    fn reopen(&self, store: RedisStore) -> RedisStore {
        drop(store);
        self.store()
    }

    fn adds_pairs_later(&self) -> bool {
        false
    }

    fn knows_ids_of_all_units(&self) -> bool {
        self.shards == 1
    }
}

#[test]
fn conforms_with_one_shard() {
    check(&OnRedis::with_shards(1));
}

#[test]
fn conforms_with_seven_shards() {
    check(&OnRedis::with_shards(7));
}
