//! What a run is told on the command line.

use crate::Result;

#[derive(Debug)]
pub struct Options {
    pub engine: String,
    pub dir: String,
    pub count: u64,
    pub batch: u64,
    /// Stop after so many seconds.
    pub seconds: u64,
    /// Look for each key before it is written.
    pub get: bool,
    /// Sort each batch by key.
    pub sort: bool,
    /// Sync each commit.
    pub sync: bool,
    pub verbose: bool,
    /// In MiB, as is the cache.
    pub memtable: u64,
    pub cache: u64,
    pub bits: f32,
    pub workers: usize,
    /// In KiB.
    pub block: u32,
    pub lz4: bool,
    /// Journals, in MiB.
    pub journal: u64,
    /// Tables that level 0 takes before it is compacted.
    pub l0: u8,
    /// Size of a table, in MiB.
    pub table: u64,
    /// Keep all filters in memory, unpartitioned.
    pub pin: bool,
    /// Threads that look for a batch's keys.
    pub threads: usize,
    given: String,
}

impl Options {
    pub fn parse(args: &[String]) -> Result<Self> {
        let mut o = Self {
            engine: args.first().ok_or("no engine")?.clone(),
            dir: "data".into(),
            count: 1_000_000,
            batch: 4096,
            seconds: u64::MAX,
            get: true,
            sort: false,
            sync: true,
            verbose: false,
            memtable: 64,
            cache: 128,
            bits: 10.0,
            workers: 2,
            block: 4,
            lz4: false,
            journal: 512,
            l0: 4,
            table: 64,
            pin: false,
            threads: 1,
            given: args.join(" "),
        };
        for arg in &args[1..] {
            let (name, value) = arg
                .split_once('=')
                .ok_or_else(|| format!("{arg} is not key=value"))?;
            match name {
                "dir" => o.dir = value.into(),
                "count" => o.count = value.parse()?,
                "batch" => o.batch = value.parse()?,
                "seconds" => o.seconds = value.parse()?,
                "get" => o.get = value.parse()?,
                "sort" => o.sort = value.parse()?,
                "sync" => o.sync = value.parse()?,
                "verbose" => o.verbose = value.parse()?,
                "memtable" => o.memtable = value.parse()?,
                "cache" => o.cache = value.parse()?,
                "bits" => o.bits = value.parse()?,
                "workers" => o.workers = value.parse()?,
                "block" => o.block = value.parse()?,
                "lz4" => o.lz4 = value.parse()?,
                "journal" => o.journal = value.parse()?,
                "l0" => o.l0 = value.parse()?,
                "pin" => o.pin = value.parse()?,
                "threads" => o.threads = value.parse()?,
                "table" => o.table = value.parse()?,
                _ => return Err(format!("no option {name}").into()),
            }
        }
        Ok(o)
    }

    pub fn label(&self) -> &str {
        &self.given
    }
}
