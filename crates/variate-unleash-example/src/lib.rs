#![doc = include_str!("../README.md")]

mod flags;
mod http;
mod resolver;

pub use self::flags::{Flag, Flags, Polling};
pub use self::resolver::UnleashResolver;
