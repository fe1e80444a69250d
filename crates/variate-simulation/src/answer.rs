use serde::{Deserialize, Serialize};
use variate::MetricRole;
use variate_stats::Side;
use variate_stats::distribution::Binomial;
use variate_stats::proportion::{IntervalMethod, Proportion};

use crate::{Assumption, Baseline, Problem};

/// What a simulation says. Numbers that are not there are `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Of this format: 1. What is added later does not change it.
    pub version: u32,
    /// With the same seed, catalogues and settings, everything comes out the same.
    pub seed: u64,
    /// How many units met every experiment, to see how they are split.
    pub units: u64,
    /// One by one, in the order of the catalogues.
    pub experiments: Vec<ExperimentReport>,
    /// Whether experiments are dealt independently of each other.
    pub pairs: Pairs,
    /// What nobody said, and is taken to be so.
    pub assumptions: Vec<Assumption>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Of this format.
    pub const VERSION: u32 = 1;
}

/// What a simulation says of one experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperimentReport {
    /// Its name.
    pub name: String,
    /// Who gets what.
    pub split: Split,
    /// What its evaluation comes to; `null` where there is nothing to evaluate.
    pub runs: Option<Runs>,
    /// Why there is nothing to evaluate.
    pub reason: Option<String>,
}

/// Who takes part in an experiment, and with which variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Split {
    /// Units that met it.
    pub units: u64,
    /// Those of them that take part.
    pub taking_part: u64,
    /// Those that do not, by reason, most of them first.
    pub left_out: Vec<LeftOut>,
    /// Each variant, the control first.
    pub variants: Vec<VariantUnits>,
    /// Of Pearson's chi-squared test of the planned shares; `null` where none are planned.
    pub p_value: Option<f64>,
    /// The same, adjusted for all experiments (Holm).
    pub adjusted_p_value: Option<f64>,
    /// Whether the split is not the planned one.
    pub is_mismatch: bool,
}

impl Split {
    /// The share of units that take part, 0 to 1.
    pub fn share(&self) -> f64 {
        number(self.taking_part) / number(self.units.max(1))
    }
}

/// Units that do not take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The code of the [`Reason`](variate::Reason).
    pub reason: String,
    /// How many.
    pub units: u64,
}

/// Units of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VariantUnits {
    /// Its name.
    pub name: String,
    /// How many.
    pub units: u64,
    /// Of those that take part, 0 to 1.
    pub share: Option<f64>,
    /// As it is planned; `null` where nothing is.
    pub planned_share: Option<f64>,
}

/// Experiments beside each other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pairs {
    /// How many units both met.
    pub units: u64,
    /// How many pairs there are.
    pub all: u64,
    /// Pairs of which enough units are in both.
    pub tested: u64,
    /// Pairs that never have the same unit.
    pub exclusive: u64,
    /// Each pair; of more than [`Pairs::MOST`] only those that are dependent.
    pub pairs: Vec<Pair>,
}

impl Pairs {
    /// The most pairs of which each is told: 1,000.
    pub const MOST: u64 = 1_000;
}

/// Two experiments beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pair {
    /// One of them.
    pub first: String,
    /// The other one.
    pub second: String,
    /// Units that take part in both.
    pub both: u64,
    /// How they are to each other.
    pub relation: Relation,
    /// Of Pearson's chi-squared test of independence, of the units in both.
    pub p_value: Option<f64>,
    /// The same, adjusted for all pairs that are tested (Holm).
    pub adjusted_p_value: Option<f64>,
    /// Cramér's V: 0 where the variants of one say nothing about those of the other, 1 where they say all.
    pub cramers_v: Option<f64>,
}

/// How two experiments are to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Relation {
    /// No unit is in both, as their layer wants it.
    Exclusive {
        /// The layer, where they share one.
        layer: Option<String>,
    },
    /// Too few units are in both to say anything.
    TooFew,
    /// As far as one can tell.
    Independent,
    /// The variant of one says something about that of the other.
    Dependent,
}

/// When an experiment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// At so many units.
    Units {
        /// Of all variants.
        units: u64,
    },
    /// After so many days.
    Days {
        /// How many.
        days: u32,
    },
    /// At any time.
    Never,
}

/// What an experiment's evaluation comes to, run after run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Runs {
    /// How many.
    pub runs: u64,
    /// How many units come a day, whether or not they take part.
    pub daily: u64,
    /// When it is read.
    pub end: End,
    /// The days of a run, on average; each of them has a look.
    pub days: f64,
    /// Units that took part in a run, on average.
    pub units: f64,
    /// The level that is planned.
    pub alpha: f64,
    /// The power that is planned.
    pub power: f64,
    /// If no variant differed.
    pub alike: AsIfAlike,
    /// If one variant, each in its turn, had the effects.
    pub better: AsIfBetter,
    /// The same up to each day.
    pub by_day: Vec<Daily>,
}

