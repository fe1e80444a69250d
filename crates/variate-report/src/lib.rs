#![doc = include_str!("../README.md")]

mod builder;
mod compare;
mod evaluate;
mod gather;
#[cfg(all(doctest, feature = "sqlite"))]
mod guide;
mod json_lines;
mod notes;
mod quantiles;
mod report;
mod rows;
mod spread;
#[cfg(feature = "sqlite")]
mod sqlite;
mod svg;
mod text;
mod words;

pub use builder::ReportBuilder;
pub use json_lines::read_json_lines;
pub use report::{
    Analysis, ArmReport, Bin, Bounded, Diverted, MethodReport, MetricReport, QuantileComparison,
    Report, ReportError,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteMeasurements, SqliteSink};
