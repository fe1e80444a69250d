//! How fast the embedded store counts, with the engine's own rate beside it, in one run:
//! `cargo bench -p variate-collector --features embedded --bench embedded`.
//!
//! `-- --events 100000000` counts that many ids of Alephbet's kind into one store and prints a line for each million;
//! `--batch 4096`, `--directory PATH` and `--rounds 9` can be set.
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry,
};
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode,
};
use variate_collector::{EmbeddedStore, EventStore, NewEvent, Outcome};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// 2026-11-21, 12:00 UTC.
const NOON: u64 = 1_795_262_400_000;

struct Options {
    events: Option<u64>,
    batch: usize,
    rounds: u64,
    directory: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = options()?;
    let temporary = tempfile::tempdir()?;
    let directory = options
        .directory
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    match options.events {
        Some(events) => curve(&directory, events, options.batch),
        None => compare(&directory, options.rounds),
    }
}

fn options() -> Result<Options> {
    let mut options = Options {
        events: None,
        batch: 4096,
        rounds: 9,
        directory: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--events" => options.events = Some(value()?.parse()?),
            "--batch" => options.batch = value()?.parse()?,
            "--rounds" => options.rounds = value()?.parse()?,
            "--directory" => options.directory = Some(value()?.into()),
            // Cargo's own.
            "--bench" => {}
            other => return Err(format!("there is no option {other}").into()),
        }
    }
    Ok(options)
}

/// `SplitMix64`.
fn mix(n: u64) -> u64 {
    let z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// As Alephbet makes them: a random uuid for each visitor.
fn uuid(n: u64) -> String {
    let (a, b) = (mix(2 * n), mix(2 * n + 1));
    let part = |word: u64, from: u32, bits: u32| (word >> from) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        part(a, 0, 32),
        part(a, 32, 16),
        part(a, 48, 12),
        part(b, 0, 12),
        part(b, 12, 48)
    )
}

/// An event of a client that names no unit, as Gimel and Lámed take them.
fn wire_event(n: u64) -> NewEvent<'static> {
    let variant = if n.is_multiple_of(2) { "red" } else { "blue" };
    NewEvent::new("alephbet", "pill_color", variant, "participate", uuid(n)).at(NOON)
}

/// An exposure of a unit of its own.
fn unit_event(n: u64) -> NewEvent<'static> {
    let variant = if n.is_multiple_of(2) { "red" } else { "blue" };
    NewEvent::new("shop", "pill_color", variant, "assignment", uuid(n))
        .of_unit(format!("{:016x}{:016x}", mix(3 * n), mix(3 * n + 2)))
        .at(NOON)
}

/// fjall alone: what [`wire_event`]s become, without looking for what is there.
struct Raw {
    db: Database,
    tables: Keyspace,
}

impl Raw {
    fn open(directory: &Path) -> Result<Self> {
        let db = Database::builder(directory)
            .cache_size(64 << 20)
            .worker_threads(1)
            .max_journaling_size(256 << 20)
            .manual_journal_persist(true)
            .open()?;
        let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(8.0));
        let tables = db.keyspace("tables", || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(32 << 20)
                .data_block_size_policy(BlockSizePolicy::all(4096))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
                .filter_policy(FilterPolicy::all(bloom))
                .expect_point_read_hits(true)
        })?;
        Ok(Self { db, tables })
    }

    fn write(&self, mut keys: Vec<[u8; 20]>) -> Result<()> {
        keys.sort_unstable();
        let batch = OwnedWriteBatch::with_capacity(self.db.clone(), keys.len() + 2);
        let mut batch = batch.durability(Some(PersistMode::SyncData));
        for row in 0..2_u8 {
            let key = [0x40, 0, 0, 0, 0, 0, 0, row, 0, 0, 0, 0x51, 0x29];
            batch.insert(&self.tables, key, [row; 240].as_slice());
        }
        for key in keys {
            batch.insert(&self.tables, key, [1_u8; 15].as_slice());
        }
        batch.commit()?;
        Ok(())
    }
}

