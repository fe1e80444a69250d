use std::io::Write;

use super::{ExportError, each};
use crate::{Class, Day, EventStore, ExperimentTallies, Tally};

/// What a line of a table says: the increments of one action, variant, day and class.
pub(super) struct TableRow<'a> {
    pub(super) namespace: &'a str,
    pub(super) experiment: &'a str,
    pub(super) action: &'a str,
    pub(super) variant: &'a str,
    pub(super) day: Day,
    pub(super) class: Class,
    pub(super) tally: Tally,
}

/// The rows of an experiment that are not zero.
pub(super) fn rows(tallies: &ExperimentTallies) -> impl Iterator<Item = TableRow<'_>> {
    tallies.cells.iter().flat_map(move |cell| {
        cell.days.iter().flat_map(move |of| {
            Class::ALL.into_iter().filter_map(move |class| {
                let tally = *of.tallies.get(class);
                (!tally.is_zero()).then(|| TableRow {
                    namespace: &tallies.info.namespace,
                    experiment: &tallies.info.name,
                    action: &cell.action,
                    variant: &cell.variant,
                    day: of.day,
                    class,
                    tally,
                })
            })
        })
    })
}

pub(super) const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Counted => "counted",
        Class::BeforeExposure => "before_exposure",
        Class::Crossover => "crossover",
    }
}

/// Writes the tallies of all experiments as CSV (RFC 4180): a line for each action, variant, day and class, with the increments of
/// that day.
///
/// # Errors
///
/// The store could not be read, or `out` not written.
pub fn csv(store: &dyn EventStore, out: &mut dyn Write) -> Result<(), ExportError> {
    out.write_all(
        b"namespace,experiment,action,variant,day,class,events,units,sum,sum_of_squares,events_squared,events_by_total\r\n",
    )?;
    each(store, |tallies| {
        for row in rows(tallies) {
            for text in [row.namespace, row.experiment, row.action, row.variant] {
                write!(out, "{},", field(text))?;
            }
            let tally = row.tally;
            write!(
                out,
                "{},{},{},{},{},{},{},{}\r\n",
                row.day,
                class_name(row.class),
                tally.events,
                tally.units,
                tally.sum.value(),
                tally.sum_of_squares.value(),
                tally.events_squared.value(),
                tally.events_by_total.value()
            )?;
        }
        Ok(())
    })
}

fn field(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}
