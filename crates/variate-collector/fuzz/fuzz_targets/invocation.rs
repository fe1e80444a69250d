//! What a function of AWS Lambda is invoked with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::lambda::fuzzing;

fuzz_target!(|bytes: &[u8]| {
    let _ = fuzzing::event(bytes);
});
