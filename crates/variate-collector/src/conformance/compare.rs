use std::collections::BTreeMap;

use crate::{ByClass, Class, Day, ExperimentTallies, OfDay, Products, Sum, Tally};

/// How far sums may be apart, relative to the larger of them and of 1.
const TOLERANCE: f64 = 1e-12;

/// Asserts that two tallies say the same: numbers of events and units exactly, sums to 12 digits. A day
/// without a row is one on which nothing changed.
///
/// # Panics
///
/// They differ.
pub fn assert_same(found: &ExperimentTallies, expected: &ExperimentTallies) {
    assert_eq!(found.info.name, expected.info.name);
    assert_eq!(found.crossovers, expected.crossovers, "crossovers");
    assert_eq!(
        found.crossover_days, expected.crossover_days,
        "crossovers by day"
    );
    assert_eq!(cells(found), cells(expected), "cells");
    assert_eq!(pairs(found), pairs(expected), "pairs");
}

/// A number of a table, which equals those that are near enough.
#[derive(Clone, Copy)]
enum Number {
    Exact(i64),
    About(f64),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Exact(a), Self::Exact(b)) => a == b,
            (Self::About(a), Self::About(b)) => {
                (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
            }
            _ => false,
        }
    }
}

impl std::fmt::Debug for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(number) => write!(out, "{number}"),
            Self::About(number) => write!(out, "{number:?}"),
        }
    }
}

type Table = BTreeMap<(String, Option<Day>, Class), Vec<Number>>;

fn cells(tallies: &ExperimentTallies) -> Table {
    let mut table = Table::new();
    for cell in &tallies.cells {
        let name = format!("{:?} of {:?}", cell.action, cell.variant);
        insert(&mut table, &name, None, &cell.total, numbers);
        for OfDay { day, tallies } in &cell.days {
            insert(&mut table, &name, Some(*day), tallies, numbers);
        }
    }
    table
}

fn pairs(tallies: &ExperimentTallies) -> Table {
    let mut table = Table::new();
    for of in &tallies.pair_tallies {
        let name = format!("{:?} of {:?}", of.pair, of.variant);
        insert(&mut table, &name, None, &of.total, products);
        for OfDay { day, tallies } in &of.days {
            insert(&mut table, &name, Some(*day), tallies, products);
        }
    }
    table
}

fn insert<T>(
    table: &mut Table,
    name: &str,
    day: Option<Day>,
    tallies: &ByClass<T>,
    numbers: impl Fn(&T) -> Vec<Number>,
) {
    for class in Class::ALL {
        let row = numbers(tallies.get(class));
        let is_nothing = row.iter().all(|number| match number {
            Number::Exact(number) => *number == 0,
            Number::About(number) => number.abs() <= TOLERANCE,
        });
        if !is_nothing {
            table.insert((name.to_owned(), day, class), row);
        }
    }
}

fn numbers(tally: &Tally) -> Vec<Number> {
    let about = |sum: Sum| Number::About(sum.value());
    vec![
        Number::Exact(tally.events),
        Number::Exact(tally.units),
        about(tally.sum),
        about(tally.sum_of_squares),
        about(tally.events_squared),
        about(tally.events_by_total),
    ]
}

fn products(products: &Products) -> Vec<Number> {
    let about = |sum: Sum| Number::About(sum.value());
    vec![
        about(products.events_by_events),
        about(products.events_by_total),
        about(products.total_by_events),
        about(products.total_by_total),
    ]
}
