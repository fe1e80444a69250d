//! Whether an experiment's data can be trusted and what they decide, for a list of many: known from before, or found out within a moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use variate_stats::evaluation::Warning;

use super::decide::Decide;
use crate::http::shared::Shared;
use crate::live::{DataProblem, ExperimentPlan, LiveCheck, Plans};
use crate::{Day, EventStore, ExperimentInfo, ExperimentTallies, StoreError};

/// How long it is good enough what was found out of an experiment that goes on.
const GOOD_FOR: Duration = Duration::from_mins(1);

/// How long a page waits for what is not known yet; the rest is found out while it is read.
const PATIENCE: Duration = Duration::from_millis(40);

const DAMAGED: &str = "Its data in the store are damaged, and nothing of it is counted: restore the store from a backup, or reset it";

/// How much somebody should care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Bad,
    Unusual,
    Good,
}

/// What is known of the data of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Health {
    /// None where that cannot be read.
    pub(super) units: Option<u64>,
    /// In how many days they came.
    pub(super) days: Option<u32>,
    /// Whether its planned end is there.
    pub(super) is_read: bool,
    pub(super) decide: Option<Decide>,
    pub(super) level: Level,
    pub(super) texts: Vec<String>,
}

impl Health {
    fn of(check: &LiveCheck) -> Self {
        let mut level = Level::Good;
        let mut texts = Vec::new();
        let mut tell = |of: Level, text: String| {
            level = level.min(of);
            texts.push(text);
        };
        for warning in &check.warnings {
            match warning {
                Warning::SampleRatioMismatch { .. } => tell(Level::Bad, warning.to_string()),
                Warning::UnusualSplit { .. } | Warning::Crossovers { .. } => {
                    tell(Level::Unusual, warning.to_string());
                }
                _ => {}
            }
        }
        for problem in &check.data_problems {
            match problem {
                // The list has a column for what is declared, and what is left out on purpose is no ill.
                DataProblem::NotDeclared
                | DataProblem::AfterEnd { .. }
                | DataProblem::Imported { .. } => {}
                DataProblem::NoExposures
                | DataProblem::NoEvents { days: Some(_), .. }
                | DataProblem::MoreThanExposed { .. }
                | DataProblem::Silent { .. } => tell(Level::Bad, problem.to_string()),
                _ => tell(Level::Unusual, problem.to_string()),
            }
        }
        Self {
            units: Some(check.units),
            days: Some(check.days),
            is_read: check.is_read,
            decide: Decide::of(check, level),
            level,
            texts,
        }
    }

    /// Of an experiment that is only declared, if there is anything to say.
    pub(super) fn of_none(
        info: &ExperimentInfo,
        plan: Option<&ExperimentPlan>,
        now: u64,
    ) -> Option<Self> {
        if plan.is_none() || info.first_event_at.is_some() || info.damaged {
            return None;
        }
        let tallies = ExperimentTallies::none(info.clone());
        let health = Self::of(&LiveCheck::of(&tallies, plan, now).ok()?);
        (health.level != Level::Good || health.is_read).then_some(health)
    }

    /// Of which nothing can be counted.
    fn without_units(units: Option<u64>, texts: Vec<String>) -> Self {
        let is_good = texts.is_empty();
        Self {
            units,
            days: None,
            is_read: false,
            decide: (!is_good).then_some(Decide::Repair),
            level: if is_good { Level::Good } else { Level::Bad },
            texts,
        }
    }

    /// Of an experiment of which the store lost a part.
    fn damaged() -> Self {
        Self::without_units(None, vec![DAMAGED.to_owned()])
    }

    fn is_damaged(&self) -> bool {
        self.units.is_none()
    }
}

struct Known {
    health: Arc<Health>,
    info: ExperimentInfo,
    plan: Option<Arc<ExperimentPlan>>,
    today: Day,
    at: Instant,
}

impl Known {
    /// Whether it is still the same experiment in the same state: what changes by hand is to be seen at once.
    fn is_of(&self, info: &ExperimentInfo) -> bool {
        let by_hand = (self.info.archived, self.info.damaged) == (info.archived, info.damaged)
            && (&self.info.control, &self.info.winner) == (&info.control, &info.winner);
        // Late events make it earlier; a reset makes it later, or takes it away.
        let is_anew = match (self.info.first_event_at, info.first_event_at) {
            (Some(before), Some(now)) => now > before,
            (Some(_), None) => true,
            (None, now) => now.is_some(),
        };
        by_hand && !is_anew
    }

    fn is_good(
        &self,
        info: &ExperimentInfo,
        plan: Option<&Arc<ExperimentPlan>>,
        today: Day,
    ) -> bool {
        let same_plan = match (&self.plan, plan) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one.is_none() == other.is_none(),
        };
        let is_same = self.info == *info && self.today == today;
        same_plan && (is_same || self.at.elapsed() < GOOD_FOR)
    }
}

/// In the order of the experiments that were asked for; none where it is not known yet.
pub(super) type Healths = Vec<Option<Arc<Health>>>;

/// By namespace and name.
type AllKnown = HashMap<String, HashMap<String, Known>>;

/// What was found out before.
#[derive(Clone, Default)]
pub(super) struct HealthCache {
    known: Arc<Mutex<AllKnown>>,
    is_busy: Arc<AtomicBool>,
}

