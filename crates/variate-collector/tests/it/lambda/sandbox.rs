//! A stand-in for the Runtime API of AWS Lambda, and a process that it invokes.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A deadline for what never takes long, so that a failure is one.
const LONG: Duration = Duration::from_mins(1);

/// A function, with the API that it asks for events.
pub(crate) struct Sandbox {
    function: Child,
    events: Sender<String>,
    told: Receiver<Told>,
}

/// What a function tells the API.
#[derive(Debug)]
pub(crate) enum Told {
    Answer(Value),
    Error(Value),
}

impl Sandbox {
    /// Starts the function, which inherits no setting of AWS's or of ours.
    pub(crate) fn start(mut function: Command) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (events, waiting) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, waiting, tell) =
                    (connection.unwrap(), Arc::clone(&waiting), tell.clone());
                thread::spawn(move || serve(&connection, &waiting, &tell));
            }
        });
        for (variable, value) in [
            ("AWS_LAMBDA_RUNTIME_API", address.to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "variate"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/variate"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "one"),
        ] {
            function.env(variable, value);
        }
        Self {
            function: function.spawn().unwrap(),
            events,
            told,
        }
    }

    /// What it tells of this event.
    pub(crate) fn told_of(&self, event: &Value) -> Told {
        self.events.send(event.to_string()).unwrap();
        self.told.recv_timeout(LONG).unwrap()
    }

    /// Its HTTP answer to this event.
    pub(crate) fn answer(&self, event: &Value) -> Answer {
        match self.told_of(event) {
            Told::Answer(answer) => Answer(answer),
            Told::Error(error) => panic!("{error}"),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.function.kill();
        let _ = self.function.wait();
    }
}

/// What API Gateway or a load balancer would make an HTTP response of.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Value);

impl Answer {
    pub(crate) fn status(&self) -> u64 {
        self.0["statusCode"].as_u64().unwrap()
    }

    pub(crate) fn body(&self) -> &str {
        self.0["body"].as_str().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap()
    }

    /// A header, wherever the format of the answer has it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0["headers"][name]
            .as_str()
            .or_else(|| self.0["multiValueHeaders"][name][0].as_str())
    }
}

/// Answers one connection until its other end closes it.
fn serve(connection: &TcpStream, waiting: &Mutex<Receiver<String>>, tell: &Sender<Told>) {
    let mut input = BufReader::new(connection);
    while let Some((target, body)) = request(&mut input) {
        let body = || serde_json::from_slice(&body).unwrap();
        let tail = target
            .strip_prefix("/2018-06-01/runtime/")
            .unwrap_or_else(|| panic!("{target}"));
        let (head, content) = match tail {
            "invocation/next" => {
                let Ok(event) = waiting.lock().unwrap().recv() else {
                    return;
                };
                (
                    "200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: 8476a536\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
                  lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-central-1:123456789012:function:variate\r\n\
                  lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
                    event,
                )
            }
            "invocation/8476a536/response" => {
                tell.send(Told::Answer(body())).unwrap();
                ("202 Accepted", String::new())
            }
            "invocation/8476a536/error" => {
                tell.send(Told::Error(body())).unwrap();
                ("202 Accepted", String::new())
            }
            _ => panic!("{target}"),
        };
        let answer = format!(
            "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{content}",
            content.len()
        );
        if (&mut &*connection).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request's target and body; `None` at the end.
fn request(input: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    if input.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        input.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    assert_eq!(headers.get("transfer-encoding"), None);
    let length = headers.get("content-length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    input.read_exact(&mut body).ok()?;
    Some((target, body))
}
