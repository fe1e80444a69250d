use serde::{Deserialize, Serialize};

use crate::evaluation::Fault;

/// Why a number is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The denominator is zero in this variant.
    NoUnits,
    /// The denominator is zero in the control variant.
    ControlHasNoUnits,
    /// A variance needs two units.
    TooFewUnits,
    /// The control variant has fewer than two units.
    ControlHasTooFewUnits,
    /// No units can have these sums, squares and products: at least one of them is wrong.
    SumsContradict,
    /// The same in the control variant.
    ControlSumsContradict,
    /// There is a `count`, and no `sum_sqr_count`.
    SumSqrCountMissing,
    /// There is a `sum_value`, and no `sum_sqr_value`.
    SumSqrValueMissing,
    /// The sums of goals do not tell the variance of this expression.
    VarianceUnknown,
    /// There is no relative difference to nothing.
    ControlMeanIsZero,
    /// All units are equal in both variants.
    NoVariance,
    /// A number is too large.
    NotFinite,
    /// It is only told of treatments.
    IsControl,
    /// The metric has no minimum effect.
    NoMinimumEffect,
    /// The minimum effect is zero.
    MinimumEffectIsZero,
    /// The experiment has no rate of null hypotheses.
    NoNullHypothesisRate,
    /// There is nothing that could be a false positive.
    NotSignificant,
    /// The experiment has not begun on this day.
    NotBegun,
    /// It is not known for quantiles.
    Quantile,
    /// Resampling gave no spread.
    NoSpread,
    /// There is only one variant.
    OneVariant,
    /// No row is of one of the goals of the metric.
    UnknownGoal,
    /// A sum of goals is null or NaN.
    NotANumber,
    /// A count is below zero.
    NegativeCount,
    /// An expression divides by zero.
    DivisionByZero,
    /// The products of the metric have no sum of this variant.
    NoProduct,
    /// All units of this variant are equal, and the relative difference has no error.
    NoVarianceOfVariant,
    /// The rate of null hypotheses is not between 0 and 1.
    NoSuchRate,
    /// No variant can have the minimum effect.
    NoSuchEffect,
}

