#![doc = include_str!("../README.md")]

mod error;
mod payload;
mod sink;

pub use self::error::SnowplowError;
pub use self::sink::SnowplowSink;
