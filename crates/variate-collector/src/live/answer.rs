use serde::{Deserialize, Serialize};
use variate::{Metric, Plan};
use variate_stats::Interval;
use variate_stats::evaluation::Evaluation;

use super::{DataProblem, State};
use crate::{Day, ExperimentInfo};

/// What an experiment says at a moment. Numbers that are not there are `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LiveEvaluation {
    /// Of this format: 1. What is added later does not change it.
    pub version: u32,
    /// The moment, in milliseconds since the Unix epoch.
    pub at: u64,
    /// What is known of the experiment besides its tallies.
    pub experiment: ExperimentInfo,
    /// What a catalogue says of it; `null` where none declares it.
    pub declared: Option<About>,
    /// By which it is evaluated; the usual one where none is declared.
    pub plan: Plan,
    /// Whether the metrics are declared, and not one conversion for each action that was seen.
    pub has_declared_metrics: bool,
    /// Where it is in its life.
    #[serde(default)]
    pub state: State,
    /// The first day on which anything was counted.
    pub first_day: Option<Day>,
    /// The last day on which anything was counted.
    pub last_day: Option<Day>,
    /// The day at whose end it was read, once the planned end is there: what came later is not in `evaluation`.
    pub read_on: Option<Day>,
    /// How far it is.
    pub progress: Progress,
    /// What it says: the split, effects and their intervals, what to do.
    pub evaluation: Evaluation,
    /// What `evaluation` does not have of each of its metrics, in the same order.
    pub metrics: Vec<LiveMetric>,
    /// How many units came on each day on which any came or left; of the last [`LiveEvaluation::MOST_DAYS`] of them.
    pub exposures: Vec<DayOfUnits>,
    /// What is wrong, or unusual, with what was counted.
    pub data_problems: Vec<DataProblem>,
}

impl LiveEvaluation {
    /// Of this format.
    pub const VERSION: u32 = 1;

    /// The most days that are told: 1,000.
    pub const MOST_DAYS: usize = 1_000;

    /// The most points of a series: 200, and fewer where there are very many metrics and variants. Of more days, every second, third, ...
    /// is told, the last one always.
    pub const MOST_POINTS: usize = 200;

    /// The most actions that are conversions where no metrics are declared: 50, those that most units did.
    pub const MOST_CONVERSIONS: usize = 50;
}

/// What a catalogue says of an experiment for people. Times are in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct About {
    /// What is tried and why.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it is discussed: a link.
    pub issue: Option<String>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it begins.
    pub starts: Option<u64>,
    /// When it is over.
    pub ends: Option<u64>,
    /// When somebody should have decided.
    pub due: Option<u64>,
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// Days from the first to today, both counted; to the day that is read at the end, once the planned end is there, and to the last
    /// one with an exposure in an archive.
    pub days: u32,
    /// Units of all variants.
    pub units: u64,
    /// New ones a day, on the average of the last 14 whole days on which it ran; `null` before the first is over.
    pub units_a_day: Option<f64>,
    /// At how many units it is to be read, if the last day does not come first.
    pub planned_units: Option<u64>,
    /// The last day before it is to be read, if that is planned by date or nobody is assigned afterwards.
    pub planned_last_day: Option<Day>,
    /// How many more days it takes until it can be read, today counted: to the planned end; without one, until the primary metrics
    /// have the units that it takes to see their minimum effects at any time. 0 where they are there; `null` where it cannot be said,
    /// or people are done with it.
    pub days_left: Option<u64>,
}

/// One metric over time, and how much more it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LiveMetric {
    /// As it is declared.
    pub metric: Metric,
    /// What it counts, in words.
    pub counts: String,
    /// Of each other variant with the control.
    pub forecasts: Vec<Forecast>,
    /// Its value up to each day, of each variant, the control first.
    pub values: Vec<ValueSeries>,
    /// The effect up to each day, of each other variant.
    pub effects: Vec<EffectSeries>,
}

/// What a comparison can show, and how much more it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The variant that is compared with the control.
    pub variant: String,
    /// Units of both.
    pub units: u64,
    /// New ones of both a day.
    pub units_a_day: Option<f64>,
    /// The probability to see the minimum effect in a test that is read now, 0 to 1.
    pub power: Option<f64>,
    /// The least relative effect that such a test sees with the plan's power.
    pub detectable_effect: Option<f64>,
    /// Units of both with which the minimum effect is seen with the plan's power in a test that is read once, at a planned end.
    pub units_needed: Option<u64>,
    /// How many more days they take to come; 0 where they are there, `null` where the end is there or people are done with it.
    pub days_left: Option<u64>,
    /// Units of both with which the minimum effect is seen with the plan's power by who looks at any time: what decides without a
    /// planned end.
    #[serde(default)]
    pub units_needed_at_any_time: Option<u64>,
    /// How many more days those take to come.
    #[serde(default)]
    pub days_left_at_any_time: Option<u64>,
}

/// A metric of a variant, over days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ValueSeries {
    /// The variant.
    pub variant: String,
    /// Day by day.
    pub days: Vec<DayOfValue>,
}

/// A metric up to the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayOfValue {
    /// The day.
    pub day: Day,
    /// Units until then.
    pub units: u64,
    /// The rate, mean or ratio of all until then.
    pub value: Option<f64>,
}

/// The effect of a variant, over days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EffectSeries {
    /// The variant.
    pub variant: String,
    /// Day by day.
    pub days: Vec<DayOfEffect>,
}

/// An effect up to the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayOfEffect {
    /// The day.
    pub day: Day,
    /// Variant less control.
    pub difference: Option<SeenEffect>,
    /// As a share of the control's value.
    pub relative: Option<SeenEffect>,
}

/// An effect with its intervals; p-values are not adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeenEffect {
    /// The effect.
    pub effect: f64,
    /// Where it is, to one who looks only on this day.
    pub interval: Interval,
    /// Where it is, to one who looks on every day: the confidence sequence.
    pub sequence: Interval,
    /// The p-value that holds however often one looks.
    pub always_valid_p_value: f64,
}

/// Units of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayOfUnits {
    /// The day.
    pub day: Day,
    /// New units of each variant, in the order of `evaluation.variants`; negative where more became crossovers than came.
    pub units: Vec<i64>,
    /// Units that were seen in a second variant.
    pub crossovers: i64,
}
