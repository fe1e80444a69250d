//! Measures how fast an embedded engine takes deduplicated event ids, one durable commit a batch.
//!
//! `engines compare` runs all engines; `engines run ENGINE key=value..` one; see the README.

mod fjall_engine;
mod options;
mod redb_engine;
mod sqlite_engine;

use std::path::Path;
use std::time::Instant;

use options::Options;

/// Four bytes that tell experiment and action, then a 128-bit hash.
pub type Key = [u8; 20];
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

pub const COUNTERS: u64 = 10;

pub trait Engine {
    /// Writes the keys that are new, and the counters, in one commit. Gives the number of new keys.
    fn commit(&mut self, keys: &[Key], round: u64) -> Result<usize>;
    /// Whether the key is there.
    fn has(&self, key: &Key) -> Result<bool>;
    /// One line about the engine's inner state.
    fn state(&self) -> String {
        String::new()
    }
}

/// The `n`th key: the same in every run, so that what was written can be looked for after a crash.
pub fn key(n: u64) -> Key {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&u32::try_from(n % COUNTERS).unwrap_or(0).to_be_bytes());
    key[4..12].copy_from_slice(&mix(n.wrapping_mul(2)).to_le_bytes());
    key[12..].copy_from_slice(&mix(n.wrapping_mul(2) + 1).to_le_bytes());
    key
}

/// SplitMix64.
fn mix(n: u64) -> u64 {
    let z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn open(options: &Options) -> Result<Box<dyn Engine>> {
    Ok(match options.engine.as_str() {
        "fjall" => Box::new(fjall_engine::Fjall::open(options)?),
        "ingest" => Box::new(fjall_engine::Ingest::open(options)?),
        "redb" => Box::new(redb_engine::Redb::open(options)?),
        "sqlite" => Box::new(sqlite_engine::Sqlite::open(options)?),
        other => return Err(format!("no engine {other}").into()),
    })
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("compare") => compare(&args[1..]),
        Some("run") => run(&Options::parse(&args[1..])?).map(|_| ()),
        Some("reopen") => reopen(&Options::parse(&args[1..])?),
        _ => Err("say `compare`, `run ENGINE key=value..` or `reopen ENGINE key=value..`".into()),
    }
}

/// Each engine, batch and kind in a process of its own, so that memory and caches start anew.
fn compare(args: &[String]) -> Result<()> {
    for engine in ["fjall", "redb", "sqlite"] {
        for batch in [64, 512, 4096] {
            for get in [true, false] {
                let status = std::process::Command::new(std::env::current_exe()?)
                    .args([
                        "run",
                        engine,
                        &format!("batch={batch}"),
                        &format!("get={get}"),
                    ])
                    .args(args)
                    .status()?;
                if !status.success() {
                    println!("{engine} batch={batch} get={get}: {status}");
                }
            }
        }
    }
    Ok(())
}

fn run(options: &Options) -> Result<()> {
    let dir = Path::new(&options.dir);
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    let mut engine = open(options)?;
    let start = Instant::now();
    let (mut n, mut round, mut new) = (0, 0, 0);
    let (mut step_from, mut step_at, mut slowest) = (0, Instant::now(), 0.0_f64);
    let mut worst = 0.0_f64;
    while n < options.count && start.elapsed().as_secs() < options.seconds {
        let mut keys: Vec<Key> = (n..(n + options.batch).min(options.count))
            .map(key)
            .collect();
        if options.sort {
            keys.sort_unstable();
        }
        let at = Instant::now();
        new += engine.commit(&keys, round)?;
        slowest = slowest.max(at.elapsed().as_secs_f64());
        worst = worst.max(slowest);
        n += keys.len() as u64;
        round += 1;
        if options.verbose && n - step_from >= 1_000_000 {
            println!(
                "{:>6.2} M  {:>8.0}/s  slowest commit {:>6.1} ms  rss {:>5} MB  {}",
                n as f64 / 1e6,
                (n - step_from) as f64 / step_at.elapsed().as_secs_f64(),
                slowest * 1e3,
                memory("RssAnon") / 1024,
                engine.state()
            );
            (step_from, step_at, slowest) = (n, Instant::now(), 0.0);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} | {n} ids, {new} new | {:.0}/s | slowest commit {:.1} ms | rss {} MB, peak {} MB | {:.1} B/id on disk",
        options.label(),
        n as f64 / seconds,
        worst * 1e3,
        memory("RssAnon") / 1024,
        memory("VmHWM") / 1024,
        disk(dir) as f64 / n as f64
    );
    if options.verbose {
        gets(engine.as_ref(), n)?;
    }
    Ok(())
}

/// After a kill: how long it takes to open, and whether all that was acknowledged is there.
fn reopen(options: &Options) -> Result<()> {
    let start = Instant::now();
    let engine = open(options)?;
    println!(
        "opened in {:.3} s, rss {} MB, {:.0} MB on disk",
        start.elapsed().as_secs_f64(),
        memory("RssAnon") / 1024,
        disk(Path::new(&options.dir)) as f64 / 1e6
    );
    // All of the last three million, for that is where a loss would be, and each tenth before them.
    let (mut found, mut missing, mut end) = (0_u64, Vec::new(), 0);
    for n in (0..options.count).filter(|n| n % 10 == 0 || n + 3_000_000 >= options.count) {
        if engine.has(&key(n))? {
            (found, end) = (found + 1, n + 1);
        } else {
            missing.push(n);
        }
    }
    let gaps = missing.iter().filter(|n| **n < end).count();
    println!("{found} found, the first {end} ids are there with {gaps} gaps");
    gets(engine.as_ref(), end)
}

/// Reads at random: keys that are not there, and keys that are.
fn gets(engine: &dyn Engine, n: u64) -> Result<()> {
    const READS: u64 = 500_000;
    for pass in ["first", "again"] {
        let start = Instant::now();
        for i in 0..READS {
            assert!(
                !engine.has(&key((1 << 40) + i))?,
                "a key that was not written is there"
            );
        }
        let absent = start.elapsed().as_nanos() / u128::from(READS);
        let start = Instant::now();
        for i in 0..READS {
            assert!(
                engine.has(&key(mix(i) % n))?,
                "a key that was written is not there"
            );
        }
        let present = start.elapsed().as_nanos() / u128::from(READS);
        println!(
            "get ({pass}): absent {absent} ns, present {present} ns, rss {} MB",
            memory("RssAnon") / 1024
        );
    }
    Ok(())
}

/// A line of /proc/self/status, in KiB.
fn memory(name: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|line| line.starts_with(name))
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// Bytes in use under the directory; blocks rather than lengths, for journals are preallocated.
fn disk(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => disk(&entry.path()),
            Ok(data) => data.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}
