#![doc = include_str!("../README.md")]

mod address;
mod connection;
mod copy;
mod error;
mod postgres_sink;
pub mod sql;
#[cfg(feature = "tls")]
mod tls;

pub use self::error::WarehouseError;
pub use self::postgres_sink::PostgresSink;
