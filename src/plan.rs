use serde::{Deserialize, Serialize};

/// How an experiment is going to be read, decided before it runs. Catalogues declare it; whoever evaluates reads it.
///
/// ```
/// use variate::Plan;
///
/// let mut plan = Plan::default(); // level 0.05, power 0.8, Holm's adjustment, to be read at any time
/// plan.days = Some(28);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Plan {
    /// The significance level, 0 to 1: 0.05.
    pub alpha: f64,
    /// The probability to see the minimum effect where there is one, 0 to 1: 0.8.
    pub power: f64,
    /// How p-values of several comparisons are adjusted, one of [`Plan::ADJUSTMENTS`]: `holm`.
    pub adjustment: String,
    /// At how many units of all variants it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// After how many days it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl Plan {
    /// The adjustments of p-values that there are.
    pub const ADJUSTMENTS: [&'static str; 8] = [
        "bonferroni",
        "sidak",
        "holm",
        "holm_sidak",
        "hochberg",
        "hommel",
        "benjamini_hochberg",
        "benjamini_yekutieli",
    ];
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
            adjustment: "holm".to_owned(),
            units: None,
            days: None,
        }
    }
}
