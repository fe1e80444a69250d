//! What became of the lines.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

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
    pub(super) const fn new(has_units: bool) -> Self {
        Self {
            lines: 0,
            bad: 0,
            no_request: 0,
            bots: 0,
            other_status: 0,
            without_unit: 0,
            without_variant: 0,
            without_value: 0,
            has_units,
            cells: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, event: &Event<'_>) {
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

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} lines, {} events", self.lines, self.events())?;
        for (count, what) in [
            (self.bad, "bad lines"),
            (self.no_request, "lines without a request"),
            (self.bots, "lines by robots"),
            (self.other_status, "matches with another status"),
            (self.without_unit, "matches without a unit"),
            (
                self.without_variant,
                "actions of units that were in no variant before",
            ),
            (
                self.without_value,
                "events without the value that the rules name",
            ),
        ] {
            if count > 0 {
                writeln!(out, "{count} {what}")?;
            }
        }
        for ([experiment, action, variant], cell) in &self.cells {
            let events = cell.events;
            write!(out, "{experiment}  {action}  {variant}: {events} events")?;
            if self.has_units {
                write!(out, " of {} units", cell.units.len())?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
