use super::Evaluating;
use crate::live::{DataProblem, ExperimentPlan};
use crate::{Day, ExperimentTallies};
use variate_stats::evaluation::{EvaluationError, Warning, evaluate};

/// Whether what was counted of an experiment can be trusted: the part of an evaluation that is fast.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LiveCheck {
    /// Units of all variants.
    pub(crate) units: u64,
    /// Of the split.
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
        let mut plan = this.stats_plan(end, read_on);
        plan.metrics.clear();
        let (observed, unmeasured) = this.observed(read_on);
        let evaluation = evaluate(&plan, &observed)?;
        Ok(Self {
            units: evaluation.units,
            warnings: evaluation.warnings,
            data_problems: this.problems(unmeasured, read_on, &exposures),
        })
    }
}
