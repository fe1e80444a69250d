//! A collector with a dashboard on a socket, with a few experiments of a shop.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tokio::runtime::Runtime;
use ureq::Agent;
use ureq::http::Response;
use variate::{Config, Declaration, Metric, MetricKind, MetricRole, NoTracker, Percent};
use variate_collector::http::{ApiKeys, KeyRing, Role, Routes, Server};
use variate_collector::live::{ExperimentPlan, Plans};
use variate_collector::{Collector, EventStore, MemoryStore, NewEvent};

pub(super) const ADMIN: &str = "admin-key-4mJrSfUtqPzW0bXN8yAg2c";
pub(super) const READ: &str = "read-key-4mJrSfUtqPzW0bXN8yAg2c";
pub(super) const WRITE: &str = "write-key-4mJrSfUtqPzW0bXN8yAg2c";
pub(super) const BLOG: &str = "blog-key-4mJrSfUtqPzW0bXN8yAg2c";

/// 2026-11-21T12:00:00Z.
pub(super) const NOW: u64 = 1_795_262_400_000;
const DAY: u64 = 24 * 60 * 60 * 1_000;

pub(super) struct Site {
    pub(super) store: Arc<MemoryStore>,
    pub(super) keys: KeyRing,
    address: SocketAddr,
    now: Arc<AtomicU64>,
    agent: Agent,
    // Serves until it is dropped.
    _runtime: Runtime,
}

/// An answer, with its body as a text.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) text: String,
    answer: Response<()>,
}

impl Page {
    /// Empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// What a browser sends back.
    pub(super) fn cookie(&self) -> String {
        let cookie = self.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// What a form of this page has to bring back.
    pub(super) fn token(&self) -> &str {
        let from = self.text.split_once("name=\"token\" value=\"");
        let (_, rest) = from.unwrap_or_else(|| panic!("no form: {}", self.text));
        rest.split_once('"').unwrap().0
    }
}

/// Events of a shop on some days.
pub(super) fn fill(store: &MemoryStore) {
    let mut events = Vec::new();
    for number in 0_u64..6_000 {
        let at = NOW - 13 * DAY + number * 13 * DAY / 6_000;
        let variant = ["control", "red", "blue"][usize::try_from(number % 3).unwrap()];
        let mut tell = |experiment: &'static str, variant: &str, action: &'static str, value| {
            let id = format!("{experiment}-{action}-{number}");
            let event = NewEvent::new("shop", experiment, variant.to_owned(), action, id);
            let mut event = event.of_unit(number.to_string()).at(at);
            event.value = value;
            events.push(event);
        };
        tell("pill_color", variant, "assignment", None);
        let luck = number.wrapping_mul(2_654_435_761) % 1_000;
        let rate = match variant {
            "red" => 160,
            "blue" => 110,
            _ => 100,
        };
        if luck < rate {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let value = 10.0 + (luck % 30) as f64;
            tell("pill_color", variant, "bought", Some(value));
        }
        // Half of those of one variant are lost.
        if variant != "blue" && (variant == "control" || number % 2 == 0) {
            tell("checkout", variant, "participate", None);
            if luck % 7 == 0 {
                tell("checkout", variant, "paid", None);
            }
        }
        if variant != "red" && number < 3_000 {
            tell("<b>old & \"quoted\"</b>", variant, "participate", None);
        }
    }
    for batch in events.chunks(1_000) {
        store.ingest(batch).unwrap();
    }
    let post = NewEvent::new("blog", "headline", "control", "participate", "1").at(NOW);
    store.ingest(&[post]).unwrap();
}

fn plans() -> Plans {
    let mut pill = ExperimentPlan::new(["control", "red", "blue"]);
    pill.metrics = vec![
        Metric::new("purchases", MetricKind::conversion("bought")).minimum_effect(0.1),
        Metric::new("revenue", MetricKind::value("bought")).role(MetricRole::Secondary),
    ];
    pill.about.description = Some("Whether a red pill sells better.".to_owned());
    pill.about.owner = Some("growth".to_owned());
    pill.about.issue = Some("https://issues.example/42".to_owned());
    pill.about.due = Some(NOW + 7 * DAY);
    let mut checkout = ExperimentPlan::new(["control", "red"]);
    checkout.metrics = vec![Metric::new("paid", MetricKind::conversion("paid"))];
    checkout.about.owner = Some("payments".to_owned());
    checkout.about.due = Some(NOW - 3 * DAY);
    let mut soon = ExperimentPlan::new(["control", "candidate"]);
    soon.about.starts = Some(NOW + DAY);
    let mut silent = ExperimentPlan::new(["control", "candidate"]);
    silent.about.starts = Some(NOW - 20 * DAY);
    let plans = Plans::new();
    plans.replace([
        ("shop", "pill_color", pill),
        ("shop", "checkout", checkout),
        ("shop", "silent", silent),
        ("shop", "soon", soon),
    ]);
    plans
}

fn config() -> Config {
    let pill = Declaration::new("pill_color")
        .variants(["control", "red", "blue"])
        .resolver(Percent::even());
    let builder = Config::builder().tracker(NoTracker::new());
    builder.declare(pill).build().unwrap()
}

impl Site {
    pub(super) fn open() -> Self {
        Self::with(|routes| routes)
    }

