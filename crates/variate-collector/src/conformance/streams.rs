use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use super::{Case, DAY, EXPERIMENT, Fixture, NAMESPACE, NOON, assert_same, hit, read, recompute};
use crate::{Change, EventStore, ExperimentInfo, NewEvent, Outcome, Pair};

pub(super) fn cases<F: Fixture>() -> Vec<Case<F>> {
    vec![
        (
            "random streams in random order, with duplicates and restarts",
            random_streams,
        ),
        ("decimal values in random order", decimal_values),
        ("eight senders at once", senders_at_once),
        ("deletion while events come", deletion_while_events_come),
    ]
}

/// Few units and few names, so that they meet; values that sum without rounding.
fn random_event(random: &mut StdRng, value: impl Fn(&mut StdRng) -> f64) -> NewEvent<'static> {
    let variant = *["control", "red", "red", "red"].choose(random).unwrap();
    let action = *["assignment", "assignment", "bought", "visited"]
        .choose(random)
        .unwrap();
    let unit: u8 = random.random_range(0..30);
    // Three units in four stay with one variant.
    let variant = match unit % 4 {
        0 => variant,
        1 => "control",
        _ => "red",
    };
    let at = NOON + random.random_range(0..5 * DAY);
    let id = format!("{:x}", random.random_range(0..2000));
    let mut event = NewEvent::new(
        NAMESPACE,
        EXPERIMENT,
        variant,
        action,
        format!("{unit}-{id}"),
    )
    .at(at);
    if random.random_ratio(1, 2) {
        event = event.value(value(random));
    }
    event.of_unit(format!("unit {unit}"))
}

fn replay<F: Fixture>(fixture: &F, seed: u64, value: impl Fn(&mut StdRng) -> f64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut store = fixture.fresh();
    let pairs = [
        Pair {
            first: "bought".to_owned(),
            second: "visited".to_owned(),
        },
        Pair {
            first: "bought".to_owned(),
            second: "bought".to_owned(),
        },
    ];
    let mut info = ExperimentInfo::new(NAMESPACE, EXPERIMENT);
    for pair in pairs {
        info = store
            .change(NAMESPACE, EXPERIMENT, &Change::Pair(pair))
            .unwrap();
    }

    let mut log: Vec<NewEvent<'static>> = Vec::new();
    for _ in 0..random.random_range(20..400) {
        log.push(random_event(&mut random, &value));
    }
    // Ids are for one event each: the first one that has it says what it is.
    let mut ids = std::collections::HashSet::new();
    log.retain(|event| ids.insert(event.id.clone()));
    // Clients without units, in the order of their clock.
    for number in 0..random.random_range(0..60) {
        let variant = *["control", "red"].choose(&mut random).unwrap();
        let action = *["participate", "bought"].choose(&mut random).unwrap();
        let id = format!("id {}", random.random_range(0..20));
        let at = NOON + number * (DAY / 13);
        let mut event = NewEvent::new(NAMESPACE, EXPERIMENT, variant, action, id).at(at);
        if random.random_ratio(1, 4) {
            event = event.value(value(&mut random));
        }
        log.push(event);
    }
    let duplicates: Vec<NewEvent<'static>> = log
        .iter()
        .filter(|_| random.random_ratio(1, 3))
        .cloned()
        .collect();
    let mut stream = log.clone();
    stream.extend(duplicates);
    stream.shuffle(&mut random);
    in_order_without_units(&mut stream);

    let mut rest = stream.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(random.random_range(1..=rest.len().min(64)));
        store.ingest(batch).unwrap();
        rest = after;
        if random.random_ratio(1, 10) {
            store = fixture.reopen(store);
        }
    }
    let store = fixture.reopen(store);
    let expected = recompute(info, &stream);
    assert_same(&read(&store), &expected);
}

/// Events whose units are not known come in the order in which they happened: such clients have no clock, the collector's counts.
fn in_order_without_units(stream: &mut [NewEvent<'static>]) {
    let places: Vec<usize> = (0..stream.len())
        .filter(|&at| stream[at].unit.is_none())
        .collect();
    let mut events: Vec<_> = places.iter().map(|&at| stream[at].clone()).collect();
    events.sort_by_key(|event| event.at);
    for (at, event) in places.into_iter().zip(events) {
        stream[at] = event;
    }
}

fn random_streams<F: Fixture>(fixture: &F) {
    for seed in 0..40 {
        eprintln!("conformance: stream of seed {seed}");
        replay(fixture, seed, |random| {
            f64::from(random.random_range(-400..=400)) / 4.0
        });
    }
}

fn decimal_values<F: Fixture>(fixture: &F) {
    for seed in 100..110 {
        eprintln!("conformance: stream of seed {seed}");
        replay(fixture, seed, |random| {
            f64::from(random.random_range(1..=1_000_000)) / 100.0
        });
    }
}

fn senders_at_once<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let events: Vec<NewEvent<'static>> = (0..2000)
        .map(|number| {
            let variant = if number % 2 == 0 { "red" } else { "blue" };
            let id = format!("{number:x}");
            let event = NewEvent::new(NAMESPACE, EXPERIMENT, variant, "participate", id.clone());
            let event = event.at(NOON);
            if number % 3 == 0 {
                event.of_unit(id)
            } else {
                event
            }
        })
        .collect();
    // Each event has three senders.
    let counted: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let (store, events) = (&store, &events);
                scope.spawn(move || {
                    let mut own: Vec<NewEvent<'static>> = events
                        .iter()
                        .enumerate()
                        .filter(|(number, _)| (number + sender) % 8 < 3)
                        .map(|of| of.1.clone())
                        .collect();
                    own.shuffle(&mut StdRng::seed_from_u64(sender as u64));
                    own.chunks(37)
                        .flat_map(|batch| store.ingest(batch).unwrap())
                        .filter(|outcome| *outcome == Outcome::Counted)
                        .count()
                })
            })
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .sum()
    });
    assert_eq!(counted, 2000);
    for variant in ["red", "blue"] {
        let units = read(&store)
            .cell("participate", variant)
            .unwrap()
            .total
            .counted
            .units;
        assert_eq!(units, 1000, "{variant}");
    }
}

fn deletion_while_events_come<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let events: Vec<NewEvent<'static>> = (0..300)
        .map(|number| {
            NewEvent::new(
                NAMESPACE,
                EXPERIMENT,
                "red",
                "participate",
                format!("{number:x}"),
            )
            .at(NOON)
        })
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for batch in events.chunks(10) {
                    store.ingest(batch).unwrap();
                }
            });
        }
        for _ in 0..20 {
            store.delete(NAMESPACE, EXPERIMENT).unwrap();
        }
    });
    // Whatever is left is whole: what counts now and what counts if all comes again is everything, once.
    let units = |store: &F::Store| {
        let tallies = store.tallies(NAMESPACE, EXPERIMENT).unwrap();
        tallies.map_or(0, |tallies| {
            let cell = tallies.cell("participate", "red");
            cell.map_or(0, |cell| cell.total.counted.units)
        })
    };
    let left = units(&store);
    let outcomes = store.ingest(&events).unwrap();
    let counted = outcomes
        .iter()
        .filter(|of| **of == Outcome::Counted)
        .count();
    assert_eq!(left + i64::try_from(counted).unwrap(), 300);
    assert_eq!(units(&store), 300);
    store.delete(NAMESPACE, EXPERIMENT).unwrap();
    let outcomes = store.ingest(&[hit("red", "participate", "0")]).unwrap();
    assert_eq!(outcomes, [Outcome::Counted]);
}
