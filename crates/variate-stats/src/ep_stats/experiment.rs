use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::Mode;
use super::day::Day;
use super::expression::{Expression, Goal};
use super::parameter::Parameter;

/// What is to be evaluated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Experiment {
    /// Its name.
    pub id: String,
    /// The variant that the others are compared with.
    pub control_variant: String,
    /// The variants to look at; all that have goals, and the control, if there are none here.
    pub variants: Option<Vec<String>>,
    /// The type of the units that were assigned.
    pub unit_type: String,
    /// The first day.
    pub date_from: Option<Day>,
    /// The last day; with the first one it makes the evaluation sequential.
    pub date_to: Option<Day>,
    /// The day of this look; today if it is not given.
    pub date_for: Option<Day>,
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// What must hold for the data to be trusted.
    pub checks: Vec<Check>,
    /// Which goals count; whoever delivers the goals applies them.
    pub filters: Vec<Filter>,
    /// The share of experiments without an effect, for the false-positive risk.
    pub null_hypothesis_rate: Option<f64>,
    /// The significance that is asked for at the end, as a level: 0.95 if it is not given.
    pub confidence_level: Option<f64>,
    /// The share of units that each variant was to get, above 0; they need not add up to 1. Equal ones if there are none.
    pub shares: BTreeMap<String, f64>,
    /// Whether rows of goals are taken as Ep-Stats' own source takes them: one without a date is left out without a word where others have
    /// one and days are asked for, and a name keeps the blanks around it. Else both are refused.
    #[serde(skip)]
    pub is_lenient: bool,
    /// What only whoever delivers the goals understands.
    pub query_parameters: BTreeMap<String, Parameter>,
}

/// A ratio of two goal expressions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metric {
    /// Its number, once in an experiment.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What is added up.
    pub nominator: String,
    /// What it is divided by.
    pub denominator: String,
    /// The smallest relative effect worth finding.
    pub minimum_effect: Option<f64>,
    /// The percentage of the highest values that are set to the highest one left, by unit only.
    pub outlier_upper_percentile: Option<f64>,
    /// The same at the lower end.
    pub outlier_lower_percentile: Option<f64>,
    /// What of the values is compared.
    pub statistic: Statistic,
    /// The sums of products that the delta method needs when units have several of the denominator.
    pub products: Option<Products>,
}

/// What a ratio of two totals of units needs to have a right variance from sums alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Products {
    /// The expression that counts the units.
    pub units: String,
    /// For each variant the sum over units of nominator times denominator.
    pub sums: BTreeMap<String, f64>,
}

/// What of the values of units is compared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Statistic {
    /// Their mean.
    #[default]
    Mean,
    /// Their quantile, between 0 and 1; by unit only.
    Quantile(f64),
}

/// A check of the data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Check {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What is checked.
    pub kind: CheckKind,
    /// The sum in question, for checks of a ratio.
    pub nominator: Option<String>,
    /// The sum that it is held against; for [`CheckKind::Srm`] the counts of units.
    pub denominator: String,
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CheckKind {
    /// Whether all variants have the same number of units (sample ratio mismatch).
    #[default]
    #[serde(rename = "SRM")]
    Srm,
    /// Whether the nominator is a small part of both together, over all variants.
    SumRatio,
    /// Whether the nominator is a small part of the denominator in each variant. Ep-Stats 2.5 no longer has it, so only
    /// [`Mode::Corrected`](super::Mode::Corrected) does.
    MaxRatio,
}

/// Which goals count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filter {
    /// What it applies to.
    pub scope: FilterScope,
    /// The dimension that is looked at.
    #[serde(default)]
    pub dimension: Option<String>,
    /// The values that pass.
    #[serde(default)]
    pub value: Vec<String>,
    /// The goal that triggers.
    #[serde(default)]
    pub goal: Option<String>,
}

/// What a filter applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterScope {
    /// Exposures.
    Exposure,
    /// All goals but exposures.
    Goal,
    /// One goal, besides exposures; by unit, the units that reached it.
    Trigger,
}

