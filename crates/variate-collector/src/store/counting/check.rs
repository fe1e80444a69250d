//! Whether the tallies are what the units that are kept contribute to them.

use std::collections::{BTreeMap, HashMap};

use super::differences::differences;
use super::rows::{self, Row};
use super::staged::IdNote;
use super::{Counting, SPAN};
use crate::store::StoreError;
use crate::store::shelf::{BuildCheap, Shelf, Table};
use crate::unit::{Amount, Place, Unit};
use crate::{Class, Day, Sum};

/// What a store's tables were found to hold.
#[derive(Debug, Default)]
pub(crate) struct Check {
    pub(crate) experiments: u64,
    pub(crate) rows: u64,
    pub(crate) ids: u64,
    pub(crate) units: u64,
    /// Rows that no units can be compared with: of imported experiments, or of days whose ids were forgotten.
    pub(crate) rows_not_compared: u64,
    pub(crate) mismatches: Vec<Mismatch>,
}

/// Something that is not as it must be.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) namespace: String,
    pub(crate) experiment: String,
    pub(crate) what: String,
}

/// What units contribute to a row, and how large the summands were.
struct Recomputed {
    row: Row,
    size: f64,
}

type Places = HashMap<(Place, Day), Recomputed, BuildCheap>;

impl<S: Shelf> Counting<S> {
    /// Reads everything; `tell` is told after some thousand entries how many were read. What was found until something could not be
    /// read is in `check` all the same.
    #[expect(
        clippy::too_many_lines,
        reason = "one walk over all tables, in their order"
    )]
    pub(crate) fn check(
        &self,
        check: &mut Check,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), StoreError> {
        let _writing = self.writing()?;
        let state = self.state();
        let mut experiments: BTreeMap<u32, (&super::Experiment, Places)> = BTreeMap::new();
        for experiment in state.namespaces.values().flat_map(HashMap::values) {
            experiments.insert(experiment.number, (experiment, Places::default()));
        }
        check.experiments = experiments.len() as u64;
        // As many as could be loaded.
        let loaded = experiments
            .values()
            .map(|(of, _)| of.rows.len() as u64 + u64::from(of.span.is_some()));
        check.rows = loaded.sum();
        let kept_since = self.kept_since()?;
        let number_of = |key: &[u8]| key.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
        let mut read = 0_u64;
        let mut step = || {
            read += 1;
            if read.is_multiple_of(10_000) {
                tell(read);
            }
        };
        self.shelf.each(Table::Ids, &[], None, &mut |key, note| {
            step();
            let of = number_of(key).and_then(|number| experiments.get(&number));
            check.ids += u64::from(of.is_some());
            if let Some((of, _)) = of
                && (key.len() != 20 || !IdNote::is_good(note))
            {
                let what = format!("the note of the id {key:02x?} cannot be read");
                check.add(of, what);
            }
            Ok(true)
        })?;
        let mut changes = Vec::new();
        self.shelf
            .each(Table::Units, &[], None, &mut |key, bytes| {
                step();
                let of = number_of(key).and_then(|number| experiments.get_mut(&number));
                let Some((of, places)) = of else {
                    return Ok(true);
                };
                check.units += 1;
                let Ok(unit) = Unit::read(bytes) else {
                    check.add(of, format!("the unit {key:02x?} cannot be read"));
                    return Ok(true);
                };
                changes.clear();
                unit.contribute(&of.header.pairs, &mut changes);
                for change in &changes {
                    let recomputed =
                        places
                            .entry((change.place, change.day))
                            .or_insert_with(|| Recomputed {
                                row: Row::empty(&change.amount),
                                size: 0.0,
                            });
                    recomputed.row.add(change);
                    recomputed.size += size(&change.amount);
                }
                Ok(true)
            })?;
        check.rows = 0;
        self.shelf.each(Table::Rows, &[], None, &mut |key, value| {
            step();
            let Some((number, rest)) = key.split_first_chunk() else {
                return Ok(true);
            };
            let Some((of, _)) = experiments.get(&u32::from_be_bytes(*number)) else {
                return Ok(true);
            };
            check.rows += 1;
            if *rest == SPAN {
                return Ok(true);
            }
            let at = rows::read_key(rest);
            let kept = at.and_then(|at| Row::read(at.0, value));
            if kept.is_none() || kept != at.and_then(|at| of.rows.get(&at).copied()) {
                check.add(of, format!("the row {rest:02x?} cannot be read"));
            }
            Ok(true)
        })?;
        for (of, mut places) in experiments.into_values() {
            for (&at, row) in &of.rows {
                let recomputed = places.remove(&at);
                if of.header.imported || at.1 < kept_since {
                    check.rows_not_compared += 1;
                    continue;
                }
                let is_same = match &recomputed {
                    Some(recomputed) => is_same(row, &recomputed.row, recomputed.size),
                    None => is_same(row, &row.zero(), 0.0),
                };
                if !is_same {
                    let is = recomputed.map_or_else(|| row.zero(), |of| of.row);
                    check.add(of, format!("{}: {}", name(of, at), differences(row, &is)));
                }
            }
            for (at, recomputed) in places {
                let is_zero = is_same(&recomputed.row, &recomputed.row.zero(), recomputed.size);
                if !is_zero && !of.header.imported && at.1 >= kept_since {
                    let none = recomputed.row.zero();
                    let what = differences(&none, &recomputed.row);
                    check.add(of, format!("{}: there is no tally; {what}", name(of, at)));
                }
            }
        }
        Ok(())
    }
}

