use std::collections::BTreeMap;

use super::header::Header;
use crate::unit::{Amount, Increment, Place};
use crate::{
    ByClass, CellTallies, Day, ExperimentTallies, OfDay, PairTallies, Products, Sum, Tally,
};

/// A place on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) enum Row {
    Tally(ByClass<Tally>),
    Products(ByClass<Products>),
    Units(i64),
}

/// All rows of an experiment.
pub(in crate::store) type Rows = BTreeMap<(Place, Day), Row>;

impl Row {
    pub(in crate::store) fn empty(amount: &Amount) -> Self {
        match amount {
            Amount::Tally(_) => Self::Tally(ByClass::default()),
            Amount::Products(_) => Self::Products(ByClass::default()),
            Amount::Units(_) => Self::Units(0),
        }
    }

    /// Nothing, of the same kind.
    pub(in crate::store) fn zero(&self) -> Self {
        match self {
            Self::Tally(_) => Self::Tally(ByClass::default()),
            Self::Products(_) => Self::Products(ByClass::default()),
            Self::Units(_) => Self::Units(0),
        }
    }

    pub(in crate::store) fn add(&mut self, increment: &Increment) {
        match (self, increment.amount) {
            (Self::Tally(tallies), Amount::Tally(tally)) => {
                *tallies.get_mut(increment.class) += tally;
            }
            (Self::Products(products), Amount::Products(product)) => {
                *products.get_mut(increment.class) += product;
            }
            (Self::Units(units), Amount::Units(more)) => *units += more,
            // A place has one kind of amount.
            _ => {}
        }
    }

    /// Two rows of the same place.
    #[cfg(feature = "redis")]
    pub(in crate::store) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Tally(mut one), Self::Tally(other)) => {
                one += other;
                Self::Tally(one)
            }
            (Self::Products(mut one), Self::Products(other)) => {
                one += other;
                Self::Products(one)
            }
            (Self::Units(one), Self::Units(other)) => Self::Units(one + other),
            // A place has one kind of amount.
            (one, _) => one,
        }
    }

    pub(in crate::store) fn write(&self, out: &mut Vec<u8>) {
        let sum = |out: &mut Vec<u8>, sum: Sum| {
            let (high, low) = sum.parts();
            out.extend(high.to_le_bytes());
            out.extend(low.to_le_bytes());
        };
        match self {
            Self::Tally(tallies) => {
                for class in crate::Class::ALL {
                    let tally = tallies.get(class);
                    out.extend(tally.events.to_le_bytes());
                    out.extend(tally.units.to_le_bytes());
                    sum(out, tally.sum);
                    sum(out, tally.sum_of_squares);
                    sum(out, tally.events_squared);
                    sum(out, tally.events_by_total);
                }
            }
            Self::Products(products) => {
                for class in crate::Class::ALL {
                    let products = products.get(class);
                    sum(out, products.events_by_events);
                    sum(out, products.events_by_total);
                    sum(out, products.total_by_events);
                    sum(out, products.total_by_total);
                }
            }
            Self::Units(units) => out.extend(units.to_le_bytes()),
        }
    }

    pub(in crate::store) fn read(place: Place, bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(8).map(|word| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            bytes
        });
        let count = |words: &mut dyn Iterator<Item = [u8; 8]>| words.next().map(i64::from_le_bytes);
        let sum = |words: &mut dyn Iterator<Item = [u8; 8]>| {
            let high = f64::from_le_bytes(words.next()?);
            let low = f64::from_le_bytes(words.next()?);
            Some(Sum::from_parts(high, low))
        };
        let row = match place {
            Place::Cell(..) => {
                let mut tallies = ByClass::default();
                for class in crate::Class::ALL {
                    *tallies.get_mut(class) = Tally {
                        events: count(&mut words)?,
                        units: count(&mut words)?,
                        sum: sum(&mut words)?,
                        sum_of_squares: sum(&mut words)?,
                        events_squared: sum(&mut words)?,
                        events_by_total: sum(&mut words)?,
                    };
                }
                Self::Tally(tallies)
            }
            Place::Pair(..) => {
                let mut all = ByClass::default();
                for class in crate::Class::ALL {
                    *all.get_mut(class) = Products {
                        events_by_events: sum(&mut words)?,
                        events_by_total: sum(&mut words)?,
                        total_by_events: sum(&mut words)?,
                        total_by_total: sum(&mut words)?,
                    };
                }
                Self::Products(all)
            }
            Place::Crossovers => Self::Units(count(&mut words)?),
        };
        (words.next().is_none() && bytes.len().is_multiple_of(8)).then_some(row)
    }
}

