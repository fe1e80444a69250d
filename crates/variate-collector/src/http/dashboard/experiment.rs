//! The page of one experiment.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use variate_stats::evaluation::{
    Decision, Evaluation, EvaluationError, MetricEvaluation, Role as MetricRole,
};
use variate_stats::words::Printable;

use super::change::{ACTIONS, Action};
use super::page::{Place, failure, page, query};
use super::{Query, Role, Visitor, abba, chart, required, trace};
use crate::Day;
use crate::http::live::tallies;
use crate::http::problem::Problem;
use crate::http::shared::Shared;
use crate::live::words::{change, changes, count, digits, percent, probability};
use crate::live::{LiveEvaluation, Matrices, Matrix, html as report};

/// All that is computed for a page.
struct Everything {
    live: LiveEvaluation,
    matrices: Matrices,
    abba: Vec<abba::Table>,
}

/// `GET /dashboard/experiment`.
pub(in crate::http) async fn get(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let visitor = match shared.visitor_or_login(&request, Place::Below) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    match content(&shared, &visitor, &request).await {
        Ok((title, content)) => page(
            StatusCode::OK,
            Place::Below,
            &title,
            Some(&visitor),
            &content,
        ),
        Err(problem) if problem.ends_by_reset() => damaged(&visitor, &shared, &request, &problem),
        Err(problem) => failure(&problem, Place::Below, Some(&visitor)),
    }
}

/// Of an experiment of which the store lost a part: what that is, and the way out.
fn damaged(visitor: &Visitor, shared: &Shared, request: &Parts, problem: &Problem) -> Response {
    let of = Query::of(&request.uri);
    let names = shared
        .page_namespace(visitor, of)
        .and_then(|namespace| Ok((namespace, required(of, "name")?)));
    let (namespace, name) = match names {
        Ok(names) => names,
        Err(problem) => return failure(&problem, Place::Below, Some(visitor)),
    };
    let wanted = [Action::Reset, Action::Delete];
    let content = html! {
        h1 { (Printable(&name)) }
        p.problem role="alert" { (problem.message()) }
        @if visitor.may(Role::Admin, &namespace) { (buttons(&namespace, &name, wanted)) }
        p { a href=(Place::Below.list()) { "All experiments" } }
    };
    page(
        problem.status(),
        Place::Below,
        &name,
        Some(visitor),
        &content,
    )
}

async fn content(
    shared: &Shared,
    visitor: &Visitor,
    request: &Parts,
) -> Result<(String, Markup), Problem> {
    let of = Query::of(&request.uri);
    let namespace = shared.page_namespace(visitor, of)?;
    let name = required(of, "name")?;
    let all = everything(shared, &namespace, &name).await?;
    let done = of.get("done")?;
    let done = done.and_then(|name| Action::of(&name)).map(Action::done);
    let can_explain = trace::is_declared(shared, &namespace, &name);
    let live = &all.live;
    let content = html! {
        h1 { (Printable(&name)) }
        @if let Some(done) = done { p.done role="status" { (done) } }
        (conclusion(live))
        (warnings(live))
        (about(live))
        (actions(live, visitor.may(Role::Admin, &namespace)))
        (variants(live))
        @for (metric, of) in live.evaluation.metrics.iter().zip(&live.metrics) {
            (metric_section(live, metric, of))
        }
        section aria-labelledby="days" {
            h2 id="days" { "New units by day" }
            (chart::exposures(&live.exposures, &live.evaluation.variants, Day::of_millis(live.at)))
        }
        (matrices(&all.matrices, live))
        (abba_section(&all.abba))
        @if can_explain {
            section aria-labelledby="trace" {
                h2 id="trace" { "Why does somebody get a variant?" }
                (trace::form(visitor, &namespace, &name, ""))
            }
        }
    };
    Ok((name, content))
}

