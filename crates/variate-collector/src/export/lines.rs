use std::collections::HashSet;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{ExportError, each, line};
use crate::{
    Baseline, ByClass, CellTallies, Class, Day, EventStore, ExperimentInfo, ExperimentTallies,
    OfDay, Pair, PairTallies, Products, Sum, Tally,
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
        #[serde(flatten)]
        baseline: Baseline,
    },
    Tally {
        action: String,
        variant: String,
        day: Day,
        class: Class,
        events: i64,
        units: i64,
        sum: Exact,
        sum_of_squares: Exact,
        events_squared: Exact,
        events_by_total: Exact,
    },
    Products {
        #[serde(flatten)]
        pair: Pair,
        variant: String,
        day: Day,
        class: Class,
        events_by_events: Exact,
        events_by_total: Exact,
        total_by_events: Exact,
        total_by_total: Exact,
    },
    Crossovers {
        day: Day,
        units: i64,
    },
    /// The last one: an export without it was cut off.
    End {
        experiments: u64,
        /// How many lines are before it.
        lines: u64,
    },
}

/// What may stand once in an export; of an experiment only, where it is about its tallies.
#[derive(PartialEq, Eq, Hash)]
enum Once {
    Experiment(String, String),
    Baseline(String, String),
    Tally(String, String, Day, Class),
    Products(Pair, String, Day, Class),
    Crossovers(Day),
}

