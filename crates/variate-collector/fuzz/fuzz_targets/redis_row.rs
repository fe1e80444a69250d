//! A row as it is on Redis.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::redis_fuzzing;

fuzz_target!(|row: (&str, &[u8])| {
    redis_fuzzing::row(row.0, row.1);
});
