use std::borrow::Cow;
use std::io::Write;

use super::{ExportError, each};
use crate::{Class, Day, EventStore, ExperimentTallies, Tally};

/// The increments of one action, variant, day and class.
pub(super) struct Row<'a> {
    pub(super) action: &'a str,
    pub(super) variant: &'a str,
    pub(super) day: Day,
    pub(super) class: Class,
    pub(super) tally: Tally,
}

/// The rows of an experiment that are not zero.
pub(super) fn rows(tallies: &ExperimentTallies) -> impl Iterator<Item = Row<'_>> {
    tallies.cells.iter().flat_map(|cell| {
        cell.days.iter().flat_map(move |of| {
            Class::ALL.into_iter().filter_map(move |class| {
                let tally = *of.tallies.get(class);
                (!tally.is_zero()).then(|| Row {
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

/// A row as it stands in a table: without a day where it is of none, a baseline.
pub(super) struct TableRow<'a> {
    pub(super) namespace: &'a str,
    pub(super) experiment: &'a str,
    pub(super) action: &'a str,
    pub(super) variant: &'a str,
    pub(super) day: Option<Day>,
    pub(super) class: &'static str,
    pub(super) tally: Tally,
}

/// The baselines, the rows and the crossovers of an experiment.
pub(super) fn table(tallies: &ExperimentTallies) -> impl Iterator<Item = TableRow<'_>> {
    let row = |action, variant, day, class, tally| TableRow {
        namespace: &tallies.info.namespace,
        experiment: &tallies.info.name,
        action,
        variant,
        day,
        class,
        tally,
    };
    let of_units = |units| Tally {
        units,
        ..Tally::default()
    };
    let baselines = tallies.cells.iter().filter_map(move |cell| {
        let units = i64::try_from(cell.baseline?.units).unwrap_or(i64::MAX);
        let (action, variant) = (cell.action.as_str(), cell.variant.as_str());
        Some(row(action, variant, None, "baseline", of_units(units)))
    });
    let counted = rows(tallies).map(move |of| {
        let class = class_name(of.class);
        row(of.action, of.variant, Some(of.day), class, of.tally)
    });
    let crossovers = tallies.crossover_days.iter();
    let crossovers =
        crossovers.map(move |&(day, units)| row("", "", Some(day), "crossovers", of_units(units)));
    baselines.chain(counted).chain(crossovers)
}

const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Counted => "counted",
        Class::BeforeExposure => "before_exposure",
        Class::Crossover => "crossover",
    }
}

/// Writes the tallies of all experiments as CSV (RFC 4180): a line for each action, variant, day and class, with the increments of
/// that day. A baseline is a line of the class `baseline` without a day, and the units that were seen in two variants for the first
/// time on a day are one of the class `crossovers` without action and variant; of both only `units` says something.
///
/// A name that a spreadsheet would take for a formula, since it begins with `=`, `+`, `-` or `@`, has an apostrophe before it, and
/// control characters are `\u{FFFD}`: clients choose names. Who needs them as they are, and who imports, takes JSON lines.
///
/// Products of pairs, what is known of an experiment besides its tallies, and whether a baseline is an estimate are only in
/// [JSON lines](super::json_lines).
///
/// # Errors
///
/// The store could not be read, or `out` not written.
pub fn csv(store: &dyn EventStore, out: &mut dyn Write) -> Result<(), ExportError> {
    out.write_all(
        b"namespace,experiment,action,variant,day,class,events,units,sum,sum_of_squares,events_squared,events_by_total\r\n",
    )?;
    each(store, |tallies| {
        for row in table(tallies) {
            for text in [row.namespace, row.experiment, row.action, row.variant] {
                write!(out, "{},", field(text))?;
            }
            let tally = row.tally;
            write!(
                out,
                "{},{},{},{},{},{},{},{}\r\n",
                row.day.map(|day| day.to_string()).unwrap_or_default(),
                row.class,
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

fn field(text: &str) -> Cow<'_, str> {
    // Some programs pass over control characters before it.
    let visible = text.trim_start_matches(char::is_control);
    let is_formula = visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let mut text = Cow::Borrowed(text);
    // Tabs and the ends of lines among them: a field may begin behind one, whatever quotes are around it.
    if text.contains(char::is_control) {
        text = text.replace(char::is_control, "\u{FFFD}").into();
    }
    if is_formula {
        text = format!("'{text}").into();
    }
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn no_name_is_a_formula_in_a_spreadsheet_or_has_control_characters() {
        for (name, written) in [
            ("red", "red"),
            ("pill-color=2", "pill-color=2"),
            ("a,b", "\"a,b\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("=\"a\"", "\"'=\"\"a\"\"\""),
            ("\t=1", "'\u{FFFD}=1"),
            ("z\r@x", "z\u{FFFD}@x"),
            ("a\u{1b}\u{85}b", "a\u{FFFD}\u{FFFD}b"),
            ("a\0b", "a\u{FFFD}b"),
            ("two\nlines", "two\u{FFFD}lines"),
        ] {
            assert_eq!(field(name), written, "{name:?}");
        }
    }
}
