//! What several modules need.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use variate::{Config, ConfigBuilder, Context, MemoryTracker, Resolver, Unit, Value, Variants};

/// A configuration under `resolver`, and what it tracks.
pub(crate) fn tracked(resolver: impl Resolver + 'static) -> (Config, MemoryTracker) {
    build(Config::builder().resolver(resolver))
}

/// The configuration that `builder` makes, and what it tracks.
pub(crate) fn build(builder: ConfigBuilder) -> (Config, MemoryTracker) {
    let tracker = MemoryTracker::new();
    let config = builder.tracker(tracker.clone()).build().unwrap();
    (config, tracker)
}

/// A configuration whose units all get `variant`.
pub(crate) fn always(variant: &'static str) -> (Config, MemoryTracker) {
    tracked(move |_: &Unit<'_>| variant)
}

/// A list nested `levels` deep around `seed`, built from the inside without recursion.
pub(crate) fn nested(levels: usize, seed: Value<'static>) -> Value<'static> {
    (0..levels).fold(seed, |inner, _| Value::list([inner]))
}

/// A typed value of `tests/data/canonical_keys.json`.
pub(crate) fn value(json: &Json) -> Value<'static> {
    let v = &json["v"];
    let text = || v.as_str().unwrap().to_owned();
    match json["t"].as_str().unwrap() {
        "null" => Value::null(),
        "bool" => v.as_bool().unwrap().into(),
        "int" => match text().parse::<i128>() {
            Ok(number) => number.into(),
            Err(_) => text().parse::<u128>().unwrap().into(),
        },
        "float" => f64::from_bits(u64::from_str_radix(&text(), 16).unwrap()).into(),
        "str" => text().into(),
        "repeat" => {
            let count = json["n"].as_u64().unwrap();
            text().repeat(count.try_into().unwrap()).into()
        }
        "sym" => Value::symbol(text()),
        "gid" => {
            let gid = text();
            let parts: Vec<_> = gid.split('/').collect();
            Value::gid(parts[2], parts[3], parts[4])
        }
        "uuid" => uuid::Uuid::parse_str(&text()).unwrap().into(),
        "nested" => {
            let levels = json["n"].as_u64().unwrap();
            nested(levels.try_into().unwrap(), 1.into())
        }
        "list" => Value::list(v.as_array().unwrap().iter().map(value)),
        "map" => {
            let entries = v.as_array().unwrap().iter();
            Value::map(entries.map(|entry| (value(&entry[0]), value(&entry[1]))))
        }
        other => panic!("unknown type {other}"),
    }
}

/// A context of `tests/data/canonical_keys.json`.
pub(crate) fn context(json: &Json) -> Context<'static> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry[0].as_str().unwrap().to_owned(), value(&entry[1])))
        .collect()
}

/// Three variants as an enum.
#[derive(Debug, PartialEq)]
pub(crate) enum Pill {
    Grey,
    Red,
    Blue,
}

impl Variants for Pill {
    const NAMES: &'static [&'static str] = &["control", "red", "blue"];

    fn from_index(index: usize) -> Self {
        match index {
            1 => Self::Red,
            2 => Self::Blue,
            _ => Self::Grey,
        }
    }
}

/// What each of several threads gets in each round. All begin a round at the same moment.
pub(crate) fn together<T: Send>(
    threads: usize,
    rounds: usize,
    run: impl Fn(usize, usize) -> T + Sync,
) -> Vec<Vec<T>> {
    /// Lets the others go on when a thread ends early, so that a test fails and does not hang.
    struct Leave<'a>(&'a AtomicUsize);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(usize::MAX / 4, Ordering::SeqCst);
        }
    }
    let arrived = AtomicUsize::new(0);
    let rounds_of = |thread| {
        let leave = Leave(&arrived);
        let results = (0..rounds).map(|round| {
            arrived.fetch_add(1, Ordering::SeqCst);
            let mut spins = 0;
            while arrived.load(Ordering::SeqCst) < threads * (round + 1) {
                spins += 1;
                if spins % 1_000 == 0 {
                    std::thread::yield_now();
                }
            }
            run(thread, round)
        });
        let results = results.collect();
        // Nobody waits for a thread that came to its end.
        std::mem::forget(leave);
        results
    };
    std::thread::scope(|scope| {
        let rounds_of = &rounds_of;
        let threads: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || rounds_of(thread)))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect()
    })
}
