use super::{KeyUse, Selector};
use crate::component::{Asked, BuildError, Selection};

/// Every call goes to one and the same arm.
#[derive(Debug, Clone, Default)]
pub struct Fixed {
    name: Option<String>,
    arm: usize,
}

impl Fixed {
    /// The arm of a name.
    pub fn to(arm: impl Into<String>) -> Self {
        Self {
            name: Some(arm.into()),
            arm: 0,
        }
    }

    /// The control, whatever it is called.
    pub const fn control() -> Self {
        Self { name: None, arm: 0 }
    }
}

impl Selector for Fixed {
    fn prepare(&mut self, _: &str, arms: &[&str]) -> Result<(), BuildError> {
        if let Some(name) = &self.name {
            let place = arms.iter().position(|arm| arm == name);
            self.arm = place.ok_or_else(|| BuildError::UnknownArm(name.clone()))?;
        }
        Ok(())
    }

    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Unused
    }

    fn goes_by_weights(&self) -> bool {
        false
    }

    #[inline]
    fn select(&self, _: &Asked<'_>) -> Option<Selection> {
        Some(Selection::of(self.arm, "fixed"))
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        true
    }
}
