//! What can be done with an experiment, each after one more page that says what that means.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};
use variate_stats::words::Printable;

use super::page::{Place, failure, page, query, redirect, token};
use super::{Query, Role, Visitor, required};
use crate::http::experiments::find;
use crate::http::problem::Problem;
use crate::http::shared::Shared;
use crate::{Change, ExperimentInfo};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Winner,
    Control,
    Archive,
    Unarchive,
    Reset,
    Delete,
}

pub(super) const ACTIONS: [Action; 6] = [
    Action::Winner,
    Action::Control,
    Action::Archive,
    Action::Unarchive,
    Action::Reset,
    Action::Delete,
];

impl Action {
    pub(super) fn of(name: &str) -> Option<Self> {
        ACTIONS.into_iter().find(|action| action.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Winner => "winner",
            Self::Control => "control",
            Self::Archive => "archive",
            Self::Unarchive => "unarchive",
            Self::Reset => "reset",
            Self::Delete => "delete",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Winner => "Declare the winner",
            Self::Control => "Choose the control",
            Self::Archive => "Archive",
            Self::Unarchive => "Take out of the archive",
            Self::Reset => "Reset",
            Self::Delete => "Delete",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Winner => {
                "It is written down here, and can be taken back. What users get does not change by it: that is up to the program."
            }
            Self::Control => {
                "All other variants are compared with it, here and wherever the experiment is evaluated. What was counted stays, and the choice can be taken back: then it is the first variant that is declared, or the one named control. What users get does not change by it."
            }
            Self::Archive => {
                "Its events are no longer counted. What was counted stays, and it can be taken out of the archive."
            }
            Self::Unarchive => {
                "Its events are counted again. Those that came in the meantime are lost."
            }
            Self::Reset => {
                "All of its events and units are forgotten, and it is counted anew from zero. This cannot be undone."
            }
            Self::Delete => {
                "All that is known of it is forgotten. This cannot be undone. If it is still tracked, it comes back with its next event."
            }
        }
    }

    pub(super) const fn done(self) -> &'static str {
        match self {
            Self::Winner => "The winner is written down.",
            Self::Control => "The choice of the control is written down.",
            Self::Archive => "The experiment is archived.",
            Self::Unarchive => "The experiment is no longer archived.",
            Self::Reset => "The experiment is reset.",
            Self::Delete => "The experiment is deleted.",
        }
    }

    /// What it chooses a variant for, and the one that is chosen now.
    fn choice(self, info: &ExperimentInfo) -> Option<(&'static str, Option<&str>)> {
        match self {
            Self::Winner => Some(("The winner", info.winner.as_deref())),
            Self::Control => Some(("The control", info.control.as_deref())),
            _ => None,
        }
    }

    /// Whether there is a way back.
    const fn is_final(self) -> bool {
        matches!(self, Self::Reset | Self::Delete)
    }

    /// Whether it can be done with an experiment as it is.
    pub(super) const fn fits(self, info: &ExperimentInfo) -> bool {
        match self {
            Self::Archive => !info.archived,
            Self::Unarchive => info.archived,
            _ => true,
        }
    }
}

/// Which experiment, and what to do with it.
struct Asked {
    info: ExperimentInfo,
    action: Action,
}

/// `GET /dashboard/change`.
pub(in crate::http) async fn confirm(
    State(shared): State<Arc<Shared>>,
    request: Parts,
) -> Response {
    let visitor = match shared.visitor_or_login(&request, Place::Below) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    match asked(&shared, &visitor, Query::of(&request.uri)).await {
        Ok(asked) => ask(&visitor, &asked, StatusCode::OK, None),
        Err(problem) => failure(&problem, Place::Below, Some(&visitor)),
    }
}

async fn asked(shared: &Shared, visitor: &Visitor, fields: Query<'_>) -> Result<Asked, Problem> {
    let namespace = shared.namespace(fields)?;
    if !visitor.may(Role::Admin, &namespace) {
        return Err(Problem::forbidden());
    }
    let name = required(fields, "name")?;
    let action = required(fields, "action")?;
    let action = Action::of(&action)
        .ok_or_else(|| Problem::bad(format!("there is no action `{action}`")))?;
    let (of, named) = (namespace.clone(), name.clone());
    let info = shared.ask(move |store| find(store, &of, &named)).await?;
    let info = info.ok_or_else(|| Problem::no_experiment(&namespace, &name))?;
    Ok(Asked { info, action })
}

