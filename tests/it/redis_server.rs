//! A Redis server of a test's own, and what it is asked.

#[path = "../support/redis_asked.rs"]
mod asked;
#[path = "../support/redis_process.rs"]
mod process;

pub(crate) use process::{RedisProcess, free_port};