fn raw_key(n: u64) -> [u8; 20] {
    let mut key = [0; 20];
    key[0] = 0x80;
    key[4..12].copy_from_slice(&mix(2 * n).to_be_bytes());
    key[12..].copy_from_slice(&mix(2 * n + 1).to_be_bytes());
    key
}

/// Events and the time that they took.
#[derive(Default)]
struct Timed {
    events: u64,
    time: Duration,
}

impl Timed {
    fn add(&mut self, events: usize, run: impl FnOnce() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        run()?;
        self.time += start.elapsed();
        self.events += events as u64;
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.events as f64 / self.time.as_secs_f64()
    }
}

fn count(store: &EmbeddedStore, events: &[NewEvent<'_>], outcome: &Outcome) -> Result<()> {
    let outcomes = store.ingest(events)?;
    if outcomes.iter().all(|of| of == outcome) {
        Ok(())
    } else {
        Err(format!("not all events are {outcome:?}").into())
    }
}

/// How many ids there are before anything is measured: the first third of them is no longer among the recent ones.
const BEFORE: u64 = 3_000_000;

/// Rates of one round after the other.
#[derive(Default)]
struct Rates(Vec<f64>);

impl Rates {
    fn median(&self) -> f64 {
        let mut rates = self.0.clone();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The median of the rounds' ratios.
    fn over(&self, other: &Self) -> f64 {
        let ratios = self.0.iter().zip(&other.0).map(|(one, other)| one / other);
        Self(ratios.collect()).median()
    }
}

/// Takes turns, so that what else the machine does hits all alike.
fn compare(directory: &Path, rounds: u64) -> Result<()> {
    let raw = Raw::open(&directory.join("raw"))?;
    let wire = EmbeddedStore::open(directory.join("wire"))?;
    let units = EmbeddedStore::open(directory.join("units"))?;
    let batches = |ids: std::ops::Range<u64>, batch: usize| {
        let end = ids.end;
        ids.step_by(batch)
            .map(move |first| first..(first + batch as u64).min(end))
    };
    for range in batches(0..BEFORE, 4096) {
        raw.write(range.clone().map(raw_key).collect())?;
        count(
            &wire,
            &range.map(wire_event).collect::<Vec<_>>(),
            &Outcome::Counted,
        )?;
    }
    while !wire.usage()?.is_filtered {
        std::thread::sleep(Duration::from_millis(50));
    }
    println!(
        "batch | fjall alone, keys/s | events without units/s | of fjall | recent duplicates/s | of new | old duplicates/s | of new | events with units/s"
    );
    let mut next = BEFORE;
    for (batch, turn) in [(4096, 200_000), (512, 50_000), (64, 15_000)] {
        let [mut alone, mut new, mut recent, mut old, mut of_units] =
            [(); 5].map(|()| Rates::default());
        for round in 0..rounds {
            let ids = next..next + turn;
            next += turn;
            let rate = |run: &dyn Fn(std::ops::Range<u64>, &mut Timed) -> Result<()>| {
                let mut timed = Timed::default();
                for range in batches(ids.clone(), batch) {
                    run(range, &mut timed)?;
                }
                Ok::<f64, Box<dyn Error>>(timed.rate())
            };
            let ask =
                |timed: &mut Timed, store: &EmbeddedStore, events: &[NewEvent<'_>], outcome| {
                    timed.add(events.len(), || count(store, events, &outcome))
                };
            let write = |range: std::ops::Range<u64>, timed: &mut Timed| {
                let keys: Vec<_> = range.map(raw_key).collect();
                timed.add(keys.len(), || raw.write(keys))
            };
            let take = |range: std::ops::Range<u64>, timed: &mut Timed| {
                let events: Vec<_> = range.map(wire_event).collect();
                ask(timed, &wire, &events, Outcome::Counted)
            };
            // Who is first has the other's compactions beside it: they change places.
            if round.is_multiple_of(2) {
                alone.0.push(rate(&write)?);
                new.0.push(rate(&take)?);
            } else {
                new.0.push(rate(&take)?);
                alone.0.push(rate(&write)?);
            }
            recent.0.push(rate(&|range, timed| {
                let events: Vec<_> = range.map(wire_event).collect();
                ask(timed, &wire, &events, Outcome::Duplicate)
            })?);
            old.0.push(rate(&|range, timed| {
                let events = range.map(|n| wire_event(mix(n) % (BEFORE / 3)));
                ask(
                    timed,
                    &wire,
                    &events.collect::<Vec<_>>(),
                    Outcome::Duplicate,
                )
            })?);
            of_units.0.push(rate(&|range, timed| {
                let events: Vec<_> = range.map(unit_event).collect();
                ask(timed, &units, &events, Outcome::Counted)
            })?);
        }
        println!(
            "{batch} | {:.0} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0}",
            alone.median(),
            new.median(),
            new.over(&alone),
            recent.median(),
            recent.over(&new),
            old.median(),
            old.over(&new),
            of_units.median()
        );
    }
    let usage = wire.usage()?;
    println!(
        "{:.1} M ids: {:.0} B each on disk, {:.2} B each in the filter; this process has {} MB",
        usage.filter_keys as f64 / 1e6,
        usage.disk_bytes as f64 / usage.filter_keys as f64,
        usage.filter_bytes as f64 / usage.filter_keys as f64,
        memory("VmRSS")
    );
    Ok(())
}

fn curve(directory: &Path, events: u64, batch: usize) -> Result<()> {
    let store = EmbeddedStore::open(directory.join("curve"))?;
    println!(
        "events | events/s | slowest batch, ms | duplicates/s | memory, MB | filter, MB | disk, MB"
    );
    let (mut step, mut slowest) = (Timed::default(), Duration::ZERO);
    let mut all = Timed::default();
    let mut first = 0;
    while first < events {
        let batch_of: Vec<_> = (first..(first + batch as u64).min(events))
            .map(wire_event)
            .collect();
        let before = step.time;
        step.add(batch_of.len(), || {
            count(&store, &batch_of, &Outcome::Counted)
        })?;
        slowest = slowest.max(step.time.saturating_sub(before));
        first += batch_of.len() as u64;
        if step.events < 1_000_000 && first < events {
            continue;
        }
        // Duplicates of any age.
        let mut duplicates = Timed::default();
        for round in 0..5 {
            let again: Vec<_> = (0..batch as u64)
                .map(|n| wire_event(mix(first + round * batch as u64 + n) % first))
                .collect();
            duplicates.add(again.len(), || count(&store, &again, &Outcome::Duplicate))?;
        }
        let usage = store.usage()?;
        println!(
            "{first} | {:.0} | {:.0} | {:.0} | {} | {} | {}",
            step.rate(),
            slowest.as_secs_f64() * 1e3,
            duplicates.rate(),
            memory("RssAnon"),
            usage.filter_bytes >> 20,
            usage.disk_bytes >> 20
        );
        all.events += step.events;
        all.time += step.time;
        (step, slowest) = (Timed::default(), Duration::ZERO);
    }
    println!(
        "{} events, {:.0}/s; memory at most {} MB",
        all.events,
        all.rate(),
        memory("VmHWM")
    );
    let start = Instant::now();
    drop(store);
    println!("closed in {:.1} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let store = EmbeddedStore::open(directory.join("curve"))?;
    println!("opened in {:.1} s", start.elapsed().as_secs_f64());
    while !store.usage()?.is_filtered {
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("filter filled after {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// What the kernel says of this process, in MB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    number.unwrap_or_default() / 1024
}
