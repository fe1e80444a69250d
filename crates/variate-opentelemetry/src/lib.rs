#![doc = include_str!("../README.md")]

mod any_value;
mod tracker;

pub use self::tracker::OpenTelemetryTracker;
