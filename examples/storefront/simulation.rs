//! Visitors over real HTTP, who click and buy more or less by the colour they see.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use ureq::Agent;
use ureq::http::Response;

/// As many at the same time.
const THREADS: u64 = 8;
/// How many ask not to be tracked.
const PRIVATE: f64 = 0.02;

/// Who is sent, and where.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) shop: SocketAddr,
    pub(crate) visitors: u64,
    pub(crate) seed: u64,
}

/// What became of them.
#[derive(Debug)]
pub(crate) struct Outcome {
    visitors: u64,
    requests: u64,
    /// Visitors who asked not to be tracked.
    private: u64,
    /// Visitors whose visit broke off.
    pub(crate) failed: u64,
    first_failure: Option<String>,
    took: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} visitors, {} requests in {:.1} s; {} asked not to be tracked, {} failed",
            self.visitors,
            self.requests,
            self.took.as_secs_f64(),
            self.private,
            self.failed,
        )?;
        match &self.first_failure {
            Some(failure) => write!(out, ", the first with: {failure}"),
            None => Ok(()),
        }
    }
}

/// Sends them all, and waits until the last one is gone.
pub(crate) fn send(crowd: &Crowd) -> Outcome {
    let begin = Instant::now();
    // Drawn on standard error, and only where that is a terminal.
    let bar = ProgressBar::new(crowd.visitors);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} visitors, {eta} left")
    {
        bar.set_style(style);
    }
    let (next, requests) = (AtomicU64::new(0), AtomicU64::new(0));
    let (private, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let first_failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(crowd.visitors) {
            scope.spawn(|| {
                let agent = agent();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= crowd.visitors {
                        break;
                    }
                    // A generator for each visitor, so that it does not matter which thread sends whom.
                    let mut random = StdRng::seed_from_u64(crowd.seed.wrapping_add(index << 20));
                    let mut guest = Guest {
                        agent: &agent,
                        shop: crowd.shop,
                        private: random.random_bool(PRIVATE),
                        cookie: None,
                        requests: 0,
                    };
                    if let Err(failure) = guest.visit(&mut random) {
                        failed.fetch_add(1, Ordering::Relaxed);
                        if let Ok(mut first) = first_failure.lock() {
                            first.get_or_insert(failure);
                        }
                    }
                    private.fetch_add(u64::from(guest.private), Ordering::Relaxed);
                    requests.fetch_add(guest.requests, Ordering::Relaxed);
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    Outcome {
        visitors: crowd.visitors,
        requests: requests.into_inner(),
        private: private.into_inner(),
        failed: failed.into_inner(),
        first_failure: first_failure.into_inner().unwrap_or_default(),
        took: begin.elapsed(),
    }
}

/// A client that keeps its connection, and leaves redirects to the visitor.
fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

/// How tempting a pill is.
struct Habits {
    clicks: f64,
    then_buys: f64,
}

impl Habits {
    fn on_seeing(page: &str) -> Result<Self, String> {
        let sees = |pill: &str| page.contains(&format!("data-pill=\"{pill}\""));
        let (clicks, then_buys) = if sees("grey") {
            (0.10, 0.30)
        } else if sees("red") {
            (0.11, 0.34)
        } else if sees("blue") {
            (0.13, 0.32)
        } else {
            return Err("a page without a pill".to_owned());
        };
        Ok(Self { clicks, then_buys })
    }
}

/// A visitor: a browser, as far as this shop needs one.
struct Guest<'a> {
    agent: &'a Agent,
    shop: SocketAddr,
    private: bool,
    cookie: Option<String>,
    requests: u64,
}

impl Guest<'_> {
    fn visit(&mut self, random: &mut StdRng) -> Result<(), String> {
        let habits = Habits::on_seeing(&self.get("/")?)?;
        if random.random_bool(habits.clicks) {
            self.post("/click", &[])?;
            if random.random_bool(habits.then_buys) {
                let quantity = random.random_range(1..=4_u32).to_string();
                let price = format!("{:.2}", random.random_range(1.0..9.0));
                self.post("/buy", &[("quantity", &quantity), ("price", &price)])?;
            }
        }
        Ok(())
    }

    fn get(&mut self, path: &str) -> Result<String, String> {
        self.requests += 1;
        let mut request = self.agent.get(format!("http://{}{path}", self.shop));
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        let mut answer = request.call().map_err(|failure| failure.to_string())?;
        self.keep_cookie(&answer);
        let page = answer.body_mut().read_to_string();
        page.map_err(|failure| failure.to_string())
    }

    /// Sends a form, and goes where the answer says.
    fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<(), String> {
        self.requests += 1;
        let mut request = self.agent.post(format!("http://{}{path}", self.shop));
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        let answer = request
            .send_form(form.iter().copied())
            .map_err(|failure| failure.to_string())?;
        self.keep_cookie(&answer);
        let location = answer.headers().get("location");
        let Some(location) = location.and_then(|location| location.to_str().ok()) else {
            return Err(format!("{path} answers {}", answer.status()));
        };
        self.get(location).map(drop)
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let cookie = self.cookie.clone().map(|cookie| ("cookie", cookie));
        let private = self.private.then(|| ("dnt", "1".to_owned()));
        cookie.into_iter().chain(private).collect()
    }

    fn keep_cookie<T>(&mut self, answer: &Response<T>) {
        let set = answer.headers().get("set-cookie");
        if let Some((pair, _)) = set
            .and_then(|set| set.to_str().ok())
            .and_then(|set| set.split_once(';'))
        {
            self.cookie = Some(pair.to_owned());
        }
    }
}
