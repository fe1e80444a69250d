//! Counts, in memory, what the visitors of an experiment do.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use variate::{Event, Key, Tracker, Variant};

/// A tracker that keeps, for each variant, exactly what an evaluation needs.
///
/// A visitor counts from the first exposure on, and once; whatever a visitor did before seeing a
/// variant cannot be the variant's doing and is left out. Clones are the same tally.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    variants: Arc<Mutex<Vec<Counted>>>,
}

/// One variant so far.
#[derive(Debug, Clone)]
pub(crate) struct VariantTally {
    pub(crate) variant: Variant,
    /// Distinct visitors who met it.
    pub(crate) visitors: u64,
    goals: BTreeMap<String, GoalTally>,
}

/// One action of one variant's visitors.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GoalTally {
    /// Distinct visitors who did it.
    pub(crate) visitors: u64,
    /// How often it was done.
    pub(crate) events: u64,
    /// The sum of its values.
    pub(crate) sum: f64,
    /// The sum, over visitors, of the square of each one's total.
    pub(crate) sum_of_squares: f64,
}

#[derive(Debug)]
struct Counted {
    tally: VariantTally,
    /// Each visitor's total by action.
    totals: HashMap<Key, BTreeMap<String, f64>>,
}

impl Tally {
    /// Nothing counted yet; `variants` are shown in this order.
    pub(crate) fn new(variants: impl IntoIterator<Item = &'static str>) -> Self {
        let counted = variants.into_iter().map(|name| Counted::new(name.into()));
        Self {
            variants: Arc::new(Mutex::new(counted.collect())),
        }
    }

    /// What is counted now.
    pub(crate) fn variants(&self) -> Vec<VariantTally> {
        self.lock()
            .iter()
            .map(|counted| counted.tally.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Counted>> {
        self.variants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracker for Tally {
    fn track(&self, event: &Event<'_>) {
        let mut variants = self.lock();
        let known = variants
            .iter_mut()
            .find(|counted| counted.tally.variant == *event.variant());
        match known {
            Some(counted) => counted.count(event),
            None => {
                let mut counted = Counted::new(event.variant().clone());
                counted.count(event);
                variants.push(counted);
            }
        }
    }
}

impl VariantTally {
    /// What is counted of an action.
    pub(crate) fn goal(&self, action: &str) -> GoalTally {
        self.goals.get(action).copied().unwrap_or_default()
    }
}

impl Counted {
    fn new(variant: Variant) -> Self {
        Self {
            tally: VariantTally {
                variant,
                visitors: 0,
                goals: BTreeMap::new(),
            },
            totals: HashMap::new(),
        }
    }

    fn count(&mut self, event: &Event<'_>) {
        if event.is_exposure() {
            self.totals.entry(event.key().clone()).or_insert_with(|| {
                self.tally.visitors += 1;
                BTreeMap::new()
            });
        } else if let Some(totals) = self.totals.get_mut(event.key()) {
            let goal = self
                .tally
                .goals
                .entry(event.action().to_owned())
                .or_default();
            let total = totals.entry(event.action().to_owned()).or_insert_with(|| {
                goal.visitors += 1;
                0.0
            });
            let value = event.value().unwrap_or(0.0);
            let before = *total;
            *total += value;
            goal.events += 1;
            goal.sum += value;
            // A visitor going from t to t + v adds (t + v)² − t²: no need to visit the others again.
            goal.sum_of_squares += *total * *total - before * before;
        }
    }
}
