//! Visitors over real HTTP, who click and buy more or less by what they see.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use ureq::Agent;
use ureq::http::Response;

use crate::World;

/// So many days they come, today among them.
const DAYS: u64 = 14;
/// How many ask not to be tracked.
const PRIVATE: f64 = 0.02;

/// Who is sent, and where. One comes after the other, so that the same seed gives the same figures.
#[derive(Debug)]
pub struct Crowd {
    /// The shop's address.
    pub shop: SocketAddr,
    /// How many visitors.
    pub visitors: u64,
    /// What they are, do and see follows from it.
    pub seed: u64,
}

/// What became of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    visitors: u64,
    requests: u64,
    private: u64,
    /// Visitors whose visit broke off.
    pub failed: u64,
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

impl Crowd {
    /// Sends them all, as many on each day, and waits until the last one is gone. Blocks.
    pub fn send(&self, world: &World) -> Outcome {
        let begin = Instant::now();
        // Drawn on standard error, and only where that is a terminal.
        let bar = ProgressBar::new(self.visitors);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} visitors, {eta} left")
        {
            bar.set_style(style);
        }
        let mut outcome = Outcome {
            visitors: self.visitors,
            requests: 0,
            private: 0,
            failed: 0,
            first_failure: None,
            took: Duration::ZERO,
        };
        // A client that keeps its connection, and leaves redirects to the visitor.
        let agent: Agent = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let mut random = StdRng::seed_from_u64(self.seed);
        world.begin(random.random());
        for index in 0..self.visitors {
            world.go_back(DAYS - 1 - DAYS * index / self.visitors);
            let mut guest = Guest {
                agent: &agent,
                shop: self.shop,
                is_private: random.random_bool(PRIVATE),
                cookie: None,
                requests: 0,
            };
            if let Err(failure) = guest.visit(&mut random) {
                outcome.failed += 1;
                outcome.first_failure.get_or_insert(failure);
            }
            outcome.private += u64::from(guest.is_private);
            outcome.requests += guest.requests;
            bar.inc(1);
        }
        world.end();
        bar.finish_and_clear();
        outcome.took = begin.elapsed();
        outcome
    }
}

/// How tempting a pill is: the truth that the experiment is to find.
struct Habits {
    clicks: f64,
    then_buys: f64,
    /// What is paid for one, in €.
    pays: std::ops::Range<f64>,
}

impl Habits {
    fn on_seeing(page: &str) -> Result<Self, String> {
        let habits = |clicks, then_buys, pays| Self {
            clicks,
            then_buys,
            pays,
        };
        let sees = |pill: &str| page.contains(&format!("data-pill=\"{pill}\""));
        match ["grey", "red", "blue"].into_iter().find(|pill| sees(pill)) {
            Some("grey") => Ok(habits(0.28, 0.36, 4.0..8.0)),
            // Bought more often, and for less.
            Some("red") => Ok(habits(0.34, 0.38, 3.0..6.0)),
            Some(_) => Ok(habits(0.36, 0.42, 4.0..8.0)),
            None => Err("a page without a pill".to_owned()),
        }
    }
}

/// A visitor: a browser, as far as this shop needs one.
struct Guest<'a> {
    agent: &'a Agent,
    shop: SocketAddr,
    is_private: bool,
    cookie: Option<String>,
    requests: u64,
}

impl Guest<'_> {
    fn visit(&mut self, random: &mut StdRng) -> Result<(), String> {
        let habits = Habits::on_seeing(&self.get("/")?)?;
        if random.random_bool(habits.clicks) {
            self.post("/click", &[])?;
            if random.random_bool(habits.then_buys) {
                let quantity = random.random_range(8..=16_u32).to_string();
                let price = format!("{:.2}", random.random_range(habits.pays));
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
        let private = self.is_private.then(|| ("dnt", "1".to_owned()));
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
