//! What an experiment says, as one plain type: for the dashboard, the command line, a report and REST alike.
//!
//! ```
//! use variate_stats::{
//!     evaluation::{Decision, Metric, Observed, ObservedVariant, Plan, Sample, evaluate},
//!     proportion::Proportion,
//! };
//!
//! let mut plan = Plan::new("gate", "gate_30");
//! plan.units = Some(90_000);
//! plan.metrics.push(Metric::new("day 7 retention"));
//!
//! let variant = |name: &str, retained, players| -> Result<_, variate_stats::ArgumentError> {
//!     Ok(ObservedVariant::new(name, players)
//!         .with("day 7 retention", Sample::Rate(Proportion::new(retained, players)?)))
//! };
//! let observed = Observed::new([
//!     variant("gate_30", 8_502, 44_700)?,
//!     variant("gate_40", 8_279, 45_489)?,
//! ]);
//!
//! let evaluation = evaluate(&plan, &observed)?;
//! let gate_40 = &evaluation.metrics[0].comparisons[0];
//! assert!(gate_40.p_value < Some(0.002));
//! assert_eq!(evaluation.conclusion.decision, Decision::KeepControl);
//! println!("{}", evaluation.conclusion.text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **How it decides.** Where the plan says at how many units the experiment is read, and these are there, by the p-value
//! of the fixed test; at a look that was planned by date ([`PlannedLook`]) by the same at the level of that look; at any other time by the
//! always-valid one, which holds however often somebody looks. Both are of the difference, whether that is told as it is or as a share of
//! the control: that nothing differs is one hypothesis. p-values are adjusted
//! for all comparisons of metrics with the same [`Role`]; intervals are of one comparison each, at the plan's level. At a level of 5 %, reading
//! daily without a planned end raised 1.0 % false alarms, daily up to a planned end 5.3 %, and daily for as long again after it 14 %: stop there.

mod answer;
mod compare;
mod conclude;
mod evaluate;
mod observed;
mod pair;
mod plan;
mod sample_ratio;
mod warn;
mod warning;
mod words;

pub use answer::{
    Comparison, Conclusion, Decision, Effect, Effects, Evaluation, Measured, Methods,
    MetricEffects, MetricEvaluation, Posterior, Reading, SampleRatio, VariantSummary, Verdict,
};
pub use evaluate::{EvaluationError, decide, effects, evaluate};
pub(crate) use observed::Fault;
pub use observed::{Estimated, Observed, ObservedVariant, Sample};
pub use plan::{Metric, Plan, PlannedLook, Role};
pub use warning::{Rarer, Warning};
