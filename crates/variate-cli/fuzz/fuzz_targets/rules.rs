//! A file of rules.
#![no_main]
#![allow(dead_code, reason = "not all of the files is used here")]

#[path = "../../src/replay/line.rs"]
mod line;
#[path = "../../src/replay/rules.rs"]
mod rules;

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = rules::Rules::parse(Path::new("rules.toml"), text);
});
