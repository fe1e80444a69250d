use variate::ConfigError;
use variate_stats::ArgumentError;
use variate_stats::evaluation::EvaluationError;

/// Why nothing is simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The catalogues declare nothing.
    #[error("the catalogues declare no experiment")]
    NoExperiments,
    /// There is no such experiment.
    #[error("no catalogue declares the experiment `{name}`; there are {known}")]
    UnknownExperiment {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// No experiment has such a metric.
    #[error(
        "{what} is given for `{name}`, but no simulated experiment has a metric of that name; there are {known}"
    )]
    UnknownMetric {
        /// What is given: `a baseline` or `an effect`.
        what: &'static str,
        /// The name, as it was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A number of units, runs or days that makes no sense.
    #[error("{name} is {value}: give {expected}")]
    Number {
        /// What it is a number of.
        name: &'static str,
        /// What was given.
        value: u64,
        /// What would do.
        expected: &'static str,
    },
    /// An effect that makes no sense.
    #[error(
        "an effect of {0} makes no sense: give a share of the metric's value above 0, as 0.05 for 5 %"
    )]
    Effect(f64),
    /// A baseline does not fit its metric.
    #[error("`{metric}` of `{experiment}` cannot have the baseline {baseline}: {why}")]
    Baseline {
        /// The experiment's name.
        experiment: String,
        /// The metric's name.
        metric: String,
        /// What was given.
        baseline: crate::Baseline,
        /// What is wrong with it.
        why: String,
    },
    /// The planned units take too long.
    #[error(
        "the {units} planned units of `{experiment}` take more than {most} days with {daily} units a day: give more units a day, or fewer days"
    )]
    TooLong {
        /// The experiment's name.
        experiment: String,
        /// How many units are planned.
        units: u64,
        /// How many come.
        daily: u64,
        /// The most days that are simulated.
        most: u32,
    },
    /// The catalogues make no configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A plan contradicts itself.
    #[error(transparent)]
    Plan(#[from] EvaluationError),
    /// A baseline and an effect that no test is for.
    #[error("`{metric}` of `{experiment}`: {source}")]
    Power {
        /// The experiment's name.
        experiment: String,
        /// The metric's name.
        metric: String,
        /// What is wrong.
        source: ArgumentError,
    },
}