impl Once {
    fn of(line: &Line) -> Option<Self> {
        Some(match line {
            Line::VariateTallies { .. } | Line::End { .. } => return None,
            Line::Experiment(info) => Self::Experiment(info.namespace.clone(), info.name.clone()),
            Line::Baseline {
                action, variant, ..
            } => Self::Baseline(action.clone(), variant.clone()),
            Line::Tally {
                action,
                variant,
                day,
                class,
                ..
            } => Self::Tally(action.clone(), variant.clone(), *day, *class),
            Line::Products {
                pair,
                variant,
                day,
                class,
                ..
            } => Self::Products(pair.clone(), variant.clone(), *day, *class),
            Line::Crossovers { day, .. } => Self::Crossovers(*day),
        })
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
                baseline,
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

/// Why lines could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be read.
    #[error("cannot read the export: {0}")]
    Read(#[from] io::Error),
    /// A line is none of an export.
    #[error("line {line} is none of an export of tallies: {what}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// It ends before its end, or something is gone from its middle.
    #[error("the export is not whole: {what}; export again, or take another copy of the file")]
    NotWhole {
        /// What is missing.
        what: String,
    },
    /// A later version wrote it.
    #[error("the export has version {found}; this version reads versions up to {supported}")]
    Newer {
        /// Its version.
        found: u32,
        /// The latest that this version reads.
        supported: u32,
    },
}

/// Reads what [`json_lines`] wrote.
///
/// # Errors
///
/// The file cannot be read, it is not whole, a line is none of an export or stands there twice, or a later version wrote it.
pub fn read_json_lines(input: impl BufRead) -> Result<Vec<ExperimentTallies>, ReadError> {
    let mut experiments: Vec<ExperimentTallies> = Vec::new();
    let mut has_version = false;
    let (mut lines, mut end) = (0, None);
    let mut named: HashSet<Once> = HashSet::new();
    let mut of_experiment: HashSet<Once> = HashSet::new();
    for (number, text) in (1..).zip(input.lines()) {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let bad = |what: String| ReadError::Line { line: number, what };
        let line = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if end.is_some() {
            return Err(bad("it stands behind the last one".to_owned()));
        }
        if let Some(once) = Once::of(&line) {
            let is_new = if matches!(once, Once::Experiment(..)) {
                of_experiment.clear();
                named.insert(once)
            } else {
                of_experiment.insert(once)
            };
            if !is_new && has_version {
                let twice = "what it is about stands in a line before it, and would count twice";
                return Err(bad(twice.to_owned()));
            }
        }
        match (line, experiments.last_mut()) {
            (Line::VariateTallies { version }, _) if version > VERSION => {
                return Err(ReadError::Newer {
                    found: version,
                    supported: VERSION,
                });
            }
            (Line::VariateTallies { .. }, _) => has_version = true,
            _ if !has_version => {
                let first = r#"the first line must be {"variate_tallies":{"version":1}}"#;
                return Err(bad(first.to_owned()));
            }
            (Line::Experiment(info), _) => experiments.push(ExperimentTallies {
                info,
                crossovers: 0,
                crossover_days: Vec::new(),
                cells: Vec::new(),
                pair_tallies: Vec::new(),
            }),
            (
                Line::End {
                    experiments,
                    lines: said,
                },
                _,
            ) => end = Some((experiments, said, lines)),
            (_, None) => return Err(bad("no experiment is named before it".to_owned())),
            (line, Some(experiment)) => add(line, experiment),
        }
        lines += 1;
    }
    check_end(end, has_version, lines, experiments.len() as u64)?;
    for experiment in &mut experiments {
        let key = |cell: &CellTallies| (cell.action.clone(), cell.variant.clone());
        experiment.cells.sort_by_key(key);
        experiment.crossover_days.sort_by_key(|of| of.0);
    }
    Ok(experiments)
}

/// That the last line is there, and says what was found. `end` is what it says of experiments and lines, and how many were before it.
fn check_end(
    end: Option<(u64, u64, u64)>,
    has_version: bool,
    lines: u64,
    experiments: u64,
) -> Result<(), ReadError> {
    let what = match end {
        // Nothing at all is no export that was cut off.
        None if !has_version => return Ok(()),
        None => {
            format!("it ends behind {lines} lines, without the line that says how many there are")
        }
        Some((said, lines_said, lines)) if (said, lines_said) != (experiments, lines) => format!(
            "it has {experiments} experiments in {lines} lines, and its end says {said} in {lines_said}"
        ),
        Some(_) => return Ok(()),
    };
    Err(ReadError::NotWhole { what })
}

fn add(line: Line, to: &mut ExperimentTallies) {
    match line {
        Line::Baseline {
            action,
            variant,
            baseline,
        } => cell(to, action, variant).baseline = Some(baseline),
        Line::Tally {
            action,
            variant,
            day,
            class,
            events,
            units,
            sum,
            sum_of_squares,
            events_squared,
            events_by_total,
        } => {
            let cell = cell(to, action, variant);
            let tally = Tally {
                events,
                units,
                sum: sum.into(),
                sum_of_squares: sum_of_squares.into(),
                events_squared: events_squared.into(),
                events_by_total: events_by_total.into(),
            };
            *cell.total.get_mut(class) += tally;
            *of_day(&mut cell.days, day).get_mut(class) += tally;
        }
        Line::Products {
            pair,
            variant,
            day,
            class,
            events_by_events,
            events_by_total,
            total_by_events,
            total_by_total,
        } => {
            let products = Products {
                events_by_events: events_by_events.into(),
                events_by_total: events_by_total.into(),
                total_by_events: total_by_events.into(),
                total_by_total: total_by_total.into(),
            };
            let all = &mut to.pair_tallies;
            let at = all
                .iter()
                .position(|of| of.pair == pair && of.variant == variant);
            let at = at.unwrap_or_else(|| {
                all.push(PairTallies {
                    pair,
                    variant,
                    total: ByClass::default(),
                    days: Vec::new(),
                });
                all.len() - 1
            });
            if let Some(of) = all.get_mut(at) {
                *of.total.get_mut(class) += products;
                *of_day(&mut of.days, day).get_mut(class) += products;
            }
        }
        Line::Crossovers { day, units } => {
            to.crossovers += units;
            to.crossover_days.push((day, units));
        }
        Line::VariateTallies { .. } | Line::Experiment(_) | Line::End { .. } => {}
    }
}

#[expect(clippy::indexing_slicing, reason = "what is missing was added")]
fn cell(to: &mut ExperimentTallies, action: String, variant: String) -> &mut CellTallies {
    let at = to
        .cells
        .iter()
        .position(|cell| cell.action == action && cell.variant == variant)
        .unwrap_or(to.cells.len());
    if at == to.cells.len() {
        to.cells.push(CellTallies {
            action,
            variant,
            total: ByClass::default(),
            baseline: None,
            days: Vec::new(),
        });
    }
    &mut to.cells[at]
}

#[expect(clippy::indexing_slicing, reason = "what is missing was added")]
fn of_day<T: Default>(days: &mut Vec<OfDay<T>>, day: Day) -> &mut ByClass<T> {
    let at = days.partition_point(|of| of.day < day);
    if days.get(at).is_none_or(|of| of.day != day) {
        let tallies = ByClass::default();
        days.insert(at, OfDay { day, tallies });
    }
    &mut days[at].tallies
}
