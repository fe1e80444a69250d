//! The list of tables of the embedded store.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::store_fuzzing;

fuzz_target!(|bytes: &[u8]| {
    store_fuzzing::manifest(bytes);
});
