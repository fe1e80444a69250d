use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::tally::UnitTotal;
use crate::{
    ByClass, CellTallies, Class, Day, ExperimentInfo, ExperimentTallies, NewEvent, OfDay, Pair,
    PairTallies, Products, Tally,
};

/// The tallies of one experiment out of all its events, from the definitions and with no regard to cost: the
/// state at the end of each day is made anew from all events up to it.
pub fn recompute(info: ExperimentInfo, log: &[NewEvent<'_>]) -> ExperimentTallies {
    let mut seen = HashSet::new();
    let events: Vec<&NewEvent<'_>> = log
        .iter()
        .filter(|event| event.namespace == info.namespace && event.experiment == info.name)
        .filter(|event| seen.insert((&event.action, &event.variant, &event.id)))
        .collect();

    let days: BTreeSet<Day> = events
        .iter()
        .map(|event| Day::of_millis(event.at))
        .collect();
    let mut cells: BTreeMap<(String, String), CellTallies> = BTreeMap::new();
    let mut pairs: BTreeMap<(Pair, String), PairTallies> = BTreeMap::new();
    let mut crossover_days = Vec::new();
    let mut before = State::default();
    for day in days {
        let until: Vec<_> = events
            .iter()
            .copied()
            .filter(|event| Day::of_millis(event.at) <= day)
            .collect();
        let now = State::of(&until, &info.pairs);
        for (name, tallies) in difference(&now.cells, &before.cells) {
            let cell = cells.entry(name.clone()).or_insert_with(|| CellTallies {
                action: name.0,
                variant: name.1,
                total: ByClass::default(),
                baseline: None,
                days: Vec::new(),
            });
            cell.total += tallies;
            cell.days.push(OfDay { day, tallies });
        }
        for (name, tallies) in difference(&now.pairs, &before.pairs) {
            let of = pairs.entry(name.clone()).or_insert_with(|| PairTallies {
                pair: name.0,
                variant: name.1,
                total: ByClass::default(),
                days: Vec::new(),
            });
            of.total += tallies;
            of.days.push(OfDay { day, tallies });
        }
        if now.crossovers != before.crossovers {
            crossover_days.push((day, now.crossovers - before.crossovers));
        }
        before = now;
    }
    ExperimentTallies {
        crossovers: before.crossovers,
        crossover_days,
        cells: cells.into_values().collect(),
        pair_tallies: pairs.into_values().collect(),
        info,
    }
}

/// The state after some events.
#[derive(Default)]
struct State {
    cells: BTreeMap<(String, String), ByClass<Tally>>,
    pairs: BTreeMap<(Pair, String), ByClass<Products>>,
    crossovers: i64,
}

impl State {
    fn of(events: &[&NewEvent<'_>], pairs: &[Pair]) -> Self {
        let mut units: BTreeMap<(bool, &str), Vec<&NewEvent<'_>>> = BTreeMap::new();
        for event in events {
            let unit = match &event.unit {
                Some(unit) => (true, unit.as_ref()),
                None => (false, event.id.as_ref()),
            };
            units.entry(unit).or_default().push(event);
        }
        let mut state = Self::default();
        for ((is_named, _), events) in units {
            state.add_unit(is_named, &events, pairs);
        }
        state
    }

    fn add_unit(&mut self, is_named: bool, events: &[&NewEvent<'_>], pairs: &[Pair]) {
        let exposures = || events.iter().filter(|event| event.is_exposure());
        let first_exposure = exposures().map(|event| event.at).min();
        let variants: BTreeSet<&str> = if is_named {
            events.iter().map(|event| event.variant.as_ref()).collect()
        } else {
            exposures().map(|event| event.variant.as_ref()).collect()
        };
        let is_crossover = variants.len() > 1;
        self.crossovers += i64::from(is_crossover);

        let mut totals: BTreeMap<(Class, &str, &str), UnitTotal> = BTreeMap::new();
        for event in events {
            let is_before = is_named && first_exposure.is_none_or(|first| event.at < first);
            let class = match (is_before, is_crossover) {
                (true, _) => Class::BeforeExposure,
                (false, true) => Class::Crossover,
                (false, false) => Class::Counted,
            };
            let total = totals
                .entry((class, &event.action, &event.variant))
                .or_default();
            *total = total.and(event.value);
        }
        for (&(class, action, variant), &total) in &totals {
            let name = (action.to_owned(), variant.to_owned());
            *self.cells.entry(name).or_default().get_mut(class) += Tally::of_unit(total);
            for pair in pairs.iter().filter(|pair| pair.first == action) {
                if let Some(&second) = totals.get(&(class, &pair.second, variant)) {
                    let name = (pair.clone(), variant.to_owned());
                    *self.pairs.entry(name).or_default().get_mut(class) +=
                        Products::of_unit(total, second);
                }
            }
        }
    }
}

fn difference<K, T>(
    now: &BTreeMap<K, ByClass<T>>,
    before: &BTreeMap<K, ByClass<T>>,
) -> Vec<(K, ByClass<T>)>
where
    K: Ord + Clone,
    T: Copy + Default + PartialEq + std::ops::Neg<Output = T> + std::ops::AddAssign,
{
    now.keys()
        .chain(before.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|name| {
            let mut change = now.get(name).copied().unwrap_or_default();
            let before = before.get(name).copied().unwrap_or_default();
            for class in Class::ALL {
                *change.get_mut(class) += -*before.get(class);
            }
            (change != ByClass::default()).then(|| (name.clone(), change))
        })
        .collect()
}
