//! The example `storefront` as a process, and visitors of it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

/// The shop as a process of its own; ended when dropped.
#[derive(Debug)]
pub struct Shop {
    pub process: Child,
    address: String,
    output: RefCell<BufReader<ChildStdout>>,
}

impl Shop {
    /// Opens a shop on a free port.
    pub fn open(arguments: &[&str]) -> Self {
        let mut process = Command::new(storefront())
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("storefront: open http://")
            .and_then(|rest| rest.split_once("/ and http://"));
        let Some((address, _)) = address else {
            let _ = process.kill();
            panic!("the shop said: {line}");
        };
        Self {
            address: address.to_owned(),
            process,
            output: output.into(),
        }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What was counted so far.
    pub fn results(&self) -> Value {
        let answer = Visitor::of(self).get("/results.json");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Waits until the shop says this.
    pub fn await_line(&self, wanted: &str) {
        let mut output = self.output.borrow_mut();
        let mut lines = output.by_ref().lines().map(Result::unwrap);
        assert!(lines.any(|line| line == wanted), "the shop ended early");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody with a cookie jar for one cookie.
#[derive(Debug)]
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
    pub fn of(shop: &Shop) -> Self {
        let agent = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self {
            agent: agent.into(),
            base: shop.url(""),
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

/// Runs the shop until it ends by itself.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(storefront())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The example, which cargo built beside this test: unless only this test was asked for, and then
/// what is there may be an old one.
fn storefront() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let examples = profile.join("examples");
    let example = examples.join(format!("storefront{}", std::env::consts::EXE_SUFFIX));
    let again = "run cargo build --example storefront, or cargo test without --test";
    let built = changed(&example).unwrap_or_else(|| panic!("the example is not built: {again}"));
    let sources = std::fs::read_to_string(examples.join("storefront.d")).unwrap();
    for source in sources.replace("\\ ", "\0").split_whitespace().skip(1) {
        let source = PathBuf::from(source.replace('\0', " "));
        assert!(
            changed(&source).is_none_or(|changed| changed <= built),
            "{} is newer than the example: {again}",
            source.display()
        );
    }
    example
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|file| file.modified()).ok()
}
