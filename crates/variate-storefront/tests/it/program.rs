//! The program, as a process of its own.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use crate::site::Visitor;

/// Ended when dropped.
struct Program {
    process: Child,
    address: String,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Opens a shop on a free port.
    fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments)
    }

    fn start_at(listen: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(storefront())
            .args(["--listen", listen])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = lines.next().unwrap().unwrap();
        let address = said.strip_prefix("storefront: open at http://");
        let address = address.and_then(|rest| rest.strip_suffix('/'));
        Self {
            address: address.unwrap_or_else(|| panic!("{said}")).to_owned(),
            process,
            lines,
        }
    }

    /// Waits until it says something with this in it.
    fn hear(&mut self, wanted: &str) -> String {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        let said = lines.find(|line| line.contains(wanted));
        said.unwrap_or_else(|| panic!("it ended, and never said {wanted}"))
    }

    fn visitor(&self) -> Visitor {
        Visitor::at(format!("http://{}", self.address))
    }

    /// Sends a signal, and waits until it has ended well.
    #[cfg(unix)]
    fn end(&mut self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.process.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs it until it ends by itself.
fn run(arguments: &[&str]) -> Output {
    let program = Command::new(storefront())
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    program.unwrap()
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

#[test]
fn a_simulation_ends_with_the_report() {
    let arguments = ["--listen", "127.0.0.1:0", "--visitors", "60", "--seed", "7"];
    let output = run(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("\nExperiment pill_color\n"), "{text}");
    for table in [
        "Units",
        "purchases (primary",
        "order value (guardrail",
        "clicks (secondary",
    ] {
        assert!(text.contains(&format!("\n{table}")), "no {table} in {text}");
    }
    let summary = text.lines().last().unwrap();
    assert!(
        summary.starts_with("60 visitors, ") && summary.ends_with(", 0 failed"),
        "{text}"
    );
    // Nobody watches, so that there is no bar.
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    // The same visitors come again: only how long they took is another.
    let again = String::from_utf8(run(&arguments).stdout).unwrap();
    let figures = |text: &str| {
        text.split_once("\nUnits\n")
            .map(|(_, of)| of.rsplit_once(" in ").unwrap().0.to_owned())
    };
    assert!(figures(&text).is_some());
    assert_eq!(figures(&text), figures(&again));
}

#[test]
fn a_directory_keeps_what_was_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let output = run(&[
        "--listen",
        "127.0.0.1:0",
        "--visitors",
        "20",
        "--data",
        data,
    ]);
    assert!(output.status.success());
    // Nobody is sent to a shop that has visitors.
    let mut program = Program::start(&["--data", data]);
    let said = program.hear("");
    assert_eq!(said, "", "no word of visitors");
    program.hear("Ctrl-C closes both.");
    let mut manager = program.visitor();
    manager
        .headers
        .push(("x-api-key", "the-pill-shop-demo".to_owned()));
    let known = manager.get("/experiments/v1/experiments/pill_color");
    assert_eq!(known.status, 200, "{}", known.body);
    assert!(known.body.contains("\"assignment\""), "{}", known.body);
}

#[test]
fn a_port_in_use_is_told_in_a_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    let expected = format!("Error: cannot listen on {address}: ");
    assert!(told.starts_with(&expected), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn the_key_that_everybody_knows_is_for_loopback_only() {
    let mut program = Program::start(&["--visitors", "0"]);
    assert!(
        program
            .hear("API key")
            .ends_with("API key the-pill-shop-demo")
    );
    let mut program = Program::start_at("0.0.0.0:0", &["--visitors", "0"]);
    let said = program.hear("API key");
    let key = said.rsplit_once(' ').unwrap().1;
    assert_eq!(key.len(), 32, "{said}");
    let mut manager = program.visitor();
    for (key, status) in [("the-pill-shop-demo", 403), (key, 200)] {
        manager.headers = vec![("x-api-key", key.to_owned())];
        assert_eq!(
            manager.get("/experiments/v1/experiments").status,
            status,
            "{key}"
        );
    }
}

#[cfg(unix)]
#[test]
fn signals_end_the_shop_in_good_order() {
    for signal in ["INT", "TERM"] {
        let mut program = Program::start(&["--visitors", "0"]);
        program.hear("Ctrl-C closes both.");
        program.visitor().get("/");
        program.end(signal);
    }
}

#[cfg(unix)]
#[test]
fn a_request_half_sent_does_not_keep_the_shop_open() {
    let mut program = Program::start(&["--visitors", "0"]);
    program.hear("Ctrl-C closes both.");
    let mut half = TcpStream::connect(&program.address).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let head = "POST /buy HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: 22\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    // Said once the order is being read: from here on the request is at hand.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = [0; 25];
    half.read_exact(&mut said).unwrap();
    assert_eq!(&said, expected);
    half.write_all(b"quantity=1").unwrap();
    program.end("TERM");
}
