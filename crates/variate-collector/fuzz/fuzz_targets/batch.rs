//! The body of `POST /v1/events`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::http::fuzzing;

fuzz_target!(|body: &[u8]| {
    for is_lines in [false, true] {
        if let Some((answered, taken)) = fuzzing::batch(body, is_lines) {
            assert!(taken <= answered);
        }
    }
});
