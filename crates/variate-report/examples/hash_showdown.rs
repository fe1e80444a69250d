//! MD5 against two SHAs behind one trait: which digests a text faster, and what does it allocate?
//!
//! `cargo run --release --example hash_showdown [-- FILE.svg]`

use std::hint::black_box;

use md5::{Digest, Md5};
use sha2::{Sha256, Sha512};
use variate::component;
use variate::component::{
    CountingAllocator, Latency, Memory, MemoryRecorder, RoundRobin, Summary, WallTime,
};
use variate_report::Report;

// Who wants to know what is allocated says so in one place.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[component]
trait Hasher {
    /// The digest of a text, in hexadecimal digits.
    fn digest(&self, text: &str) -> String;
}

/// Any hash of the crate `digest` and its family is a hasher.
struct Hash<D>(std::marker::PhantomData<D>);

impl<D: Digest> Hash<D> {
    const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<D: Digest + Send + Sync> Hasher for Hash<D> {
    fn digest(&self, text: &str) -> String {
        hex::encode(D::digest(text.as_bytes()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls = if cfg!(debug_assertions) {
        3_000
    } else {
        60_000
    };
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(100);

    // Every call is recorded: fit for some ten thousand.
    let recorder = MemoryRecorder::with_capacity(10 * calls);
    let hasher = HasherExperiment::builder("hashing")
        .control("md5", Hash::<Md5>::new())
        .arm("sha-256", Hash::<Sha256>::new())
        .arm("sha-512", Hash::<Sha512>::new())
        .selector(RoundRobin::new())
        .collect(WallTime::new())
        .collect(Memory::new())
        .recorder(recorder.clone())
        .build()?;
    for _ in 0..calls {
        black_box(hasher.digest(black_box(&text)));
    }
    // So many calls were planned: the report is read once.
    let report = Report::builder()
        .read_once()
        .measurements(&recorder.measurements())?;
    println!("{report}");

    // Every call is counted: fit for as many as there are.
    let summary = Summary::new();
    let hasher = HasherExperiment::builder("hashing, counted")
        .control("md5", Hash::<Md5>::new())
        .arm("sha-256", Hash::<Sha256>::new())
        .selector(RoundRobin::new())
        .collect(Latency::new(&summary))
        .build()?;
    for _ in 0..calls {
        black_box(hasher.digest(black_box(&text)));
    }
    println!("{}", Report::builder().read_once().summary(&summary)?);

    if let Some(path) = std::env::args_os().nth(1) {
        std::fs::write(path, report.svg())?;
    }
    Ok(())
}