/// A share of runs, and where it is with a probability of 95 % (Wilson's interval).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// Runs in which it was so.
    pub hits: u64,
    /// Of so many.
    pub runs: u64,
    /// The share, 0 to 1.
    pub share: f64,
    /// From here.
    pub lower: f64,
    /// To here.
    pub upper: f64,
}

impl Share {
    pub(crate) fn of(hits: u64, runs: u64) -> Self {
        let rate = Proportion::new(hits, runs.max(1)).ok();
        let interval =
            rate.and_then(|of| of.interval(IntervalMethod::Wilson, 0.05, Side::Both).ok());
        Self {
            hits,
            runs,
            share: rate.map_or(0.0, |of| of.rate()),
            lower: interval.map_or(0.0, |of| of.lower.max(0.0)),
            upper: interval.map_or(1.0, |of| of.upper.min(1.0)),
        }
    }

    /// Whether it is above `limit` by more than chance does with the probability `error`.
    pub(crate) fn is_above(&self, limit: f64, error: f64) -> bool {
        let law = Binomial::new(self.runs, limit);
        law.is_ok_and(|law| self.hits > 0 && law.survival(number(self.hits) - 1.0) < error)
    }

    /// The same below.
    pub(crate) fn is_below(&self, limit: f64, error: f64) -> bool {
        let law = Binomial::new(self.runs, limit);
        law.is_ok_and(|law| law.cdf(number(self.hits)) < error)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn number(of: u64) -> f64 {
    of as f64
}

/// How often something is said of variants that do not differ: shares of the runs, with a look each day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AsIfAlike {
    /// A variant was called better or worse in a primary metric, on any day. The plan allows its level.
    pub wrong: Share,
    /// The p-value that holds at any time alone: was it ever significant?
    pub always_valid: Share,
    /// The fixed test alone, at the end: as one should.
    pub fixed_once: Share,
    /// The fixed test alone, on any day: as many do.
    pub fixed_daily: Share,
    /// A variant was called better or worse in a guardrail; `null` without guardrails.
    pub guardrails: Option<Share>,
    /// The split was called wrong.
    pub invalid: Share,
}

/// How often, and when, the variant that has the effects is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AsIfBetter {
    /// Of each metric and variant.
    pub comparisons: Vec<Comparison>,
    /// What was decided in the end.
    pub decided: Decided,
}

/// What was decided by who stops at the first decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decided {
    /// To ship the variant that has the effects.
    pub shipped: Share,
    /// Something that is wrong: to ship another one, or to keep the control.
    pub wrong: Share,
    /// Nothing, or that no difference was found.
    pub open: Share,
    /// The day on which half of the runs had shipped it; `null` where fewer did.
    pub median_day: Option<u32>,
    /// How many days it took on average, with those that ended without a decision.
    pub mean_days: f64,
}

/// A metric of a variant that has the effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The metric's name.
    pub metric: String,
    /// What it decides.
    pub role: MetricRole,
    /// The variant.
    pub variant: String,
    /// What the metric is like without a treatment.
    pub baseline: Baseline,
    /// The relative effect; 0 for a guardrail, which is not harmed.
    pub effect: f64,
    /// It was found at the end: better, or of a guardrail not worse.
    pub at_end: Share,
    /// It was found on any day.
    pub ever: Share,
    /// The day on which half of the runs had found it; `null` where fewer did.
    pub median_day: Option<u32>,
    /// What theory says; `null` for guardrails.
    pub theory: Option<Theory>,
}

/// The test that decides, by the formulas of power: the one that is read once at the planned end, or without an end the one that holds
/// at any time. Of that, by the look at the end alone: those before it add a little, so that units and days are on the safe side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Theory {
    /// The probability to see the effect at the end, 0 to 1.
    pub power: f64,
    /// Units of all variants with which it is seen with the planned power.
    pub units_needed: u64,
    /// How many days they take to come.
    pub days_needed: Option<u64>,
    /// Units of all variants that it takes where it is read once, at a planned end.
    pub units_needed_once: u64,
    /// How many days those take to come.
    pub days_needed_once: Option<u64>,
}

/// Shares of the runs up to a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Daily {
    /// The day, from 1.
    pub day: u32,
    /// Without a difference: a variant was called better or worse.
    pub wrong: f64,
    /// Without a difference: the fixed test, looked at daily, was significant.
    pub fixed_daily: f64,
    /// With the effects: the variant was found in a primary metric.
    pub found: f64,
}
