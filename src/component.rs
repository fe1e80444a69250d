//! Component experiments: a trait's implementations as arms, behind a proxy that `#[component]` makes.
//! Needs the feature `component`.

mod arms;
mod breaker;
mod build_error;
mod builder;
mod call;
mod collector;
mod collectors;
mod either;
mod family;
mod guard;
mod measurable;
mod outcome;
mod phase;
mod probe;
mod proxy;
mod record;
#[doc(hidden)]
pub mod rt;
mod safety;
mod selection;
mod selector;
mod shared;
mod switches;
mod timer;

pub use self::breaker::CircuitBreaker;
pub use self::build_error::BuildError;
pub use self::builder::Builder;
pub use self::call::{Call, Series};
pub use self::collector::Collector;
pub use self::measurable::Measurable;
pub use self::outcome::{Cause, Failure, Outcome};
pub use self::phase::Phase;
pub use self::record::{Readings, Record, Recorder, UnitOfMeasure};
pub use self::safety::TimedOut;
pub use self::selection::{Asked, Selection};
pub use self::selector::{Assigned, By, Fixed, KeyUse, Random, RoundRobin, Selector, Sticky, by};
pub use self::switches::Switches;
pub use self::timer::{Sleep, Timer};
