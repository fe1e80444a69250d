use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use variate::{Metric, MetricKind, Plan};

use super::About;
use crate::{Change, ChangeError, EventStore, Pair};

/// What is declared of an experiment, as far as its evaluation needs it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExperimentPlan {
    /// The variants, the control first.
    pub variants: Vec<String>,
    /// The share of the units that each variant is to get; they need not add up to anything. Equal ones where it is empty.
    pub shares: BTreeMap<String, f64>,
    /// Whether it is asked if units are split by these shares.
    pub checks_split: bool,
    /// What is measured, the most important first. Empty: one conversion for each action that was seen.
    pub metrics: Vec<Metric>,
    /// How it is going to be read.
    pub plan: Plan,
    /// What is said of it for people, and its dates.
    pub about: About,
}

impl ExperimentPlan {
    /// With these variants, the control first, in equal shares.
    pub fn new<V: Into<String>>(variants: impl IntoIterator<Item = V>) -> Self {
        Self {
            variants: variants.into_iter().map(Into::into).collect(),
            shares: BTreeMap::new(),
            checks_split: true,
            metrics: Vec::new(),
            plan: Plan::default(),
            about: About {
                enabled: true,
                ..About::default()
            },
        }
    }

    /// What a catalogue says.
    #[cfg(feature = "catalogue")]
    pub fn of_entry(entry: &variate::CatalogueEntry<'_>) -> Self {
        let millis = |at: Option<std::time::SystemTime>| at.map(crate::event::millis);
        let mut this = Self::new(entry.variants());
        match entry.shares() {
            Some(shares) => {
                let shares = shares.into_iter();
                this.shares = shares.map(|(name, of)| (name.to_owned(), of)).collect();
            }
            None => this.checks_split = false,
        }
        this.metrics = entry.metrics().to_vec();
        this.plan = entry.plan().clone();
        this.about = About {
            description: entry.description().map(str::to_owned),
            owner: entry.owner().map(str::to_owned),
            issue: entry.issue().map(str::to_owned),
            enabled: entry.is_enabled(),
            starts: millis(entry.starts()),
            ends: millis(entry.ends()),
            due: millis(entry.due()),
        };
        this
    }

    /// The pairs of actions whose products its ratios need.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.metrics.iter().filter_map(|metric| match &metric.kind {
            MetricKind::Ratio {
                numerator,
                denominator,
            } if numerator.action() != denominator.action() => Some(Pair {
                first: numerator.action().to_owned(),
                second: denominator.action().to_owned(),
            }),
            _ => None,
        })
    }
}

type Declared = BTreeMap<String, BTreeMap<String, Arc<ExperimentPlan>>>;

/// The plans of experiments by namespace and name, which may be replaced while they are read: clones are of the same ones.
///
/// ```
/// use variate_collector::live::{ExperimentPlan, Plans};
///
/// let plans = Plans::new();
/// plans.replace([("shop", "pill_color", ExperimentPlan::new(["control", "red"]))]);
/// assert!(plans.get("shop", "pill_color").is_some());
/// assert!(plans.get("blog", "pill_color").is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Plans(Arc<RwLock<Arc<Declared>>>);

impl Plans {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on these, by namespace and name, and none of those before.
    pub fn replace<N: Into<String>, E: Into<String>>(
        &self,
        plans: impl IntoIterator<Item = (N, E, ExperimentPlan)>,
    ) {
        let mut declared = Declared::new();
        for (namespace, name, plan) in plans {
            let of_namespace = declared.entry(namespace.into()).or_default();
            of_namespace.insert(name.into(), Arc::new(plan));
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(declared);
    }

    /// From now on what these catalogues declare, for a namespace, and nothing else. `name_prefix` is that of the program's
    /// configuration, if it has one: events carry the whole name.
    #[cfg(feature = "catalogue")]
    pub fn replace_with_catalogues<'c>(
        &self,
        namespace: &str,
        name_prefix: Option<&str>,
        catalogues: impl IntoIterator<Item = &'c variate::Catalogue>,
    ) {
        let experiments = catalogues
            .into_iter()
            .flat_map(variate::Catalogue::experiments);
        let plan = |entry: variate::CatalogueEntry<'_>| {
            let name = match name_prefix {
                Some(prefix) => format!("{prefix}_{}", entry.name()),
                None => entry.name().to_owned(),
            };
            (namespace, name, ExperimentPlan::of_entry(&entry))
        };
        self.replace(experiments.map(plan));
    }

    /// That of an experiment.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<ExperimentPlan>> {
        self.declared().get(namespace)?.get(name).cloned()
    }

    /// The names of a namespace's experiments, sorted.
    pub fn names(&self, namespace: &str) -> Vec<String> {
        let declared = self.declared();
        let of_namespace = declared.get(namespace);
        of_namespace.map_or_else(Vec::new, |of| of.keys().cloned().collect())
    }

    /// Has a store keep the products that ratios of two actions need: it can only do so from their first events on. Answers what
    /// could not be kept, by namespace and name; what the store keeps already is left alone.
    ///
    /// # Errors
    ///
    /// The store could not be read or written; what was not declared yet is worth another try.
    pub fn keep_pairs(
        &self,
        store: &dyn EventStore,
    ) -> Result<Vec<(String, String, ChangeError)>, crate::StoreError> {
        let declared = self.declared();
        let mut refused = Vec::new();
        for (namespace, plans) in declared.iter() {
            if !plans.values().any(|plan| plan.pairs().next().is_some()) {
                continue;
            }
            let known = store.experiments(namespace)?;
            for (name, plan) in plans {
                let info = known.iter().find(|info| info.name == *name);
                for pair in plan.pairs() {
                    let is_kept = info.is_some_and(|info| keeps(&info.pairs, &pair));
                    if is_kept {
                        continue;
                    }
                    match store.change(namespace, name, &Change::Pair(pair)) {
                        Ok(_) => {}
                        Err(ChangeError::Store(error)) => return Err(error),
                        Err(error) => refused.push((namespace.clone(), name.clone(), error)),
                    }
                }
            }
        }
        Ok(refused)
    }

    fn declared(&self) -> Arc<Declared> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a pair is among these, either way round.
fn keeps(pairs: &[Pair], pair: &Pair) -> bool {
    pairs.iter().any(|of| {
        (&of.first, &of.second) == (&pair.first, &pair.second)
            || (&of.first, &of.second) == (&pair.second, &pair.first)
    })
}
