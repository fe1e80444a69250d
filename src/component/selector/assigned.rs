use super::{KeyUse, Selector};
use crate::component::{Asked, Selection};
use crate::{Config, Experiment, Key, experiment};

/// Calls go where the experiment of the same name assigns the unit: same key, catalogue, rollout,
/// exclusions and overrides as [`experiment`](crate::experiment()) on a page, and the exposure is
/// tracked.
///
/// Calls of units that take no part (excluded, outside of their layer, switched off) go to the control and are not measured.
/// Neither are those of units that the configuration forces into an arm, which are untracked on a page, too.
///
/// An arm's name is its variant's; the first arm is the variant `control`, whatever it is called.
///
/// The context is what the method's `#[key]`s say, or what the component is bound to. A page and a
/// component agree on a unit if their contexts are equal, names of the entries included. A call whose key is `None` is
/// nobody's: it goes to the control, untracked, for the reason `no_key`, or where the next selector of a tuple says.
#[derive(Debug, Clone, Default)]
pub struct Assigned {
    config: Option<Config>,
}

impl Assigned {
    /// By the configuration of the process, or of the scope that a call is made in.
    pub const fn new() -> Self {
        Self { config: None }
    }

    /// By another configuration.
    pub const fn by(config: Config) -> Self {
        Self {
            config: Some(config),
        }
    }

    fn assign(asked: &Asked<'_>, experiment: &Experiment<'_>) -> Selection {
        let arm = experiment.assign_among(asked.variants());
        let assignment = experiment.assignment();
        Selection {
            // Who takes no part is nobody to compare with, nor is whom somebody forced.
            is_silent: !assignment.is_tracked(),
            ..Selection::of(arm, assignment.reason().code())
        }
        .with_key(experiment.key().clone())
    }
}

impl Selector for Assigned {
    fn key_use(&self) -> KeyUse {
        KeyUse::Required
    }

    fn goes_by_weights(&self) -> bool {
        false
    }

    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let context = asked.context()?;
        Some(match &self.config {
            Some(config) => Self::assign(asked, &config.experiment(asked.experiment(), context)),
            None => Self::assign(asked, &experiment(asked.experiment(), context)),
        })
    }

    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        let context = asked.context()?;
        let experiment = match &self.config {
            Some(config) => config.experiment(asked.experiment(), context),
            None => experiment(asked.experiment(), context),
        };
        Some(experiment.key().clone())
    }
}
