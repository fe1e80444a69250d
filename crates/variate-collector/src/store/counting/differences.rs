use super::rows::Row;
use crate::{Class, Products, Tally};

/// In which numbers a row differs from what its units contribute, in words.
pub(super) fn differences(kept: &Row, of_units: &Row) -> String {
    let mut told = Vec::new();
    match (kept, of_units) {
        (Row::Tally(kept), Row::Tally(of_units)) => {
            for class in Class::ALL {
                let (kept, of_units) = (of_tally(kept.get(class)), of_tally(of_units.get(class)));
                add(&mut told, class, &kept, &of_units);
            }
        }
        (Row::Products(kept), Row::Products(of_units)) => {
            for class in Class::ALL {
                let (kept, of_units) = (
                    of_products(kept.get(class)),
                    of_products(of_units.get(class)),
                );
                add(&mut told, class, &kept, &of_units);
            }
        }
        (Row::Units(kept), Row::Units(of_units)) => {
            told.push(one("units", &kept.to_string(), &of_units.to_string()));
        }
        // A place has one kind of row.
        _ => told.push("the tally is of another kind than its units".to_owned()),
    }
    told.join("; ")
}

type Numbers = Vec<(&'static str, String)>;

fn add(told: &mut Vec<String>, class: Class, kept: &Numbers, of_units: &Numbers) {
    // Only what differs: there are six of them three times.
    for ((name, kept), (_, of_units)) in kept.iter().zip(of_units) {
        if kept != of_units {
            told.push(one(&format!("{name}{}", in_words(class)), kept, of_units));
        }
    }
}

fn one(name: &str, kept: &str, of_units: &str) -> String {
    format!("the tally has {kept} {name}, and its units give {of_units}")
}

const fn in_words(class: Class) -> &'static str {
    match class {
        Class::Counted => "",
        Class::BeforeExposure => " before exposure",
        Class::Crossover => " of crossovers",
    }
}

fn of_tally(of: &Tally) -> Numbers {
    vec![
        ("events", of.events.to_string()),
        ("units", of.units.to_string()),
        ("as sum", of.sum.value().to_string()),
        ("as sum of squares", of.sum_of_squares.value().to_string()),
        (
            "as sum of squared events",
            of.events_squared.value().to_string(),
        ),
        (
            "as sum of events by totals",
            of.events_by_total.value().to_string(),
        ),
    ]
}

fn of_products(of: &Products) -> Numbers {
    vec![
        (
            "as sum of events by events",
            of.events_by_events.value().to_string(),
        ),
        (
            "as sum of events by totals",
            of.events_by_total.value().to_string(),
        ),
        (
            "as sum of totals by events",
            of.total_by_events.value().to_string(),
        ),
        (
            "as sum of totals by totals",
            of.total_by_total.value().to_string(),
        ),
    ]
}
