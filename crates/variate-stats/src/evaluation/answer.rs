use serde::{Deserialize, Serialize};

use super::{Role, Warning};
use crate::bayesian::Better;
use crate::sequential::AlwaysValid;
use crate::{Estimate, Interval};

/// What an experiment says so far. Numbers that are not there are `null`, with a reason beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Of this format: 1. What is added later does not change it.
    pub version: u32,
    /// The experiment's name.
    pub experiment: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// The significance level.
    pub alpha: f64,
    /// Which p-value decides now.
    pub reading: Reading,
    /// The level of the p-values and intervals for one look: that of the experiment, or less where there are several planned ones.
    pub level: f64,
    /// Units of all variants.
    pub units: u64,
    /// At how many it was to be read.
    pub planned_units: Option<u64>,
    /// How many units each variant has, the control first.
    pub variants: Vec<VariantSummary>,
    /// Whether they are split as planned.
    pub sample_ratio: Option<SampleRatio>,
    /// In the order of the plan.
    pub metrics: Vec<MetricEvaluation>,
    /// What to know before believing any of it.
    pub warnings: Vec<Warning>,
    /// What to do, in plain words.
    pub conclusion: Conclusion,
}

/// Which p-value decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// That of the fixed test, for the planned end is there.
    Fixed,
    /// That of the fixed test at the level of a look that was planned before the end.
    GroupSequential,
    /// That which holds at any time.
    AlwaysValid,
}

/// Units of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VariantSummary {
    /// Its name.
    pub name: String,
    /// Units that were exposed to it alone.
    pub units: u64,
    /// Units that were also seen in another one, and are left out.
    pub crossovers: u64,
    /// The share of units that it was to get, 0 to 1.
    pub planned_share: f64,
    /// The share that it got; `null` where there are no units.
    pub share: Option<f64>,
}

/// Whether the units are split as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampleRatio {
    /// Of Pearson's chi-squared test: right for one look. At the planned end, the split is not the planned one at or below
    /// [`SampleRatio::FIXED_LEVEL`].
    pub p_value: f64,
    /// Right however often one looks; at or below [`SampleRatio::LEVEL`], the split is not the planned one.
    pub always_valid_p_value: f64,
    /// Whether it is not.
    pub is_mismatch: bool,
}

/// What one metric says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetricEvaluation {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub role: Role,
    /// Which values are wanted.
    pub better: Better,
    /// The least relative effect that matters.
    pub minimum_effect: Option<f64>,
    /// What its values count, if that was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit_of_measure: String,
    /// How it was computed.
    pub methods: Methods,
    /// The metric of each variant, the control first.
    pub variants: Vec<Measured>,
    /// Of each other variant with the control.
    pub comparisons: Vec<Comparison>,
}

/// The methods, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Methods {
    /// Of the estimate and its fixed test.
    pub fixed: String,
    /// Of what holds at any time.
    pub always_valid: String,
    /// Of the posterior.
    pub posterior: String,
    /// For several comparisons.
    pub adjustment: String,
}

/// A metric of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// The variant's name.
    pub variant: String,
    /// Units of which it was measured.
    pub units: u64,
    /// The rate, mean or ratio.
    pub value: Option<f64>,
    /// Where it is, at the plan's level, for one look.
    pub interval: Option<Interval>,
}

/// An effect, as one look and as any number of looks see it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// For one look at a planned number of units.
    #[serde(flatten)]
    pub fixed: Estimate,
    /// For looking at any time: p = 1 and every effect where nothing is known then.
    pub always_valid: AlwaysValid,
}

/// A variant beside the control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The variant's name.
    pub variant: String,
    /// Variant less control, in the metric's own unit.
    pub difference: Option<Effect>,
    /// As a share of the control's value.
    pub relative: Option<Effect>,
    /// The p-value of the difference for one look, adjusted for all comparisons of the metric's role.
    pub p_value: Option<f64>,
    /// The same for looking at any time; `null` where no method holds then.
    pub always_valid_p_value: Option<f64>,
    /// What a Bayesian would say.
    pub posterior: Option<Posterior>,
    /// The probability to see the minimum effect with the units that there are, 0 to 1.
    pub power: Option<f64>,
    /// Units of both variants with which the minimum effect is seen with the plan's power, in a test that is read once.
    pub units_needed: Option<u64>,
    /// The same for looking at any time, by the look at these units alone: those before it add a little, so that it is on the safe side.
    #[serde(default)]
    pub units_needed_at_any_time: Option<u64>,
    /// What to make of it.
    pub verdict: Verdict,
    /// Why something is not there.
    pub reason: Option<String>,
}

/// The effects of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetricEffects {
    /// The metric's name.
    pub metric: String,
    /// Of each other variant with the control.
    pub comparisons: Vec<Effects>,
}

/// The effects of a variant, as far as they can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effects {
    /// The variant's name.
    pub variant: String,
    /// Variant less control, in the metric's own unit.
    pub difference: Option<Effect>,
    /// As a share of the control's value.
    pub relative: Option<Effect>,
}

/// What a Bayesian with a flat prior would say of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Posterior {
    /// The probability that the variant is better, 0 to 1.
    pub chance_to_win: f64,
    /// What is lost on average by shipping it although it may be worse, in the metric's own unit.
    pub expected_loss: f64,
    /// Where the difference is, with a probability of one less the plan's level.
    pub credible_interval: Interval,
}

/// What to make of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The variant is better.
    Better,
    /// The variant is worse.
    Worse,
    /// It differs by less than what matters.
    Equivalent,
    /// Of a guardrail: it is not worse by what would matter.
    NotWorse,
    /// Nothing is certain yet.
    Undecided,
    /// There is nothing to compare.
    NotMeasured,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conclusion {
    /// In a word.
    pub decision: Decision,
    /// Which variant it is about.
    pub variant: Option<String>,
    /// In plain words.
    pub text: String,
}

/// What to do, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// A variant is better, and harms no guardrail.
    Ship,
    /// No variant is better, and each is worse or does harm.
    KeepControl,
    /// The variants do not differ by what matters, or the planned end found no difference.
    NoDifference,
    /// A variant is better, and does harm: that is for people to decide.
    Conflict,
    /// It is too early.
    KeepRunning,
    /// The numbers cannot be trusted.
    Invalid,
    /// Something changed, and nobody has declared what is measured and which way is good.
    Undeclared,
    /// People are done with it, and its data alone prove nothing.
    Over,
}

impl Evaluation {
    /// Of this format.
    pub const VERSION: u32 = 1;
}

impl SampleRatio {
    /// The always-valid p-value at or below which the split is not the planned one: 0.01.
    pub const LEVEL: f64 = 0.01;

    /// The chi-squared test's p-value at or below which it is not, where the experiment is read once: 0.001. Up to
    /// [`SampleRatio::LEVEL`] there is a warning.
    pub const FIXED_LEVEL: f64 = 0.001;
}
