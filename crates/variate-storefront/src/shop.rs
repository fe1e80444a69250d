//! The shop: what visitors see and do, and where that is counted.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use variate::axum::{Experiments, ExperimentsLayer, LayerError};
use variate::component::BuildError;
use variate::{
    Action, Catalogue, CatalogueError, Config, ConfigError, Context, Experiment, Forcing, Format,
    Identity, SecretError, context,
};
use variate_collector::http::{ApiKeys, NewApiKey, Role, Routes};
use variate_collector::live::{LiveEvaluation, Plans};
use variate_collector::{Collector, CollectorTracker, EventStore};

use crate::packing::{Pack, packing};
use crate::page;
use crate::pill::Pill;
use crate::world::World;

/// A real shop has secrets of its own, and not in its code.
const COOKIE_SECRET: &str = "what signs the cookies of visitors";
const LINK_SECRET: &str = "what signs links for quality assurance";
const CATALOGUE: &str = include_str!("../catalogue.toml");
/// Where all that is counted belongs to.
const NAMESPACE: &str = "shop";

/// A shop with its experiments. Clones are the same one.
#[derive(Clone)]
pub struct Shop {
    config: Config,
    collector: Collector,
    plans: Plans,
    packing: Arc<dyn Pack>,
    world: World,
}

