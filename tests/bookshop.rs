//! The example `bookshop` over real sockets.
#![cfg(feature = "axum")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that meets what it does not expect has failed"
)]

#[path = "../examples/bookshop/app.rs"]
mod app;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use ureq::Agent;
use ureq::http::Response;
use variate::{Canonical, Config, MemoryTracker};

/// The application on a free port.
struct Shop {
    address: SocketAddr,
    config: Config,
    tracker: MemoryTracker,
    _runtime: Runtime,
}

impl Shop {
    fn open() -> Self {
        let tracker = MemoryTracker::new();
        let config = app::config(Canonical, tracker.clone()).unwrap();
        let layer = app::layer(config.clone()).unwrap().allow_http();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async { axum::serve(listener, app::routes().layer(layer)).await });
        Self {
            address,
            config,
            tracker,
            _runtime: runtime,
        }
    }
}

/// Somebody with a browser's cookies.
struct Reader<'s> {
    shop: &'s Shop,
    cookies: Vec<(String, String)>,
    headers: Vec<(&'static str, &'static str)>,
    agent: Agent,
}

impl<'s> Reader<'s> {
    fn of(shop: &'s Shop) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        Self {
            shop,
            cookies: Vec::new(),
            headers: Vec::new(),
            agent: agent.into(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.shop.address)
    }

    fn cookie_header(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn get(&mut self, path: &str) -> String {
        let mut request = self
            .agent
            .get(self.url(path))
            .header("cookie", self.cookie_header());
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let answer = request.call().unwrap();
        assert_eq!(answer.status(), 200);
        self.take(answer)
    }

    fn post(&mut self, path: &str) -> String {
        let request = self
            .agent
            .post(self.url(path))
            .header("cookie", self.cookie_header());
        let answer = request.send_empty().unwrap();
        assert_eq!(answer.status(), 303);
        self.take(answer)
    }

    fn take(&mut self, mut answer: Response<ureq::Body>) -> String {
        for set in answer.headers().get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !set.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer.body_mut().read_to_string().unwrap()
    }
}

/// What the page shows, and what it publishes.
fn headline(page: &str) -> (&str, serde_json::Value) {
    let shown = page
        .split_once("<h1>")
        .unwrap()
        .1
        .split_once("</h1>")
        .unwrap()
        .0;
    let script = page.split_once("id=\"variate-experiments\">").unwrap().1;
    let json = script.split_once("</script>").unwrap().0;
    (shown, serde_json::from_str(json).unwrap())
}

#[test]
fn a_reader_keeps_the_headline_and_the_page_knows_it() {
    let shop = Shop::open();
    let mut reader = Reader::of(&shop);
    let page = reader.get("/");
    let (shown, published) = headline(&page);
    let expected = match published["headline"]["variant"].as_str().unwrap() {
        "control" => "Books for everybody",
        "question" => "What do you read next?",
        _ => "41,312 books, today at your door",
    };
    assert_eq!(shown, expected);
    assert!(published["basket_colour"]["key"].is_string(), "{published}");
    assert!(page.ends_with("</script></body></html>"), "{page}");
    assert_eq!(reader.get("/"), page);

    reader.post("/order");
    let events = shop.tracker.events();
    let order = events.last().unwrap();
    assert_eq!((&*order.action, order.value), ("ordered", Some(12.5)));
    assert_eq!(published["headline"]["key"], order.key.to_string());
}

#[test]
fn who_signs_in_is_the_same_reader() {
    let shop = Shop::open();
    let mut reader = Reader::of(&shop);
    reader.get("/");
    assert_eq!(reader.cookies[0].0, "bookshop_id");
    reader.post("/sign-in/42");
    assert_eq!(reader.cookies, [("account".to_owned(), "42".to_owned())]);
    let events = shop.tracker.events();
    let (before, after) = (&events[0], events.last().unwrap());
    assert_eq!(after.action, "signed_in");
    assert_eq!(after.migration_keys, std::slice::from_ref(&before.key));
    let (_, published) = headline(&reader.get("/"));
    assert_eq!(published["headline"]["key"], after.key.to_string());
}

#[test]
fn who_asks_not_to_be_tracked_has_no_cookie_and_no_key() {
    let shop = Shop::open();
    let mut reader = Reader::of(&shop);
    reader.headers.push(("sec-gpc", "1"));
    let page = reader.get("/");
    let (_, published) = headline(&page);
    assert!(published["headline"]["key"].is_null(), "{published}");
    assert!(reader.cookies.is_empty());
    assert!(shop.tracker.events().is_empty());
}

#[test]
fn quality_assurance_goes_by_links_and_leaves_no_trace() {
    let shop = Shop::open();
    let mut reader = Reader::of(&shop);
    let links = reader.get("/qa");
    for (variant, shown) in [
        ("question", "What do you read next?"),
        ("number", "41,312 books, today at your door"),
        ("control", "Books for everybody"),
    ] {
        let (before, _) = links.split_once(&format!("\">{variant}<")).unwrap();
        let (_, path) = before.rsplit_once("href=\"").unwrap();
        assert_eq!(headline(&reader.get(path)).0, shown);
        assert_eq!(
            headline(&reader.get("/")).0,
            shown,
            "it holds for the session"
        );
    }
    reader.post("/order");
    let tracked = shop.tracker.events();
    assert!(
        tracked.iter().all(|event| event.experiment != "headline"),
        "{tracked:?}"
    );
    reader.get("/?variate_force=");
    assert!(
        reader.cookies.iter().all(|(name, _)| name == "bookshop_id"),
        "{:?}",
        reader.cookies
    );
    assert_eq!(shop.config.diagnostics().refused_tokens, 0);
}

#[test]
fn the_pages_script_tells_what_happens() {
    let shop = Shop::open();
    let mut reader = Reader::of(&shop);
    let (_, published) = headline(&reader.get("/"));
    let about = &published["basket_colour"];
    let event = |action: &str| {
        serde_json::json!({
            "id": "00000000-0000-4000-8000-000000000001", "experiment": "basket_colour", "variant": about["variant"],
            "key": about["key"], "action": action, "reason": "published", "at": 1_800_000_000_000_u64,
        })
        .to_string()
    };
    let send = |body: String| {
        let request = reader.agent.post(reader.url("/events"));
        let answer = request
            .header("content-type", "application/json")
            .send(body);
        answer.unwrap().status().as_u16()
    };
    assert_eq!(send(event("hovered")), 204);
    assert_eq!(send(event("made_up")), 422);
    assert_eq!(send("{}".to_owned()), 422);
    assert!(reader.get("/variate.js").contains("export const run"));
    assert!(reader.get("/page.js").contains("/variate.js"));
}
