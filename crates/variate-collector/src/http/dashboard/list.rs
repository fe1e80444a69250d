//! The list of experiments.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};
use variate_stats::words::Printable;

use super::health::Health;
use super::page::{Place, failure, page, query};
use super::row::Row;
use super::{Query, Role, Visitor};
use crate::ExperimentInfo;
use crate::http::problem::Problem;
use crate::http::shared::Shared;
use crate::live;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Urgency,
    Name,
    Age,
    Units,
    Owner,
    Due,
}

impl Sort {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("name") => Self::Name,
            Some("age") => Self::Age,
            Some("units") => Self::Units,
            Some("owner") => Self::Owner,
            Some("due") => Self::Due,
            _ => Self::Urgency,
        }
    }

    /// What stands in a link, and how the column is sorted then.
    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Urgency => ("", "other"),
            Self::Name => ("name", "ascending"),
            Self::Age => ("age", "descending"),
            Self::Units => ("units", "descending"),
            Self::Owner => ("owner", "ascending"),
            Self::Due => ("due", "ascending"),
        }
    }

    fn apply(self, rows: &mut [Row]) {
        // They come sorted by name.
        match self {
            Self::Urgency => rows.sort_by_key(|row| (row.urgency(), row.state)),
            Self::Name => rows.sort_by(|one, other| one.info.name.cmp(&other.info.name)),
            Self::Age => rows.sort_by_key(|row| Reverse(row.age)),
            Self::Units => {
                rows.sort_by_key(|row| Reverse(row.health.as_ref().and_then(|of| of.units)));
            }
            Self::Owner => rows.sort_by(|one, other| {
                let key = |row: &Row| (row.about.owner.is_none(), row.about.owner.clone());
                key(one).cmp(&key(other))
            }),
            Self::Due => rows.sort_by_key(|row| (row.due.is_none(), row.due)),
        }
    }
}

/// What of the list is wanted.
struct Wanted {
    namespace: String,
    text: String,
    state: String,
    sort: Sort,
}

/// `GET /dashboard`.
pub(in crate::http) async fn get(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let visitor = match shared.visitor_or_login(&request, Place::List) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    match content(&shared, &visitor, &request).await {
        Ok(content) => page(
            StatusCode::OK,
            Place::List,
            "Experiments",
            Some(&visitor),
            &content,
        ),
        Err(problem) => failure(&problem, Place::List, Some(&visitor)),
    }
}

async fn content(shared: &Shared, visitor: &Visitor, request: &Parts) -> Result<Markup, Problem> {
    let of = Query::of(&request.uri);
    let Namespaces { all, first } = namespaces(shared, visitor).await?;
    let text = |name| -> Result<String, Problem> {
        Ok(of.get(name)?.map_or_else(String::new, Into::into))
    };
    let named = text("namespace")?;
    let namespace = if named.is_empty() { first } else { named };
    if !visitor.may(Role::Read, &namespace) {
        return Err(Problem::forbidden());
    }
    let wanted = Wanted {
        text: text("q")?,
        state: text("state")?,
        sort: Sort::of(of.get("sort")?.as_deref()),
        namespace,
    };
    let rows = rows(shared, &wanted).await?;
    let number = rows.len();
    let mut shown: Vec<Row> = rows
        .into_iter()
        .filter(|row| is_wanted(row, &wanted))
        .collect();
    wanted.sort.apply(&mut shown);
    let is_deleted = of.get("done")?.as_deref() == Some("delete");
    Ok(html! {
        h1 { "Experiments" }
        @if is_deleted { p.done role="status" { "The experiment is deleted." } }
        @if all.len() > 1 { (namespace_links(&all, &wanted)) }
        (filter(&wanted))
        (table(&wanted, &shown, number))
    })
}

struct Namespaces {
    /// Those that the visitor may read: with experiments, named by the key, or the usual one.
    all: Vec<String>,
    /// The one that is shown to who names none: the usual one, or one of all, those with experiments before others.
    first: String,
}

async fn namespaces(shared: &Shared, visitor: &Visitor) -> Result<Namespaces, Problem> {
    let usual = &shared.namespace;
    let mut all = shared.ask(|store| store.namespaces()).await?;
    all.sort();
    all.extend(visitor.shown.namespaces().map(str::to_owned));
    all.retain(|name| visitor.may(Role::Read, name));
    let first = if visitor.may(Role::Read, usual) {
        all.push(usual.clone());
        None
    } else {
        all.first()
    };
    let first = first.unwrap_or(usual).clone();
    all.sort();
    all.dedup();
    Ok(Namespaces { all, first })
}

