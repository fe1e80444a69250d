//! Access logs as events.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::mpsc::channel;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::{Answered, answered, command};

/// The rules that people are shown.
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/replay.toml");

fn line(ip: &str, second: u32, request: &str, status: u16, agent: &str) -> String {
    format!(
        r#"{ip} - - [21/Nov/2026:13:00:{second:02} +0100] "{request} HTTP/1.1" {status} 512 "-" "{agent}""#
    )
}

fn visit(ip: &str, second: u32, request: &str) -> String {
    line(ip, second, request, 200, "Mozilla/5.0 Firefox/140.0")
}

fn log() -> String {
    let lines = [
        visit("192.0.2.1", 0, "GET /pills?pill=r"),
        visit("192.0.2.1", 1, "GET /thanks?total=9.99"),
        visit("192.0.2.2", 2, "GET /pills/blue/large"),
        visit("192.0.2.2", 3, "POST /questions"),
        // In no variant.
        visit("192.0.2.3", 4, "GET /thanks?total=5"),
        visit("192.0.2.3", 4, "GET /pills?pill=green"),
        // Not by a person, not answered, not matched.
        line("192.0.2.4", 5, "GET /pills?pill=r", 200, "Googlebot/2.1"),
        line("192.0.2.4", 5, "GET /pills?pill=r", 200, "-"),
        line("192.0.2.4", 5, "GET /pills?pill=r", 500, "Firefox"),
        visit("192.0.2.1", 6, "GET /questions"),
        visit("192.0.2.1", 7, "GET /thanks"),
        "what is this?".to_owned(),
        r#"192.0.2.5 - - [21/Nov/2026:13:00:08 +0100] "-" 408 0 "-" "-""#.to_owned(),
    ];
    lines.join("\n") + "\n"
}

fn replay(log: &[u8], arguments: &[&str]) -> Answered {
    let arguments = [&["replay", "--rules", RULES], arguments].concat();
    answered(&mut command(&arguments), log)
}

fn fields<'e>(event: &'e Value, names: &[&str]) -> Vec<&'e Value> {
    names.iter().map(|name| &event[*name]).collect()
}

#[test]
fn lines_become_events_of_the_library() {
    let replayed = replay(log().as_bytes(), &[]);
    let events = replayed.json();
    let found: Vec<_> = events
        .iter()
        .map(|event| fields(event, &["action", "variant", "value", "at"]))
        .collect();
    let noon = 1_795_262_400_000_u64;
    assert_eq!(
        json!(found),
        json!([
            ["assignment", "red", null, noon],
            ["bought", "red", 9.99, noon + 1_000],
            ["assignment", "blue", null, noon + 2_000],
            ["asked", "blue", null, noon + 3_000],
            ["bought", "red", null, noon + 7_000],
        ])
    );
    for event in &events {
        assert_eq!(
            fields(event, &["namespace", "experiment", "reason"]),
            ["shop", "pill_color", "replayed"]
        );
        let record: variate::EventRecord = serde_json::from_value(event.clone()).unwrap();
        assert_eq!(record.id.get_version_num(), 8);
    }
    assert_eq!(replayed.code, 2, "a line is bad");
    assert!(replayed.err.contains("variate: -:12: it is not"));
    let summary = &replayed.err[replayed.err.find('\n').unwrap() + 1..];
    assert_eq!(
        summary,
        "13 lines, 5 events\n1 bad line\n1 line without a request\n2 lines by robots\n1 match with another status\n\
        1 action of units that were in no variant before\n1 event without the value that the rules name\n\
        pill_color  asked  blue: 1 event\npill_color  assignment  blue: 1 event\n\
        pill_color  assignment  red: 1 event\npill_color  bought  red: 2 events\n"
    );
}

#[test]
fn a_unit_has_the_key_that_the_library_would_give_it() {
    let events = replay(log().as_bytes(), &[]).json();
    let asked = json!({
        "experiment": "pill_color",
        "context": { "ip": "192.0.2.1", "user_agent": "Mozilla/5.0 Firefox/140.0" },
    });
    let given = answered(&mut command(&["key"]), asked.to_string().as_bytes());
    assert_eq!(events[0]["key"], given.json()[0]["key"]);
    assert_eq!(events[0]["key"], events[1]["key"]);
    assert_ne!(events[0]["key"], events[2]["key"]);
    let secret = ["--scheme", "keyed", "--secret", "0123456789abcdef"];
    let keyed = replay(log().as_bytes(), &secret).json();
    assert_ne!(events[0]["key"], keyed[0]["key"]);
}

