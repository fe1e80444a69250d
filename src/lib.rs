#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The derives name the crate from outside; its own examples and tests use them too.
extern crate self as variate;

mod assignment;
mod behaviours;
mod clock;
mod config;
mod contain;
mod context;
mod control_required;
mod decision;
mod declaration;
mod diagnostics;
mod event;
mod experiment;
mod explanation;
mod global;
mod identity;
mod key;
mod limits;
mod randomness;
mod resolver;
mod rollout;
mod store;
mod tracker;
mod trial;
mod variant;
mod variant_list;

pub use self::assignment::{Assignment, Reason, Signature};
pub use self::behaviours::{Behaviours, Control, Many, Then};
pub use self::clock::Clock;
pub use self::config::{Config, ConfigBuilder, ConfigError};
pub use self::context::{Context, ContextError, ContextRef, ContextValue, Value};
pub use self::declaration::Declaration;
pub use self::diagnostics::Diagnostics;
pub use self::event::{Action, Event, EventRecord};
pub use self::experiment::{Experiment, experiment};
pub use self::explanation::{Explanation, Step};
pub use self::global::{InitError, config, init, with_config, with_config_async};
pub use self::identity::{CookieInstruction, Cookies, Identity, Privacy, Visitor};
pub use self::key::{
    Canonical, GitlabCom, GitlabV0, GitlabV2, Key, KeyScheme, KeySource, Keyed, SecretError,
    ShaBits,
};
pub use self::randomness::Randomness;
pub use self::resolver::{IntoResolution, Resolution, Resolver, ResolverError, Unit};
pub use self::rollout::{
    Always, Bucketing, Percent, PercentError, Random, RoundRobin, UnknownBucketing,
    always_candidate, always_control,
};
pub use self::store::{AssignmentStore, Deadline, DeadlineError, StoreError, StoredUnit};
pub use self::tracker::{
    Background, BackgroundBuilder, BackgroundHandle, BackgroundStats, Deduplicate, FanOut, Filter,
    LogTracker, MemoryTracker, NoTracker, Sink, SinkError, Tracker,
};
pub use self::trial::Trial;
pub use self::variant::{Variant, Variants};

#[cfg(feature = "memory-store")]
pub use self::store::MemoryStore;
#[cfg(feature = "redis-store")]
pub use self::store::{RedisStore, RedisStoreBuilder, RedisStoreError};

#[cfg(feature = "derive")]
pub use variate_macros::{ContextValue, Variants};
