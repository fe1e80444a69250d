#![doc = include_str!("../README.md")]

mod allocator;
mod counts;
mod meter;

pub use allocator::CountingAllocator;
pub use counts::is_installed;
pub use meter::{Meter, Usage};
