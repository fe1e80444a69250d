#![doc = include_str!("../README.md")]

mod answer;
mod baseline;
mod behaviour;
mod course;
mod error;
mod expected;
#[cfg(doctest)]
mod guide;
mod html;
mod judge;
mod pairs;
mod parallel;
mod plot;
mod problem;
mod scene;
mod simulation;
mod split;
mod store;
mod subject;
mod summary;
mod units;
mod working;

pub use answer::{
    AsIfAlike, AsIfBetter, Comparison, Daily, Decided, End, ExperimentReport, LeftOut, Pair, Pairs,
    Relation, Report, Runs, Share, Split, Theory, VariantUnits,
};
pub use baseline::{Baseline, BaselineError};
pub use error::SimulationError;
pub use problem::{Assumption, Problem};
pub use simulation::{Progress, Simulation};
pub use store::EmptyStore;
