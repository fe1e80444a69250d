//! `variate serve`, over its sockets, and `variate api-key`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process};

use crate::{answered, command, variate};

const VARIABLES: [&str; 11] = [
    "VARIATE_SESSION_SECRET",
    "VARIATE_SECRET",
    "VARIATE_CATALOGUE",
    "VARIATE_NAMESPACE",
    "VARIATE_GOALS_SQL",
    "VARIATE_QUERY",
    "VARIATE_BACKUP_DIR",
    "VARIATE_LISTEN",
    "VARIATE_STORE",
    "VARIATE_API_KEY_FILE",
    "VARIATE_ALLOW_ORIGIN",
];

pub(crate) struct Serving {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it prints before it serves.
    told: String,
}

pub(crate) fn serve(data: &Path, arguments: &[&str]) -> Command {
    let mut command = command(
        &[
            &["serve", "--store", "memory:", "--listen", "127.0.0.1:0"],
            arguments,
        ]
        .concat(),
    );
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.env("XDG_DATA_HOME", data);
    command
}

pub(crate) fn start(command: &mut Command) -> Serving {
    let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !told.ends_with("/experiments\n\n") {
        assert_ne!(output.read_line(&mut told).unwrap(), 0, "{told}");
    }
    let address = told
        .strip_prefix("Listening on http://")
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let address = address.parse().unwrap();
    Serving {
        child,
        address,
        told,
    }
}

impl Serving {
    pub(crate) fn answer(&self, request: &str) -> String {
        self.answer_with_body(request, "")
    }

