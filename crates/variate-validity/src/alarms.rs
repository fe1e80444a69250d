//! Looking once, each day, and all the time.

use crate::Found;

/// When somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// At the end of a day.
    pub day: bool,
    /// At the end of the experiment.
    pub last: bool,
}

/// Whether a method raised an alarm for who looks once, each day, and all the time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Alarms {
    once: bool,
    daily: bool,
    always: bool,
}

/// The columns.
pub const ONCE: &str = "one look at the end";
/// The columns.
pub const DAILY: &str = "28 daily looks";

impl Alarms {
    /// Looks, if somebody does and has not been alarmed before.
    pub fn see(&mut self, moment: Moment, is_alarm: impl FnOnce() -> bool) {
        let is_open = !self.always || (moment.day && !self.daily) || moment.last;
        if is_open && is_alarm() {
            self.always = true;
            self.daily |= moment.day;
            self.once |= moment.last;
        }
    }

    /// The three figures.
    pub fn tell(self, found: &mut Found) {
        found.hit(self.once);
        found.hit(self.daily);
        found.hit(self.always);
    }

    /// For one look.
    pub fn tell_once(self, found: &mut Found) {
        found.hit(self.once);
    }

    /// For a method that is made for daily looks.
    pub fn tell_daily(self, found: &mut Found) {
        found.hit(self.daily);
    }
}
