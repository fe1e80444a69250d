//! A file of API keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use variate_collector::http::fuzzing;

fuzz_target!(|text: &str| fuzzing::api_keys(text));
