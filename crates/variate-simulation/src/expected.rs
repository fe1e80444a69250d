//! What the formulas of power say before anything is simulated: those of `variate power`, of the live forecasts, and but for the test that
//! they plan for, of `variate sample-size`.

use variate::Metric;
use variate_collector::live::ExperimentPlan;
use variate_stats::power::{Design, Effect, Traffic};
use variate_stats::{ArgumentError, Side};

use crate::answer::Theory;
use crate::behaviour::Behaviour;

/// How units come.
pub(crate) struct Arrivals {
    /// Units that take part in a run, of all variants.
    pub(crate) units: f64,
    /// Of those, the share of the control.
    pub(crate) control: f64,
    /// And of the treatment.
    pub(crate) treatment: f64,
    /// Units that take part a day, of all variants.
    pub(crate) daily: f64,
}

/// Of a metric with a relative effect, for a test that is read once, all comparisons of the metric's role counted in (Bonferroni).
pub(crate) fn theory(
    plan: &ExperimentPlan,
    metric: &Metric,
    (without, with): &(Behaviour, Behaviour),
    effect: f64,
    treatments: usize,
    arrivals: &Arrivals,
) -> Result<Theory, ArgumentError> {
    let alike = plan.metrics.iter().filter(|of| of.role == metric.role);
    let comparisons = alike.count().saturating_mul(treatments).max(1);
    let design = Design::new(plan.plan.alpha, Side::Both)?
        .with_power(plan.plan.power)?
        .with_treatments(u32::try_from(comparisons).unwrap_or(u32::MAX))?
        .with_allocation(arrivals.treatment / arrivals.control)?;
    let outcome = without.outcome(with)?;
    let effect = Effect::Relative(effect);
    let power = design.power(&outcome, effect, arrivals.units * arrivals.control)?;
    let size = design.sample_size(&outcome, effect)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of units below 1e15"
    )]
    let units_needed = (size.control as f64 / arrivals.control).ceil() as u64;
    let days_needed = Traffic::new(arrivals.daily).and_then(|traffic| traffic.days(units_needed));
    Ok(Theory {
        power,
        units_needed,
        days_needed: days_needed.ok(),
    })
}
