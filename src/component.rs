//! Component experiments: the implementations of a trait are the arms, behind a type that
//! [`#[component]`](macro@crate::component) makes. Needs the feature `component`.
//!
//! ```
//! use variate::component::{Assigned, Record, WallTime};
//!
//! struct User { id: u64 }
//!
//! #[variate::component]
//! trait Shipping {
//!     fn days(&self, #[key(user.id)] user: &User, weight: u32) -> u32;
//! }
//!
//! // The arms know nothing of all this.
//! struct Flat;
//! impl Shipping for Flat {
//!     fn days(&self, _: &User, _: u32) -> u32 { 3 }
//! }
//! struct ByWeight;
//! impl Shipping for ByWeight {
//!     fn days(&self, _: &User, weight: u32) -> u32 { 1 + weight / 10 }
//! }
//!
//! // Neither does who calls them.
//! fn promise(shipping: &dyn Shipping, user: &User) -> u32 {
//!     shipping.days(user, 5)
//! }
//!
//! // A page that asks `experiment("shipping", context! { user_id: user.id })` shows the same variant.
//! let shipping = ShippingExperiment::builder("shipping")
//!     .control("flat", Flat)
//!     .arm("by_weight", ByWeight)
//!     .selector(Assigned::new())
//!     .collect(WallTime::new())
//!     .recorder(|record: &Record<'_>| println!("{} {:?}", record.metric(), record.value()))
//!     .build()?;
//! assert!([1, 3].contains(&promise(&shipping, &User { id: 42 })));
//! # Ok::<(), variate::component::BuildError>(())
//! ```
//!
//! Calls are not users: what is measured of one user's calls belongs together, which is what a record's key is for.
//! Switched off by [`Switches::set_enabled`], every call goes to the control and nothing is measured.

mod arms;
mod beside;
mod breaker;
mod build_error;
mod builder;
mod call;
mod checks;
mod clock;
mod clusters;
mod collector;
mod collectors;
mod distribution;
mod either;
mod family;
mod guard;
mod histogram;
mod hooked;
mod measurable;
mod measurement;
mod measures;
mod outcome;
mod phase;
mod probe;
mod proxy;
mod record;
mod recorders;
#[doc(hidden)]
pub mod rt;
mod safety;
mod selection;
mod selector;
mod series_map;
mod shared;
mod summary;
mod switches;
mod timer;

pub use self::breaker::CircuitBreaker;
pub use self::build_error::BuildError;
pub use self::builder::Builder;
pub use self::call::{Call, Series};
pub use self::clusters::Cluster;
pub use self::collector::Collector;
pub use self::distribution::{Bucket, Distribution};
pub use self::histogram::Histogram;
pub use self::measurable::Measurable;
pub use self::measurement::Measurement;
#[cfg(feature = "memory")]
pub use self::measures::Memory;
pub use self::measures::{Concurrency, CpuTime, Latency, Outcomes, WallTime};
pub use self::outcome::{Cause, Failure, Outcome};
pub use self::phase::Phase;
pub use self::record::{Readings, Record, Recorder, UnitOfMeasure};
pub use self::recorders::{JsonLines, MemoryRecorder, Tracked};
pub use self::safety::TimedOut;
pub use self::selection::{Asked, Selection};
pub use self::selector::{Assigned, By, Fixed, KeyUse, Random, RoundRobin, Selector, Sticky, by};
pub use self::summary::{CallCounts, DivertedCounts, OutcomeCounts, Summary, SummaryOf};
pub use self::switches::Switches;
pub use self::timer::{Sleep, Timer};
#[cfg(feature = "memory")]
pub use variate_alloc::CountingAllocator;
