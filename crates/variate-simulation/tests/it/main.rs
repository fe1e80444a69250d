//! Simulations as their users make them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a failure in a test is a panic"
)]

mod counted;
mod power;
mod splits;
mod wrong;

use variate::{Catalogue, Format};
use variate_simulation::{Report, Simulation};

fn catalogue(text: &str) -> Catalogue {
    Catalogue::parse(text, Format::Toml, "catalogue.toml").unwrap()
}

fn simulation(text: &str) -> Simulation {
    Simulation::of([catalogue(text)])
}

fn report(simulation: Simulation) -> Report {
    simulation.run(|_| {}).unwrap()
}