/// Why a shop does not open.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the error that it has in it")]
pub enum OpenError {
    Catalogue(#[from] CatalogueError),
    Config(#[from] ConfigError),
    Component(#[from] BuildError),
    Secret(#[from] SecretError),
    Layer(#[from] LayerError),
    Thread(#[from] std::io::Error),
}

impl Shop {
    /// A shop that counts in this store.
    ///
    /// # Errors
    ///
    /// When there is something wrong with the catalogue or the system.
    pub fn open(store: impl EventStore + 'static) -> Result<Self, OpenError> {
        let world = World::default();
        let (clock, randomness) = (world.clone(), world.clone());
        let collector = Collector::new(store)?;
        let catalogue = Catalogue::parse(CATALOGUE, Format::Toml, "catalogue.toml")?;
        let plans = Plans::new();
        plans.replace_with_catalogues(NAMESPACE, None, [&catalogue]);
        let config = Config::builder()
            .catalogue(catalogue)
            .tracker(CollectorTracker::new(collector.clone()).namespace(NAMESPACE))
            .forcing(Forcing::new(LINK_SECRET)?)
            .clock(move || clock.now())
            .randomness(move || randomness.next_u64())
            .build()?;
        Ok(Self {
            packing: packing(&config)?,
            config,
            collector,
            plans,
            world,
        })
    }

    /// The shop, and what comes of its experiments at `/experiments`, for who has this key.
    ///
    /// # Errors
    ///
    /// When the layer of experiments cannot be made.
    pub fn routes(&self, key: &str) -> Result<Router, OpenError> {
        let identity = Identity::new("visitor_id").cookie_name("pill_shop");
        let experiments = ExperimentsLayer::new(identity, COOKIE_SECRET)?
            .config(self.config.clone())
            .keep_forced()
            // Beyond a developer's machine there is HTTPS.
            .allow_http();
        let keys = ApiKeys::new()
            .with(key, Role::Admin, &[])
            // A key that nobody has: events come from this process only.
            .with(NewApiKey::random().text(), Role::Write, &[]);
        let results = Routes::new(self.collector.clone())
            .api_keys(keys)
            .namespace(NAMESPACE)
            .plans(&self.plans)
            .explain_by(&self.config);
        Ok(Router::new()
            .route("/", get(product))
            .route("/click", post(click))
            .route("/checkout", get(checkout))
            .route("/buy", post(buy))
            .route("/thanks", get(thanks))
            .route("/style.css", get(style))
            .route("/icon.svg", get(icon))
            .fallback(not_found)
            .method_not_allowed_fallback(not_allowed)
            .layer(experiments)
            .with_state(self.clone())
            .nest("/experiments", results.router()))
    }

    /// What an experiment says by now: nothing before its first event.
    pub fn evaluation(&self, name: &str) -> Option<LiveEvaluation> {
        self.config.flush(Duration::from_secs(30));
        let tallies = self.collector.store().tallies(NAMESPACE, name).ok()??;
        let plan = self.plans.get(NAMESPACE, name);
        LiveEvaluation::of(&tallies, plan.as_deref(), self.collector.now()).ok()
    }

    /// Its time and chance.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Counts no more, once what was tracked is counted. The shop goes on selling.
    pub fn close(&self) {
        self.collector.close();
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shop")
            .field("collector", &self.collector)
            .finish_non_exhaustive()
    }
}

/// Somebody without an account: the id in the signed cookie stands in.
fn nobody() -> Context<'static> {
    context! { visitor_id: None::<u64> }
}

/// Which pill this visitor sees: the experiment.
fn pill(experiments: &Experiments) -> Pill {
    experiments
        .experiment("pill_color", nobody())
        .use_(|| Pill::GREY)
        .variant("red", || Pill::RED)
        .variant("blue", || Pill::BLUE)
        .run()
}

fn free_delivery(experiments: &Experiments) -> Experiment<'_> {
    experiments.experiment("free_delivery", nobody())
}

async fn product(experiments: Experiments) -> Html<String> {
    let config = experiments.config();
    let look = |variant, name| {
        let token = config.forcing_token("pill_color", variant, Duration::from_hours(1));
        (name, token.unwrap_or_default())
    };
    let looks = [
        look("control", "grey"),
        look("red", "red"),
        look("blue", "blue"),
    ];
    page::product(pill(&experiments), &looks)
}

async fn click(experiments: Experiments) -> Redirect {
    experiments
        .experiment("pill_color", nobody())
        .track("clicked");
    Redirect::to("/checkout")
}

async fn checkout(experiments: Experiments) -> Html<String> {
    let note = free_delivery(&experiments)
        .use_(|| "")
        .try_(|| "Delivery is free.")
        .run();
    page::checkout(pill(&experiments), note)
}

async fn buy(
    State(shop): State<Shop>,
    experiments: Experiments,
    order: Result<Form<Order>, FormRejection>,
) -> Response {
    let order = order.map_err(|problem| refusal(&problem));
    let (pills, price) = match order.and_then(|Form(order)| {
        let bad = |problem| (StatusCode::BAD_REQUEST, problem);
        order.read().map_err(bad)
    }) {
        Ok(order) => order,
        Err((status, problem)) => return (status, page::problem(&problem)).into_response(),
    };
    let bought = Action::new("bought").value(f64::from(pills) * price);
    experiments
        .experiment("pill_color", nobody())
        .track(bought.clone());
    free_delivery(&experiments).track(bought);
    // Which of the two packers it is, and what it measures, is not this handler's business.
    let boxes = shop.packing.pack(shop.world.next_u64(), pills);
    Redirect::to(&format!("/thanks?boxes={boxes}")).into_response()
}

async fn thanks(
    experiments: Experiments,
    parcel: Result<Query<Parcel>, QueryRejection>,
) -> Html<String> {
    let boxes = parcel.map_or(1, |Query(parcel)| parcel.boxes);
    page::thanks(pill(&experiments), boxes)
}

#[derive(Debug, Deserialize)]
struct Parcel {
    boxes: u32,
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

/// What is told of a form that cannot be read.
fn refusal(problem: &FormRejection) -> (StatusCode, String) {
    match problem.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => (status, "the order is too large".to_owned()),
        _ => (StatusCode::BAD_REQUEST, shown(&problem.body_text())),
    }
}

/// Of what a visitor sent, as much as an answer repeats: 60 characters.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
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
    /// How many pills, and for how much each.
    fn read(&self) -> Result<(u32, f64), String> {
        let quantity = self.quantity.trim().parse().ok();
        let price = self.price.trim().parse().ok();
        match (
            quantity.filter(|pills| (1..=100).contains(pills)),
            price.filter(|price| (0.01..=1000.0).contains(price)),
        ) {
            (Some(pills), Some(price)) => Ok((pills, price)),
            (None, _) => Err(format!(
                "the quantity must be a whole number from 1 to 100, not `{}`",
                shown(&self.quantity)
            )),
            (_, None) => Err(format!(
                "the price must be a number from 0.01 to 1000, not `{}`",
                shown(&self.price)
            )),
        }
    }
}
