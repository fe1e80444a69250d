//! The pages: templates from `pages/`, filled in.

use std::fmt::Write;

use axum::response::Html;

use crate::pill::Pill;
use crate::results::{Cell, Results, Row, Scale};

/// The one style sheet.
pub(crate) const STYLE: &str = include_str!("pages/style.css");
/// The icon of the browser's tab.
pub(crate) const ICON: &str = include_str!("pages/icon.svg");

/// What is for sale.
pub(crate) fn product(pill: Pill) -> Html<String> {
    let content = Template::new(include_str!("pages/product.html"))
        .text("pill", pill.name)
        .text("promise", pill.promise)
        .text("story", pill.story);
    frame(pill.name, "The Pill Shop", &content)
}

/// How many, and for how much.
pub(crate) fn checkout(pill: Pill) -> Html<String> {
    let content = Template::new(include_str!("pages/checkout.html")).text("pill", pill.name);
    frame(pill.name, "Checkout – The Pill Shop", &content)
}

/// After the purchase.
pub(crate) fn thanks(pill: Pill) -> Html<String> {
    let content = Template::new(include_str!("pages/thanks.html")).text("pill", pill.name);
    frame(pill.name, "Thank you – The Pill Shop", &content)
}

/// An order that cannot be taken, and why.
pub(crate) fn problem(problem: &str) -> Html<String> {
    let content = Template::new(include_str!("pages/problem.html")).text("problem", problem);
    frame("grey", "Not ordered – The Pill Shop", &content)
}

/// An address at which there is nothing.
pub(crate) fn not_found() -> Html<String> {
    dead_end("Not found", "There is nothing at this address.")
}

/// An address that is asked in a way it does not answer.
pub(crate) fn not_allowed() -> Html<String> {
    dead_end(
        "Not allowed",
        "This address does not take this kind of request.",
    )
}

fn dead_end(kicker: &str, problem: &str) -> Html<String> {
    let content = Template::new(include_str!("pages/dead_end.html"))
        .text("kicker", kicker)
        .text("problem", problem);
    frame("grey", &format!("{kicker} – The Pill Shop"), &content)
}

/// The results as a page: complete as it is, kept fresh by a script.
pub(crate) fn results(results: &Results) -> Html<String> {
    let mut rows = String::new();
    for row in &results.variants {
        rows.push_str(&results_row(row, &results.scale));
    }
    let mut sentences = String::new();
    for sentence in &results.sentences {
        // Writing to a string cannot fail.
        let _ = write!(sentences, "<li>{}</li>", escaped(sentence));
    }
    let content = Template::new(include_str!("pages/results.html"))
        .text("visitors", &results.visitors.to_string())
        .html("rows", &rows)
        .html("sentences", &sentences);
    frame("none", "Results – The Pill Shop", &content)
}

fn results_row(row: &Row, scale: &Scale) -> String {
    let share = plot(0.0, 0.0, crate::results::real(row.visitors), scale.visitors);
    let visitors = Template::new(include_str!("pages/results_visitors.html"))
        .text("visitors", &row.visitors.to_string())
        .text("plot", &share);
    Template::new(include_str!("pages/results_row.html"))
        .text("variant", &row.variant)
        .html("visitors", &visitors.filled)
        .html("clicked", &figure("clicked", &row.clicked, scale.clicked))
        .html("bought", &figure("bought", &row.bought, scale.bought))
        .html("value", &figure("value", &row.value, scale.value))
        .filled
}

fn figure(column: &str, cell: &Cell, scale: f64) -> String {
    let template = Template::new(include_str!("pages/results_figure.html"))
        .text("column", column)
        .text("note", &cell.note);
    match &cell.estimate {
        Some(estimate) => template
            .text("text", &estimate.text)
            .text("interval", &estimate.interval)
            .text(
                "plot",
                &plot(estimate.low, estimate.at, estimate.high, scale),
            ),
        None => template
            .text("text", "–")
            .text("interval", "")
            .text("plot", &plot(0.0, 0.0, 0.0, scale)),
    }
    .filled
}

/// Where the style sheet draws a plot: fractions of its width.
fn plot(low: f64, at: f64, high: f64, scale: f64) -> String {
    let scale = if scale > 0.0 { scale } else { 1.0 };
    format!(
        "--low:{:.4};--at:{:.4};--high:{:.4}",
        low / scale,
        at / scale,
        high / scale
    )
}

fn frame(pill: &str, title: &str, content: &Template) -> Html<String> {
    let page = Template::new(include_str!("pages/frame.html"))
        .text("pill", pill)
        .text("title", title)
        .html("content", &content.filled);
    Html(page.filled)
}

/// A text with places to fill in, each written `{{name}}`.
struct Template {
    filled: String,
}

impl Template {
    fn new(template: &str) -> Self {
        Self {
            filled: template.to_owned(),
        }
    }

    /// Fills in a text, which may hold anything.
    fn text(self, name: &str, text: &str) -> Self {
        self.html(name, &escaped(text))
    }

    /// Fills in what is HTML already.
    fn html(self, name: &str, html: &str) -> Self {
        Self {
            filled: self.filled.replace(&format!("{{{{{name}}}}}"), html),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
