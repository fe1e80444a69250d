//! One experiment of the list.

use std::sync::Arc;

use maud::{Markup, html};
use variate_stats::words::Printable;

use super::decide::Decide;
use super::health::{Health, Level};
use super::page::query;
use crate::live::words::count;
use crate::live::{About, ExperimentPlan, State};
use crate::{Day, ExperimentInfo};

pub(super) struct Row {
    pub(super) info: ExperimentInfo,
    pub(super) about: About,
    pub(super) state: State,
    /// In days, the first and the last counted, as on its page.
    pub(super) age: Option<u32>,
    pub(super) due: Option<Day>,
    is_overdue: bool,
    pub(super) health: Option<Arc<Health>>,
}

impl Row {
    pub(super) fn new(
        info: ExperimentInfo,
        plan: Option<&ExperimentPlan>,
        health: Option<Arc<Health>>,
        now: u64,
    ) -> Self {
        let is_read = health.as_ref().is_some_and(|of| of.is_read);
        let state = State::of(&info, plan.map(|plan| &plan.about), is_read, now);
        let about = plan.map_or_else(About::default, |plan| plan.about.clone());
        let today = Day::of_millis(now);
        let first = info.first_event_at.map(Day::of_millis);
        let since = first.map(|first| (today.days() + 1).saturating_sub(first.days()));
        let known = health.as_ref().and_then(|of| of.days);
        let due = about.due.map(Day::of_millis);
        Self {
            age: known.or(since).filter(|_| first.is_some()),
            is_overdue: is_open(state) && due.is_some_and(|due| due < today),
            info,
            about,
            state,
            due,
            health,
        }
    }

    fn decide(&self) -> Option<&Decide> {
        self.health.as_ref()?.decide.as_ref()
    }

    /// What can be decided, then bad data, what is late, and what is unusual; what is over does not count.
    pub(super) fn urgency(&self) -> u8 {
        let level = self.health.as_ref().map(|health| health.level);
        match level {
            _ if !is_open(self.state) => 5,
            _ if self.decide().is_some_and(Decide::is_waiting) => 0,
            Some(Level::Bad) => 1,
            _ if self.is_overdue => 2,
            Some(Level::Unusual) => 3,
            _ => 4,
        }
    }

    pub(super) fn to_html(&self) -> Markup {
        let info = &self.info;
        let link = query(&[("namespace", &info.namespace), ("name", &info.name)]);
        let state = self.state.name();
        html! {
            tr {
                th scope="row" { a href={ "dashboard/experiment" (link) } { (Printable(&info.name)) } }
                td.text { @match self.decide() { Some(decide) => (decide.to_html()), None => "–" } }
                td.text { span.state.{ (state.replace(' ', "-")) } { (state) }
                    @if let Some(winner) = &info.winner { " for " (Printable(winner)) } }
                td.health { (self.health()) }
                td { @match self.health.as_ref().and_then(|of| of.units) { Some(units) => (count(units)), None => "–" } }
                td { @match self.age { Some(1) => "1 day", Some(days) => { (days) " days" }, None => "–" } }
                td.text { @match &self.about.owner { Some(owner) => (Printable(owner)), None => "–" } }
                td {
                    @match self.due {
                        Some(due) => {
                            time datetime=(due) { (due) }
                            @if self.is_overdue { " " strong.bad { "overdue" } }
                        }
                        None => "–",
                    }
                }
            }
        }
    }

    fn health(&self) -> Markup {
        let Some(health) = &self.health else {
            let text = if self.is_pending() {
                "being looked at"
            } else {
                "–"
            };
            return html! { (text) };
        };
        let (class, sign, word) = match health.level {
            Level::Good => ("good", "✓", "healthy"),
            Level::Unusual => ("unusual", "!", "unusual"),
            Level::Bad => ("bad", "✗", "broken"),
        };
        html! {
            span.level.(class) { span aria-hidden="true" { (sign) } " " (word) }
            @for text in &health.texts { div.small { (text) } }
        }
    }

    /// Whether its data are still to be looked at.
    pub(super) fn is_pending(&self) -> bool {
        self.health.is_none() && self.info.first_event_at.is_some()
    }
}

/// Whether somebody still has to look after it.
const fn is_open(state: State) -> bool {
    matches!(
        state,
        State::Running | State::Ended | State::NoEvents | State::Off
    )
}
