#![doc = include_str!("../README.md")]
// The README's picture is not beside the pages of rustdoc.
#![doc = "\n<style>img[src=\"docs/storefront.png\"] { display: none }</style>"]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The derives name the crate from outside; its own examples and tests use them too.
extern crate self as variate;

mod assignment;
#[cfg(feature = "axum")]
pub mod axum;
mod behaviours;
#[cfg(feature = "catalogue")]
mod catalogue;
mod clock;
#[cfg(feature = "component")]
pub mod component;
mod config;
mod contain;
mod context;
mod control_required;
#[cfg(any(feature = "component", feature = "shadow"))]
mod cpu_time;
mod decision;
mod declaration;
mod declared;
mod diagnostics;
mod draw;
mod event;
mod experiment;
mod explanation;
mod forcing;
mod global;
mod holdout;
mod hook;
mod identity;
mod key;
mod layer;
mod limits;
#[cfg(feature = "links")]
mod links;
mod metric;
mod nesting;
mod plan;
mod published;
mod randomness;
mod resolver;
mod rollout;
mod rule;
mod run_hooks;
#[cfg(feature = "shadow")]
pub mod shadow;
mod signed_text;
mod store;
mod switches;
#[cfg(feature = "testing")]
pub mod testing;
mod tracker;
mod trial;
mod variant;
mod variant_list;

pub use self::assignment::{Assignment, Reason, Signature};
pub use self::behaviours::{Behaviours, Control, Many, Then};
#[cfg(feature = "catalogue")]
pub use self::catalogue::{
    Catalogue, CatalogueEntry, CatalogueError, CatalogueWatch, Format, Problem, UnknownFormat,
};
pub use self::clock::Clock;
pub use self::config::{Config, ConfigBuilder, ConfigError};
pub use self::context::{Context, ContextError, ContextRef, ContextValue, Value};
pub use self::declaration::Declaration;
pub use self::declared::DeclaredExperiment;
pub use self::diagnostics::Diagnostics;
pub use self::event::{Action, Event, EventRecord};
pub use self::experiment::{Experiment, experiment};
pub use self::explanation::{Explanation, Step};
pub use self::forcing::{Forced, Forcing, TokenError};
pub use self::global::{InitError, config, init, with_config, with_config_async};
pub use self::holdout::Holdout;
pub use self::hook::{Hook, Operation, Outcome, Raised};
pub use self::identity::{CookieInstruction, Cookies, Identity, Privacy, Visitor};
pub use self::key::{
    Canonical, GitlabCom, GitlabV0, GitlabV2, Key, KeyScheme, KeySource, Keyed, SecretError,
    ShaBits,
};
pub use self::layer::Layer;
pub use self::metric::{Better, Metric, MetricKind, MetricRole, Quantity};
pub use self::nesting::Nesting;
pub use self::plan::Plan;
pub use self::published::{
    JAVASCRIPT, Published, PublishedAssignment, Publishing, publish, publish_async,
};
pub use self::randomness::Randomness;
pub use self::resolver::{IntoResolution, Resolution, Resolver, ResolverError, Unit};
pub use self::rollout::{
    Always, Bucketing, Percent, PercentError, Random, RoundRobin, UnknownBucketing,
    always_candidate, always_control,
};
#[cfg(feature = "catalogue")]
pub use self::rule::ConditionError;
pub use self::rule::{Condition, Rule};
pub use self::run_hooks::{After, Around, Before, Next, NoHooks, RunHooks};
pub use self::store::{AssignmentStore, Deadline, DeadlineError, StoreError, StoredUnit};
pub use self::tracker::{
    Background, BackgroundBuilder, BackgroundHandle, BackgroundStats, Deduplicate, FanOut, Filter,
    LogTracker, MemoryTracker, NoTracker, Sink, SinkError, Tracker,
};
pub use self::trial::Trial;
pub use self::variant::{PayloadError, Variant, Variants};

#[cfg(feature = "links")]
pub use self::links::{HostError, LinkError, Links, TargetProblem};
#[cfg(feature = "memory-store")]
pub use self::store::MemoryStore;
#[cfg(feature = "redis-store")]
pub use self::store::{RedisStore, RedisStoreBuilder, RedisStoreError};

#[cfg(feature = "component")]
pub use variate_macros::component;
#[cfg(feature = "derive")]
pub use variate_macros::{ContextValue, Variants};

// Its code is compiled and run with the documentation tests.
#[cfg(all(doctest, feature = "shadow"))]
#[doc = include_str!("../docs/coming-from-scientist.md")]
struct ComingFromScientist;

#[cfg(all(doctest, feature = "catalogue"))]
#[doc = include_str!("../docs/catalogue.md")]
mod catalogue_guide {}

#[cfg(all(doctest, feature = "memory-store", feature = "redis-store"))]
#[doc = include_str!("../docs/coming-from-gitlab-experiment.md")]
struct ComingFromGitlabExperiment;

#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../docs/axum.md")]
struct WithAxum;

#[cfg(doctest)]
#[doc = include_str!("../docs/ecosystem.md")]
struct Ecosystem;
