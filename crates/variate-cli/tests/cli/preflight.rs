use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use super::fake_aws::{Place, chmod};

/// What was found by this check.
fn found(place: &Place, check: &str, arguments: &[&str]) -> (String, String, String) {
    let answered = place.variate(&[&["preflight", "--json"], arguments].concat());
    let all: Value = serde_json::from_str(&answered.out).unwrap();
    let checks = all["checks"].as_array().unwrap();
    let failed = checks.iter().any(|check| check["result"] == "failed");
    assert_eq!(answered.code, i32::from(failed), "{}", answered.out);
    assert_eq!(all["ok"], !failed);
    let found = checks.iter().find(|found| found["check"] == check).unwrap();
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("result"), text("detail"), text("fix"))
}

/// What fails, and what is to be done, with all else being well.
fn failed(place: &Place, check: &str) -> (String, String) {
    let (result, detail, fix) = found(place, check, &[]);
    assert_eq!(result, "failed", "{detail}");
    assert_ne!(fix, "");
    (detail, fix)
}

#[test]
fn where_all_is_well_every_check_says_so() {
    let place = Place::new();
    place.settings("");
    let answered = place.variate(&["preflight"]);
    assert_eq!(
        (answered.err.as_str(), answered.code),
        ("", 0),
        "{}",
        answered.out
    );
    let lines: Vec<_> = answered.out.lines().collect();
    let begin = |line: &&str| {
        line.split_whitespace()
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let expected = [
        ["aws", "ok"],
        ["region", "ok"],
        ["credentials", "ok"],
        ["bucket", "ok"],
        ["api-keys", "ok"],
        ["store-secret", "ok"],
        ["store", "skipped"],
        ["binary", "ok"],
    ];
    assert_eq!(lines.iter().map(begin).collect::<Vec<_>>(), expected);
    assert!(answered.out.contains("arn:aws:iam::123456789012:user/ann"));
    // All that may depend on it is asked of the region of the settings.
    for call in place.calls() {
        assert!(call.ends_with("--region eu-central-1"), "{call}");
    }
}

#[test]
fn a_failure_is_told_with_what_to_do_and_the_exit_code() {
    let place = Place::with_aws("'sts '*) echo 'Unable to locate credentials' >&2; exit 255 ;;");
    place.settings("");
    let answered = place.variate(&["preflight"]);
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .out
            .contains("credentials   FAILED   Unable to locate credentials\n")
    );
    assert!(answered.out.contains("to do:   sign in: `aws configure`"));
}

#[test]
fn without_the_program_aws_that_is_what_to_install() {
    let place = Place::without_aws();
    place.settings("");
    let mut command = place.command(&["preflight", "--json"]);
    command.env("PATH", place.path("bin"));
    let answered = super::answered(&mut command, b"");
    assert_eq!(answered.code, 1);
    assert!(
        answered.out.contains("install the AWS CLI"),
        "{}",
        answered.out
    );
}

#[test]
fn the_region_is_the_settings_or_the_environments_or_the_profiles() {
    let place = Place::new();
    place.settings("");
    assert_eq!(
        found(&place, "region", &[]).1,
        "eu-central-1, by the settings"
    );
    let (_, detail, _) = found(&place, "region", &["--region", "us-gov-west-1"]);
    assert_eq!(detail, "us-gov-west-1, by the settings");

    let place = Place::new();
    assert_eq!(found(&place, "region", &[]).1, "eu-west-1, by the profile");
    let mut command = place.command(&["preflight"]);
    let answered = super::answered(command.env("AWS_REGION", "frankfurt"), b"");
    assert!(
        answered
            .out
            .contains("FAILED   `frankfurt`, by AWS_REGION, is no region")
    );

    let place = Place::with_aws("'configure get region') exit 1 ;;");
    assert_eq!(failed(&place, "region").0, "none is set");
}

