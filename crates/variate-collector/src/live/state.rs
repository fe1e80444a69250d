use serde::{Deserialize, Serialize};

use super::About;
use crate::ExperimentInfo;

/// Where an experiment is in its life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Its units are counted.
    #[default]
    Running,
    /// Its planned end is there, or the date on which it was to end: it can be decided.
    Ended,
    /// It should have begun, and nothing of it was ever counted.
    NoEvents,
    /// It is switched off.
    Off,
    /// It is still to begin.
    Planned,
    /// Somebody declared its winner.
    Decided,
    /// Nothing of it is counted any more.
    Archived,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Ended,
        Self::NoEvents,
        Self::Off,
        Self::Planned,
        Self::Decided,
        Self::Archived,
    ];

    /// `is_read` says whether its planned end is there.
    pub(crate) fn of(
        info: &ExperimentInfo,
        about: Option<&About>,
        is_read: bool,
        now: u64,
    ) -> Self {
        if info.archived {
            return Self::Archived;
        }
        if info.winner.is_some() {
            return Self::Decided;
        }
        if is_read || about.is_some_and(|about| about.ends.is_some_and(|ends| ends <= now)) {
            return Self::Ended;
        }
        if about.is_some_and(|about| about.starts.is_some_and(|starts| starts > now)) {
            return Self::Planned;
        }
        let is_off = about.is_some_and(|about| !about.enabled);
        // Of what is damaged, the times may be missing.
        match (info.first_event_at.is_none() && !info.damaged, is_off) {
            (true, true) => Self::Planned,
            (true, false) => Self::NoEvents,
            (false, true) => Self::Off,
            (false, false) => Self::Running,
        }
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
            Self::NoEvents => "no events",
            Self::Off => "switched off",
            Self::Planned => "planned",
            Self::Decided => "decided",
            Self::Archived => "archived",
        }
    }

    /// Whether people are done with it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Decided | Self::Archived)
    }
}