async fn everything(shared: &Shared, namespace: &str, name: &str) -> Result<Everything, Problem> {
    let (tallies, plan) = tallies(shared, namespace, name).await?;
    let now = shared.collector.now();
    let compute = move || {
        let live = LiveEvaluation::of(&tallies, plan.as_deref(), now)?;
        Ok::<_, EvaluationError>(Everything {
            matrices: Matrices::of(&tallies, plan.as_deref(), now)?,
            abba: abba::tables(&live, &tallies),
            live,
        })
    };
    let computed = shared.compute(compute).await?;
    computed.map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}

fn conclusion(live: &LiveEvaluation) -> Markup {
    let conclusion = &live.evaluation.conclusion;
    let class = match conclusion.decision {
        Decision::Ship => "good",
        Decision::Invalid | Decision::Conflict | Decision::KeepControl => "bad",
        _ => "open",
    };
    html! { p.conclusion.(class) { (conclusion.text) } }
}

fn warnings(live: &LiveEvaluation) -> Markup {
    let warnings = live.evaluation.warnings.iter().map(ToString::to_string);
    let problems = live.data_problems.iter().map(ToString::to_string);
    let told: Vec<String> = warnings.chain(problems).collect();
    html! {
        @if !told.is_empty() {
            section aria-label="What to know before" {
                ul.warnings { @for text in &told { li { (text) } } }
            }
        }
    }
}

fn about(live: &LiveEvaluation) -> Markup {
    let declared = live.declared.as_ref();
    let info = &live.experiment;
    let due = declared.and_then(|of| of.due).map(Day::of_millis);
    let issue = declared.and_then(|of| of.issue.as_deref());
    html! {
        @if let Some(text) = declared.and_then(|of| of.description.as_ref()) { p { (text) } }
        p.about {
            strong { (live.state.name()) }
            @if let Some(winner) = &info.winner { ", the winner is " strong { (winner) } }
            " · " (live.about())
            @if let Some(due) = due { " · due " time datetime=(due) { (due) } }
            @if let Some(issue) = issue {
                " · "
                // Only what is a link for sure.
                @if issue.starts_with("https://") || issue.starts_with("http://") {
                    a href=(issue) rel="noreferrer" { "where it is discussed" }
                } @else { (issue) }
            }
        }
    }
}

fn actions(live: &LiveEvaluation, may_change: bool) -> Markup {
    let info = &live.experiment;
    if !may_change || info.first_event_at.is_none() {
        return html! {};
    }
    let wanted = ACTIONS.into_iter().filter(|action| action.fits(info));
    buttons(&info.namespace, &info.name, wanted)
}

fn buttons(namespace: &str, name: &str, wanted: impl IntoIterator<Item = Action>) -> Markup {
    html! {
        div.actions role="group" aria-label="What can be done" {
            @for action in wanted {
                a.button.(action.name()) href={
                    "change" (query(&[
                        ("namespace", namespace),
                        ("name", name),
                        ("action", action.name()),
                    ]))
                } { (action.title()) "…" }
            }
        }
    }
}

/// All variants with all metrics.
fn variants(live: &LiveEvaluation) -> Markup {
    let evaluation = &live.evaluation;
    html! {
        section aria-labelledby="variants" {
            h2 id="variants" { "Variants" }
            div.scroll tabindex="0" role="region" aria-label="Table of variants" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Variant" }
                            th scope="col" { "Units" }
                            th scope="col" { "Share" }
                            th scope="col" { "Planned" }
                            th scope="col" { "Crossovers" }
                            @for metric in &evaluation.metrics { th scope="col" { (Printable(&metric.name)) } }
                        }
                    }
                    tbody {
                        @for of in &evaluation.variants {
                            tr {
                                th scope="row" {
                                    (Printable(&of.name))
                                    @if of.name == evaluation.control && of.name != variate::Variant::CONTROL { span.small { " (control)" } }
                                    @if live.experiment.winner.as_ref() == Some(&of.name) { span.small { " (winner)" } }
                                }
                                td { (count(of.units)) }
                                td { (of.share.map_or_else(|| "–".to_owned(), percent)) }
                                td { (percent(of.planned_share)) }
                                td { (count(of.crossovers)) }
                                @for (metric, measured) in evaluation.metrics.iter().zip(&live.metrics) {
                                    td { (value(metric, measured, &of.name)) }
                                }
                            }
                        }
                    }
                }
            }
            (split(evaluation))
        }
    }
}

