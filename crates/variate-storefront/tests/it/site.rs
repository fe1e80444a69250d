//! A shop on a free port of this process, and visitors of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use ureq::Agent;
use ureq::http::Response;
use variate_collector::http::Server;
use variate_collector::{EventStore, ExperimentTallies, MemoryStore};
use variate_storefront::Shop;

pub const KEY: &str = "the-key-of-these-tests";

/// A shop that is open until it is dropped.
pub struct Site {
    pub shop: Shop,
    pub address: SocketAddr,
    store: Arc<MemoryStore>,
    _runtime: Runtime,
}

impl Site {
    pub fn open() -> Self {
        let store = Arc::new(MemoryStore::new());
        Self::with(Arc::clone(&store), store)
    }

    /// One that counts in another store than its tallies are read from.
    pub fn with(counting: impl EventStore + 'static, store: Arc<MemoryStore>) -> Self {
        let shop = Shop::open(counting).unwrap();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(shop.routes(KEY).unwrap());
        runtime.spawn(server.serve(listener, std::future::pending()));
        Self {
            shop,
            address,
            store,
            _runtime: runtime,
        }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that was counted so far.
    pub fn tallies(&self, experiment: &str) -> Option<ExperimentTallies> {
        // It waits for what is on its way.
        self.shop.evaluation(experiment);
        self.store.tallies("shop", experiment).unwrap()
    }

    /// How many did it, and how often, in all variants.
    pub fn counted(&self, experiment: &str, action: &str) -> (i64, i64) {
        let tallies = self.tallies(experiment);
        let cells = tallies.iter().flat_map(|of| &of.cells);
        let counted = cells
            .filter(|cell| cell.action == action)
            .map(|cell| cell.total.counted);
        counted.fold((0, 0), |(units, events), of| {
            (units + of.units, events + of.events)
        })
    }
}

/// Somebody with a cookie jar for one cookie.
pub struct Visitor {
    agent: Agent,
    base: String,
    pub cookie: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub set_cookie: Option<String>,
    pub body: String,
}

impl Visitor {
    /// Somebody who was never here.
    pub fn of(site: &Site) -> Self {
        Self::at(site.url(""))
    }

    /// Somebody who was never there.
    pub fn at(base: String) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self {
            agent: agent.into(),
            base,
            cookie: None,
            headers: Vec::new(),
        }
    }

    /// Opens a page; redirects are not followed.
    pub fn get(&mut self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in self.sent() {
            request = request.header(name, value);
        }
        let answer = request.call().unwrap();
        self.take(answer)
    }

    /// Sends a form.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| {
                format!("{name}={}", value.replace('<', "%3C").replace('>', "%3E"))
            })
            .collect();
        self.post_as("application/x-www-form-urlencoded", path, &form.join("&"))
    }

    /// Sends anything.
    pub fn post_as(&mut self, content_type: &str, path: &str, body: &str) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in self.sent() {
            request = request.header(name, value);
        }
        let answer = request.header("content-type", content_type).send(body);
        self.take(answer.unwrap())
    }

    fn sent(&self) -> Vec<(&'static str, String)> {
        let cookie = self.cookie.clone().map(|cookie| ("cookie", cookie));
        self.headers.iter().cloned().chain(cookie).collect()
    }

    fn take(&mut self, mut answer: Response<ureq::Body>) -> Answer {
        let header = |name| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (location, set_cookie) = (header("location"), header("set-cookie"));
        if let Some(set) = &set_cookie {
            self.cookie = set.split_once(';').map(|(pair, _)| pair.to_owned());
        }
        Answer {
            status: answer.status().as_u16(),
            location,
            set_cookie,
            body: answer.body_mut().read_to_string().unwrap(),
        }
    }
}

impl Answer {
    /// The pill on this page.
    pub fn pill(&self) -> String {
        let (_, rest) = self.body.split_once("data-pill=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }
}
