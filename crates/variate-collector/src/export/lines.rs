//! Tallies as JSON objects, one a line.

mod check;
mod reading;
mod shape;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

pub use self::reading::{ReadError, read_json_lines};
use super::{ExportError, each, line};
use crate::{
    Class, Day, EventStore, ExperimentInfo, ExperimentTallies, Pair, Products, Sum, Tally,
};

/// The version of the lines that is written, and the latest that is read.
const VERSION: u32 = 1;

/// A line. An experiment's lines follow its own.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first one.
    VariateTallies {
        version: u32,
    },
    Experiment(ExperimentInfo),
    Baseline {
        action: String,
        variant: String,
        #[serde(deserialize_with = "shape::units")]
        units: i64,
        estimated: bool,
    },
    Tally {
        action: String,
        variant: String,
        day: Day,
        class: Class,
        #[serde(deserialize_with = "shape::events")]
        events: i64,
        #[serde(deserialize_with = "shape::units")]
        units: i64,
        #[serde(deserialize_with = "shape::sum")]
        sum: Exact,
        #[serde(deserialize_with = "shape::sum_of_squares")]
        sum_of_squares: Exact,
        #[serde(deserialize_with = "shape::events_squared")]
        events_squared: Exact,
        #[serde(deserialize_with = "shape::events_by_total")]
        events_by_total: Exact,
    },
    Products {
        #[serde(flatten)]
        pair: Pair,
        variant: String,
        day: Day,
        class: Class,
        #[serde(deserialize_with = "shape::events_by_events")]
        events_by_events: Exact,
        #[serde(deserialize_with = "shape::events_by_total")]
        events_by_total: Exact,
        #[serde(deserialize_with = "shape::total_by_events")]
        total_by_events: Exact,
        #[serde(deserialize_with = "shape::total_by_total")]
        total_by_total: Exact,
    },
    Crossovers {
        day: Day,
        #[serde(deserialize_with = "shape::units")]
        units: i64,
    },
    /// The last one: an export without it was cut off.
    End {
        experiments: u64,
        /// How many lines are before it.
        lines: u64,
    },
}

impl Line {
    fn tally(&self) -> Option<Tally> {
        match *self {
            Self::Tally {
                events,
                units,
                sum,
                sum_of_squares,
                events_squared,
                events_by_total,
                ..
            } => Some(Tally {
                events,
                units,
                sum: sum.into(),
                sum_of_squares: sum_of_squares.into(),
                events_squared: events_squared.into(),
                events_by_total: events_by_total.into(),
            }),
            _ => None,
        }
    }

    fn products(&self) -> Option<Products> {
        match *self {
            Self::Products {
                events_by_events,
                events_by_total,
                total_by_events,
                total_by_total,
                ..
            } => Some(Products {
                events_by_events: events_by_events.into(),
                events_by_total: events_by_total.into(),
                total_by_events: total_by_events.into(),
                total_by_total: total_by_total.into(),
            }),
            _ => None,
        }
    }
}

/// A sum with all its digits: a number, or two of them that are to be added.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Exact {
    One(f64),
    Two(f64, f64),
}

impl From<Sum> for Exact {
    fn from(sum: Sum) -> Self {
        match sum.parts() {
            (high, 0.0) => Self::One(high),
            (high, low) => Self::Two(high, low),
        }
    }
}

impl From<Exact> for Sum {
    fn from(exact: Exact) -> Self {
        match exact {
            Exact::One(number) => Self::from(number),
            Exact::Two(high, low) => Self::from_parts(high, low),
        }
    }
}

/// Writes all experiments with all that is counted of them, a JSON object a line; [`read_json_lines`] reads them again.
///
/// # Errors
///
/// The store could not be read, or `out` not written.
pub fn json_lines(store: &dyn EventStore, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut out = LineCounter { out, lines: 0 };
    let mut experiments = 0;
    line(&mut out, &Line::VariateTallies { version: VERSION })?;
    each(store, |tallies| {
        experiments += 1;
        write(tallies, &mut out)
    })?;
    let lines = out.lines;
    line(&mut out, &Line::End { experiments, lines })
}

/// Counts lines on their way: no text in JSON has a line's end in it.
struct LineCounter<'a> {
    out: &'a mut dyn Write,
    lines: u64,
}

impl Write for LineCounter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        let taken = bytes.get(..written).unwrap_or_default();
        let parts = taken.split(|byte| *byte == b'\n').count();
        self.lines += parts.saturating_sub(1) as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write(tallies: &ExperimentTallies, out: &mut dyn Write) -> Result<(), ExportError> {
    line(out, &Line::Experiment(tallies.info.clone()))?;
    for cell in &tallies.cells {
        if let Some(baseline) = cell.baseline {
            let baseline = Line::Baseline {
                action: cell.action.clone(),
                variant: cell.variant.clone(),
                units: i64::try_from(baseline.units).unwrap_or(i64::MAX),
                estimated: baseline.estimated,
            };
            line(out, &baseline)?;
        }
    }
    for row in super::table::rows(tallies) {
        let tally = Line::Tally {
            action: row.action.to_owned(),
            variant: row.variant.to_owned(),
            day: row.day,
            class: row.class,
            events: row.tally.events,
            units: row.tally.units,
            sum: row.tally.sum.into(),
            sum_of_squares: row.tally.sum_of_squares.into(),
            events_squared: row.tally.events_squared.into(),
            events_by_total: row.tally.events_by_total.into(),
        };
        line(out, &tally)?;
    }
    for of in &tallies.pair_tallies {
        for of_day in &of.days {
            for class in Class::ALL {
                let products = of_day.tallies.get(class);
                if products.is_zero() {
                    continue;
                }
                let products = Line::Products {
                    pair: of.pair.clone(),
                    variant: of.variant.clone(),
                    day: of_day.day,
                    class,
                    events_by_events: products.events_by_events.into(),
                    events_by_total: products.events_by_total.into(),
                    total_by_events: products.total_by_events.into(),
                    total_by_total: products.total_by_total.into(),
                };
                line(out, &products)?;
            }
        }
    }
    for &(day, units) in &tallies.crossover_days {
        line(out, &Line::Crossovers { day, units })?;
    }
    Ok(())
}
