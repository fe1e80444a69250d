//! Shadow runs: every behaviour runs, the control's value is returned, and what the candidates
//! return is compared with it. What GitHub's Scientist does. Needs the feature `shadow`.
//!
//! ```
//! use variate::{context, experiment};
//!
//! fn legacy(user_id: u64) -> Vec<&'static str> { vec!["read", "write"] }
//! fn rewritten(user_id: u64) -> Vec<&'static str> { vec!["write", "read"] }
//!
//! let permissions = experiment("permissions_rewrite", context! { user_id: 42 })
//!     .use_(|| legacy(42))
//!     .try_(|| rewritten(42))
//!     .shadow()
//!     .compare(|control, candidate| control.len() == candidate.len())
//!     .clean(|permissions| permissions.join(" "))
//!     .sample(25.0)
//!     .run();
//! assert_eq!(permissions, ["read", "write"]);
//! ```
//!
//! A shadow run assigns nobody: it neither settles the handle's assignment nor tracks an exposure.
//! It is tracked as an event of the experiment with the action `shadow`, or `mismatch` where a
//! candidate mismatched, the variant `control` and the reason `shadow`. The event's properties:
//!
//! | property | |
//! |---|---|
//! | `verdict` | `matched`, `mismatched`, `ignored` or `unfinished` |
//! | `order` | the variants whose behaviours ran, as they began |
//! | `control` | a map of `outcome` (`returned` or `panicked`), `wall_ms`, `cpu_ms` |
//! | `candidates` | a map from variant to `outcome` (also `timed_out`, `skipped`), `verdict`, `wall_ms`, `cpu_ms` |
//! | `label` | if the run has one |
//!
//! On a mismatch `control` and the mismatched candidates have a `value`, if [`clean`](Shadow::clean)
//! says what it is. Nothing else of a value, and no panic's message, leaves the process.
//!
//! Candidates must do nothing that may not happen twice: they run beside the control. Panics can be
//! contained only where they unwind (`panic = "unwind"`, the default).

mod awaited;
mod behaviours;
mod conclude;
mod elsewhere;
mod failure;
mod future;
mod inline;
mod measure;
mod observation;
mod plan;
mod result;
mod rules;
mod steps;
mod stopwatch;
mod thread;

use std::fmt;
use std::marker::PhantomData;

pub use self::awaited::Awaited;
pub use self::behaviours::ShadowBehaviours;
pub use self::elsewhere::{Elsewhere, Job, Spawner};
pub use self::future::ShadowFuture;
pub use self::observation::{Observation, Outcome, Verdict};
use self::plan::Plan;
pub use self::plan::{Order, Publish};
pub use self::result::ShadowResult;
pub use self::rules::Rules;
pub use self::stopwatch::{Stopwatch, SystemStopwatch};
pub use self::thread::ShadowThread;
use crate::{Behaviours, Experiment, Trial};

/// A trial of which every behaviour runs: what [`Trial::shadow`] returns and `run` consumes.
///
/// The type parameters after the value's, `T`, are behaviours, [`Rules`], and where the candidates
/// run: [`Here`], [`Elsewhere`] or [`Awaited`]. Code rarely has to name them.
#[must_use = "a shadow run does nothing until it is run"]
pub struct Shadow<'e, T, B, R = Rules, M = Here> {
    experiment: &'e Experiment<'e>,
    behaviours: B,
    rules: R,
    plan: Plan,
    mode: M,
    value: PhantomData<fn() -> T>,
}

/// Candidates run on the caller's thread, which waits for them.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Here;

impl<'e, T, B: Behaviours<T>> Trial<'e, T, B> {
    /// From here on every behaviour runs, the control's value is returned, and the candidates' are
    /// compared with it. See [`shadow`](crate::shadow).
    pub fn shadow(self) -> Shadow<'e, T, B> {
        Shadow::new(self, Here)
    }
}

impl<'e, T, B, M> Shadow<'e, T, B, Rules, M> {
    fn new<R>(trial: Trial<'e, R, B>, mode: M) -> Self
    where
        B: Behaviours<R>,
    {
        let (experiment, behaviours) = trial.into_parts();
        Self {
            experiment,
            behaviours,
            rules: Rules::new(),
            plan: Plan::new(),
            mode,
            value: PhantomData,
        }
    }
}

impl<T, B, R, M> fmt::Debug for Shadow<'_, T, B, R, M> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shadow")
            .field("experiment", self.experiment)
            .field("enabled", &self.plan.enabled)
            .field("sample", &self.plan.percent)
            .field("order", &self.plan.order)
            .field("deadline", &self.plan.deadline)
            .field("publish", &self.plan.publish)
            .finish_non_exhaustive()
    }
}