fn ids(replayed: &Answered) -> Vec<String> {
    let ids = replayed
        .json()
        .into_iter()
        .map(|event| event["id"].to_string());
    ids.collect()
}

fn compressed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_log_has_the_same_ids_however_often_and_from_wherever_it_is_read() {
    let whole = log();
    let first = ids(&replay(whole.as_bytes(), &[]));
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("access.log"), folder.path().join("1.gz"));
    std::fs::write(&plain, &whole).unwrap();
    std::fs::write(&packed, compressed(whole.as_bytes())).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    assert_eq!(ids(&replay(b"", &[&path(&plain)])), first);
    assert_eq!(ids(&replay(b"", &[&path(&packed)])), first);
    assert_eq!(ids(&replay(&compressed(whole.as_bytes()), &["-"])), first);
    // Grown since.
    let grown = whole.clone() + &visit("192.0.2.1", 9, "GET /thanks") + "\n";
    assert_eq!(ids(&replay(grown.as_bytes(), &[]))[..first.len()], first);
    // Another server's.
    let other = ids(&replay(whole.as_bytes(), &["--source", "web-2"]));
    assert!(other.iter().all(|id| !first.contains(id)));
    // The same line twice is two events.
    let twice = whole.clone() + &whole;
    let mut twice = ids(&replay(twice.as_bytes(), &[]));
    twice.sort();
    twice.dedup();
    assert_eq!(twice.len(), 2 * first.len());
}

#[test]
fn a_dry_run_says_what_would_be() {
    let dry = replay(log().as_bytes(), &["--dry-run"]);
    assert!(dry.out.starts_with("13 lines, 5 events\n"));
    assert!(
        dry.out
            .ends_with("pill_color  bought  red: 2 events of 1 unit\n")
    );
    assert!(dry.out.contains("\n1 bad line\n"), "{}", dry.out);
    assert_eq!(dry.code, 2);
    let good = visit("192.0.2.1", 0, "GET /pills?pill=r");
    assert_eq!(replay(good.as_bytes(), &["--dry-run"]).code, 0);
    // The same log once more, as the rotation leaves it: a collector counts it once.
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("a.log"), folder.path().join("a.log.gz"));
    std::fs::write(&plain, log()).unwrap();
    std::fs::write(&packed, compressed(log().as_bytes())).unwrap();
    let files = [plain.to_str().unwrap(), packed.to_str().unwrap()];
    let both = replay(b"", &["--dry-run", files[0], files[1]]);
    assert!(both.out.starts_with("26 lines, 5 events\n"), "{}", both.out);
    assert!(both.out.contains("\n5 events left out, being there before"));
}

#[test]
fn events_are_posted_to_a_collector() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut bytes = Vec::new();
            let mut length = usize::MAX;
            let mut buffer = [0; 4096];
            let (mut head, mut start) = (String::new(), 0_usize);
            while bytes.len() < start.saturating_add(length) {
                let read = connection.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..read]);
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                    let found = head.split("content-length: ").nth(1).unwrap();
                    length = found.lines().next().unwrap().parse().unwrap();
                    start = end + 4;
                }
            }
            let mut body = String::new();
            let mut decoder = GzDecoder::new(&bytes[start..]);
            decoder.read_to_string(&mut body).unwrap();
            let events: Vec<Value> = serde_json::from_str(&body).unwrap();
            let outcomes = vec![json!({ "outcome": "counted" }); events.len()];
            let answer = json!({ "events": outcomes }).to_string();
            write!(
                connection,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            )
            .unwrap();
            sender.send((head, events)).unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("keys");
    // As the server's own file is.
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let keys = format!(
        "# keys\n\nsha256:{hash} role=write\nlooks role=read\n  s3cret  role=write namespace=wshop # ours\nother\n"
    );
    std::fs::write(&key, keys).unwrap();
    let key = key.to_str().unwrap();
    let posted = replay(log().as_bytes(), &["--to", &url, "--api-key-file", key]);
    assert_eq!(posted.out, "");
    let counted = "the collector: 5 counted, 0 counted before";
    assert!(posted.err.contains(counted), "{}", posted.err);
    let (head, events) = requests.recv().unwrap();
    assert!(head.starts_with("post /v1/events "), "{head}");
    assert!(head.contains("x-api-key: s3cret\r\n"), "{head}");
    let printed = replay(log().as_bytes(), &[]).json();
    assert_eq!(events, printed);
}

