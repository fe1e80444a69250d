//! Which direction counts.

use serde::{Deserialize, Serialize};

use crate::ArgumentError;
use crate::argument::fraction;

/// Which effects count against the hypothesis of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// An effect in either direction.
    #[default]
    Both,
    /// Only a treatment that is greater than the control.
    Greater,
    /// Only a treatment that is less than the control.
    Less,
}

impl Side {
    /// The level of the two-sided interval whose end bounds an effect on this side at level `alpha`.
    pub(crate) fn two_sided_alpha(self, alpha: f64) -> Result<f64, ArgumentError> {
        let alpha = fraction("alpha", alpha)?;
        match self {
            Self::Both => Ok(alpha),
            Self::Greater | Self::Less if alpha < 0.5 => Ok(2.0 * alpha),
            Self::Greater | Self::Less => Err(ArgumentError::Range {
                name: "alpha",
                value: alpha,
                expected: "a number below 0.5 for one side",
            }),
        }
    }
}
