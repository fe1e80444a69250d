use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::resolver::{Resolution, Resolver, ResolverError, Unit};

/// How many experiments one rollout counts apart; those beyond share a counter.
const MOST_EXPERIMENTS: usize = 10_000;

/// Every new experiment handle gets the next variant in turn, counted apart for each experiment.
///
/// As with [`Random`](crate::Random), nothing of the unit enters. All threads share the counter,
/// so this is the one rollout that does not scale with them. Declare the variants, or run a handle
/// before it tracks: what is only assumed takes a turn of its own.
#[derive(Debug, Default)]
pub struct RoundRobin {
    turns: RwLock<HashMap<Box<str>, AtomicUsize>>,
    shared_turn: AtomicUsize,
}

impl RoundRobin {
    /// A rollout that begins with the control.
    pub fn new() -> Self {
        Self::default()
    }

    fn turn(&self, experiment: &str) -> usize {
        let next = |turn: &AtomicUsize| turn.fetch_add(1, Ordering::Relaxed);
        let turns = self.turns.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(experiment) {
            return next(turn);
        }
        drop(turns);
        let mut turns = self.turns.write().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MOST_EXPERIMENTS && !turns.contains_key(experiment) {
            return next(&self.shared_turn);
        }
        next(turns.entry(experiment.into()).or_default())
    }
}

impl Resolver for RoundRobin {
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        let turn = self.turn(unit.experiment());
        Ok(turn
            .checked_rem(unit.variants().len())
            .map_or_else(Resolution::abstain, Resolution::index))
    }

    fn describe(&self, unit: &Unit<'_>) -> Option<String> {
        Some(format!("one of {} in turn", unit.variants().len()))
    }
}