impl Check {
    fn add(&mut self, of: &super::Experiment, what: String) {
        self.mismatches.push(Mismatch {
            namespace: of.header.namespace.clone(),
            experiment: of.header.name.clone(),
            what,
        });
    }
}

fn name(of: &super::Experiment, (place, day): (Place, Day)) -> String {
    let header = &of.header;
    match place {
        Place::Cell(action, variant) => format!(
            "action `{}` of variant `{}` on {day}",
            header.actions.name(action),
            header.variants.name(variant)
        ),
        Place::Pair(pair, variant) => {
            let pair = header.pairs.get(usize::from(pair));
            let pair = pair.map(|of| header.pair(*of));
            let (first, second) = pair.map_or_else(Default::default, |of| (of.first, of.second));
            format!(
                "pair `{first}`, `{second}` of variant `{}` on {day}",
                header.variants.name(variant)
            )
        }
        Place::Crossovers => format!("crossovers on {day}"),
    }
}

fn sums(row: &Row) -> Vec<Sum> {
    let mut sums = Vec::new();
    for class in Class::ALL {
        match row {
            Row::Tally(of) => {
                let of = of.get(class);
                sums.extend([
                    of.sum,
                    of.sum_of_squares,
                    of.events_squared,
                    of.events_by_total,
                ]);
            }
            Row::Products(of) => {
                let of = of.get(class);
                sums.extend([
                    of.events_by_events,
                    of.events_by_total,
                    of.total_by_events,
                    of.total_by_total,
                ]);
            }
            Row::Units(_) => {}
        }
    }
    sums
}

fn counts(row: &Row) -> Vec<i64> {
    match row {
        Row::Tally(of) => Class::ALL
            .iter()
            .flat_map(|class| [of.get(*class).events, of.get(*class).units])
            .collect(),
        Row::Products(_) => Vec::new(),
        Row::Units(units) => vec![*units],
    }
}

/// Counts are the same, and sums up to the rounding of another order.
fn is_same(one: &Row, other: &Row, size: f64) -> bool {
    let most = size * 1e-20;
    counts(one) == counts(other)
        && sums(one)
            .into_iter()
            .zip(sums(other))
            .all(|(a, b)| (a - b).value().abs() <= most)
}

/// The largest of an amount's numbers.
fn size(amount: &Amount) -> f64 {
    let largest = |sums: [Sum; 4]| {
        sums.into_iter()
            .fold(0.0, |most: f64, sum| most.max(sum.value().abs()))
    };
    match amount {
        Amount::Tally(of) => largest([
            of.sum,
            of.sum_of_squares,
            of.events_squared,
            of.events_by_total,
        ]),
        Amount::Products(of) => largest([
            of.events_by_events,
            of.events_by_total,
            of.total_by_events,
            of.total_by_total,
        ]),
        Amount::Units(_) => 0.0,
    }
}
