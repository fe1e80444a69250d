#![doc = include_str!("../README.md")]

mod context;
mod payload;
mod provider;

pub use self::provider::VariateProvider;
