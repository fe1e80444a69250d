//! A file of the spool.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::client_fuzzing;

fuzz_target!(|bytes: &[u8]| {
    let _ = client_fuzzing::spool(bytes);
});
