use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ep_stats::row::EXPOSURE;

/// Which sum of a goal is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// The sum of values.
    Value,
    /// How often it was reached.
    Count,
    /// How many units reached it.
    Unique,
}

/// What the squares were summed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregation {
    /// Totals of units.
    Unit,
    /// All at once.
    Global,
}

impl Function {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "value" => Self::Value,
            "count" => Self::Count,
            "unique" => Self::Unique,
            _ => return None,
        })
    }
}

impl Aggregation {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "unit" => Self::Unit,
            "global" => Self::Global,
            _ => return None,
        })
    }

    /// `unit` or `global`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Global => "global",
        }
    }
}

/// A goal of an expression: `function(unit_type.aggregation.name(dimension=value, ..))`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Goal {
    /// Which of its sums.
    pub function: Function,
    /// The type of unit.
    pub unit_type: String,
    /// Over units or over all.
    pub aggregation: Aggregation,
    /// Its name.
    pub name: String,
    /// Dimensions with the text that the row must hold there: `=x` asks for `x`, any other operator stays before the value
    /// (`>5`), because whoever delivers the rows evaluates it.
    pub dimensions: Vec<(String, String)>,
}

impl Goal {
    /// That of units being exposed.
    pub(crate) fn exposure(unit_type: &str) -> Self {
        Self {
            function: Function::Count,
            unit_type: unit_type.to_owned(),
            aggregation: Aggregation::Global,
            name: EXPOSURE.to_owned(),
            dimensions: Vec::new(),
        }
    }

    /// The text that the dimension must hold; a dimension that the goal does not name must be empty.
    pub fn dimension(&self, name: &str) -> &str {
        self.dimensions
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
            .unwrap_or("")
    }
}

impl fmt::Display for Goal {
    /// The goal without its function, as the original prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            self.unit_type,
            self.aggregation.name(),
            self.name
        )?;
        for (at, (name, value)) in self.dimensions.iter().enumerate() {
            f.write_str(if at == 0 { "[" } else { ", " })?;
            let operator = if value.starts_with(['<', '>', '!', '^']) {
                ""
            } else {
                "="
            };
            write!(f, "{name}{operator}{value}")?;
        }
        if !self.dimensions.is_empty() {
            f.write_str("]")?;
        }
        Ok(())
    }
}
