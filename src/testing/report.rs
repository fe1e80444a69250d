//! What a failed assertion says.

use std::fmt::Write;

use super::scope::Scope;
use super::{Pattern, RecordedEvent};

/// How many events a report lists.
const MOST: usize = 25;

/// The message of a failed assertion.
pub(super) struct Report {
    text: String,
    untracked: Vec<String>,
}

impl Report {
    pub(super) fn new(problem: String, untracked: Vec<String>) -> Self {
        Self {
            text: problem,
            untracked,
        }
    }

    /// Lists events by their distance from what was expected.
    pub(super) fn nearest(mut self, expected: &Pattern, events: &[RecordedEvent]) -> Self {
        let mut rows: Vec<_> = events.iter().enumerate().collect();
        rows.sort_by_key(|(_, event)| expected.distance(event));
        self.events(
            "tracked, the nearest first",
            &rows,
            |_, event| match expected.differences(event) {
                differences if differences.is_empty() => "nothing".to_owned(),
                differences => differences.join("; "),
            },
        );
        self
    }

    /// Lists events as they came, those at `places` with the number that they were found for.
    pub(super) fn in_order(mut self, events: &[RecordedEvent], places: &[usize]) -> Self {
        let rows: Vec<_> = events.iter().enumerate().collect();
        self.events("tracked, in order", &rows, |row, _| {
            let found = places.iter().position(|place| *place == row);
            found.map_or_else(String::new, |found| format!("nothing from {}", found + 1))
        });
        self
    }

    fn events(
        &mut self,
        title: &str,
        events: &[(usize, &RecordedEvent)],
        differs: impl Fn(usize, &RecordedEvent) -> String,
    ) {
        if events.is_empty() {
            self.text.push_str("\n\nnothing was tracked");
            return;
        }
        let rows = events.iter().take(MOST).map(|(row, event)| {
            let record = &event.record;
            vec![
                format!("{}.", row + 1),
                record.experiment.escape_debug().to_string(),
                record.action.escape_debug().to_string(),
                record.variant.as_str().escape_debug().to_string(),
                record
                    .value
                    .map_or_else(String::new, |value| value.to_string()),
                written(&record.properties),
                written(&event.context),
                record.reason.to_string(),
                differs(*row, event),
            ]
        });
        let heads = [
            "",
            "experiment",
            "action",
            "variant",
            "value",
            "properties",
            "context",
            "reason",
            "differs in",
        ];
        self.section(title, &table(&heads, rows.collect()));
        if let Some(more) = events.len().checked_sub(MOST).filter(|more| *more > 0) {
            let _ = write!(self.text, "\n  and {more} more");
        }
    }

    /// Adds lines under a title.
    pub(super) fn section(&mut self, title: &str, lines: &[String]) {
        let _ = write!(self.text, "\n\n{title}:");
        for line in lines {
            let _ = write!(self.text, "\n  {line}");
        }
    }

    /// The whole message.
    fn text(mut self) -> String {
        if !self.untracked.is_empty() {
            let untracked = counted(std::mem::take(&mut self.untracked));
            self.section("happened, and was not tracked", &untracked);
        }
        let stubs = Scope::current().stubs();
        let notes: Vec<_> = stubs
            .iter()
            .filter_map(|stub| match stub.problem() {
                None if stub.uses() == 0 => Some(format!("{stub}, and was never asked")),
                problem => problem,
            })
            .collect();
        if !notes.is_empty() {
            self.section("stubs", &notes);
        }
        self.text
    }

    #[track_caller]
    pub(super) fn fail(self) -> ! {
        panic!("{}", self.text())
    }
}

fn written(context: &crate::Context<'_>) -> String {
    if context.is_empty() {
        String::new()
    } else {
        format!("{context:?}")
    }
}

/// Each line once, with how often it was there.
fn counted(lines: Vec<String>) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for line in lines {
        match counts.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => counts.push((line, 1)),
        }
    }
    let lines = counts.into_iter().map(|(line, count)| match count {
        1 => line,
        count => format!("{line} ({})", times(count)),
    });
    lines.collect()
}

pub(super) fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Lines with aligned columns; a column without any text is left out.
pub(super) fn table(heads: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let columns: Vec<(usize, usize)> = heads
        .iter()
        .enumerate()
        .filter(|(column, _)| rows.iter().any(|row| !cell(row, *column).is_empty()))
        .map(|(column, head)| {
            let cells = rows.iter().map(|row| cell(row, column).chars().count());
            (column, cells.fold(head.chars().count(), usize::max))
        })
        .collect();
    let heads: Vec<_> = heads.iter().map(|head| (*head).to_owned()).collect();
    std::iter::once(heads)
        .chain(rows)
        .map(|row| {
            let mut line = String::new();
            for (column, width) in &columns {
                let _ = write!(line, "{:width$}  ", cell(&row, *column));
            }
            line.trim_end().to_owned()
        })
        .collect()
}