/// What is asked of some experiments.
pub(super) struct Asked {
    pub(super) namespace: String,
    pub(super) plans: Plans,
    pub(super) now: u64,
}

impl HealthCache {
    /// What is known of each of these, in their order, or found out at once; and where to go on.
    fn look(
        &self,
        asked: &Asked,
        store: &dyn EventStore,
        infos: &[ExperimentInfo],
    ) -> Result<(Healths, Vec<ExperimentInfo>), StoreError> {
        let started = Instant::now();
        let mut healths = Vec::with_capacity(infos.len());
        let mut rest = Vec::new();
        self.forget_others(&asked.namespace, infos);
        for info in infos {
            if info.damaged {
                healths.push(Some(Arc::new(Health::damaged())));
                continue;
            }
            let (health, is_good) = self.get(asked, info);
            // Until it is reset or restored, which is to be seen at once.
            let health = health.filter(|health| is_good || !health.is_damaged());
            healths.push(match health {
                // An old answer is better than none.
                Some(health) => {
                    if !is_good {
                        rest.push(info.clone());
                    }
                    Some(health)
                }
                None if started.elapsed() < PATIENCE => Some(self.find_out(asked, store, info)?),
                None => {
                    rest.push(info.clone());
                    None
                }
            });
        }
        Ok((healths, rest))
    }

    fn get(&self, asked: &Asked, info: &ExperimentInfo) -> (Option<Arc<Health>>, bool) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_namespace = known.get(&asked.namespace);
        let Some(known) = of_namespace.and_then(|of| of.get(&info.name)) else {
            return (None, false);
        };
        if !known.is_of(info) {
            return (None, false);
        }
        let plan = asked.plans.get(&asked.namespace, &info.name);
        let today = Day::of_millis(asked.now);
        let is_good = known.is_good(info, plan.as_ref(), today);
        (Some(Arc::clone(&known.health)), is_good)
    }

    fn find_out(
        &self,
        asked: &Asked,
        store: &dyn EventStore,
        info: &ExperimentInfo,
    ) -> Result<Arc<Health>, StoreError> {
        let plan = asked.plans.get(&asked.namespace, &info.name);
        let health = match store.tallies(&asked.namespace, &info.name) {
            // It takes no other along.
            Err(StoreError::Damaged { .. } | StoreError::DamagedExperiment { .. }) => {
                Health::damaged()
            }
            Err(error) => return Err(error),
            Ok(Some(tallies)) => match LiveCheck::of(&tallies, plan.as_deref(), asked.now) {
                Ok(check) => Health::of(&check),
                Err(error) => Health::without_units(Some(0), vec![error.to_string()]),
            },
            // Deleted in this moment.
            Ok(None) => Health::without_units(Some(0), Vec::new()),
        };
        let health = Arc::new(health);
        let known = Known {
            health: Arc::clone(&health),
            info: info.clone(),
            plan,
            today: Day::of_millis(asked.now),
            at: Instant::now(),
        };
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_namespace = all.entry(asked.namespace.clone()).or_default();
        of_namespace.insert(info.name.clone(), known);
        Ok(health)
    }

    fn forget_others(&self, namespace: &str, infos: &[ExperimentInfo]) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(namespace)
            && known.len() > infos.len()
        {
            let names: std::collections::HashSet<&str> =
                infos.iter().map(|info| info.name.as_str()).collect();
            known.retain(|name, _| names.contains(name.as_str()));
        }
    }

    /// What is known of each of these, in their order. What is not known yet, or too old, is found out after the answer.
    pub(super) fn of(
        &self,
        asked: Asked,
        store: &Arc<dyn EventStore>,
        infos: &[ExperimentInfo],
    ) -> Result<Healths, StoreError> {
        let (healths, rest) = self.look(&asked, &**store, infos)?;
        if !rest.is_empty() && !self.is_busy.swap(true, Ordering::AcqRel) {
            let (this, store) = (self.clone(), Arc::clone(store));
            let find_out = move || {
                let _idle = Idle(&this.is_busy);
                for info in rest {
                    if let Err(error) = this.find_out(&asked, &*store, &info) {
                        tracing::warn!(%error, "the health of experiments is not known");
                        return;
                    }
                }
            };
            let _ = std::thread::Builder::new()
                .name("variate-health".to_owned())
                .spawn(find_out);
        }
        Ok(healths)
    }
}

/// Not busy any more, however it ends.
struct Idle<'b>(&'b AtomicBool);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Shared {
    /// The experiments of a namespace, and what is known of their data.
    pub(super) async fn experiments_and_health(
        &self,
        namespace: &str,
    ) -> Result<Vec<(ExperimentInfo, Option<Arc<Health>>)>, crate::http::problem::Problem> {
        let cache = self.dashboard.health.clone();
        let store = Arc::clone(self.collector.store());
        let asked = Asked {
            namespace: namespace.to_owned(),
            plans: self.plans.clone(),
            now: self.collector.now(),
        };
        self.ask(move |of| {
            let infos = of.experiments(&asked.namespace)?;
            let healths = cache.of(asked, &store, &infos)?;
            Ok::<_, StoreError>(infos.into_iter().zip(healths).collect())
        })
        .await
    }
}
