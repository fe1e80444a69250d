//! The name of a counter of Gimel's or Lámed's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::redis_fuzzing;

fuzz_target!(|names: (&str, &str, &str)| {
    redis_fuzzing::counter(names.0, names.1, names.2);
});
