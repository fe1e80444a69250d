//! A line of an access log, read by the rules that people are shown.
#![no_main]
#![allow(dead_code, reason = "not all of the files is used here")]

#[path = "../../src/replay/line.rs"]
mod line;
#[path = "../../src/replay/rules.rs"]
mod rules;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<rules::Rules> = LazyLock::new(|| {
    let text = include_str!("../../examples/replay.toml");
    rules::Rules::parse(Path::new("replay.toml"), text).expect("the example can be used")
});

fuzz_target!(|text: &str| {
    let Ok(Some(line)) = line::Line::parse(text) else {
        return;
    };
    for experiment in &RULES.experiments {
        experiment.variant(&line, text);
        experiment.is_exposure(&line);
        experiment.has_status(line.status);
        for source in experiment.unit.iter().chain(experiment.context.values()) {
            source.find(&line, text);
        }
        for action in &experiment.actions {
            action.is_of(&line);
        }
    }
});
