#![doc = include_str!("../README.md")]

mod copy;
mod error;
mod postgres_sink;
pub mod sql;

pub use self::error::WarehouseError;
pub use self::postgres_sink::PostgresSink;
