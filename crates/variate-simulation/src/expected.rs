//! What the formulas of power say before anything is simulated: those of `variate power`, of the live forecasts, and but for the test that
//! they plan for, of `variate sample-size`.

use variate::{Metric, MetricRole};
use variate_collector::live::ExperimentPlan;
use variate_stats::power::{Design, Effect, SampleSize, Traffic};
use variate_stats::sequential::AsymptoticSequence;
use variate_stats::words::count;
use variate_stats::{ArgumentError, Side, evaluation};

use crate::answer::{End, Runs, Theory};
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

impl Arrivals {
    /// Units of all variants, and the days in which they come.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of units below 1e15"
    )]
    fn of_all(&self, size: &SampleSize) -> (u64, Option<u64>) {
        let units = (size.control as f64 / self.control).ceil() as u64;
        let days = Traffic::new(self.daily).and_then(|traffic| traffic.days(units));
        (units, days.ok())
    }
}

/// Of a metric with a relative effect, for the test that decides, all comparisons of the metric's role counted in (Bonferroni).
pub(crate) fn theory(
    (plan, end): (&ExperimentPlan, End),
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
    let units = arrivals.units * arrivals.control;
    let (units_needed_once, days_needed_once) =
        arrivals.of_all(&design.sample_size(&outcome, Effect::Relative(effect))?);
    let mut theory = Theory {
        power: design.power(&outcome, Effect::Relative(effect), units)?,
        units_needed: units_needed_once,
        days_needed: days_needed_once,
        units_needed_once,
        days_needed_once,
    };
    if end == End::Never {
        // As the evaluation reads it.
        let mut of = evaluation::Plan::new(String::new(), String::new());
        of.alpha = plan.plan.alpha;
        let rho = of.sequence(treatments + 1)?.rho();
        let sequence = AsymptoticSequence::with_rho(design.level(), rho, Side::Both)?;
        let effect = Effect::Relative(effect);
        let size = design.sample_size_of_sequence(&outcome, effect, |look| sequence.at(look))?;
        (theory.units_needed, theory.days_needed) = arrivals.of_all(&size);
        theory.power =
            design.power_of_sequence(&outcome, effect, units, |look| sequence.at(look))?;
    }
    Ok(theory)
}

impl Runs {
    /// Where no end is planned: what theory is of, and what a planned end would take, in sentences.
    pub fn read_once(&self) -> Option<String> {
        if self.end != End::Never {
            return None;
        }
        let primary = self.better.comparisons.iter();
        let primary = primary.filter(|of| of.role == MetricRole::Primary);
        let longest = primary
            .filter_map(|of| of.theory)
            .max_by_key(|of| of.units_needed_once)?;
        let days = match longest.days_needed_once {
            Some(1) => " in 1 day".to_owned(),
            Some(days) => format!(" in {} days", count(days)),
            None => String::new(),
        };
        Some(format!(
            "No end is planned: theory, units and days are of the test for any time. Read once at a planned end it takes {} units{days}",
            count(longest.units_needed_once)
        ))
    }
}
