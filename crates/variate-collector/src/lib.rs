#![cfg_attr(
    all(feature = "client", feature = "embedded", feature = "http"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(feature = "client", feature = "embedded", feature = "http")),
    doc = "Events in, exact tallies out: the collector of variate. Its front page needs all features."
)]

mod collector;
mod day;
mod event;
mod experiment;
mod goals;
mod id_hash;
mod seldom;
mod store;
mod sum;
mod tally;
mod unit;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod export;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod live;
mod tracker;

#[cfg(all(feature = "client", feature = "testing"))]
#[doc(hidden)]
pub use self::client::fuzzing as client_fuzzing;
#[cfg(feature = "client")]
pub use self::client::{
    HttpSink, HttpSinkBuilder, HttpSinkError, HttpSinkHandle, HttpSinkStats, SpoolError, Timing,
};

pub use self::collector::{Collector, CollectorBuilder, CollectorStats, Submission, SubmitError};
pub use self::day::{Day, DayError};
pub use self::event::{Limits, NewEvent, Outcome, Refusal, is_exposure};
pub use self::experiment::{Change, ExperimentInfo, ExperimentTallies};
pub use self::goals::StoreGoals;
#[cfg(all(feature = "embedded", feature = "testing"))]
#[doc(hidden)]
pub use self::store::fuzzing as store_fuzzing;
#[cfg(all(feature = "redis", feature = "testing"))]
#[doc(hidden)]
pub use self::store::redis_fuzzing;
pub use self::store::{ChangeError, EventStore, MemoryStore, StoreError};
#[cfg(feature = "embedded")]
pub use self::store::{
    EmbeddedStore, EmbeddedStoreBuilder, ImportError, RepairedJournal, Report, ReportedMismatch,
    Usage,
};
#[cfg(feature = "redis")]
pub use self::store::{
    RedisRepair, RedisStore, RedisStoreBuilder, RedisStoreError, import_gimel, import_lamed,
};
pub use self::sum::Sum;
pub use self::tally::{
    Baseline, ByClass, CellTallies, Class, OfDay, Pair, PairTallies, Products, Tally,
};
pub use self::tracker::{CollectorTracker, CollectorTrackerHandle, CollectorTrackerStats};

// Its code is compiled and run with the documentation tests.
#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../../docs/coming-from-ep-stats.md")]
struct ComingFromEpStats;

#[cfg(all(doctest, feature = "dashboard"))]
#[doc = include_str!("../../../docs/dashboard.md")]
struct Dashboard;
