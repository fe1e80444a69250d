//! The answer to one line: key, assignment, or explanation.

use serde::Serialize;
use variate::{Config, Key, Variant};

use crate::request::{LineError, Request};
use crate::trace;

/// What is asked of every line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Key,
    Assignment,
    ExplanationAsJson,
    ExplanationForPeople,
}

/// Answers lines, all under one configuration.
#[derive(Debug)]
pub(crate) struct Answers {
    question: Question,
    config: Config,
    variants: Vec<Variant>,
    any: bool,
}

#[derive(Serialize)]
struct KeyAnswer<'a> {
    key: &'a Key,
    migration_keys: &'a [Key],
}

#[derive(Serialize)]
struct AssignmentAnswer<'a> {
    key: &'a Key,
    variant: &'a Variant,
    reason: &'static str,
    #[serde(skip_serializing_if = "<[Key]>::is_empty")]
    migration_keys: &'a [Key],
}

impl Answers {
    pub(crate) const fn new(question: Question, config: Config, variants: Vec<Variant>) -> Self {
        Self {
            question,
            config,
            variants,
            any: false,
        }
    }

    /// Whether the answers have colours, for the output to keep or remove.
    pub(crate) fn are_styled(&self) -> bool {
        self.question == Question::ExplanationForPeople
    }

    /// Appends the answer to `line`, and what separates it from the next one.
    pub(crate) fn answer(&mut self, line: &str, out: &mut Vec<u8>) -> Result<(), LineError> {
        let pins = self.question != Question::Key;
        let experiment = Request::parse(line, pins)?.experiment(&self.config, &self.variants)?;
        match self.question {
            Question::Key => serde_json::to_writer(
                &mut *out,
                &KeyAnswer {
                    key: experiment.key(),
                    migration_keys: experiment.migration_keys(),
                },
            )?,
            Question::Assignment => serde_json::to_writer(
                &mut *out,
                &AssignmentAnswer {
                    key: experiment.key(),
                    variant: experiment.variant(),
                    reason: experiment.assignment().reason().code(),
                    migration_keys: experiment.migration_keys(),
                },
            )?,
            Question::ExplanationAsJson => {
                serde_json::to_writer(&mut *out, &experiment.explain())?;
            }
            Question::ExplanationForPeople => {
                if self.any {
                    out.push(b'\n');
                }
                out.extend_from_slice(trace::styled(&experiment.explain()).as_bytes());
            }
        }
        out.push(b'\n');
        self.any = true;
        Ok(())
    }
}