impl Experiment {
    /// An experiment without metrics and checks.
    pub fn new(
        id: impl Into<String>,
        control_variant: impl Into<String>,
        unit_type: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            control_variant: control_variant.into(),
            unit_type: unit_type.into(),
            ..Self::default()
        }
    }

    /// With one metric more.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// With one check more.
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// With the share of units that a variant was to get; each needs one then.
    pub fn share(mut self, variant: impl Into<String>, share: f64) -> Self {
        self.shares.insert(variant.into(), share);
        self
    }

    /// With a parameter for whoever delivers the goals.
    pub fn query_parameter(mut self, name: impl Into<String>, value: impl Into<Parameter>) -> Self {
        self.query_parameters.insert(name.into(), value.into());
        self
    }

    /// The goals that metrics and checks name, each once, with that of being exposed: what a
    /// [`GoalSource`](super::GoalSource) is to deliver. What cannot be read names none.
    ///
    /// ```
    /// use variate_stats::ep_stats::{Experiment, Metric};
    ///
    /// let ratio = Metric::new(1, "Ratio", "value(user.unit.purchase)", "count(user.global.view)");
    /// let experiment = Experiment::new("checkout", "a", "user").metric(ratio);
    /// let names: Vec<_> = experiment.goals().into_iter().map(|goal| goal.name).collect();
    /// assert_eq!(names, ["exposure", "purchase", "view"]);
    /// ```
    pub fn goals(&self) -> Vec<Goal> {
        let products = |metric: &Metric| metric.products.as_ref().map(|of| of.units.clone());
        let of_metrics = self.metrics.iter().flat_map(|metric| {
            [
                Some(metric.nominator.clone()),
                Some(metric.denominator.clone()),
                products(metric),
            ]
        });
        let of_checks = self
            .checks
            .iter()
            .flat_map(|check| [check.nominator.clone(), Some(check.denominator.clone())]);
        let mut seen = HashSet::new();
        let mut goals = vec![Goal::exposure(&self.unit_type)];
        seen.extend(goals.iter().map(Goal::to_string));
        for text in of_metrics.chain(of_checks).flatten() {
            let read = Expression::parse(&text, Mode::Corrected);
            let read = read.or_else(|_| Expression::parse(&text, Mode::Compat));
            let named = read.iter().flat_map(Expression::goals);
            goals.extend(named.filter(|goal| seen.insert(goal.to_string())).cloned());
        }
        goals
    }

    /// The dates that both must be there for a sequential evaluation.
    pub(crate) fn period(&self) -> Option<(Day, Day)> {
        self.date_from.zip(self.date_to)
    }
}

impl Metric {
    /// The mean of `nominator` over `denominator`.
    pub fn new(
        id: i64,
        name: impl Into<String>,
        nominator: impl Into<String>,
        denominator: impl Into<String>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            nominator: nominator.into(),
            denominator: denominator.into(),
            ..Self::default()
        }
    }

    /// Ep-Stats' simple metric: the values of two global goals.
    pub fn simple(
        id: i64,
        name: impl Into<String>,
        unit_type: &str,
        nominator: &str,
        denominator: &str,
    ) -> Self {
        let sum = |goal: &str| format!("value({unit_type}.global.{goal})");
        Self::new(id, name, sum(nominator), sum(denominator))
    }

    /// With the smallest relative effect worth finding.
    pub fn minimum_effect(mut self, effect: f64) -> Self {
        self.minimum_effect = Some(effect);
        self
    }

    /// With a quantile instead of the mean.
    pub fn quantile(mut self, probability: f64) -> Self {
        self.statistic = Statistic::Quantile(probability);
        self
    }

    /// With the sums of products that the delta method needs.
    pub fn products(mut self, units: impl Into<String>, sums: BTreeMap<String, f64>) -> Self {
        self.products = Some(Products {
            units: units.into(),
            sums,
        });
        self
    }
}

impl Check {
    /// Whether all variants have the same number of units.
    pub fn srm(id: i64, name: impl Into<String>, denominator: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            denominator: denominator.into(),
            ..Self::default()
        }
    }

    /// Whether the nominator is a small part of both.
    pub fn sum_ratio(
        id: i64,
        name: impl Into<String>,
        nominator: impl Into<String>,
        denominator: impl Into<String>,
    ) -> Self {
        Self {
            kind: CheckKind::SumRatio,
            nominator: Some(nominator.into()),
            ..Self::srm(id, name, denominator)
        }
    }
}