fn ask(visitor: &Visitor, asked: &Asked, status: StatusCode, problem: Option<&str>) -> Response {
    let Asked { info, action } = asked;
    let title = format!("{}: {}", action.title(), Printable(&info.name));
    let back = query(&[("namespace", &info.namespace), ("name", &info.name)]);
    let content = html! {
        h1 { (title) }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        p { (action.meaning()) }
        form.change method="post" action="change" {
            (token(visitor))
            input type="hidden" name="namespace" value=(info.namespace);
            input type="hidden" name="name" value=(info.name);
            input type="hidden" name="action" value=(action.name());
            @if let Some((what, chosen)) = action.choice(info) { (variants(info, what, chosen)) }
            @if action.is_final() {
                label for="confirm" { "To be sure, write the experiment's name: " strong { (Printable(&info.name)) } }
                input id="confirm" name="confirm" type="text" required autocomplete="off" spellcheck="false";
            }
            div.actions {
                button.(action.name()) type="submit" { (action.title()) }
                a.button href={ "experiment" (back) } { "Leave it as it is" }
            }
        }
    };
    page(status, Place::Below, &title, Some(visitor), &content)
}

fn variants(info: &ExperimentInfo, what: &str, chosen: Option<&str>) -> Markup {
    let is_chosen = |name: &str| chosen == Some(name);
    html! {
        fieldset {
            legend { (what) }
            @for variant in &info.variants {
                label { input type="radio" name="variant" value=(variant) required checked[is_chosen(variant)]; " " (Printable(variant)) }
            }
            @if chosen.is_some() {
                label { input type="radio" name="variant" value="" required; " none: take it back" }
            }
        }
    }
}

/// `POST /dashboard/change`.
pub(in crate::http) async fn post(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = match shared.visitor_or_login(&parts, Place::Below) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    let answer = async {
        let body = shared.own_form(&parts, &visitor, body).await?;
        let fields = Query::from_text(&body);
        let asked = asked(&shared, &visitor, fields).await?;
        let written = fields.get("confirm")?.unwrap_or_default();
        // As it is, or as it is shown.
        let name = &asked.info.name;
        let is_confirmed = *written == **name || *written == Printable(name).to_string();
        if asked.action.is_final() && !is_confirmed {
            let text = "This is not the experiment's name: nothing was changed.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(ask(&visitor, &asked, status, Some(text)));
        }
        let variant = fields.get("variant")?.map(std::borrow::Cow::into_owned);
        let is_variant = variant
            .as_ref()
            .is_some_and(|name| name.is_empty() || asked.info.variants.contains(name));
        if asked.action.choice(&asked.info).is_some() && !is_variant {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(ask(&visitor, &asked, status, Some("Choose a variant.")));
        }
        carry_out(&shared, asked, variant).await
    };
    let answer: Result<Response, Problem> = answer.await;
    answer.unwrap_or_else(|problem| failure(&problem, Place::Below, Some(&visitor)))
}

async fn carry_out(
    shared: &Shared,
    asked: Asked,
    variant: Option<String>,
) -> Result<Response, Problem> {
    let Asked { info, action } = asked;
    let back = [
        ("namespace", info.namespace.as_str()),
        ("name", info.name.as_str()),
        ("done", action.name()),
    ];
    let to = match action {
        Action::Delete => {
            let pairs = [back[0], back[2]];
            format!("{}{}", Place::Below.list(), query(&pairs))
        }
        _ => format!("experiment{}", query(&back)),
    };
    tracing::info!(
        namespace = info.namespace,
        experiment = info.name,
        action = action.name(),
        "changed on the dashboard"
    );
    let variant = variant.filter(|name| !name.is_empty());
    let change = match action {
        Action::Winner => Some(Change::Winner(variant)),
        Action::Control => Some(Change::Control(variant)),
        Action::Archive => Some(Change::Archived(true)),
        Action::Unarchive => Some(Change::Archived(false)),
        Action::Reset | Action::Delete => None,
    };
    shared
        .ask(move |store| {
            let (namespace, name) = (&info.namespace, &info.name);
            match change {
                Some(change) => store.change(namespace, name, &change).map(|_| ()),
                None if action == Action::Reset => Ok(store.reset(namespace, name).map(|_| ())?),
                None => Ok(store.delete(namespace, name).map(|_| ())?),
            }
        })
        .await?;
    Ok(redirect(&to, None))
}
