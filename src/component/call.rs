use super::selection::NO_KEY;
use crate::Key;

/// A call of a component's method, as collectors see it. What the method was given is no part of it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    pub(super) experiment: &'c str,
    pub(super) arm: &'c str,
    pub(super) selected: Selected<'c>,
    pub(super) method: &'static str,
    pub(super) key: Option<&'c Key>,
    pub(super) reason: &'static str,
    pub(super) series: Series,
}

/// The arm that a selector chose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selected<'c> {
    pub(super) name: &'c str,
    pub(super) place: u16,
    /// Whether a rule or a switch says so, or nothing does.
    pub(super) is_chosen: bool,
}

/// Which arm of which component was called by which method, as numbers: for recorders that keep
/// one thing for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// A number that each built component has to itself in this process.
    pub component: u32,
    /// The arm's place; the control's is 0.
    pub arm: u16,
    /// The method's place in the trait.
    pub method: u16,
}

impl<'c> Call<'c> {
    /// The experiment's name.
    pub const fn experiment(&self) -> &'c str {
        self.experiment
    }

    /// The name of the arm that runs.
    pub const fn arm(&self) -> &'c str {
        self.arm
    }

    /// The name of the arm that was selected: that which runs, unless the control stands in for it (the reasons `breaker_open`,
    /// `arm_off`) or runs beside it (`shadow`).
    pub const fn selected_arm(&self) -> &'c str {
        self.selected.name
    }

    /// Whether the arm that was selected is the one that runs.
    #[inline]
    pub const fn is_as_selected(&self) -> bool {
        self.selected.place == self.series.arm
    }

    /// Whether a rule or a switch chose its arm, or nothing did.
    #[inline]
    pub(super) const fn is_chosen(&self) -> bool {
        self.selected.is_chosen
    }

    /// Whether it is for nobody: a selector goes by keys, and the call's is `None`.
    #[inline]
    pub(super) fn is_nobodys(&self) -> bool {
        self.key.is_none() && self.reason == NO_KEY
    }

    /// The method's name.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The key of the unit that the call is for, if the method has a `#[key]` or the component is
    /// bound, and something asked for it: a digest, not the value itself.
    pub const fn key(&self) -> Option<&'c Key> {
        self.key
    }

    /// Why this arm runs: one lower-case word for each reason.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Component, arm and method as numbers.
    pub const fn series(&self) -> Series {
        self.series
    }

    /// The series of the arm that was selected.
    #[inline]
    pub(super) const fn selected_series(&self) -> Series {
        Series {
            arm: self.selected.place,
            ..self.series
        }
    }

    /// Whether the control runs.
    pub const fn is_control(&self) -> bool {
        self.series.arm == 0
    }
}
