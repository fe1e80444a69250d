//! The pages: templates from `pages/`, filled in.

use axum::response::Html;
use variate::Forcing;

use crate::pill::Pill;

/// The one style sheet.
pub(crate) const STYLE: &str = include_str!("pages/style.css");
/// The icon of the browser's tab.
pub(crate) const ICON: &str = include_str!("pages/icon.svg");

/// What is for sale; below it, for quality assurance, links to each look by a token.
pub(crate) fn product(pill: Pill, looks: &[(&str, String)]) -> Html<String> {
    let query = Forcing::QUERY_PARAMETER;
    let link = |(name, token): &(&str, String)| {
        let token = escaped(token);
        format!("<a href=\"/?{query}={token}\">{name}</a>")
    };
    let mut links: Vec<String> = looks.iter().map(link).collect();
    links.push(link(&("as it comes", String::new())));
    let content = Template::new(include_str!("pages/product.html"))
        .html("looks", &links.join(", "))
        .text("pill", pill.name)
        .text("promise", pill.promise)
        .text("story", pill.story);
    frame(pill.name, "The Pill Shop", &content)
}

/// How many, and for how much.
pub(crate) fn checkout(pill: Pill, note: &str) -> Html<String> {
    let content = Template::new(include_str!("pages/checkout.html"))
        .text("pill", pill.name)
        .text("note", note);
    frame(pill.name, "Checkout – The Pill Shop", &content)
}

/// After the purchase.
pub(crate) fn thanks(pill: Pill, boxes: u32) -> Html<String> {
    let boxes = match boxes {
        1 => "a box".to_owned(),
        boxes => format!("{boxes} boxes"),
    };
    let content = Template::new(include_str!("pages/thanks.html"))
        .text("pill", pill.name)
        .text("boxes", &boxes);
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