/// Those that were counted, and those that are only declared.
async fn rows(shared: &Shared, wanted: &Wanted) -> Result<Vec<Row>, Problem> {
    let namespace = &wanted.namespace;
    let mut known = shared.experiments_and_health(namespace).await?;
    let declared = shared.plans.names(namespace);
    let seen: std::collections::HashSet<&str> =
        known.iter().map(|(info, _)| info.name.as_str()).collect();
    let only_declared: Vec<String> = declared
        .into_iter()
        .filter(|name| !seen.contains(name.as_str()))
        .collect();
    let only_declared = only_declared.into_iter();
    known.extend(only_declared.map(|name| (ExperimentInfo::new(namespace, name), None)));
    known.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    let now = shared.collector.now();
    let row = |(info, health): (ExperimentInfo, Option<Arc<Health>>)| {
        let plan = shared.plans.get(namespace, &info.name);
        let health = health.or_else(|| Health::of_none(&info, plan.as_deref(), now).map(Arc::new));
        Row::new(info, plan.as_deref(), health, now)
    };
    Ok(known.into_iter().map(row).collect())
}

fn is_wanted(row: &Row, wanted: &Wanted) -> bool {
    let text = wanted.text.to_lowercase();
    let owner = row.about.owner.as_deref().unwrap_or_default();
    let has_text = [row.info.name.as_str(), owner]
        .iter()
        .any(|of| of.to_lowercase().contains(&text));
    let is_state = match wanted.state.as_str() {
        "" => true,
        state => row.state.name() == state,
    };
    has_text && is_state
}

fn namespace_links(namespaces: &[String], wanted: &Wanted) -> Markup {
    html! {
        nav.namespaces aria-label="Namespaces" {
            ul {
                @for name in namespaces {
                    li {
                        a href={ "dashboard" (query(&[("namespace", name)])) }
                            aria-current=[(*name == wanted.namespace).then_some("page")] { (Printable(name)) }
                    }
                }
            }
        }
    }
}

fn filter(wanted: &Wanted) -> Markup {
    html! {
        form.filter method="get" action="dashboard" role="search" {
            input type="hidden" name="namespace" value=(wanted.namespace);
            label for="q" { "Name or owner" }
            input id="q" name="q" type="search" value=(wanted.text);
            label for="state" { "State" }
            select id="state" name="state" {
                option value="" { "all" }
                @for state in live::State::ALL {
                    option value=(state.name()) selected[wanted.state == state.name()] { (state.name()) }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn table(wanted: &Wanted, rows: &[Row], all: usize) -> Markup {
    if all == 0 {
        return html! {
            p { "No experiment of this namespace was counted or declared yet. " a href="docs" { "The API" } " says how events are sent." }
        };
    }
    let are_pending = rows.iter().any(Row::is_pending);
    html! {
        @if are_pending { p.small role="status" { "Some experiments are still being looked at: load the page again in a moment." } }
        div.scroll tabindex="0" role="region" aria-label="Table of experiments" {
            table.list {
                caption { (rows.len()) " of " (all) " experiments in " (Printable(&wanted.namespace)) }
                thead {
                    tr {
                        (head(wanted, Sort::Name, "Experiment"))
                        (head(wanted, Sort::Urgency, "Decide"))
                        th scope="col" { "State" }
                        th scope="col" { "Health" }
                        (head(wanted, Sort::Units, "Units"))
                        (head(wanted, Sort::Age, "Age"))
                        (head(wanted, Sort::Owner, "Owner"))
                        (head(wanted, Sort::Due, "Due"))
                    }
                }
                tbody { @for row in rows { (row.to_html()) } }
            }
        }
    }
}

fn head(wanted: &Wanted, sort: Sort, title: &str) -> Markup {
    let (name, order) = sort.name();
    let is_it = wanted.sort == sort;
    let pairs = [
        ("namespace", wanted.namespace.as_str()),
        ("q", wanted.text.as_str()),
        ("state", wanted.state.as_str()),
        ("sort", name),
    ];
    html! {
        th scope="col" aria-sort=[is_it.then_some(order)] {
            a href={ "dashboard" (query(&pairs)) } { (title) }
        }
    }
}
