//! A page on one origin, and the collector on another.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use variate_collector::http::{ApiKeys, Role, Routes, Server};
use variate_collector::{Collector, EmbeddedStore};

use super::package;
use crate::browser::Browser;
use crate::checked_store::{Call, Checked, down};

/// A browser of a visitor, at the page, which has the client.
pub(super) struct Shop {
    pub(super) browser: Browser,
    pub(super) collector: Collector,
    page: String,
    address: SocketAddr,
    is_failing: Arc<AtomicBool>,
    running: Option<Running>,
    // Removed once nobody writes to it.
    _directory: tempfile::TempDir,
}

struct Running {
    runtime: Runtime,
    end: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

const EXPERIMENT: &str = "pill color: größe";

const KEY: &str = "k3y";

/// What the tests of a page need: they wait for the client, never for the time.
const PAGE: &str = r#"<!doctype html>
<title>shop</title>
<link rel=icon href=data:,>
<script src=/alephbet.min.js></script>
<script>
window.started = 0;
window.settled = 0;
const original = window.fetch;
window.fetch = (...request) => {
    started++;
    const answer = original(...request);
    answer.then(() => settled++, () => settled++);
    return answer;
};
window.addEventListener("unhandledrejection", event => event.preventDefault());

const until = (holds) => new Promise(resolve => {
    const look = () => holds() ? resolve() : setTimeout(look, 5);
    look();
});
const queue = (name) => JSON.parse(JSON.parse(localStorage.alephbet || "{}")[name] || "[]");

// A visitor's adapter and experiment; its goals are completed with `visitor.complete(name, props)`.
const visit = (kind, options = {}) => {
    const adapter = new AlephBet[`${kind}Adapter`](window.collector, kind);
    const experiment = new AlephBet.Experiment({
        name: "pill color: größe",
        tracking_adapter: adapter,
        variants: { "1-grey": { activate() {} }, "2-red: a/b": { activate() {} } },
        ...options,
    });
    const goals = {};
    return {
        // A former visitor's adapter may still write its queue when it is answered: nothing is on its way any more.
        sent() { return until(() => settled === started && this.queue().length === 0); },
        queue: () => queue(`_${kind.toLowerCase()}_queue`),
        variant: () => experiment.get_stored_variant(),
        complete(name, props) {
            goals[name] ||= new AlephBet.Goal(name, props);
            if (!goals[name].experiments.length) experiment.add_goal(goals[name]);
            goals[name].complete();
        },
    };
};
</script>"#;

impl Shop {
    pub(super) fn open() -> Self {
        let is_failing = Arc::new(AtomicBool::new(false));
        let directory = tempfile::tempdir().unwrap();
        let fails = Arc::clone(&is_failing);
        let store = Checked {
            store: EmbeddedStore::open(directory.path()).unwrap(),
            check: move |call| match call {
                Call::Ingest(_) if fails.load(Ordering::SeqCst) => Err(down()),
                _ => Ok(()),
            },
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut shop = Self {
            browser: Browser::open(800, 600),
            collector: Collector::new(store).unwrap(),
            page: serve_page(),
            address: listener.local_addr().unwrap(),
            is_failing,
            running: None,
            _directory: directory,
        };
        shop.serve(listener);
        shop.browser
            .pretend("Mozilla/5.0 (X11; Linux x86_64) Chrome/147.0.0.0 Safari/537.36");
        shop.reload();
        shop
    }

    pub(super) fn reload(&self) {
        self.browser.go(&self.page);
        let collector = format!("window.collector = 'http://{}/prod/track'", self.address);
        self.browser.run(&collector);
    }

    /// Nobody listens any more.
    pub(super) fn go_down(&mut self) {
        let running = self.running.take().unwrap();
        running.end.send(()).unwrap();
        running.runtime.block_on(running.ended).unwrap();
    }

    pub(super) fn come_back(&mut self) {
        self.serve(TcpListener::bind(self.address).unwrap());
    }

    pub(super) fn fail(&self, is_failing: bool) {
        self.is_failing.store(is_failing, Ordering::SeqCst);
    }

    /// Units of an action, over all variants, and of each.
    pub(super) fn units(&self, namespace: &str, action: &str) -> (i64, Vec<(String, i64)>) {
        let tallies = self.collector.store().tallies(namespace, EXPERIMENT);
        let cells = tallies.unwrap().map(|tallies| tallies.cells);
        let cells = cells.unwrap_or_default().into_iter();
        let of_action = cells.filter(|cell| cell.action == action);
        let units: Vec<_> = of_action
            .map(|cell| (cell.variant, cell.total.counted.units))
            .collect();
        if action != "participate" {
            assert_eq!(self.results(namespace, action), units);
        }
        (units.iter().map(|(_, units)| units).sum(), units)
    }

    /// What `GET /experiments` says of it.
    fn results(&self, namespace: &str, goal: &str) -> Vec<(String, i64)> {
        let url = format!("http://{}/experiments?namespace={namespace}", self.address);
        let answer = ureq::get(url).header("x-api-key", KEY).call();
        let answer = answer.unwrap().body_mut().read_to_string().unwrap();
        let all: Vec<Value> = serde_json::from_str(&answer).unwrap();
        let one = all.iter().find(|one| one["experiment"] == EXPERIMENT);
        let goals = one.and_then(|one| one["goals"].as_array());
        let mut goals = goals.into_iter().flatten();
        let found = goals.find(|found| found["goal"] == goal);
        let results = found.and_then(|found| found["results"].as_array());
        let result = |one: &Value| {
            let label = one["label"].as_str().unwrap().to_owned();
            (label, one["successes"].as_i64().unwrap())
        };
        let results = results.into_iter().flatten().map(result);
        results.filter(|(_, units)| *units > 0).collect()
    }

    fn serve(&mut self, listener: TcpListener) {
        let runtime = Runtime::new().unwrap();
        let keys = ApiKeys::new().with(KEY, Role::Read, &[]);
        let routes = Routes::new(self.collector.clone()).api_keys(keys);
        let routes = routes.allow_origin("*");
        let server = Server::new(routes.unwrap().router());
        let (end, ends) = oneshot::channel();
        listener.set_nonblocking(true).unwrap();
        let ended = runtime.spawn(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            server.serve(listener, async { drop(ends.await) }).await;
        });
        self.running = Some(Running {
            runtime,
            end,
            ended,
        });
    }
}

/// Serves the page and the script until the test ends, and says where.
fn serve_page() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let script: Arc<str> = package::script().into();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let script = Arc::clone(&script);
            // Browsers open connections that they do not use.
            std::thread::spawn(move || answer(&connection.unwrap(), &script));
        }
    });
    url
}

fn answer(mut connection: &TcpStream, script: &str) {
    let mut lines = BufReader::new(connection).lines();
    let Some(Ok(request)) = lines.next() else {
        return;
    };
    let _headers = lines
        .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
        .count();
    let (kind, body) = if request.contains("alephbet.min.js") {
        ("text/javascript", script)
    } else {
        ("text/html", PAGE)
    };
    let length = body.len();
    let _ = write!(
        connection,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {length}\r\n\r\n{body}"
    );
}
