//! What is to be decided of an experiment, in a word or two.

use maud::{Markup, html};
use variate_stats::evaluation::Decision;
use variate_stats::words::Printable;

use super::health::Level;
use crate::live::{LiveCheck, State};

/// What somebody has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decide {
    Ship(String),
    Keep(String),
    NoDifference,
    LookAt,
    TooEarly,
    Repair,
}

impl Decide {
    pub(super) fn of(check: &LiveCheck, level: Level) -> Option<Self> {
        if check.state.is_over() {
            return None;
        }
        if level == Level::Bad {
            return Some(Self::Repair);
        }
        if matches!(check.state, State::Planned | State::NoEvents) {
            return None;
        }
        let variant = || check.variant.clone().unwrap_or_default();
        Some(match check.decision {
            Decision::Ship => Self::Ship(variant()),
            Decision::KeepControl => Self::Keep(variant()),
            Decision::NoDifference => Self::NoDifference,
            Decision::Invalid => Self::Repair,
            Decision::KeepRunning if check.state == State::Running => Self::TooEarly,
            _ => Self::LookAt,
        })
    }

    /// Whether somebody can decide now.
    pub(super) const fn is_waiting(&self) -> bool {
        !matches!(self, Self::TooEarly | Self::Repair)
    }

    pub(super) fn to_html(&self) -> Markup {
        let class = match self {
            Self::Ship(_) => "good",
            Self::Repair => "bad",
            Self::TooEarly => "early",
            Self::Keep(_) | Self::NoDifference | Self::LookAt => "open",
        };
        html! {
            span.decide.(class) {
                @match self {
                    Self::Ship(variant) => { "ship " (Printable(variant)) }
                    Self::Keep(variant) => { "keep " (Printable(variant)) }
                    Self::NoDifference => "no difference",
                    Self::LookAt => "to be looked at",
                    Self::TooEarly => "too early",
                    Self::Repair => "repair",
                }
            }
        }
    }
}