#[test]
fn what_cannot_be_read_or_posted_is_told() {
    let missing = replay(b"", &["/nowhere/access.log"]);
    assert!(missing.err.contains("cannot read `/nowhere/access.log`"));
    assert_eq!(missing.code, 1);
    let torn = compressed(log().as_bytes());
    let torn = replay(&torn[..torn.len() / 2], &[]);
    assert!(torn.err.contains("cannot read `-`"), "{}", torn.err);
    assert_eq!(torn.code, 1);
    let address = replay(log().as_bytes(), &["--to", "nowhere"]);
    assert!(address.err.contains("`nowhere` is no address"));
    assert_eq!(address.code, 2);
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "# none\nlooks role=read\n").unwrap();
    let keys = ["--api-key-file", keys.to_str().unwrap()];
    let no_key = replay(b"", &["--to", "http://127.0.0.1:1", keys[0], keys[1]]);
    assert!(no_key.err.contains("has no API key that may send"));
    assert_eq!(no_key.code, 2);
    let both = replay(b"", &["--to", "http://127.0.0.1:1", "--dry-run"]);
    assert!(both.err.contains("cannot be used with"));
    let secret = replay(b"", &["--secret", "x"]);
    assert!(secret.err.contains("--secret is only for"));
}

#[test]
fn lines_without_end_and_many_bad_lines_are_survived() {
    let endless = vec![b'x'; 1 << 20];
    let good = visit("192.0.2.1", 0, "GET /pills?pill=r");
    let log = [&endless, &b"\n"[..], good.as_bytes(), b"\n\xFF\xFE\n"].concat();
    let replayed = replay(&log, &[]);
    assert_eq!(replayed.json().len(), 1);
    assert!(replayed.err.contains("-:1: it is longer than 65536 bytes"));
    assert!(replayed.err.contains("-:3: it is not in"));
    let bad = "bad\n".repeat(1_000);
    let replayed = replay(bad.as_bytes(), &[]);
    assert!(replayed.err.contains("1000 bad lines"));
    assert!(replayed.err.lines().count() < 30);
}

#[test]
fn rules_that_make_no_sense_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    let whole = "[[experiment]]\nname = \"pill\"\nvariant = { query = \"pill\" }\nunit = { query = \"id\" }\n";
    let told = |rules: &str| {
        std::fs::write(&file, rules).unwrap();
        let file = file.to_str().unwrap();
        answered(&mut command(&["replay", "--rules", file]), b"")
    };
    assert_eq!(told(whole).code, 0);
    for (from, to, wanted) in [
        ("\"pill\"\nvariant", "\"\"\nvariant", "has 0 bytes"),
        (
            "{ query = \"pill\" }",
            "{ path = '^/pills' }",
            "needs a group",
        ),
        (
            "{ query = \"pill\" }",
            "[{ query = \"pill\" }, { path = '(' }]",
            "unclosed group",
        ),
        ("{ query = \"pill\" }", "7", "expected"),
        (
            "{ query = \"id\" }",
            "{ path = '^/pills' }",
            "needs a group",
        ),
        ("{ query = \"id\" }", "{ path = '(' }", "unclosed group"),
        ("{ query = \"id\" }", "{}", "say one of `query`"),
        ("{ query = \"id\" }", "{ cookie = \"id\" }", "unknown field"),
        (
            "{ query = \"id\" }",
            "{ query = \"id\", field = \"ip\" }",
            "say one",
        ),
        (
            "unit = { query = \"id\" }",
            "",
            "either a `unit` or a `context`",
        ),
        ("unit =", "status = [\"ok\"]\nunit =", "`ok` is no status"),
        (
            "\"id\" }\n",
            "\"id\" }\n[[experiment.action]]\nname = \"assignment\"\npath = 'x'",
            "is an exposure",
        ),
    ] {
        let rules = whole.replacen(from, to, 1);
        assert_ne!(rules, whole);
        let told = told(&rules);
        assert_eq!(told.code, 2, "{rules}");
        assert!(told.err.contains(wanted), "{rules}\n{}", told.err);
        assert!(told.err.contains("rules.toml"), "{}", told.err);
    }
}
