//! Live evaluation: what is counted of an experiment, by what a catalogue declares of it, as one plain type for REST, the command
//! line, a report and a dashboard.
//!
//! ```
//! use variate::{Metric, MetricKind};
//! use variate_collector::live::{ExperimentPlan, LiveEvaluation};
//! use variate_collector::{EventStore, MemoryStore, NewEvent};
//!
//! let store = MemoryStore::new();
//! for unit in 0..2_000 {
//!     let variant = ["control", "red"][unit % 2];
//!     let event = |action: &'static str| {
//!         NewEvent::new("shop", "pill_color", variant, action, format!("{action}-{unit}"))
//!             .of_unit(unit.to_string())
//!             .at(1_795_219_200_000)
//!     };
//!     store.ingest(&[event("assignment")])?;
//!     if unit % 10 < 1 + 3 * (unit % 2) {
//!         store.ingest(&[event("bought")])?;
//!     }
//! }
//!
//! let mut plan = ExperimentPlan::new(["control", "red"]);
//! plan.metrics = vec![Metric::new("purchases", MetricKind::conversion("bought")).minimum_effect(0.1)];
//!
//! let tallies = store.tallies("shop", "pill_color")?.expect("it was counted");
//! let live = LiveEvaluation::of(&tallies, Some(&plan), 1_795_262_400_000)?;
//! println!("{}", live.evaluation.conclusion.text);
//! assert_eq!(live.evaluation.conclusion.variant.as_deref(), Some("red"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Plans`] holds what is declared and may be replaced while requests are answered; with the feature `catalogue` it reads
//! [`Catalogue`](variate::Catalogue)s. The same plan, the same tallies and the same moment give the same answer.

mod answer;
mod data_problem;
mod end;
mod evaluate;
mod forecast;
pub(crate) mod html;
mod measuring;
mod plans;
pub(crate) mod plot;
mod series;
mod so_far;
mod state;
mod text;
pub(crate) mod words;

pub use self::answer::{
    About, DayOfEffect, DayOfUnits, DayOfValue, EffectSeries, Forecast, LiveEvaluation, LiveMetric,
    Progress, SeenEffect, ValueSeries,
};
pub use self::data_problem::DataProblem;
#[cfg(feature = "dashboard")]
pub(crate) use self::evaluate::check::LiveCheck;
#[cfg(feature = "dashboard")]
pub(crate) use self::evaluate::matrix::{Matrices, Matrix};
pub use self::html::STYLE;
pub use self::plans::{ExperimentPlan, Plans};
pub use self::state::State;
