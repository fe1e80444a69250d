//! What is measured, for all benchmarks alike.
//!
//! The experiment has 2 variants and a context of one number; 4,096 users come in turn.

#![allow(
    unreachable_pub,
    reason = "each benchmark is a crate that includes this file"
)]

use std::hint::black_box;
use std::sync::LazyLock;

use md5::{Digest, Md5};
use variate::{
    Config, Declaration, GitlabCom, GitlabV0, GitlabV2, Keyed, Layer, NoTracker, Unit, context,
    experiment,
};

/// The experiment's name.
pub const NAME: &str = "subscription_cancellation";

fn user(turn: usize) -> u64 {
    100_000 + (turn as u64 & 4095)
}

/// The bytes that a cold run hashes: name, then one entry.
fn preimage(turn: usize) -> Vec<u8> {
    let id = user(turn).to_string();
    let mut bytes = vec![NAME.len() as u8];
    bytes.extend_from_slice(NAME.as_bytes());
    bytes.extend_from_slice(b"m\x01\x07user_ids");
    bytes.push(id.len() as u8);
    bytes.extend_from_slice(id.as_bytes());
    bytes
}

static PREIMAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (0..4096).map(preimage).collect());

/// MD5 of the same bytes, and nothing else: what a cold run is compared with.
#[inline(never)]
pub fn raw_md5(turn: usize) -> u64 {
    let digest: [u8; 16] = Md5::digest(&PREIMAGES[turn & 4095]).into();
    u64::from(digest[0])
}

/// An untracked configuration under a key scheme.
macro_rules! config {
    ($scheme:expr) => {{
        static CONFIG: LazyLock<Config> = LazyLock::new(|| {
            Config::builder()
                .key_scheme($scheme)
                .tracker(NoTracker::new())
                .build()
                .expect("it is complete")
        });
        &*CONFIG
    }};
}

fn cold(config: &Config, turn: usize) -> u64 {
    config
        .experiment(NAME, context! { user_id: black_box(user(turn)) })
        .use_(|| black_box(1))
        .try_(|| black_box(2))
        .run()
}

/// Context, key, bucket, closure and a tracker that does nothing, with the default scheme.
#[inline(never)]
pub fn cold_canonical(turn: usize) -> u64 {
    cold(config!(variate::Canonical), turn)
}

/// The same with HMAC-SHA-256.
#[inline(never)]
pub fn cold_keyed(turn: usize) -> u64 {
    cold(
        config!(Keyed::new("sixteen bytes or more").expect("it is long enough")),
        turn,
    )
}

/// The same with gitlab-experiment 0.2.0's scheme.
#[inline(never)]
pub fn cold_gitlab_v0(turn: usize) -> u64 {
    cold(config!(GitlabV0), turn)
}

/// The same with gitlab-experiment 2.0.0's scheme.
#[inline(never)]
pub fn cold_gitlab_v2(turn: usize) -> u64 {
    cold(config!(GitlabV2::new()), turn)
}

/// The same with GitLab's own scheme.
#[inline(never)]
pub fn cold_gitlab_com(turn: usize) -> u64 {
    cold(config!(GitlabCom), turn)
}

/// A cold run of an experiment that is declared with an exclusion, a segment, a range of a layer and a seed.
#[inline(never)]
pub fn cold_declared(turn: usize) -> u64 {
    fn is_staff(unit: &Unit<'_>) -> bool {
        unit.context().get("staff").is_some()
    }
    fn is_vip(unit: &Unit<'_>) -> bool {
        unit.context().get("vip").is_some()
    }
    static CONFIG: LazyLock<Config> = LazyLock::new(|| {
        Config::builder()
            .tracker(NoTracker::new())
            .layer(Layer::new("account").unit("user_id"))
            .declare(
                Declaration::new(NAME)
                    .exclude(is_staff)
                    .segment("candidate", is_vip)
                    .layer("account", 0..100)
                    .seed("2026-11"),
            )
            .build()
            .expect("it is complete")
    });
    cold(&CONFIG, turn)
}

/// The same out of a file of 10,000 experiments that may be read again at any moment.
#[cfg(feature = "catalogue")]
#[inline(never)]
pub fn cold_catalogue(turn: usize) -> u64 {
    static CONFIG: LazyLock<Config> = LazyLock::new(|| {
        let directory = tempfile::tempdir().expect("there is a place for temporary files");
        let path = directory.path().join("catalogue.toml");
        std::fs::write(&path, catalogue(10_000)).expect("it is writable");
        Config::builder()
            .tracker(NoTracker::new())
            .catalogue_file(path)
            .build()
            .expect("it is complete")
    });
    cold(&CONFIG, turn)
}

/// A catalogue of so many experiments, each with what `cold_declared` has.
#[cfg(feature = "catalogue")]
pub fn catalogue(experiments: usize) -> String {
    use std::fmt::Write;

    let mut text = "[layers.account]\nunit = \"user_id\"\n".to_owned();
    for number in 0..experiments {
        let (name, layer) = match number {
            0 => (
                NAME.to_owned(),
                "layer = { name = \"account\", range = [0, 100] }",
            ),
            number => (format!("experiment_{number}"), ""),
        };
        write!(
            text,
            "[experiments.{name}]\n\
             exclude = {{ key = \"staff\", present = true }}\n\
             segments = [{{ variant = \"candidate\", when = {{ key = \"vip\", present = true }} }}]\n\
             rollout = {{ weights = [50, 50], seed = \"2026-11\" }}\n{layer}\n"
        )
        .expect("a text takes everything");
    }
    text
}

/// A handle whose assignment is settled, and that was exposed.
static SETTLED: LazyLock<variate::Experiment<'static>> = LazyLock::new(|| {
    let exp = config!(variate::Canonical).experiment(NAME, context! { user_id: 42 });
    exp.use_(|| 1).try_(|| 2).run();
    exp
});

/// A run on the settled handle.
#[inline(never)]
pub fn warm(_: usize) -> u64 {
    SETTLED.use_(|| black_box(1)).try_(|| black_box(2)).run()
}

/// A tracked action on the settled handle.
#[inline(never)]
pub fn track(_: usize) -> u64 {
    SETTLED.track(black_box("clicked"));
    1
}

/// `experiment(..)` in place of a configuration at hand: the process-wide default with its log tracker.
#[inline(never)]
pub fn cold_global(turn: usize) -> u64 {
    experiment(NAME, context! { user_id: black_box(user(turn)) })
        .use_(|| black_box(1))
        .try_(|| black_box(2))
        .run()
}

/// Something to measure: it gets its turn, and gives a number so that it is not optimised away.
pub type Case = (&'static str, fn(usize) -> u64);

/// All of it.
pub const CASES: &[Case] = &[
    ("raw md-5 of the same bytes", raw_md5),
    ("cold run, canonical", cold_canonical),
    ("cold run, process-wide default", cold_global),
    ("cold run, declared", cold_declared),
    #[cfg(feature = "catalogue")]
    ("cold run, of a catalogue", cold_catalogue),
    ("cold run, keyed", cold_keyed),
    ("cold run, gitlab-v0", cold_gitlab_v0),
    ("cold run, gitlab-v2", cold_gitlab_v2),
    ("cold run, gitlab-com", cold_gitlab_com),
    ("warm run", warm),
    ("track", track),
];
