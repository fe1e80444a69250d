//! Which direction counts.

use serde::{Deserialize, Serialize};

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
