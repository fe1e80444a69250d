use variate_stats::evaluation::{Decision, EvaluationError, Warning, decide};

use super::Evaluating;
use crate::live::{DataProblem, ExperimentPlan, State};
use crate::{Day, ExperimentTallies};

/// Whether what was counted of an experiment can be trusted, and what it decides: the part of an evaluation that is fast.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LiveCheck {
    pub(crate) state: State,
    /// Whether the planned end is there.
    pub(crate) is_read: bool,
    /// Units of all variants, and in how many days they came.
    pub(crate) units: u64,
    pub(crate) days: u32,
    pub(crate) decision: Decision,
    /// Which variant that is about.
    pub(crate) variant: Option<String>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) data_problems: Vec<DataProblem>,
}

impl LiveCheck {
    /// As of `now`, in milliseconds since the Unix epoch.
    pub(crate) fn of(
        tallies: &ExperimentTallies,
        plan: Option<&ExperimentPlan>,
        now: u64,
    ) -> Result<Self, EvaluationError> {
        let this = Evaluating::new(tallies, plan, Day::of_millis(now));
        let (exposures, end, read_on) = this.exposures_and_end();
        let plan = this.stats_plan(end, read_on);
        let (observed, unmeasured) = this.observed(read_on);
        let mut evaluation = decide(&plan, &observed)?;
        let state = this.state(read_on, now);
        this.conclude(&mut evaluation, &exposures, state, read_on);
        Ok(Self {
            state,
            is_read: read_on.is_some(),
            units: evaluation.units,
            days: this.days(read_on, &exposures),
            decision: evaluation.conclusion.decision,
            variant: evaluation.conclusion.variant,
            warnings: evaluation.warnings,
            data_problems: this.problems(unmeasured, read_on, &exposures),
        })
    }
}
