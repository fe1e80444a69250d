#![doc = include_str!("../README.md")]

mod flags;
mod http;
mod resolver;

pub use self::flags::{Flags, Polling};
pub use self::http::HttpError;
pub use self::resolver::UnleashResolver;