#[test]
fn api_keys_are_there_and_hashed() {
    let with = |parameter: &str| {
        let place = Place::with_aws(&format!("'ssm '*) printf '%s\\n' '{parameter}' ;;"));
        place.settings("");
        failed(&place, "api-keys")
    };
    let (detail, fix) = with(r##"["String","# none\n"]"##);
    assert_eq!(detail, "/variate/api-keys has no key");
    assert!(fix.starts_with("aws ssm put-parameter --type String --name /variate/api-keys"));
    let (detail, _) = with(r##"["String","# one\n4mJrSfUtqPzW0bXN8yAg2c role=read"]"##);
    assert!(detail.contains("line 2"), "{detail}");
    assert!(!detail.contains("4mJ"), "a key is told: {detail}");
    let (detail, _) = with(r#"["SecureString","sha256:00"]"#);
    assert!(detail.contains("SecureString"), "{detail}");

    let place = Place::with_aws("'ssm '*) echo 'ParameterNotFound' >&2; exit 254 ;;");
    place.settings("");
    assert_eq!(
        failed(&place, "api-keys").0,
        "/variate/api-keys: ParameterNotFound"
    );
}

#[test]
fn the_program_is_for_arm64_and_has_the_runtime_in_it() {
    let place = Place::new();
    let with = |binary: &std::path::Path| {
        let (result, detail, _) = found(&place, "binary", &["--binary", binary.to_str().unwrap()]);
        (result, detail.replace(place.path("").to_str().unwrap(), ""))
    };
    let failed = |detail: &str| ("failed".to_owned(), detail.to_owned());
    assert_eq!(
        with(&place.binary()),
        ("ok".to_owned(), "variate-arm64, arm64, 1 MB".to_owned())
    );
    let other = place.elf("x86", 62, b"lambda-runtime-aws-request-id");
    assert_eq!(with(&other), failed("x86 is for x86_64, not for arm64"));
    let other = place.elf("plain", 183, b"");
    assert_eq!(
        with(&other),
        failed("plain is built without the feature `lambda`")
    );
    let other = place.write("text", "#!/bin/sh");
    assert_eq!(with(&other), failed("text is no program for 64-bit Linux"));
    assert!(with(&place.path("none")).1.contains("No such file"));
}

/// Answers one client as Redis would.
fn redis(answers: &'static [&'static str]) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut input = BufReader::new(connection.try_clone().unwrap());
        let mut asked = String::new();
        for answer in answers {
            let mut count = String::new();
            input.read_line(&mut count).unwrap();
            let words: usize = count[1..].trim_end().parse().unwrap();
            for _ in 0..words * 2 {
                let mut line = String::new();
                input.read_line(&mut line).unwrap();
                if !line.starts_with('$') {
                    asked.push_str(line.trim_end());
                    asked.push(' ');
                }
            }
            connection.write_all(answer.as_bytes()).unwrap();
        }
        let _ = input.read_to_end(&mut Vec::new());
        asked
    });
    (host, server)
}

#[test]
fn the_store_is_asked_for_a_ping() {
    let with = |answers, credentials: &str| {
        let (host, server) = redis(answers);
        let place = Place::new();
        place.settings(&format!("store = \"redis://{credentials}{host}/0\""));
        let (result, detail, _) = found(&place, "store", &[]);
        let asked = server.join().unwrap();
        (asked, result, detail.replace(&host, "HOST"))
    };
    let (asked, result, detail) = with(&["+PONG\r\n"], "");
    assert_eq!((asked.as_str(), result.as_str()), ("PING ", "ok"));
    assert_eq!(detail, "HOST answers PING");

    let (asked, result, _) = with(&["+OK\r\n", "+PONG\r\n"], "ann:s%20t@");
    assert_eq!(
        (asked.as_str(), result.as_str()),
        ("AUTH ann s t PING ", "ok")
    );

    let (_, result, detail) = with(&["-WRONGPASS invalid\r\n"], ":secret@");
    assert_eq!(
        (result.as_str(), detail.as_str()),
        ("failed", "HOST: WRONGPASS invalid")
    );
    assert!(!detail.contains("secret"));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let place = Place::new();
    place.settings(&format!("store = \"redis://{closed}\""));
    assert!(failed(&place, "store").0.contains("refused"));
}

#[test]
fn checks_can_be_left_out() {
    let place = Place::with_aws("'sts '*) exit 1 ;;");
    place.settings("");
    let (result, detail, _) = found(&place, "credentials", &["--skip", "credentials"]);
    assert_eq!(
        (result.as_str(), detail.as_str()),
        ("skipped", "as you ask")
    );
    assert!(!place.calls().iter().any(|call| call.starts_with("sts")));
}

#[test]
fn settings_that_cannot_be_used_are_told_with_their_place() {
    let place = Place::new();
    let path = place.settings("timeout = 300");
    let answered = place.variate(&["preflight"]);
    let expected = format!(
        "variate: {}:4:1: timeout: must be 6 to 29 seconds\n",
        path.display()
    );
    assert_eq!((answered.err, answered.code), (expected, 1));
    chmod(&path, 0o644);
    let answered = place.variate(&["preflight"]);
    assert!(
        answered
            .err
            .contains("may be read or written by others (its mode is 644)")
    );
    let answered = place.variate(&["preflight", "--file", "none.toml"]);
    assert!(answered.err.starts_with("variate: none.toml: No such file"));
    assert_eq!(place.calls(), [""; 0]);
}
