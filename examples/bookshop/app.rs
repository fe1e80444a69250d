//! The routes, and the layer around them.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Json, Path};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use variate::axum::{Experiments, ExperimentsLayer, LayerError};
use variate::{
    Action, Config, ConfigError, Declaration, EventRecord, Experiment, Forcing, Identity,
    JAVASCRIPT, KeyScheme, Privacy, Tracker, context,
};

/// What the application tries out.
pub(crate) fn config(
    keys: impl KeyScheme + 'static,
    tracker: impl Tracker + 'static,
) -> Result<Config, ConfigError> {
    let forcing = Forcing::new("the secret of all tokens").ok();
    let mut builder = Config::builder()
        .key_scheme(keys)
        .declare(Declaration::new("headline").variants(["question", "number"]))
        .declare(Declaration::new("basket_colour"))
        .tracker(tracker);
    if let Some(forcing) = forcing {
        builder = builder.forcing(forcing);
    }
    builder.build()
}

/// Who is there, by the context's `reader_id`: the account's number, or an id in a signed cookie.
pub(crate) fn layer(config: Config) -> Result<ExperimentsLayer, LayerError> {
    let identity = Identity::new("reader_id").cookie_name("bookshop_id");
    Ok(
        ExperimentsLayer::new(identity, "the secret of all cookies")?
            .config(config)
            .keep_forced()
            .inject(),
    )
}

/// All pages.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(home))
        .route("/order", post(order))
        .route("/sign-in/{account}", post(sign_in))
        .route("/qa", get(qa))
        .route("/events", post(events))
        .route("/variate.js", get(async || script(JAVASCRIPT)))
        .route("/page.js", get(async || script(PAGE_SCRIPT)))
}

/// The account of who is signed in. (A real application has sessions.)
struct Account(Option<u64>);

impl<S: Sync> FromRequestParts<S> for Account {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(account(&parts.headers)))
    }
}

fn account(headers: &HeaderMap) -> Option<u64> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split("; ");
    pairs
        .find_map(|pair| pair.strip_prefix("account="))?
        .parse()
        .ok()
}

impl Account {
    fn headline<'r>(&self, experiments: &'r Experiments) -> Experiment<'r> {
        experiments.experiment("headline", context! { reader_id: self.0 })
    }

    fn basket_colour<'r>(&self, experiments: &'r Experiments) -> Experiment<'r> {
        experiments.experiment("basket_colour", context! { reader_id: self.0 })
    }
}

async fn home(experiments: Experiments, account: Account) -> Html<String> {
    let headline = account
        .headline(&experiments)
        .use_(|| "Books for everybody")
        .variant("question", || "What do you read next?")
        .variant("number", || "41,312 books, today at your door")
        .run();
    // Only the page's script branches on this one, so that here it is exposed.
    account.basket_colour(&experiments).expose();
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><title>Bookshop</title></head><body>\
         <h1>{headline}</h1>\
         <form method=\"post\" action=\"/order\"><button id=\"basket\">Order</button></form>\
         <script type=\"module\" src=\"/page.js\"></script></body></html>"
    ))
}

async fn order(experiments: Experiments, account: Account) -> Redirect {
    account.headline(&experiments).track(
        Action::new("ordered")
            .value(12.5)
            .property("currency", "EUR"),
    );
    Redirect::to("/")
}

/// From here on the account stands for the reader. Events tell whom it was before; the variant comes along where the configuration
/// has a store of assignments, which this one has not.
async fn sign_in(Path(account): Path<u64>, experiments: Experiments) -> impl IntoResponse {
    Account(Some(account))
        .headline(&experiments)
        .track("signed_in");
    let cookie = format!("account={account}; Path=/; HttpOnly; SameSite=Lax");
    ([(SET_COOKIE, cookie)], Redirect::to("/"))
}

/// For quality assurance: each variant of the headline by a link, which is good for an hour and holds for the session.
async fn qa(experiments: Experiments) -> Html<String> {
    let config = experiments.config();
    let links = ["control", "question", "number"]
        .into_iter()
        .map(|variant| {
            let hour = Duration::from_hours(1);
            match config.forcing_token("headline", variant, hour) {
                Ok(token) => format!(
                    "<li><a href=\"/?{}={token}\">{variant}</a></li>",
                    Forcing::QUERY_PARAMETER
                ),
                Err(problem) => format!("<li>{variant}: {problem}</li>"),
            }
        });
    let end = format!(
        "<li><a href=\"/?{}=\">none</a></li>",
        Forcing::QUERY_PARAMETER
    );
    let links: String = links.chain([end]).collect();
    Html(format!("<ul>{links}</ul>"))
}

/// What the page's script tells. Anybody can send anything, so that only known names and who may be tracked pass.
async fn events(privacy: Privacy, Json(event): Json<EventRecord>) -> StatusCode {
    let is_known = event.experiment == "basket_colour" && event.action == "hovered";
    match (privacy, is_known) {
        (Privacy::Unrestricted, true) => {
            println!(
                "from the page: {} {}: {}",
                event.experiment, event.variant, event.action
            );
            StatusCode::NO_CONTENT
        }
        (_, true) => StatusCode::NO_CONTENT,
        (_, false) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn script(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], text)
}

const PAGE_SCRIPT: &str = r##"
import { configure, run, track } from "/variate.js";

configure({ endpoint: "/events" });
const basket = document.querySelector("#basket");
basket.style.background = run("basket_colour", { control: () => "silver", candidate: () => "gold" });
basket.addEventListener("mouseenter", () => track("basket_colour", "hovered"), { once: true });
"##;
