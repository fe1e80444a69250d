//! The journals of the embedded store.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::store_fuzzing;

fuzz_target!(|bytes: &[u8]| {
    for is_last in [false, true] {
        if let Some((good, _)) = store_fuzzing::journal(bytes, is_last) {
            assert!(good <= bytes.len() as u64);
        }
    }
});
