use serde::{Deserialize, Serialize};

/// Something that Ep-Stats answers otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// In which metric, if not in all.
    pub metric_id: Option<i64>,
}

/// Differences on their way, each once. Those of one metric come together.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(crate) list: Vec<Difference>,
    /// A bit for each kind that is there for all metrics.
    of_all: u32,
    /// The same for the metric that came last.
    of_metric: u32,
    metric_id: Option<i64>,
}

impl Differences {
    pub(crate) fn note(&mut self, kind: Kind, metric_id: Option<i64>) {
        if metric_id.is_some() && metric_id != self.metric_id {
            (self.metric_id, self.of_metric) = (metric_id, 0);
        }
        let noted = match metric_id {
            Some(_) => &mut self.of_metric,
            None => &mut self.of_all,
        };
        let bit = 1 << kind as u32;
        if *noted & bit == 0 {
            *noted |= bit;
            self.list.push(Difference { kind, metric_id });
        }
    }

    /// Those of the metrics that follow.
    pub(crate) fn extend(&mut self, others: Self) {
        for other in others.list {
            self.note(other.kind, other.metric_id);
        }
    }
}

/// What differs from Ep-Stats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Holm's correction of all treatments.
    HolmByPosition,
    /// The boundary of a sequential test.
    SequentialLevel,
    /// Degrees of freedom.
    DegreesOfFreedom,
    /// The sign of standard error and interval.
    NegativeControl,
    /// Tails of distributions.
    Tail,
    /// The sample size of a sum of values.
    SampleSize,
    /// Operators by their usual precedence would give another value. Here they do not; the text should have parentheses.
    Precedence,
    /// Decimal numbers.
    Decimal,
    /// The variance of a ratio.
    DeltaMethod,
    /// The variance of products, quotients and constants.
    Variance,
    /// What is not a number is missing, with its reason.
    Missing,
    /// The statistic of few goals.
    FewGoals,
    /// Functions and operators by unit.
    ByUnit,
    /// The check of a ratio in each variant.
    MaxRatio,
    /// The test of the difference.
    Difference,
    /// Goals of one unit that depend on each other.
    Covariance,
}

impl Kind {
    /// The code in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::HolmByPosition => "holm_by_position",
            Self::SequentialLevel => "sequential_level",
            Self::DegreesOfFreedom => "degrees_of_freedom",
            Self::NegativeControl => "negative_control",
            Self::Tail => "tail",
            Self::SampleSize => "sample_size",
            Self::Precedence => "precedence",
            Self::Decimal => "decimal",
            Self::DeltaMethod => "delta_method",
            Self::Variance => "variance",
            Self::Missing => "missing",
            Self::FewGoals => "few_goals",
            Self::ByUnit => "by_unit",
            Self::MaxRatio => "max_ratio",
            Self::Difference => "difference",
            Self::Covariance => "covariance",
        }
    }

    /// What differs and why, in a sentence.
    pub fn why(self) -> &'static str {
        match self {
            Self::HolmByPosition => {
                "Ep-Stats corrects all variants but the first one by name; control is not the first one here, so it leaves a treatment uncorrected. Here every treatment is corrected and control is not."
            }
            Self::SequentialLevel => {
                "Ep-Stats tests every look at the error rate spent so far, which gives 6.5 % to 9.4 % false positives under daily looks. Here the level is that of the Lan-DeMets boundary for a look on every day, which keeps 5 %."
            }
            Self::DegreesOfFreedom => {
                "Ep-Stats cuts Welch's degrees of freedom to a whole number; here they are not cut."
            }
            Self::NegativeControl => {
                "Ep-Stats divides the standard error by the mean of control with its sign, so that error and interval are negative here; they are lengths."
            }
            Self::Tail => {
                "Ep-Stats takes a p-value from 1 - cdf, which loses its digits near 0; here it comes from the tail."
            }
            Self::SampleSize => {
                "Ep-Stats gives no sample size and no power if the text of the denominator begins with value(; here they are given."
            }
            Self::Precedence => {
                "The precedence of operators is * before / before - before + before ~, so that the value is not the one that the usual precedence gives. Write parentheses."
            }
            Self::Decimal => {
                "Ep-Stats reads whole numbers only and drops what follows, so that x * 0.5 is x * 0; here the decimal number counts."
            }
            Self::DeltaMethod => {
                "Ep-Stats takes the denominator for the number of units; here the variance of the ratio is that of the delta method over units."
            }
            Self::Variance => {
                "Ep-Stats applies every operator to the sums of squares, which has no meaning for products and quotients of goals and for added numbers; here there is no variance instead of a wrong one."
            }
            Self::Missing => {
                "Ep-Stats writes NaN or Infinity; here the number is missing and the reason stands beside it."
            }
            Self::FewGoals => {
                "Ep-Stats sets an infinite test statistic to 0 if the nominator is 10 or less; here it is missing, because nothing varies."
            }
            Self::ByUnit => {
                "By unit, Ep-Stats takes the sum of values whatever the function is, and only single goals; here functions and operators count, and a denominator that varies between units is handled by the delta method."
            }
            Self::MaxRatio => "Ep-Stats 2.5 has no check MaxRatio.",
            Self::Difference => {
                "Ep-Stats tests the relative difference, which finds too much where control has few events. Here p-values are of the difference itself, rates have a test of their own (with few events Fisher's), and the interval leaves out 0 just where that finds something."
            }
            Self::Covariance => {
                "Ep-Stats takes goals of one unit for independent of each other. Sums do not tell how they depend, so here the error is the largest that they allow. Send `products` for a ratio, or goals by unit."
            }
        }
    }
}