    pub(super) fn with(change: impl FnOnce(Routes) -> Routes) -> Self {
        let store = Arc::new(MemoryStore::new());
        fill(&store);
        let now = Arc::new(AtomicU64::new(NOW));
        let clock = Arc::clone(&now);
        let collector = Collector::builder(Arc::clone(&store))
            .clock(move || UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::Relaxed)))
            .build()
            .unwrap();
        let keys = KeyRing::new(keys());
        let routes = Routes::new(collector)
            .key_ring(&keys)
            .plans(&plans())
            .explain_by(&config())
            .namespace("shop");
        let server = Server::new(change(routes).router());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { server.serve(listener, std::future::pending()).await });
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self {
            store,
            keys,
            address,
            now,
            agent: agent.into(),
            _runtime: runtime,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Goes on in time.
    pub(super) fn pass_hours(&self, hours: u64) {
        self.now
            .fetch_add(hours * 60 * 60 * 1_000, Ordering::Relaxed);
    }

    pub(super) fn get(&self, path: &str, cookie: &str) -> Page {
        self.get_with(path, &[("cookie", cookie)])
    }

    pub(super) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        page(request.call())
    }

    pub(super) fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, &[("cookie", cookie)], fields)
    }

    pub(super) fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Page {
        let mut request = self.agent.post(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        page(request.send_form(fields.iter().copied()))
    }

    /// Logs in; answers the cookie.
    pub(super) fn log_in(&self, key: &str) -> String {
        let form = self.get("/dashboard/login", "");
        let fields = [("token", form.token()), ("key", key)];
        let answer = self.post("/dashboard/login", &form.cookie(), &fields);
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.cookie()
    }

    /// What became of an experiment.
    pub(super) fn info(&self, name: &str) -> Option<variate_collector::ExperimentInfo> {
        let infos = self.store.experiments("shop").unwrap();
        infos.into_iter().find(|info| info.name == name)
    }
}

pub(super) fn keys() -> ApiKeys {
    ApiKeys::new()
        .with(ADMIN, Role::Admin, &["shop", "blog"])
        .with(READ, Role::Read, &["shop", "blog"])
        .with(WRITE, Role::Write, &["shop"])
        .with(BLOG, Role::Admin, &["blog"])
}

fn page(answer: Result<Response<ureq::Body>, ureq::Error>) -> Page {
    let (parts, mut body) = answer.unwrap().into_parts();
    Page {
        status: parts.status.as_u16(),
        text: body.read_to_string().unwrap(),
        answer: Response::from_parts(parts, ()),
    }
}
