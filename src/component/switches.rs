use std::sync::Arc;
use std::time::Duration;

use super::BuildError;
use super::shared::Shared;

/// What can be switched while a component is in use: a handle that may be kept anywhere.
#[derive(Debug, Clone)]
pub struct Switches {
    pub(super) shared: Arc<Shared>,
}

impl Switches {
    /// Whether the experiment runs; yes unless set. Off, every call goes to the control, and no selector is asked.
    pub fn set_enabled(&self, on: bool) {
        self.shared.switch(on);
    }

    /// Whether calls go to an arm; yes unless set. Off, those that would go to the control.
    ///
    /// # Errors
    ///
    /// When there is no such arm, and when the control is to be off: calls of all other arms fall back to it.
    pub fn set_arm_enabled(&self, arm: &str, on: bool) -> Result<(), BuildError> {
        let place = self.position(arm)?;
        if place == 0 && !on {
            return Err(BuildError::ControlIsNeverOff(arm.to_owned()));
        }
        self.shared.switch_arm(place, on);
        Ok(())
    }

    /// Every call goes to this arm, whatever the selector, the arm's switch or a breaker says: to look at it.
    ///
    /// # Errors
    ///
    /// When there is no such arm.
    pub fn force(&self, arm: &str) -> Result<(), BuildError> {
        self.shared.force(Some(self.position(arm)?));
        Ok(())
    }

    /// No arm is forced any more.
    pub fn clear_forced(&self) {
        self.shared.force(None);
    }

    /// How often a selector, collector, recorder or rule panicked beside a call.
    pub fn failures(&self) -> u64 {
        self.shared.failures()
    }

    /// How often a selector or a rule named an arm that there is not, so that the control ran.
    pub fn unknown_arms(&self) -> u64 {
        self.shared.unknown_arms()
    }

    /// How many records the recorders could not keep so far: a queue was full, a batch could not be written, there was no room.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped()
    }

    /// Waits until the recorders have put everything where it should be, each for `timeout` at the
    /// longest; answers whether they have: not if a record was dropped since the last time.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.shared.flush(timeout)
    }

    fn position(&self, arm: &str) -> Result<usize, BuildError> {
        let place = self.shared.position(arm);
        place.ok_or_else(|| BuildError::UnknownArm(arm.to_owned()))
    }
}