fn value(metric: &MetricEvaluation, live: &crate::live::LiveMetric, variant: &str) -> String {
    let is_rate = matches!(live.metric.kind, variate::MetricKind::Conversion { .. });
    let text = |value| {
        if is_rate {
            percent(value)
        } else {
            digits(value)
        }
    };
    let measured = metric.variants.iter().find(|of| of.variant == variant);
    let value = measured.and_then(|of| of.value);
    value.map_or_else(|| "–".to_owned(), text)
}

fn split(evaluation: &Evaluation) -> Markup {
    let Some(ratio) = &evaluation.sample_ratio else {
        return html! { p.small { "It is not known how units were to be split." } };
    };
    let (class, verdict) = if ratio.is_mismatch {
        (
            "bad",
            "Sample ratio mismatch: the units are not split as planned",
        )
    } else {
        (
            "",
            "Sample ratio: the split is as planned, as far as one can tell",
        )
    };
    html! {
        p.small.(class) {
            (verdict) ": p = " (probability(ratio.p_value)) " for one look, "
            (probability(ratio.always_valid_p_value)) " at any time."
        }
    }
}

fn metric_section(
    live: &LiveEvaluation,
    metric: &MetricEvaluation,
    of: &crate::live::LiveMetric,
) -> Markup {
    let mut now = String::new();
    live.metric_now(&mut now, metric, of);
    let series = html! { @for series in &of.effects { (chart::effect(&metric.name, series)) } };
    html! {
        section aria-label={ "Metric " (metric.name) } {
            (PreEscaped(now))
            @if metric.role == MetricRole::Primary { (series) } @else if !of.effects.is_empty() {
                details { summary { "Day by day" } (series) }
            }
            p.small { (report::methods(metric)) }
        }
    }
}

fn matrices(matrices: &Matrices, live: &LiveEvaluation) -> Markup {
    if matrices.metrics.is_empty() {
        return html! {};
    }
    let level = percent(1.0 - live.plan.alpha);
    let is_read = live.read_on.is_some();
    html! {
        section aria-labelledby="matrix" {
            h2 id="matrix" { "All against all" }
            p.small {
                "The effect of the variant of a row beside that of a column, and where it is: "
                @if matrices.pairs > 1 { "all " (matrices.pairs) " pairs together " }
                "with " (level) " certainty, "
                @if is_read { "read once, at the planned end." } @else { "however often one looks." }
            }
            @for matrix in &matrices.metrics { (matrix_table(matrix, is_read)) }
        }
    }
}

fn matrix_table(matrix: &Matrix, is_read: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "All against all, " (matrix.metric) } {
            table.matrix {
                caption { (Printable(&matrix.metric)) }
                thead { tr { td {} @for name in &matrix.variants { th scope="col" { "beside " (Printable(name)) } } } }
                tbody {
                    @for (name, row) in matrix.variants.iter().zip(&matrix.rows) {
                        tr {
                            th scope="row" { (Printable(name)) }
                            @for cell in row {
                                @match cell {
                                    Some(of) => {
                                        @let interval = if is_read { of.interval } else { of.sequence };
                                        td.sure[!interval.contains(0.0)] {
                                            (change(of.effect, matrix.is_share))
                                            div.small { (changes(interval, matrix.is_share)) }
                                        }
                                    }
                                    None => { td { "–" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn abba_section(tables: &[abba::Table]) -> Markup {
    html! {
        @if !tables.is_empty() {
            section aria-labelledby="abba" {
                h2 id="abba" { "As Gimel's dashboard has it" }
                p.small {
                    "Abba's table, to all its digits, for who comes from there: read it once, at the planned end. "
                    "Units are counted in every variant that they were seen in, with those of former counters."
                }
                @for table in tables { (table.to_html()) }
            }
        }
    }
}
