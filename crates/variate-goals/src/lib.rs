//! Where the goals of experiments come from: CSV files, `SQLite`, Postgres.
//!
//! Each source is a [`GoalSource`](variate_stats::ep_stats::GoalSource) (what Ep-Stats calls a Dao) and a feature of this crate.
//! All of them read the same columns, which are those of Ep-Stats' test data:
//!
//! | column | |
//! |---|---|
//! | `exp_id` | the experiment; rows without one belong to every experiment |
//! | `date` | the day, as `2026-11-21`, if rows are kept by day |
//! | `exp_variant_id` | the variant |
//! | `unit_type` | the type of unit |
//! | `agg_type` | `unit` or `global`; not asked for by unit |
//! | `unit_id` | the unit: where there is this column, rows are by unit |
//! | `goal` | the goal; `exposure` is that of being exposed |
//! | `count`, `sum_sqr_count` | how often it was reached, and the sum over units of the square of that |
//! | `sum_value`, `sum_sqr_value` | the sum of its values, and the sum over units of the square of that |
//! | `count_unique` | how many units reached it |
//! | `sum_count_value` | the sum over units of count times value, which the error of a ratio of both needs; where it is empty, nobody knows it |
//! | any other | a dimension |
//!
//! A number that is missing (an empty cell, NULL) is 0, an empty dimension is none; NaN is no number, and corrected mode says so.
//! Rows of one goal are added up. Dates and filters of the request are applied to the rows, as Ep-Stats' test source does; a query
//! may have applied them before, to deliver less.
#![cfg_attr(
    feature = "csv",
    doc = r##"
```
use variate_goals::CsvGoals;
use variate_stats::ep_stats::{Day, Settings, evaluate_json};

let goals = CsvGoals::from_text("\
exp_variant_id,unit_type,agg_type,goal,count,sum_sqr_count
a,user,global,exposure,1000,1000
b,user,global,exposure,1000,1000
a,user,unit,purchase,100,100
b,user,unit,purchase,130,130
");
let request = br#"{
    "id": "checkout", "control_variant": "a", "unit_type": "user",
    "metrics": [{"id": 1, "name": "Conversion",
                 "nominator": "count(user.unit.purchase)", "denominator": "count(user.global.exposure)"}],
    "checks": []
}"#;
let today: Day = "2026-11-21".parse()?;
let answer = evaluate_json(request, &goals, &Settings::new(today));
assert!(answer.body.contains("\"mean\": 0.13,"));
# Ok::<(), variate_stats::ep_stats::NoDay>(())
```
"##
)]

#[cfg(all(doctest, feature = "csv"))]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(feature = "postgres")]
mod address;
#[cfg(any(feature = "csv", feature = "postgres", feature = "sqlite"))]
mod cell;
#[cfg(feature = "postgres")]
mod connection;
#[cfg(feature = "csv")]
mod csv_goals;
#[cfg(feature = "postgres")]
mod postgres_goals;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod query;
#[cfg(feature = "sqlite")]
mod sqlite_goals;
#[cfg(any(feature = "csv", feature = "postgres", feature = "sqlite"))]
mod table;
#[cfg(feature = "postgres-tls")]
mod tls;

#[cfg(feature = "csv")]
pub use csv_goals::CsvGoals;
#[cfg(feature = "postgres")]
pub use postgres_goals::PostgresGoals;
#[cfg(feature = "sqlite")]
pub use sqlite_goals::SqliteGoals;
#[cfg(any(feature = "csv", feature = "postgres", feature = "sqlite"))]
pub use table::GoalsError;
