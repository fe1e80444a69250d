use std::collections::HashSet;
use std::io::{self, BufRead};

use super::check::Check;
use super::{Line, VERSION};
use crate::{
    Baseline, ByClass, CellTallies, Class, Day, ExperimentTallies, OfDay, Pair, PairTallies,
};

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

/// Reads what [`json_lines`](super::json_lines) wrote.
///
/// # Errors
///
/// The file cannot be read, it is not whole, a line is none of an export, stands there twice or has numbers that no store can have written
/// (negative ones, more units than events), or a later version wrote it.
pub fn read_json_lines(input: impl BufRead) -> Result<Vec<ExperimentTallies>, ReadError> {
    let mut experiments: Vec<ExperimentTallies> = Vec::new();
    let mut has_version = false;
    let (mut lines, mut end) = (0, None);
    let mut named: HashSet<Once> = HashSet::new();
    let mut of_experiment: HashSet<Once> = HashSet::new();
    let mut check = Check::default();
    let finish = |check: &mut Check| {
        let finished = check.finish();
        finished.map_err(|(line, what)| ReadError::Line { line, what })
    };
    for (number, text) in (1..).zip(input.lines()) {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let bad = |what: String| ReadError::Line { line: number, what };
        let line = serde_json::from_str(&text).map_err(|error| bad(told(&error)))?;
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
        if matches!(line, Line::Experiment(_)) {
            finish(&mut check)?;
        }
        check.see(number, &line).map_err(bad)?;
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
    finish(&mut check)?;
    for experiment in &mut experiments {
        let key = |cell: &CellTallies| (cell.action.clone(), cell.variant.clone());
        experiment.cells.sort_by_key(key);
        experiment.crossover_days.sort_by_key(|of| of.0);
    }
    Ok(experiments)
}

/// What is wrong with a line, and where in it.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(text) if error.column() > 0 => format!("{text}, at column {}", error.column()),
        Some(text) => text.to_owned(),
        None => text,
    }
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
    let (tally, products) = (line.tally(), line.products());
    match line {
        Line::Baseline {
            action,
            variant,
            units,
            estimated,
        } => {
            cell(to, action, variant).baseline = Some(Baseline {
                units: units.unsigned_abs(),
                estimated,
            });
        }
        Line::Tally {
            action,
            variant,
            day,
            class,
            ..
        } => {
            let cell = cell(to, action, variant);
            let tally = tally.unwrap_or_default();
            *cell.total.get_mut(class) += tally;
            *of_day(&mut cell.days, day).get_mut(class) += tally;
        }
        Line::Products {
            pair,
            variant,
            day,
            class,
            ..
        } => {
            let products = products.unwrap_or_default();
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