/// The part of a row's key that follows the experiment's number.
pub(in crate::store) fn write_key((place, day): (Place, Day), out: &mut Vec<u8>) {
    let (tag, first, second) = match place {
        Place::Cell(action, variant) => (0, action, variant),
        Place::Pair(pair, variant) => (1, pair, variant),
        Place::Crossovers => (2, 0, 0),
    };
    out.push(tag);
    out.extend(first.to_be_bytes());
    out.extend(second.to_be_bytes());
    out.extend(day.days().to_be_bytes());
}

pub(in crate::store) fn read_key(bytes: &[u8]) -> Option<(Place, Day)> {
    let (&tag, bytes) = bytes.split_first()?;
    let (&first, bytes) = bytes.split_first_chunk()?;
    let (&second, bytes) = bytes.split_first_chunk()?;
    let (first, second) = (u16::from_be_bytes(first), u16::from_be_bytes(second));
    let day = Day::from_days(u32::from_be_bytes(bytes.try_into().ok()?));
    let place = match tag {
        0 => Place::Cell(first, second),
        1 => Place::Pair(first, second),
        2 => Place::Crossovers,
        _ => return None,
    };
    Some((place, day))
}

/// What is read of an experiment.
pub(in crate::store) fn tallies(
    header: &Header,
    span: Option<(u64, u64)>,
    rows: &Rows,
) -> ExperimentTallies {
    let mut cells: BTreeMap<(&str, &str), CellTallies> = BTreeMap::new();
    let mut pairs: BTreeMap<(&str, &str, &str), PairTallies> = BTreeMap::new();
    let mut crossover_days = Vec::new();
    let cell_of = |action: u16, variant: u16| CellTallies {
        action: header.actions.name(action).to_owned(),
        variant: header.variants.name(variant).to_owned(),
        total: ByClass::default(),
        baseline: None,
        days: Vec::new(),
    };
    for (&(place, day), row) in rows {
        match (place, row) {
            (Place::Cell(action, variant), &Row::Tally(tallies)) => {
                if tallies == ByClass::default() {
                    continue;
                }
                let name = (header.actions.name(action), header.variants.name(variant));
                let cell = cells
                    .entry(name)
                    .or_insert_with(|| cell_of(action, variant));
                cell.total += tallies;
                cell.days.push(OfDay { day, tallies });
            }
            (Place::Pair(pair, variant), &Row::Products(tallies)) => {
                let Some(&actions) = header.pairs.get(usize::from(pair)) else {
                    continue;
                };
                if tallies == ByClass::default() {
                    continue;
                }
                let (first, second) = (
                    header.actions.name(actions.0),
                    header.actions.name(actions.1),
                );
                let of = pairs
                    .entry((first, second, header.variants.name(variant)))
                    .or_insert_with(|| PairTallies {
                        pair: header.pair(actions),
                        variant: header.variants.name(variant).to_owned(),
                        total: ByClass::default(),
                        days: Vec::new(),
                    });
                of.total += tallies;
                of.days.push(OfDay { day, tallies });
            }
            (Place::Crossovers, &Row::Units(units)) if units != 0 => {
                crossover_days.push((day, units));
            }
            _ => {}
        }
    }
    for &(action, variant, baseline) in &header.baselines {
        let name = (header.actions.name(action), header.variants.name(variant));
        let cell = cells
            .entry(name)
            .or_insert_with(|| cell_of(action, variant));
        cell.baseline = Some(baseline);
    }
    ExperimentTallies {
        info: header.info(span),
        crossovers: crossover_days.iter().map(|of| of.1).sum(),
        crossover_days,
        cells: cells.into_values().collect(),
        pair_tallies: pairs.into_values().collect(),
    }
}
