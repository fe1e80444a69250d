//! What a builder refuses, whatever the types of a component.

use super::collectors::Described;
use super::shared::Method;
use super::{BuildError, Recorder};
use crate::limits::name_fits;

/// Names stand in texts, files and lines of logs, where two must not look alike.
pub(super) fn is_name(name: &str) -> bool {
    name_fits(name) && name.trim() == name && !name.chars().any(char::is_control)
}

/// Hands on what each collector says of itself.
type Describe<'d> = dyn FnMut(&mut dyn FnMut(Described)) + 'd;

/// Whether recorders get something, and each call once.
pub(super) fn check_records(
    recorders: &[Box<dyn Recorder>],
    methods: &[Method],
    describe: &mut Describe<'_>,
) -> Result<(), BuildError> {
    let mut summaries: Vec<usize> = Vec::new();
    for place in recorders.iter().filter_map(|of| of.identity()) {
        if summaries.contains(&place) {
            return Err(BuildError::RecorderTwice);
        }
        summaries.push(place);
    }
    let mut makes_records = methods.iter().any(|method| method.makes_records);
    let mut counted: Vec<(&'static str, Option<usize>)> = Vec::new();
    let mut twice = None;
    describe(&mut |of| {
        makes_records |= of.counts_into.is_none();
        for metric in of.metrics {
            let own = (*metric, of.counts_into);
            let recorded = summaries.iter().map(|place| (*metric, Some(*place)));
            let recorded = recorded.filter(|_| of.counts_into.is_none());
            for place in std::iter::once(own).chain(recorded) {
                if counted.contains(&place) {
                    twice = Some(*metric);
                }
                counted.push(place);
            }
        }
    });
    match twice {
        Some(metric) => Err(BuildError::MeasuredTwice(metric)),
        None if !makes_records && !recorders.is_empty() => Err(BuildError::NothingToRecord),
        None => Ok(()),
    }
}
