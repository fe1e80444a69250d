//! Component experiments: a trait's implementations as arms, behind a proxy that `#[component]` makes.

mod call;
mod collector;
mod outcome;
mod phase;
mod record;

pub use self::call::{Call, Series};
pub use self::collector::Collector;
pub use self::outcome::{Cause, Failure, Outcome};
pub use self::phase::Phase;
pub use self::record::{Readings, Record, Recorder, UnitOfMeasure};
