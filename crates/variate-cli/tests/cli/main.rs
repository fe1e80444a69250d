//! The `variate` binary as its users meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

mod assignments;
mod catalogues;
#[cfg(unix)]
mod configure;
mod dashboard;
#[cfg(unix)]
mod deploy;
mod evaluate;
mod explanations;
#[cfg(unix)]
mod fake_aws;
#[cfg(feature = "lambda")]
mod function;
mod keys;
mod lines;
mod options;
mod pipes;
#[cfg(unix)]
mod postgres_tls;
#[cfg(unix)]
mod preflight;
#[cfg(unix)]
mod redis_server;
mod replay;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod serve;
mod simulate;
mod stale;
mod store;
#[cfg(unix)]
mod store_commands;

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

const PILL: &str = r#"{"experiment":"pill","context":{"user_id":42}}"#;

struct Answered {
    out: String,
    err: String,
    code: i32,
}

impl Answered {
    fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap();
        self.out.lines().map(parse).collect()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_variate"));
    command.args(arguments);
    for variable in ["VARIATE_SECRET", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn answered(command: &mut Command, input: &[u8]) -> Answered {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The binary may end without reading everything.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Answered {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn variate(arguments: &[&str], input: &str) -> Answered {
    answered(&mut command(arguments), input.as_bytes())
}

/// The one answer to one good line.
fn one(arguments: &[&str], line: &str) -> Value {
    let answered = variate(arguments, line);
    assert_eq!(answered.err, "", "{arguments:?} {line}");
    assert_eq!(answered.code, 0);
    answered.json().remove(0)
}

fn key(arguments: &[&str], line: &str) -> String {
    let arguments = [&["key"], arguments].concat();
    one(&arguments, line)["key"].as_str().unwrap().to_owned()
}

fn key_of_context(arguments: &[&str], context: &str) -> String {
    key(
        arguments,
        &format!(r#"{{"experiment":"example","context":{context}}}"#),
    )
}

/// What the one bad line is told, and that nothing was answered.
fn told(arguments: &[&str], line: &str) -> String {
    let answered = variate(arguments, line);
    assert_eq!((answered.out.as_str(), answered.code), ("", 2), "{line}");
    let told = answered.err.strip_prefix("variate: line 1: ");
    told.unwrap_or(&answered.err).trim_end().to_owned()
}

/// What wrong options are told.
fn refused(arguments: &[&str]) -> String {
    let answered = variate(arguments, PILL);
    assert_eq!(
        (answered.out.as_str(), answered.code),
        ("", 2),
        "{arguments:?}"
    );
    answered.err
}
