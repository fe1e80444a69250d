//! Ep-Stats' front end: experiments described by goal expressions, evaluated from aggregated goals or unit by unit.
//!
//! [`Mode::Compat`] answers as Ep-Stats 2.5 does, its oddities included; [`Mode::Corrected`] is right where that is wrong, says
//! why a number is missing, and lists what differs. [`evaluate`] and [`evaluate_by_unit`] take and give values,
//! [`evaluate_json`] and [`sample_size_json`] take the body of a request and give an [`Answer`] with status and body.
//!
//! ```
//! use variate_stats::ep_stats::{Day, NoGoals, Settings, evaluate_json};
//!
//! let body = br#"{
//!     "id": "checkout", "control_variant": "a", "unit_type": "user",
//!     "metrics": [{"id": 1, "name": "Conversion",
//!                  "nominator": "count(user.unit.purchase)", "denominator": "count(user.global.exposure)"}],
//!     "checks": [],
//!     "goals": [
//!         {"exp_variant_id": "a", "unit_type": "user", "agg_type": "global", "goal": "exposure", "count": 1000},
//!         {"exp_variant_id": "b", "unit_type": "user", "agg_type": "global", "goal": "exposure", "count": 1000},
//!         {"exp_variant_id": "a", "unit_type": "user", "agg_type": "unit", "goal": "purchase", "count": 100, "sum_sqr_count": 100},
//!         {"exp_variant_id": "b", "unit_type": "user", "agg_type": "unit", "goal": "purchase", "count": 130, "sum_sqr_count": 130}
//!     ]
//! }"#;
//! let today: Day = "2026-11-21".parse()?;
//! let answer = evaluate_json(body, &NoGoals, &Settings::new(today));
//! assert_eq!(answer.status, 200);
//! assert!(answer.body.contains("\"mean\": 0.13,"));
//! # Ok::<(), variate_stats::ep_stats::NoDay>(())
//! ```

// Counts become floats, formulas keep the letters of their papers, and the original tests for exact zeros.
#![allow(
    clippy::cast_precision_loss,
    clippy::many_single_char_names,
    clippy::float_cmp,
    clippy::similar_names
)]

mod aggregate;
mod answer;
mod arm;
mod check;
mod day;
mod decision;
mod difference;
mod evaluation;
mod experiment;
mod expression;
mod fold_hash;
mod goal_row;
mod goal_source;
mod holm;
mod inline;
mod json;
mod level;
mod metric;
mod numpy;
mod parallel;
mod parameter;
mod plan;
mod power;
mod python;
mod quantile;
mod reason;
mod request;
mod row;
mod sample;
mod sample_size;
mod sums_table;
mod total;
mod unit_places;
mod unit_row;
mod units;

pub use aggregate::evaluate;
pub use answer::{Answer, Settings, evaluate_json, sample_size_json};
pub use day::{Day, NoDay};
pub use difference::{Difference, Kind};
pub use evaluation::{
    CheckResult, CheckStat, Evaluation, EvaluationError, Exposure, MetricResult, MetricStat,
};
pub use experiment::{
    Check, CheckKind, Experiment, Filter, FilterScope, Metric, Products, Statistic,
};
pub use expression::{Aggregation, Expression, ExpressionError, Fault, Function, Goal};
pub use goal_row::GoalRow;
pub use goal_source::{GoalError, GoalSource, GoalTable, NoGoals};
pub use parameter::Parameter;
pub use python::Nan;
pub use reason::Reason;
pub use sample_size::{SampleSize, SampleSizeError};
pub use unit_row::{UnitId, UnitRow};
pub use units::evaluate_by_unit;

use serde::{Deserialize, Serialize};

/// Whose answers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Ep-Stats' own, to the last oddity.
    #[default]
    Compat,
    /// The right ones. The test is of the difference itself; rates have their own, with few events Fisher's.
    Corrected,
}
