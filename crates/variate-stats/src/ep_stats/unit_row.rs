use serde::{Deserialize, Serialize};

use super::day::Day;

/// The name of a unit. Numbers sort before texts, as numbers do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UnitId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<&str> for UnitId {
    /// A whole number is one.
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }
}

/// What one unit did towards one goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitRow {
    /// The experiment; a row without one belongs to every experiment.
    #[serde(default)]
    pub exp_id: Option<String>,
    /// The day, if rows are kept by day.
    #[serde(default)]
    pub date: Option<Day>,
    /// The variant.
    pub exp_variant_id: String,
    /// The type of unit.
    pub unit_type: String,
    /// The unit.
    pub unit_id: UnitId,
    /// The goal.
    pub goal: String,
    /// Dimensions by name; one that is not here is empty.
    #[serde(default)]
    pub dimensions: Vec<(String, String)>,
    /// How often the unit reached it.
    #[serde(default)]
    pub count: f64,
    /// The sum of the unit's values.
    #[serde(default)]
    pub sum_value: f64,
}

impl UnitRow {
    /// A row of a unit that reached the goal once, with a value.
    pub fn new(
        variant: impl Into<String>,
        unit_type: impl Into<String>,
        unit_id: UnitId,
        goal: impl Into<String>,
        value: f64,
    ) -> Self {
        Self {
            exp_id: None,
            date: None,
            exp_variant_id: variant.into(),
            unit_type: unit_type.into(),
            unit_id,
            goal: goal.into(),
            dimensions: Vec::new(),
            count: 1.0,
            sum_value: value,
        }
    }
}