    /// Of a request whose head is not ended yet.
    pub(crate) fn answer_with_body(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .write_all(format!("{request}host: a\r\nconnection: close\r\n\r\n{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn told(&self) -> &str {
        &self.told
    }

    fn results(&self, key: &str) -> String {
        self.answer(&format!(
            "GET /experiments HTTP/1.1\r\nx-api-key: {key}\r\n"
        ))
    }

    pub(crate) fn key(&self) -> &str {
        let behind = self
            .told
            .split_once("API key, shown this once: ")
            .unwrap()
            .1;
        behind.lines().next().unwrap()
    }

    /// Ends it as an operator does, and says whether all went well.
    pub(crate) fn end(&mut self, signal: Signal) -> bool {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const EVENT: &str = "GET /track?experiment=e&variant=v&event=g&uuid=1 HTTP/1.1\r\n";

#[test]
fn a_head_is_waited_for_no_longer_than_the_timeout() {
    let data = tempfile::tempdir().unwrap();
    let serving = start(&mut serve(data.path(), &["--timeout", "1"]));
    let mut stream = TcpStream::connect(serving.address).unwrap();
    // Less than it was once, whatever `--timeout` said.
    let longest = std::time::Duration::from_secs(15);
    stream.set_read_timeout(Some(longest)).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n")
        .unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
}

#[test]
fn a_key_that_can_be_guessed_is_told() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("keys");
    for (key, is_told) in [("abcde", true), ("9f2b61c07d4e43aa", false)] {
        std::fs::write(&file, format!("{key} role=admin\n")).unwrap();
        let arguments = [
            "--api-key-file",
            file.to_str().unwrap(),
            "--bot-address",
            "no address",
        ];
        let ended = answered(&mut serve(data.path(), &arguments), b"");
        assert_ne!(ended.code, 0);
        assert_eq!(
            ended.err.contains("has 5 characters"),
            is_told,
            "{}",
            ended.err
        );
        assert!(!ended.err.contains("abcde"));
    }
}

#[test]
fn without_options_for_keys_it_makes_one_shows_it_once_and_serves() {
    let data = tempfile::tempdir().unwrap();
    let mut first = start(&mut serve(data.path(), &[]));
    assert!(first.answer(EVENT).ends_with("\r\n\r\nnull"));
    let results = first.results(first.key());
    assert!(
        results.ends_with(r#"{"label": "v", "successes": 1, "trials": 0}]}]}]"#),
        "{results}"
    );
    assert!(first.told.contains(&format!(
        r#"new AlephBet.LamedAdapter("http://{}/track", "alephbet")"#,
        first.address
    )));
    assert!(
        first
            .told
            .contains(&format!(r#"HttpSink::builder("http://{}")"#, first.address))
    );

    let file = data.path().join("variate").join("api-keys");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        !text.contains(first.key()) && text.contains("\nsha256:"),
        "{text}"
    );
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(first.end(Signal::TERM));

    let mut second = start(&mut serve(data.path(), &[]));
    assert!(!second.told.contains("shown this once"), "{}", second.told);
    assert!(second.results(first.key()).starts_with("HTTP/1.1 200 "));
    assert!(second.results("other").starts_with("HTTP/1.1 403 "));
    assert!(second.end(Signal::INT));
}

#[test]
fn options_and_variables_say_how_to_serve() {
    let data = tempfile::tempdir().unwrap();
    let keys = data.path().join("keys");
    std::fs::write(&keys, "my-key role=read\n").unwrap();
    let arguments = [
        "--alias",
        "/kcart",
        "--namespace",
        "shop",
        "--rate",
        "1",
        "--trust-proxy",
    ];
    let mut command = serve(data.path(), &arguments);
    command.env("VARIATE_API_KEY_FILE", &keys).env(
        "VARIATE_ALLOW_ORIGIN",
        "https://a.example,https://b.example",
    );
    let serving = start(&mut command);
    assert!(serving.told.contains(&format!(
        r#"LamedAdapter("http://{}/kcart", "shop")"#,
        serving.address
    )));
    let event = EVENT.replace("/track", "/prod/kcart");
    let answer = serving.answer(&format!("{event}origin: https://b.example\r\n"));
    assert!(
        answer.contains("access-control-allow-origin: https://b.example\r\n"),
        "{answer}"
    );
    assert!(
        serving
            .answer(&format!("{event}origin: https://c.example\r\n"))
            .starts_with("HTTP/1.1 403 ")
    );
    assert!(serving.results("my-key").contains(r#""experiment": "e""#));
    let delete = "DELETE /delete?experiment=e HTTP/1.1\r\nx-api-key: my-key\r\n";
    assert!(serving.answer(delete).starts_with("HTTP/1.1 403 "));
    let from = |address: &str| serving.answer(&format!("{EVENT}x-forwarded-for: {address}\r\n"));
    assert!((0..10).all(|_| from("192.0.2.1").starts_with("HTTP/1.1 200 ")));
    assert!(from("192.0.2.1").starts_with("HTTP/1.1 429 "));
    assert!(from("192.0.2.2").starts_with("HTTP/1.1 200 "));
    assert!(!data.path().join("variate").join("api-keys").exists());
}

#[test]
fn what_cannot_be_served_is_told() {
    let data = tempfile::tempdir().unwrap();
    let keys = data.path().join("keys");
    std::fs::write(&keys, "good\nbad key\n").unwrap();
    let keys = keys.to_str().unwrap();
    let long = "n".repeat(256);
    for (arguments, expected) in [
        (["--api-key-file", keys], "line 2: a key may be followed by"),
        (
            ["--api-key-file", "/nowhere/keys"],
            "the file of API keys /nowhere/keys cannot be read: ",
        ),
        (
            ["--allow-origin", "shop.example"],
            "`shop.example` is no origin: ",
        ),
        (
            ["--alias", "/delete"],
            "`/delete` cannot stand for /track: ",
        ),
        (
            ["--bot-address", "1.2.3"],
            "`1.2.3` is neither an IP address nor a range",
        ),
        (["--rate", "0"], "--rate"),
        (["--most-connections", "0"], "it must be at least 1"),
        (["--body-bytes", "0"], "it must be at least 1"),
        (["--batch-events", "0"], "it must be at least 1"),
        (["--most-namespaces", "0"], "it must be at least 1"),
        (["--namespace", ""], "it has 0 bytes; it must have 1 to 255"),
        (["--namespace", long.as_str()], "it has 256 bytes"),
        (["--namespaces", "shop,,blog"], "it has 0 bytes"),
        (["--end-timeout", "0"], "--end-timeout"),
        (
            ["--allow-origin", "https://*.shop.example"],
            "`https://*.shop.example` is no origin: ",
        ),
    ] {
        let answered = answered(&mut serve(data.path(), &arguments), b"");
        assert!(answered.err.contains(expected), "{}", answered.err);
        assert_eq!(
            (answered.code, answered.out.as_str()),
            (2, ""),
            "{arguments:?}"
        );
    }
    for store in ["", "memory:x", "sqlite:x", "redis", "dir:"] {
        let answered = answered(
            command(&["serve", "--listen", "127.0.0.1:0", "--store", store])
                .env("XDG_DATA_HOME", data.path()),
            b"",
        );
        assert!(
            answered
                .err
                .contains("must be `dir:PATH`, `redis://HOST:PORT` or `memory:`"),
            "{}",
            answered.err
        );
        assert_eq!(answered.code, 2);
    }
}

#[test]
fn what_is_no_address_is_told() {
    for address in ["18082", "localhost", ":8080", "127.0.0.1:99999", ""] {
        let answered = answered(&mut command(&["serve", "--listen", address]), b"");
        assert!(
            answered
                .err
                .contains("it must be an address and a port, as in 127.0.0.1:8080"),
            "{}",
            answered.err
        );
        assert_eq!((answered.code, answered.out.as_str()), (2, ""));
    }
}

/// What is told on the standard error output by a server that then ends, since its port is in use.
fn warned(arguments: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let mut command = command(&[&["serve", "--listen", &address], arguments].concat());
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    let answered = answered(command.env("XDG_DATA_HOME", data.path()), b"");
    assert!(
        answered.err.contains("another program listens there"),
        "{}",
        answered.err
    );
    answered.err
}

#[test]
fn keys_that_are_none_or_for_everybody_are_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    let warned = |text: &str, mode| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        warned(&[
            "--store",
            "memory:",
            "--api-key-file",
            file.to_str().unwrap(),
        ])
    };
    let (no_key, readable) = (
        "has no key: nobody can read",
        "everybody on this machine can read",
    );
    let told = warned("# none\n", 0o600);
    assert!(told.contains(no_key) && !told.contains(readable), "{told}");
    let told = warned("my-key-of-16-bytes\n", 0o644);
    assert!(!told.contains(no_key) && told.contains(readable), "{told}");
    assert!(!told.contains("my-key"), "{told}");
    assert!(!warned("my-key-of-16-bytes\n", 0o600).contains("WARN"));
}

#[test]
fn a_store_that_is_away_is_warned_of_and_served() {
    // Nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = format!("redis://:my-password@{}", free.local_addr().unwrap());
    drop(free);
    let told = warned(&["--store", &store]);
    assert!(told.contains("WARN the store cannot count yet"), "{told}");
    assert!(!told.contains("my-password"), "{told}");
}

#[test]
fn backups_go_where_an_option_says() {
    let data = tempfile::tempdir().unwrap();
    let backups = data.path().join("backups");
    let store = format!("dir:{}", data.path().join("events").display());
    let mut command = command(&["serve", "--listen", "127.0.0.1:0", "--store", &store]);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.env("XDG_DATA_HOME", data.path());
    let serving = start(command.env("VARIATE_BACKUP_DIR", &backups));
    assert!(serving.answer(EVENT).ends_with("null"));
    let request = format!(
        "POST /v1/backup HTTP/1.1\r\nx-api-key: {}\r\n",
        serving.key()
    );
    let answer = serving.answer(&request);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let copy = backups.read_dir().unwrap().next().unwrap().unwrap().path();
    assert!(answer.contains(copy.to_str().unwrap()), "{answer}");
    let verified = variate(&["store", "verify", copy.to_str().unwrap()], "");
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn a_port_in_use_is_told_and_no_key_is_made() {
    let data = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let mut command = command(&["serve", "--store", "memory:", "--listen", &address]);
    let answered = answered(command.env("XDG_DATA_HOME", data.path()), b"");
    assert_eq!(
        answered.err,
        format!(
            "variate: cannot listen on {address}: another program listens there; choose another port with --listen\n"
        )
    );
    assert_eq!((answered.code, answered.out.as_str()), (1, ""));
    assert!(!data.path().join("variate").join("api-keys").exists());
}

#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    let data = tempfile::tempdir().unwrap();
    let mut serving = start(&mut serve(data.path(), &[]));
    // As many as this process may open.
    let files = getrlimit(Resource::Nofile)
        .current
        .map_or(10_000, |files| usize::try_from(files).unwrap());
    let count = 10_000.min(files.saturating_sub(200));
    let idle: Vec<TcpStream> = (0..count)
        .map(|_| TcpStream::connect(serving.address).unwrap())
        .collect();
    assert!(serving.answer(EVENT).ends_with("\r\n\r\nnull"));
    assert!(serving.results(serving.key()).contains(r#""successes": 1"#));
    assert!(serving.end(Signal::TERM));
    drop(idle);
}

#[test]
fn a_new_key_comes_with_its_line_or_goes_into_a_file() {
    let printed = variate(
        &[
            "api-key",
            "--role",
            "read",
            "--namespace",
            "shop",
            "--namespace",
            "blog",
        ],
        "",
    )
    .out;
    let (key, line) = printed.split_once('\n').unwrap();
    assert_eq!(key.strip_prefix("key:  ").unwrap().len(), 32);
    assert!(
        line.starts_with("line: sha256:") && line.ends_with(" role=read namespace=shop,blog\n"),
        "{line}"
    );

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    std::fs::write(&file, "# by hand\nold-key").unwrap();
    let key = variate(&["api-key", "--file", file.to_str().unwrap()], "").out;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("# by hand\nold-key\nsha256:") && text.ends_with(" role=admin\n"),
        "{text}"
    );
    let serving = start(&mut serve(
        directory.path(),
        &["--api-key-file", file.to_str().unwrap()],
    ));
    for key in [key.trim(), "old-key"] {
        assert!(serving.results(key).starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(
        answered(&mut command(&["api-key", "--namespace", "a b"]), b"").code,
        2
    );
    assert_eq!(
        answered(&mut command(&["api-key", "--file", "/nowhere/keys"]), b"").code,
        2
    );
}

#[test]
fn experiments_that_it_does_not_count_are_evaluated_from_a_database() {
    let data = tempfile::tempdir().unwrap();
    let query = data.path().join("goals.sql");
    std::fs::write(
        &query,
        "SELECT column1 AS exp_variant_id, :unit_type AS unit_type, 'global' AS agg_type, 'exposure' AS goal, column2 AS count
         FROM (VALUES ('a', 7), ('b', 9)) WHERE :experiment_id = 'shop'",
    )
    .unwrap();
    // An empty file is an empty database.
    let database = data.path().join("shop.db");
    std::fs::write(&database, "").unwrap();
    let database = format!("sqlite:{}", database.display());
    let options = ["--goals-sql", &database, "--query", query.to_str().unwrap()];
    let mut serving = start(&mut serve(data.path(), &options));
    let body = r#"{"id": "shop", "control_variant": "a", "unit_type": "user", "metrics": [], "checks": []}"#;
    let head = format!(
        "POST /v1/evaluate HTTP/1.1\r\nx-api-key: {}\r\ncontent-length: {}\r\n",
        serving.key(),
        body.len()
    );
    let mut stream = TcpStream::connect(serving.address).unwrap();
    let request = format!("{head}host: a\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.contains(r#"{"exp_variant_id": "b", "count": 9}"#),
        "{answer}"
    );
    assert!(serving.end(Signal::TERM));

    let bad = serve(
        data.path(),
        &[
            "--goals-sql",
            "oracle:shop",
            "--query",
            query.to_str().unwrap(),
        ],
    );
    let told = answered(&mut { bad }, b"");
    assert_eq!(told.code, 2);
    assert!(
        told.err.contains("`oracle` names no database of goals"),
        "{}",
        told.err
    );
}

#[test]
fn variables_that_are_empty_are_not_set_and_yes_is_said_in_many_words() {
    let data = tempfile::tempdir().unwrap();
    let bad = "GET /track?experiment=e HTTP/1.1\r\n";
    for (word, status) in [
        ("1", "200"),
        ("yes", "200"),
        ("true", "200"),
        ("0", "400"),
        ("no", "400"),
        ("", "400"),
    ] {
        let mut command = serve(data.path(), &[]);
        command.env("VARIATE_LEGACY_200", word);
        for variable in [
            "VARIATE_RATE",
            "VARIATE_NAMESPACE",
            "VARIATE_LISTEN",
            "VARIATE_ALIAS",
            "VARIATE_ALLOW_ORIGIN",
        ] {
            command.env(variable, "");
        }
        let serving = start(&mut command);
        assert!(
            serving.told.contains(r#"/track", "alephbet""#),
            "{}",
            serving.told
        );
        let answer = serving.answer(bad);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{word}: {answer}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_variable_is_told_by_its_name() {
    let data = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let mut command = serve(data.path(), arguments);
        command.env("VARIATE_RATE", "often");
        let answered = answered(&mut command, b"");
        assert_eq!(answered.code, 2);
        answered.err
    };
    let by_variable = told(&[]);
    assert!(
        by_variable.contains("'often' for 'VARIATE_RATE'"),
        "{by_variable}"
    );
    let by_option = told(&["--rate", "seldom"]);
    assert!(
        by_option.contains("'seldom' for '--rate <REQUESTS>'"),
        "{by_option}"
    );
}

#[test]
fn namespaces_and_how_many_names_there_may_be_are_options() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--namespaces", "shop,blog", "--most-variants", "1"];
    let serving = start(&mut serve(data.path(), &arguments));
    let track = |more: &str| {
        serving.answer(&format!(
            "GET /track?experiment=e&event=g&uuid=1&{more} HTTP/1.1\r\n"
        ))
    };
    assert!(track("variant=v&namespace=blog").ends_with("null"));
    assert!(track("variant=v&namespace=junk").starts_with("HTTP/1.1 403 "));
    assert!(track("variant=w&namespace=blog").starts_with("HTTP/1.1 422 "));
    let request = format!(
        "GET /v1/namespaces HTTP/1.1\r\nx-api-key: {}\r\n",
        serving.key()
    );
    assert!(
        serving
            .answer(&request)
            .ends_with(r#"{"namespaces":["blog"]}"#)
    );
}

#[test]
fn a_file_of_keys_that_changes_is_read_again() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("keys");
    std::fs::write(&file, "first-key\n").unwrap();
    let keys = file.to_str().unwrap();
    let serving = start(&mut serve(data.path(), &["--api-key-file", keys]));
    let knows = |key: &str| serving.results(key).starts_with("HTTP/1.1 200 ");
    assert!(knows("first-key") && !knows("second-key"));
    // What makes no sense changes nothing.
    std::fs::write(&file, "second-key role=king\n").unwrap();
    std::fs::write(&file, "second-key role=read\nthird-key\n").unwrap();
    while !knows("second-key") {
        std::thread::yield_now();
    }
    assert!(!knows("first-key") && knows("third-key"));
}

#[test]
fn few_open_files_are_warned_of() {
    let data = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let mut command = Command::new("sh");
    command.args([
        "-c",
        r#"ulimit -n 300; exec "$0" "$@""#,
        env!("CARGO_BIN_EXE_variate"),
    ]);
    command.args(["serve", "--store", "memory:", "--listen", &address]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    let answered = answered(command.env("XDG_DATA_HOME", data.path()), b"");
    assert!(
        answered
            .err
            .contains("only 44 clients can be connected at once, and not 20000"),
        "{}",
        answered.err
    );
}
