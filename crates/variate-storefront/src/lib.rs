//! A small shop with experiments in it, all in one process: what visitors see and do is decided, tracked, counted and evaluated
//! here, and `/experiments` is where somebody reads what came of it, and decides.
//!
//! `cargo run --release --example storefront` opens it. [`Shop`] is all that it takes.

mod packing;
mod page;
mod pill;
mod shop;
mod simulation;
mod world;

pub use self::shop::{OpenError, Shop};
pub use self::simulation::{Crowd, Outcome};
pub use self::world::World;
