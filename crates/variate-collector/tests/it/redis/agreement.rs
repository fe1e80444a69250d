//! The same events into a server and into memory: the same outcomes, the same tallies.

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use variate_collector::conformance::assert_same;
use variate_collector::{Change, EventStore, MemoryStore, NewEvent, Outcome, Pair, RedisStore};

use super::server::RedisProcess;

const NOON: u64 = 1_795_262_400_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

fn hit(variant: &'static str, id: impl Into<String>) -> NewEvent<'static> {
    NewEvent::new("shop", "pill_color", variant, "participate", id.into()).at(NOON)
}

fn store(server: &RedisProcess, prefix: &str, shards: u32) -> RedisStore {
    let builder = RedisStore::builder(server.url()).prefix(prefix);
    builder.shards(shards).build().unwrap()
}

/// What comes after nothing new but itself was joined to its bucket, which was then not written.
#[test]
fn an_id_twice_in_its_first_batch_is_kept() {
    let server = RedisProcess::start();
    for shards in [1, 7] {
        let store = store(&server, &format!("of{shards}"), shards);
        let batch = [hit("red", "a"), hit("red", "a")];
        let first = store.ingest(&batch).unwrap();
        assert_eq!(first, [Outcome::Counted, Outcome::Duplicate]);
        assert_eq!(store.ingest(&batch).unwrap(), vec![Outcome::Duplicate; 2]);
    }
}

/// Batches one after the other into both, which must say the same of each event and in the end of all.
fn agree(one: &RedisStore, other: &MemoryStore, batches: &[&[NewEvent<'static>]], what: &str) {
    for (at, batch) in batches.iter().enumerate() {
        let found = one.ingest(batch).unwrap();
        let expected = other.ingest(batch).unwrap();
        for (event, (found, expected)) in batch.iter().zip(found.iter().zip(&expected)) {
            assert_eq!(found, expected, "{what}, batch {at}, {event:?}");
        }
    }
    let read = |store: &dyn EventStore| store.tallies("shop", "pill_color").unwrap().unwrap();
    let (found, expected) = (read(one), read(other));
    assert_same(&found, &expected);
    assert_eq!(found.info, expected.info, "{what}");
}

/// Cut into batches of one of these sizes each.
fn cut<'a>(
    random: &mut StdRng,
    stream: &'a [NewEvent<'static>],
    sizes: &[usize],
) -> Vec<&'a [NewEvent<'static>]> {
    let (mut rest, mut batches) = (stream, Vec::new());
    while !rest.is_empty() {
        let most = sizes[random.random_range(0..sizes.len())].min(rest.len());
        let (batch, after) = rest.split_at(random.random_range(1..=most));
        batches.push(batch);
        rest = after;
    }
    batches
}

/// Which kinds of events a stream has.
#[derive(Clone, Copy, Debug)]
enum Stream {
    /// Ids without values, one day: what the script counts without tables.
    Plain,
    /// Ids with values and of several days.
    Ids,
    Units,
    Both,
}

fn random_event(random: &mut StdRng, stream: Stream, ids: u32) -> NewEvent<'static> {
    let variant = ["control", "red", "blue"][random.random_range(0..3)];
    let is_plain = matches!(stream, Stream::Plain);
    let days = if is_plain { 1 } else { 3 };
    let at = NOON + random.random_range(0..days) * DAY + random.random_range(0..9_000_000);
    let of_unit = match stream {
        Stream::Plain | Stream::Ids => false,
        Stream::Units => true,
        Stream::Both => random.random(),
    };
    let number = random.random_range(0..ids);
    let actions = if of_unit {
        ["assignment", "bought", "visited"]
    } else {
        ["participate", "clicked", "paid"]
    };
    let action = actions[random.random_range(0..3)];
    // Some are random to the eye of the store, which keeps a note of that.
    let id = match number % 3 {
        0 => format!("{number:032x}"),
        _ => format!("id {of_unit} {number}"),
    };
    let event = NewEvent::new("shop", "pill_color", variant, action, id).at(at);
    let value = (!is_plain && random.random_ratio(1, 3))
        .then(|| f64::from(random.random_range(-400..=400)) / 4.0);
    let event = event.value(value);
    if of_unit {
        // An id is of one unit: only within its shard does it count once.
        event.of_unit(format!("unit {}", number % (ids / 4 + 1)))
    } else {
        event
    }
}

#[test]
fn random_streams_agree_with_memory() {
    let server = RedisProcess::start();
    for seed in 0..72 {
        let mut random = StdRng::seed_from_u64(seed);
        let shards = [1, 2, 7][(seed % 3) as usize];
        let kinds = [Stream::Plain, Stream::Ids, Stream::Units, Stream::Both];
        let stream = kinds[(seed / 3 % 4) as usize];
        // Few ids: many duplicates, all in one bucket. Many of them: buckets that split.
        let ids = [3, 40, 1_500][(seed / 12 % 3) as usize];
        let what = format!("seed {seed}, {shards} shards, {stream:?}, {ids} ids");
        let length = if ids > 100 { 1_600 } else { 400 };
        let mut events: Vec<_> = (0..length)
            .map(|_| random_event(&mut random, stream, ids))
            .collect();
        let again: Vec<_> = events.iter().take(length / 4).cloned().collect();
        events.extend(again);
        events.shuffle(&mut random);
        let (one, other) = (store(&server, &what, shards), MemoryStore::new());
        if seed % 5 == 4 {
            let change = Change::Pair(Pair {
                first: "bought".to_owned(),
                second: "visited".to_owned(),
            });
            one.change("shop", "pill_color", &change).unwrap();
            other.change("shop", "pill_color", &change).unwrap();
        }
        let sizes: &[usize] = if seed % 2 == 0 {
            &[1, 2, 5, 13, 40]
        } else {
            &[3, 13, 900]
        };
        agree(&one, &other, &cut(&mut random, &events, sizes), &what);
    }
}

/// One id at a time, so that each size at which a bucket splits is met by a batch that ends there, and all ids again after it.
#[test]
fn every_split_keeps_all_ids() {
    let server = RedisProcess::start();
    for (prefix, step) in [("one", 1_usize), ("few", 7), ("many", 130)] {
        let (one, other) = (store(&server, prefix, 1), MemoryStore::new());
        let events: Vec<_> = (0..900)
            .map(|id| hit(["red", "blue"][id % 2], format!("id {id}")))
            .collect();
        for (at, batch) in events.chunks(step).enumerate() {
            agree(&one, &other, &[batch], prefix);
            let up_to = ((at + 1) * step).min(events.len());
            if step > 1 || up_to % 20 == 0 {
                agree(&one, &other, &[&events[..up_to]], prefix);
            }
        }
    }
}

#[test]
fn large_batches_agree_with_memory() {
    let server = RedisProcess::start();
    for shards in [1, 2, 7] {
        let mut random = StdRng::seed_from_u64(shards.into());
        let (one, other) = (
            store(&server, &format!("of{shards}"), shards),
            MemoryStore::new(),
        );
        let events: Vec<_> = (0..30_000)
            .map(|_| random_event(&mut random, Stream::Plain, 12_000))
            .collect();
        let batches = cut(&mut random, &events, &[1, 100, 4_096, 8_192, 9_000]);
        agree(&one, &other, &batches, &format!("{shards} shards"));
    }
}
