//! What became of the lines.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use uuid::Uuid;
use variate::Key;

use super::events::Event;

#[derive(Debug)]
pub(super) struct Summary {
    pub(super) lines: u64,
    pub(super) bad: u64,
    pub(super) no_request: u64,
    pub(super) bots: u64,
    pub(super) other_status: u64,
    pub(super) without_unit: u64,
    pub(super) without_variant: u64,
    pub(super) without_value: u64,
    /// Events that are there already: a log that is given twice.
    repeated: u64,
    /// The ids of a dry run, where no collector knows which it has counted.
    ids: HashSet<Uuid>,
    has_units: bool,
    cells: BTreeMap<[String; 3], Cell>,
}

#[derive(Debug, Default)]
struct Cell {
    events: u64,
    units: HashSet<Key>,
}

impl Summary {
    /// Units take memory.
    pub(super) fn new(has_units: bool) -> Self {
        Self {
            lines: 0,
            bad: 0,
            no_request: 0,
            bots: 0,
            other_status: 0,
            without_unit: 0,
            without_variant: 0,
            without_value: 0,
            repeated: 0,
            ids: HashSet::new(),
            has_units,
            cells: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, event: &Event<'_>) {
        if self.has_units && !self.ids.insert(event.id) {
            self.repeated += 1;
            return;
        }
        let names = [event.experiment, event.action, event.variant].map(str::to_owned);
        let cell = self.cells.entry(names).or_default();
        cell.events += 1;
        if self.has_units && !cell.units.contains(event.key) {
            cell.units.insert(event.key.clone());
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.cells.values().map(|cell| cell.events).sum()
    }
}

/// `1 match`, `2 matches`.
struct Count(u64, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, one) = self;
        let ending = match (number, one.ends_with("ch")) {
            (1, _) => "",
            (_, true) => "es",
            (_, false) => "s",
        };
        write!(out, "{number} {one}{ending}")
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lines, events) = (Count(self.lines, "line"), Count(self.events(), "event"));
        writeln!(out, "{lines}, {events}")?;
        for (count, one, what) in [
            (self.bad, "bad line", ""),
            (self.no_request, "line", " without a request"),
            (self.bots, "line", " by robots"),
            (self.other_status, "match", " with another status"),
            (self.without_unit, "match", " without a unit"),
            (
                self.without_variant,
                "action",
                " of units that were in no variant before",
            ),
            (
                self.without_value,
                "event",
                " without the value that the rules name",
            ),
            (
                self.repeated,
                "event",
                " left out, being there before: the same line at the same place of a log",
            ),
        ] {
            if count > 0 {
                writeln!(out, "{}{what}", Count(count, one))?;
            }
        }
        for ([experiment, action, variant], cell) in &self.cells {
            let events = Count(cell.events, "event");
            write!(out, "{experiment}  {action}  {variant}: {events}")?;
            if self.has_units {
                write!(out, " of {}", Count(cell.units.len() as u64, "unit"))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
