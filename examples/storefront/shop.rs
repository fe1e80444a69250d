//! The shop: who is there, what they see, what they do.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, IntoResponseParts, Json, Redirect};
use axum::routing::{get, post};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use serde::Deserialize;
use variate::{
    Action, Config, ConfigError, CookieInstruction, Declaration, Experiment, Identity, Privacy,
    Visitor, context,
};

use crate::page;
use crate::pill::Pill;
use crate::results::Results;
use crate::tally::Tally;

/// Longer than the experiment, so that nobody changes colour halfway.
const COOKIE_LIFETIME: Duration = Duration::from_hours(24 * 60);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shop {
    config: Config,
    tally: Tally,
    identity: Arc<Identity>,
    cookie_key: Key,
}

impl Shop {
    /// A shop without visitors.
    pub(crate) fn new() -> Result<Self, ConfigError> {
        let tally = Tally::new(["control", "red", "blue"]);
        Ok(Self {
            config: Config::builder()
                .declare(Declaration::new("pill_color").variants(["red", "blue"]))
                .tracker(tally.clone())
                .build()?,
            tally,
            identity: Arc::new(Identity::new("visitor_id").cookie_name("pill_shop")),
            // A key of this process: the tally forgets its visitors at the end, and so may the cookies.
            cookie_key: Key::generate(),
        })
    }

    /// What was counted.
    pub(crate) fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// All pages.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/", get(product))
            .route("/click", post(click))
            .route("/checkout", get(checkout))
            .route("/buy", post(buy))
            .route("/thanks", get(thanks))
            .route("/results", get(results))
            .route("/results.json", get(results_json))
            .route("/style.css", get(style))
            .route("/icon.svg", get(icon))
            .fallback(not_found)
            .method_not_allowed_fallback(not_allowed)
            .with_state(self)
    }

    /// The experiment, for somebody without an account: the identity cookie stands in for the user.
    fn pill_color(&self, visitor: &Visitor<'_>) -> Experiment<'_> {
        let nobody = None::<u64>;
        visitor.identify(
            self.config
                .experiment("pill_color", context! { visitor_id: nobody }),
        )
    }
}

async fn product(State(shop): State<Shop>, visit: Visit) -> impl IntoResponse {
    let visitor = visit.visitor(&shop);
    let pill = colour(&shop.pill_color(&visitor));
    (visit.answer(&visitor), page::product(pill))
}

/// Which pill this visitor sees: the experiment.
fn colour(exp: &Experiment<'_>) -> Pill {
    exp.use_(|| Pill::GREY)
        .variant("red", || Pill::RED)
        .variant("blue", || Pill::BLUE)
        .run()
}

async fn click(State(shop): State<Shop>, visit: Visit) -> impl IntoResponse {
    let visitor = visit.visitor(&shop);
    shop.pill_color(&visitor).track("clicked");
    (visit.answer(&visitor), Redirect::to("/checkout"))
}

async fn checkout(State(shop): State<Shop>, visit: Visit) -> impl IntoResponse {
    let visitor = visit.visitor(&shop);
    let pill = colour(&shop.pill_color(&visitor));
    (visit.answer(&visitor), page::checkout(pill))
}

async fn buy(
    State(shop): State<Shop>,
    visit: Visit,
    order: Result<Form<Order>, FormRejection>,
) -> impl IntoResponse {
    let order = order.map_err(|problem| refusal(&problem));
    let value = match order.and_then(|Form(order)| {
        let bad = |problem| (StatusCode::BAD_REQUEST, problem);
        order.value().map_err(bad)
    }) {
        Ok(value) => value,
        Err((status, problem)) => return (status, page::problem(&problem)).into_response(),
    };
    let visitor = visit.visitor(&shop);
    shop.pill_color(&visitor)
        .track(Action::new("bought").value(value));
    (visit.answer(&visitor), Redirect::to("/thanks")).into_response()
}

/// What is told of a form that cannot be read.
fn refusal(problem: &FormRejection) -> (StatusCode, String) {
    match problem.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => (status, "the order is too large".to_owned()),
        _ => (StatusCode::BAD_REQUEST, shown(&problem.body_text())),
    }
}

async fn thanks(State(shop): State<Shop>, visit: Visit) -> impl IntoResponse {
    let visitor = visit.visitor(&shop);
    let pill = colour(&shop.pill_color(&visitor));
    (visit.answer(&visitor), page::thanks(pill))
}

async fn results(State(shop): State<Shop>) -> Html<String> {
    page::results(&Results::of(&shop.tally))
}

async fn results_json(State(shop): State<Shop>) -> Json<Results> {
    Json(Results::of(&shop.tally))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css")], page::STYLE)
}

async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], page::ICON)
}

async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, page::not_found())
}

async fn not_allowed() -> impl IntoResponse {
    (StatusCode::METHOD_NOT_ALLOWED, page::not_allowed())
}

/// Of what a visitor sent, as much as an answer repeats: 60 characters.
fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// An order as the form sends it: checked here, so that the answer says what is wrong.
#[derive(Debug, Deserialize)]
struct Order {
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    price: String,
}

impl Order {
    /// What it is worth.
    fn value(&self) -> Result<f64, String> {
        let quantity = match self.quantity.trim().parse::<u8>() {
            Ok(quantity @ 1..=100) => f64::from(quantity),
            _ => {
                let given = shown(&self.quantity);
                return Err(format!(
                    "the quantity must be a whole number from 1 to 100, not `{given}`"
                ));
            }
        };
        match self.price.trim().parse::<f64>() {
            Ok(price) if (0.01..=1000.0).contains(&price) => Ok(quantity * price),
            _ => {
                let given = shown(&self.price);
                Err(format!(
                    "the price must be a number from 0.01 to 1000, not `{given}`"
                ))
            }
        }
    }
}

/// What a request says about who makes it.
struct Visit {
    cookies: SignedCookieJar,
    privacy: Privacy,
}

impl Visit {
    fn visitor<'s>(&self, shop: &'s Shop) -> Visitor<'s> {
        // The jar knows only cookies with a good signature: a forged one is none.
        let cookies = |name: &str| Some(self.cookies.get(name)?.value().to_owned());
        shop.identity.visitor(&cookies, self.privacy)
    }

    /// The part of every answer that carries the identity cookie.
    fn answer(self, visitor: &Visitor<'_>) -> impl IntoResponseParts + use<> {
        let cookies = match visitor.instruction() {
            CookieInstruction::Keep => self.cookies,
            CookieInstruction::Set { name, value } => {
                let mut cookie = identity_cookie(name, value);
                cookie.set_max_age(COOKIE_LIFETIME.try_into().ok());
                self.cookies.add(cookie)
            }
            CookieInstruction::Delete { name } => {
                self.cookies.remove(identity_cookie(name, String::new()))
            }
        };
        // What one visitor gets must not come out of a cache for another.
        ([(CACHE_CONTROL, "private, no-store")], cookies)
    }
}

/// Without `Secure`, which a shop beyond loopback, on HTTPS, adds.
fn identity_cookie(name: &str, value: String) -> Cookie<'static> {
    Cookie::build((name.to_owned(), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

impl FromRequestParts<Shop> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Self::Rejection> {
        let header = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
        Ok(Self {
            privacy: Privacy::from_headers(header("dnt"), header("sec-gpc")),
            cookies: SignedCookieJar::from_headers(&parts.headers, shop.cookie_key.clone()),
        })
    }
}
