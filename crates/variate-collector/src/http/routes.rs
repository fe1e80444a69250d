use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, delete, get, post};
use tokio::sync::{Mutex, Semaphore};
use tower::ServiceExt;
use variate_stats::ep_stats::GoalSource;

use super::api_keys::ApiKeys;
use super::body_room::BodyRoom;
use super::bots::Bots;
#[cfg(feature = "dashboard")]
use super::dashboard;
use super::guard::guard;
use super::key_ring::KeyRing;
use super::metrics::Metrics;
use super::origins::{OriginError, Origins};
use super::rate::Rate;
use super::route::{Route, without_stage};
use super::shared::Shared;
use super::{alephbet, backup, evaluate, events, experiments, live, operation};
use crate::live::Plans;
use crate::{Collector, NewEvent};

/// How many request bodies fit into memory at once: so many of the largest ones.
const BODIES: usize = 32;

/// The routes of a collector, to be served by [`Server`](super::Server) or to be mounted in an application.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use variate_collector::http::{ApiKeys, Role, Routes};
/// use variate_collector::{Collector, MemoryStore};
///
/// let collector = Collector::new(MemoryStore::new())?;
/// let routes = Routes::new(collector.clone())
///     .api_keys(ApiKeys::new().with("4mJrSfUtqPzW0bXN8yAg2c", Role::Read, &[]))
///     .allow_origin("https://shop.example")?;
///
/// // Pages send their events to `/experiments/track`.
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .nest("/experiments", routes.router());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Rates and addresses of bots need to know who asks: serve with
/// [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info) then, as [`Server`](super::Server) does.
#[must_use]
pub struct Routes {
    shared: Shared,
    has_ep_stats: bool,
}

/// Why a path cannot be another one for `/track`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{path}` cannot stand for /track: it must be a path as in `/kcart`, of ASCII letters, digits and `-._~/`, that no route has yet"
)]
pub struct AliasError {
    path: String,
}

impl Routes {
    /// The longest that a request may take to come, and the store to answer: 30 seconds.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// The most that a body may have, before and after decompression: 8 MiB.
    pub const BODY_BYTES: usize = 8 << 20;
    /// The most events that may be sent at once: 10,000.
    pub const BATCH_EVENTS: usize = 10_000;

    /// Those of this collector: anybody may send events, from pages of any origin; nobody may read without a key.
    pub fn new(collector: Collector) -> Self {
        Self {
            shared: Shared {
                collector,
                keys: KeyRing::default(),
                open_namespaces: Vec::new(),
                origins: Origins::default(),
                namespace: NewEvent::DEFAULT_NAMESPACE.to_owned(),
                aliases: Vec::new(),
                rate: None,
                proxies: 0,
                bots: Bots::known(),
                legacy_200: false,
                body_bytes: Self::BODY_BYTES,
                batch_events: Self::BATCH_EVENTS,
                timeout: Self::TIMEOUT,
                metrics: Metrics::new(),
                kept: Mutex::default(),
                readers: Shared::readers(),
                goals: None,
                plans: Plans::new(),
                #[cfg(feature = "dashboard")]
                dashboard: dashboard::Dashboard::new(),
                evaluators: Shared::evaluators(),
                backup_directory: None,
                backups: Arc::new(Semaphore::new(1)),
                body_room: BodyRoom::new(0, 0),
            },
            has_ep_stats: true,
        }
    }

    /// Who may read and change, and, if any of them has the role write, who may send.
    pub fn api_keys(mut self, keys: ApiKeys) -> Self {
        self.shared.keys = KeyRing::new(keys);
        self
    }

    /// The same, where they may be replaced while requests are served.
    pub fn key_ring(mut self, ring: &KeyRing) -> Self {
        self.shared.keys = ring.clone();
        self
    }

    /// A namespace that is open to whoever sends events without a key, once for each; without it, all are that have no key
    /// with the role write. On the open network everybody can fill what is open with names of their own, up to the store's
    /// [`Limits`](crate::Limits).
    pub fn open_namespace(mut self, name: impl Into<String>) -> Self {
        self.shared.open_namespaces.push(name.into());
        self
    }

