//! A row of a store, its key first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::store_fuzzing;

fuzz_target!(|bytes: &[u8]| {
    if let Some(written) = store_fuzzing::row(bytes) {
        assert_eq!(store_fuzzing::row(&written).as_ref(), Some(&written));
    }
});