impl Reason {
    /// The code in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoUnits => "no_units",
            Self::ControlHasNoUnits => "control_has_no_units",
            Self::TooFewUnits => "too_few_units",
            Self::ControlHasTooFewUnits => "control_has_too_few_units",
            Self::SumsContradict => "sums_contradict",
            Self::ControlSumsContradict => "control_sums_contradict",
            Self::SumSqrCountMissing => "sum_sqr_count_missing",
            Self::SumSqrValueMissing => "sum_sqr_value_missing",
            Self::VarianceUnknown => "variance_unknown",
            Self::ControlMeanIsZero => "control_mean_is_zero",
            Self::NoVariance => "no_variance",
            Self::NotFinite => "not_finite",
            Self::IsControl => "is_control",
            Self::NoMinimumEffect => "no_minimum_effect",
            Self::MinimumEffectIsZero => "minimum_effect_is_zero",
            Self::NoNullHypothesisRate => "no_null_hypothesis_rate",
            Self::NotSignificant => "not_significant",
            Self::NotBegun => "not_begun",
            Self::Quantile => "quantile",
            Self::NoSpread => "no_spread",
            Self::OneVariant => "one_variant",
            Self::UnknownGoal => "unknown_goal",
            Self::NotANumber => "not_a_number",
            Self::NegativeCount => "negative_count",
            Self::DivisionByZero => "division_by_zero",
            Self::NoProduct => "no_product",
            Self::NoVarianceOfVariant => "no_variance_of_variant",
            Self::NoSuchRate => "no_such_rate",
            Self::NoSuchEffect => "no_such_effect",
        }
    }

    /// Whether goals that are zero, or not there, may be what it comes from.
    pub(crate) fn is_of_data(self) -> bool {
        matches!(
            self,
            Self::NoUnits
                | Self::ControlHasNoUnits
                | Self::ControlMeanIsZero
                | Self::NoVariance
                | Self::NoVarianceOfVariant
                | Self::VarianceUnknown
                | Self::NotFinite
                | Self::NotANumber
                | Self::DivisionByZero
        )
    }

    /// Whether it is the variant's own, of its mean or deviation.
    pub(crate) fn is_of_variant(self) -> bool {
        matches!(
            self,
            Self::NoUnits
                | Self::TooFewUnits
                | Self::SumsContradict
                | Self::SumSqrCountMissing
                | Self::SumSqrValueMissing
                | Self::VarianceUnknown
                | Self::NotFinite
                | Self::NotANumber
                | Self::NegativeCount
                | Self::DivisionByZero
                | Self::NoProduct
        )
    }

    /// What more units need not mend.
    pub(crate) fn fault(self) -> Option<Fault> {
        match self {
            Self::UnknownGoal | Self::NoUnits | Self::ControlHasNoUnits => Some(Fault::Unknown),
            Self::SumsContradict
            | Self::ControlSumsContradict
            | Self::SumSqrCountMissing
            | Self::SumSqrValueMissing
            | Self::VarianceUnknown
            | Self::NotFinite
            | Self::NotANumber
            | Self::NegativeCount
            | Self::DivisionByZero
            | Self::NoProduct => Some(Fault::Wrong),
            _ => None,
        }
    }

    /// The reason in words.
    ///
    /// ```
    /// use variate_stats::ep_stats::Reason;
    ///
    /// assert_eq!(Reason::NoVariance.why(), "all units are equal");
    /// ```
    pub fn why(self) -> &'static str {
        match self {
            Self::NoUnits => "the denominator is zero",
            Self::ControlHasNoUnits => "the denominator of control is zero",
            Self::TooFewUnits => "a variance needs two units",
            Self::ControlHasTooFewUnits => "a variance needs two units, and control has fewer",
            Self::SumsContradict => {
                "its sum, sum of squares and products contradict each other: one of them is wrong"
            }
            Self::ControlSumsContradict => {
                "the sum, sum of squares and products of control contradict each other: one of them is wrong"
            }
            Self::SumSqrCountMissing => {
                "one of its goals has a `count` and no `sum_sqr_count`, the sum of squares over units: send that too"
            }
            Self::SumSqrValueMissing => {
                "one of its goals has a `sum_value` and no `sum_sqr_value`, the sum of squares over units: send that too"
            }
            Self::VarianceUnknown => "sums do not tell the variance of such an expression",
            Self::ControlMeanIsZero => "there is no relative difference to a mean of zero",
            Self::NoVariance => "all units are equal",
            Self::NotFinite => "a number is too large",
            Self::IsControl => "it is control",
            Self::NoMinimumEffect => "the metric has no minimum_effect",
            Self::MinimumEffectIsZero => "the minimum_effect is zero",
            Self::NoNullHypothesisRate => "the request has no null_hypothesis_rate",
            Self::NotSignificant => "the difference is not significant",
            Self::NotBegun => "the experiment has not begun on this day",
            Self::Quantile => "it is not known for quantiles",
            Self::NoSpread => "resampling gave no spread",
            Self::OneVariant => "there is only one variant",
            Self::UnknownGoal => {
                "there is no row of one of its goals: nobody has reached it, or its name, unit type or aggregation is another"
            }
            Self::NotANumber => "a sum of one of its goals is not a number",
            Self::NegativeCount => "a count of one of its goals is below zero",
            Self::DivisionByZero => "an expression divides by zero",
            Self::NoProduct => "the products of the metric have no sum of this variant",
            Self::NoVarianceOfVariant => {
                "all units of this variant are equal, which leaves its relative difference without an error"
            }
            Self::NoSuchRate => "the null_hypothesis_rate is not between 0 and 1",
            Self::NoSuchEffect => {
                "no treatment can have the minimum_effect: with it a rate is not between 0 and 1, a mean loses more than all of it, or it is more than a million times what control has"
            }
        }
    }
}
