use std::fmt;

use regex::{Regex, RegexBuilder};

use super::ConditionError;

/// The most bytes that a compiled expression, and the states that it makes while matching, may take.
const LARGEST: usize = 1 << 20;

/// How deep groups may lie in each other.
const DEEPEST: u32 = 64;

/// A regular expression of the `regex` crate: linear in the text that it reads.
#[derive(Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Self, ConditionError> {
        RegexBuilder::new(pattern)
            .size_limit(LARGEST)
            .dfa_size_limit(LARGEST)
            .nest_limit(DEEPEST)
            .build()
            .map(Self)
            .map_err(|error| ConditionError::Pattern {
                pattern: pattern.to_owned(),
                problem: problem(&error),
            })
    }

    pub(super) fn is_found_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// What is wrong, in one line: the crate draws a picture, whose last line says it.
fn problem(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => {
            "it would take more than a megabyte: make repetitions smaller".to_owned()
        }
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "/{}/", self.0.as_str())
    }
}
