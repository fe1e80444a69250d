//! What a store keeps of a unit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::store_fuzzing;

fuzz_target!(|bytes: &[u8]| {
    if let Some(written) = store_fuzzing::unit(bytes) {
        assert_eq!(store_fuzzing::unit(&written).as_ref(), Some(&written));
    }
});