    /// Whose pages may send events and read answers, once for each origin; without it, or with `*`, those of any. A page of
    /// another origin gets 403 for its events.
    ///
    /// # Errors
    ///
    /// The text is no origin.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        self.shared.origins.allow(origin)?;
        Ok(self)
    }

    /// Another path for `/track`, which blockers of advertisements do not know.
    ///
    /// # Errors
    ///
    /// The text is no path, or one that is taken.
    pub fn alias(mut self, path: &str) -> Result<Self, AliasError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let has_segments = path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(|part| !part.is_empty()));
        let is_taken =
            path.starts_with("/v1/") || Route::ALL.iter().any(|route| route.path() == path);
        if !has_segments || !path.bytes().all(is_plain) || is_taken {
            return Err(AliasError {
                path: path.to_owned(),
            });
        }
        if !self.shared.aliases.iter().any(|alias| alias == path) {
            self.shared.aliases.push(path.to_owned());
        }
        Ok(self)
    }

    /// The namespace of requests and events that name none: `alephbet`.
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.shared.namespace = name.into();
        self
    }

    /// How many requests a client may send a second, with bursts of ten times as many; without it there is no limit.
    pub fn rate(mut self, requests_per_second: u32) -> Self {
        self.shared.rate = Some(Rate::per_second(requests_per_second));
        self
    }

    /// How many proxies of ours a request passes: the last of them is believed who it was asked by (`X-Forwarded-For`).
    /// Without it that header means nothing.
    pub fn trusted_proxies(mut self, count: usize) -> Self {
        self.shared.proxies = count;
        self
    }

    /// Who is answered and not counted: [`Bots::known`].
    pub fn bots(mut self, bots: Bots) -> Self {
        self.shared.bots = bots;
        self
    }

    /// Whether `/track`, `/experiments` and `/delete` answer 200 to what fails, as Gimel and Lámed do. Clients then forget
    /// events that were not counted.
    pub fn legacy_200(mut self, is_legacy: bool) -> Self {
        self.shared.legacy_200 = is_legacy;
        self
    }

    /// The most that a body may have, before and after decompression: [`Routes::BODY_BYTES`].
    pub fn body_bytes(mut self, most: usize) -> Self {
        self.shared.body_bytes = most;
        self
    }

    /// The most events that may be sent at once: [`Routes::BATCH_EVENTS`].
    pub fn batch_events(mut self, most: usize) -> Self {
        self.shared.batch_events = most;
        self
    }

    /// The longest that a request may take to come, and the store to answer: [`Routes::TIMEOUT`].
    pub fn timeout(mut self, longest: Duration) -> Self {
        self.shared.timeout = longest;
        self
    }

    /// Where `POST /v1/backup` puts copies of the store, each into a directory of its own; without it, it answers 409.
    pub fn backup_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.shared.backup_directory = Some(directory.into());
        self
    }

    /// Where the goals of evaluations come from, if neither the request brings them nor the collector has the experiment:
    /// a warehouse, for example. It is asked on a thread that may block.
    ///
    /// ```
    /// use variate_collector::http::Routes;
    /// use variate_collector::{Collector, MemoryStore};
    /// use variate_stats::ep_stats::{Experiment, GoalError, GoalRow, GoalSource};
    ///
    /// struct Warehouse;
    ///
    /// impl GoalSource for Warehouse {
    ///     fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
    ///         Err(GoalError::Experiment(experiment.id.clone()))
    ///     }
    /// }
    ///
    /// let routes = Routes::new(Collector::new(MemoryStore::new())?).goals(Warehouse);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn goals(mut self, source: impl GoalSource + Send + Sync + 'static) -> Self {
        self.shared.goals = Some(Arc::new(source));
        self
    }

    /// What is declared of experiments, for `GET /v1/experiments/{name}/evaluation`; it may be replaced while requests are answered.
    pub fn plans(mut self, plans: &Plans) -> Self {
        self.shared.plans = plans.clone();
        self
    }

    /// Whether there is the dashboard: yes, at `/dashboard`, where `/` leads to. People log in with an API key that may read.
    #[cfg(feature = "dashboard")]
    pub fn dashboard(mut self, is_on: bool) -> Self {
        self.shared.dashboard.is_on = is_on;
        self
    }

    /// What signs the sessions of people who are logged in to the dashboard; without it, random bits, so that a session is known to
    /// this router only, and until it is gone. Several processes that share their visitors share at least 16 random bytes.
    #[cfg(feature = "dashboard")]
    pub fn session_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.shared.dashboard.sessions = dashboard::Sessions::new(secret.as_ref());
        self
    }

    /// The configuration by which decisions are made, so that the dashboard can say why somebody gets a variant. It is asked on a
    /// thread that may block, and tracks nothing; a store of assignments that it has gets to know whom it is asked about.
    ///
    /// ```
    /// use variate::{Config, Declaration, NoTracker};
    /// use variate_collector::http::Routes;
    /// use variate_collector::{Collector, MemoryStore};
    ///
    /// let config = Config::builder()
    ///     .tracker(NoTracker::new())
    ///     .declare(Declaration::new("pill_color"))
    ///     .build()?;
    /// let routes = Routes::new(Collector::new(MemoryStore::new())?).explain_by(&config);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "dashboard")]
    pub fn explain_by(mut self, config: &variate::Config) -> Self {
        self.shared.dashboard.config = Some(config.clone());
        self
    }

    /// Whether there are Ep-Stats' routes `/evaluate`, `/sample-size-calculation` and `/health`: yes. An application that merges
    /// [these routes](Self::router_without_stages) and has one of those paths itself says no; `/v1/evaluate` stays.
    pub fn ep_stats(mut self, has_ep_stats: bool) -> Self {
        self.has_ep_stats = has_ep_stats;
        self
    }

    /// All of them, under any prefix too: `/track` is also `/prod/track`, and `/track/`.
    ///
    /// Since the prefix may be anything, the router answers every path. An application mounts it with
    /// [`nest`](axum::Router::nest), or merges [`router_without_stages`](Self::router_without_stages).
    pub fn router(self) -> Router {
        let (shared, inner) = self.build();
        let staged = move |mut request: Request| {
            let inner = inner.clone();
            if let Some(uri) = unstaged(request.uri(), &shared.aliases) {
                *request.uri_mut() = uri;
            }
            inner.oneshot(request)
        };
        Router::new().fallback(staged)
    }

    /// All of them, under their own paths only.
    pub fn router_without_stages(self) -> Router {
        self.build().1
    }

    fn build(mut self) -> (Arc<Shared>, Router) {
        self.shared.body_room = BodyRoom::new(BODIES, self.shared.body_bytes);
        let shared = Arc::new(self.shared);
        let mut router = Router::new();
        let mut add = |route: Route, path: &str, methods: MethodRouter<Arc<Shared>>| {
            let guard = from_fn_with_state((Arc::clone(&shared), route), guard);
            let methods = match route {
                Route::Evaluate | Route::SampleSize => methods.fallback(evaluate::only_post),
                Route::EpStatsHealth => methods.fallback(evaluate::only_get),
                _ => methods.fallback(operation::not_allowed),
            };
            let methods = methods.layer(guard);
            router = std::mem::take(&mut router).route(path, methods);
        };
        let mut own = |route: Route, methods| add(route, route.path(), methods);
        own(Route::Results, get(alephbet::results));
        own(Route::Forget, delete(alephbet::forget));
        own(Route::Events, post(events::post));
        own(Route::Namespaces, get(experiments::namespaces));
        own(Route::Experiments, get(experiments::list));
        own(
            Route::Experiment,
            get(experiments::tallies).delete(experiments::delete),
        );
        own(Route::Days, get(experiments::days));
        own(Route::Evaluation, get(live::evaluation));
        own(Route::Archive, post(experiments::archive));
        own(Route::Unarchive, post(experiments::unarchive));
        own(Route::Reset, post(experiments::reset));
        own(Route::Control, post(experiments::control));
        own(Route::Winner, post(experiments::winner));
        own(Route::Pairs, post(experiments::pairs));
        own(Route::Backup, post(backup::post));
        own(Route::EvaluateCorrected, post(evaluate::corrected));
        if self.has_ep_stats {
            own(Route::Evaluate, post(evaluate::as_ep_stats));
            own(Route::SampleSize, post(evaluate::sample_size));
            own(Route::EpStatsHealth, get(evaluate::health));
        }
        own(Route::Health, get(operation::health));
        own(Route::Ready, get(operation::ready));
        own(Route::Metrics, get(operation::metrics));
        own(Route::OpenApi, get(operation::openapi));
        own(Route::Docs, get(operation::docs));
        own(Route::DocsScript, get(operation::docs_script));
        own(Route::DocsStyle, get(operation::docs_style));
        #[cfg(feature = "dashboard")]
        if shared.dashboard.is_on {
            own(Route::Dashboard, get(dashboard::list));
            own(Route::DashboardExperiment, get(dashboard::experiment));
            own(
                Route::DashboardTrace,
                get(dashboard::trace_form).post(dashboard::trace),
            );
            own(
                Route::DashboardChange,
                get(dashboard::confirm).post(dashboard::change),
            );
            own(
                Route::DashboardLogin,
                get(dashboard::login_form).post(dashboard::log_in),
            );
            own(Route::DashboardLogout, post(dashboard::log_out));
            own(Route::DashboardStyle, get(dashboard::style));
            own(Route::DashboardScript, get(dashboard::script));
            own(Route::DashboardChart, get(dashboard::chart_script));
        }
        for path in
            std::iter::once(Route::Track.path()).chain(shared.aliases.iter().map(String::as_str))
        {
            add(
                Route::Track,
                path,
                get(alephbet::track).head(alephbet::nothing),
            );
        }
        let guard = from_fn_with_state((Arc::clone(&shared), Route::Unknown), guard);
        let unknown = any(operation::unknown)
            .layer(guard)
            .with_state(Arc::clone(&shared));
        let router = router.fallback_service(unknown);
        (Arc::clone(&shared), router.with_state(shared))
    }
}

/// The same without the stage and without a slash at the end, if there are any.
fn unstaged(uri: &Uri, aliases: &[String]) -> Option<Uri> {
    let whole = uri.path();
    let shorter = whole.strip_suffix('/').filter(|path| !path.is_empty());
    let path = without_stage(shorter.unwrap_or(whole), aliases).or(shorter)?;
    let rest = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    rest.parse().ok()
}

impl fmt::Debug for Routes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Routes")
            .field("collector", &self.shared.collector)
            .field("api_keys", &self.shared.keys)
            .field("origins", &self.shared.origins)
            .field("namespace", &self.shared.namespace)
            .field("aliases", &self.shared.aliases)
            .finish_non_exhaustive()
    }
}
