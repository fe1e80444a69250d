//! A Redis server of a test's own.

#[path = "../../../../tests/support/redis_process.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod process;

pub(crate) use process::RedisProcess;
