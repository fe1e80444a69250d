use std::fmt;

use serde::{Deserialize, Serialize};

/// What an experiment measures of each unit, and what for. Catalogues declare it; whoever evaluates reads it.
///
/// ```
/// use variate::{Metric, MetricKind, MetricRole, Quantity};
///
/// let purchases = Metric::new("purchases", MetricKind::conversion("bought")).minimum_effect(0.02);
/// let refunds = Metric::new("refunds", MetricKind::count("refunded"))
///     .role(MetricRole::Guardrail)
///     .less_is_better();
/// let order = MetricKind::ratio(Quantity::values("bought"), Quantity::events("bought"));
/// assert_eq!(order.to_string(), "values of `bought` by events of `bought`");
/// # let _ = (purchases, refunds);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, one of the experiment's.
    pub name: String,
    /// What it counts.
    #[serde(flatten)]
    pub kind: MetricKind,
    /// What it decides.
    #[serde(default)]
    pub role: MetricRole,
    /// Which values are wanted.
    #[serde(default)]
    pub better: Better,
    /// The least relative effect that matters: 0.02 is 2 %. For a guardrail, the loss that would still be borne.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_effect: Option<f64>,
}

/// What a metric counts, of all units that were exposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricKind {
    /// The share of units that did it at least once.
    Conversion {
        /// What they did.
        action: String,
    },
    /// How often a unit did it.
    Count {
        /// What it did.
        action: String,
    },
    /// What the values of it add up to for a unit.
    Value {
        /// What it did.
        action: String,
    },
    /// One total by another: clicks by views, revenue by order.
    Ratio {
        /// What is divided.
        numerator: Quantity,
        /// By what.
        denominator: Quantity,
    },
}

/// What is added up of an action.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// How often it was done.
    Events(String),
    /// The values that came with it.
    Values(String),
}

/// What a metric decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricRole {
    /// Whether a variant is shipped.
    #[default]
    Primary,
    /// Nothing, but it helps to understand.
    Secondary,
    /// Whether a variant does harm.
    Guardrail,
}

/// Which values of a metric are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Great ones: revenue, retention.
    #[default]
    Greater,
    /// Small ones: latency, refunds.
    Less,
}

impl Metric {
    /// A primary one whose great values are wanted.
    pub fn new(name: impl Into<String>, kind: MetricKind) -> Self {
        Self {
            name: name.into(),
            kind,
            role: MetricRole::default(),
            better: Better::default(),
            minimum_effect: None,
        }
    }

    /// With another role.
    #[must_use]
    pub const fn role(mut self, role: MetricRole) -> Self {
        self.role = role;
        self
    }

    /// Small values are wanted: latency, refunds.
    #[must_use]
    pub const fn less_is_better(mut self) -> Self {
        self.better = Better::Less;
        self
    }

    /// The least relative effect that matters.
    #[must_use]
    pub const fn minimum_effect(mut self, relative: f64) -> Self {
        self.minimum_effect = Some(relative);
        self
    }
}

impl MetricKind {
    /// The share of units that did it at least once.
    pub fn conversion(action: impl Into<String>) -> Self {
        let action = action.into();
        Self::Conversion { action }
    }

    /// How often a unit did it.
    pub fn count(action: impl Into<String>) -> Self {
        let action = action.into();
        Self::Count { action }
    }

    /// What the values of it add up to for a unit.
    pub fn value(action: impl Into<String>) -> Self {
        let action = action.into();
        Self::Value { action }
    }

    /// One total by another.
    pub const fn ratio(numerator: Quantity, denominator: Quantity) -> Self {
        Self::Ratio {
            numerator,
            denominator,
        }
    }

    /// The actions that it counts: one, or the two of a ratio.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Conversion { action } | Self::Count { action } | Self::Value { action } => {
                (action.as_str(), None)
            }
            Self::Ratio {
                numerator,
                denominator,
            } => (numerator.action(), Some(denominator.action())),
        };
        std::iter::once(first).chain(second.filter(|second| *second != first))
    }
}

impl Quantity {
    /// How often an action was done.
    pub fn events(action: impl Into<String>) -> Self {
        Self::Events(action.into())
    }

    /// The values that came with an action.
    pub fn values(action: impl Into<String>) -> Self {
        Self::Values(action.into())
    }

    /// The action.
    pub fn action(&self) -> &str {
        match self {
            Self::Events(action) | Self::Values(action) => action,
        }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversion { action } => write!(out, "units that did `{action}`"),
            Self::Count { action } => write!(out, "events of `{action}` by unit"),
            Self::Value { action } => write!(out, "values of `{action}` by unit"),
            Self::Ratio {
                numerator,
                denominator,
            } => write!(out, "{numerator} by {denominator}"),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(action) => write!(out, "events of `{action}`"),
            Self::Values(action) => write!(out, "values of `{action}`"),
        }
    }
}
