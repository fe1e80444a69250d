use std::io::Read;
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};

use self::events::{function_url, http, load_balancer, rest};
use self::sandbox::{Answer, Sandbox, Told};
use super::redis_server::RedisProcess;
use super::{Answered, answered, command};

#[path = "../../../variate-collector/tests/it/lambda/events.rs"]
mod events;
#[path = "../../../variate-collector/tests/it/lambda/sandbox.rs"]
mod sandbox;

/// The SHA-256 of `k3y`, by `sha256sum`.
const KEYS: &str = "# the dashboard\nsha256:a49b1287870c10a76f1f46552aca4431842ced5dedf0ee3f28ffa12855a4e86a role=admin\n";

fn function(store: &str, environment: &[(&str, &str)]) -> Sandbox {
    let mut command = command(&[]);
    command
        .env("VARIATE_STORE", store)
        .env("VARIATE_API_KEYS", KEYS);
    command.envs(environment.iter().copied());
    // Nothing but the Runtime API is for reading and writing.
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::inherit());
    Sandbox::start(command)
}

/// `GET /experiments`, with the key.
fn experiments(function: &Sandbox) -> Value {
    let mut event = function_url("GET", "/experiments", "");
    event["headers"]["x-api-key"] = json!("k3y");
    let answer = function.answer(&event);
    assert_eq!(answer.status(), 200, "{answer:?}");
    answer.json()
}

fn goals(function: &Sandbox, experiment: &str) -> Value {
    let all = experiments(function);
    let all = all.as_array().unwrap();
    let found = all.iter().find(|one| one["experiment"] == experiment);
    found.map_or(Value::Null, |one| one["goals"].clone())
}

fn assert_counted(answer: &Answer) {
    assert_eq!(
        (answer.status(), answer.body()),
        (200, "null"),
        "{answer:?}"
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn events_of_every_gateway_count_once_and_alike() {
    let redis = RedisProcess::start();
    let function = function(&redis.url(), &[]);
    let name = "my a/b test é&+";
    for event in ["participate", "clicked"] {
        let meant = [
            ("experiment", name),
            ("uuid", "1"),
            ("variant", "red"),
            ("event", event),
            ("namespace", "alephbet"),
        ];
        let sent = |id: &str| {
            format!(
                "experiment=my+a%2Fb+test+%C3%A9%26%2B&uuid={id}&variant=red&event={event}&namespace=alephbet"
            )
        };
        let parts = [
            ("experiment", "my+a%2Fb+test+%C3%A9%26%2B"),
            ("uuid", "4"),
            ("variant", "red"),
            ("event", event),
            ("namespace", "alephbet"),
        ];
        for event in [
            rest("GET", "/track", &meant),
            // A client that sends again, another way.
            rest("GET", "/prod/track", &meant),
            http("GET", "prod", "/prod/track", &sent("1")),
            http("GET", "prod", "/prod/track", &sent("2")),
            function_url("GET", "/track", &sent("3")),
            load_balancer("GET", "/track", &parts),
        ] {
            assert_counted(&function.answer(&event));
        }
    }
    let expected =
        json!([{"goal": "clicked", "results": [{"label": "red", "successes": 4, "trials": 4}]}]);
    assert_eq!(goals(&function, name), expected);
}

#[test]
fn another_sandbox_counts_on() {
    let redis = RedisProcess::start();
    for id in ["1", "2", "1"] {
        let function = function(&redis.url(), &[]);
        let query = format!("experiment=pill&variant=red&event=participate&uuid={id}");
        assert_counted(&function.answer(&function_url("GET", "/track", &query)));
    }
    let function = function(&redis.url(), &[]);
    let mut event = http("GET", "live", "/live/v1/experiments/pill", "");
    event["headers"]["x-api-key"] = json!("k3y");
    let answer = function.answer(&event);
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert!(answer.body().contains("\"units\":2"), "{}", answer.body());
}

#[test]
fn a_batch_may_come_as_text_and_as_bytes() {
    let redis = RedisProcess::start();
    let function = function(&redis.url(), &[]);
    let batch = |event: &mut Value| {
        event["headers"]["content-type"] = json!("application/json");
        event["headers"]["x-api-key"] = json!("k3y");
    };
    let mut event = http("POST", "prod", "/prod/v1/events", "");
    batch(&mut event);
    event["body"] =
        json!(r#"[{"experiment":"é","variant":"red","action":"participate","id":"1"}]"#);
    let first = function.answer(&event);
    assert_eq!(first.status(), 200, "{first:?}");
    // The same, as AWS sends what it takes for bytes.
    event["body"] = json!(
        "W3siZXhwZXJpbWVudCI6IsOpIiwidmFyaWFudCI6InJlZCIsImFjdGlvbiI6InBhcnRpY2lwYXRlIiwiaWQiOiIyIn1d"
    );
    event["isBase64Encoded"] = json!(true);
    let second = function.answer(&event);
    assert_eq!(second.body(), first.body());
    // As `gzip` makes it of the same with the id 3.
    event["headers"]["content-encoding"] = json!("gzip");
    event["body"] = json!(
        "H4sIAAAAAAACA4uuVkqtKEgtysxNzStRslI6vFJJR6kssSgzEcwtSk0B8hOTSzLz84DcgsSikszkzILEklSgcGYKUMhYqTYWAGrw+qBFAAAA"
    );
    let third = function.answer(&event);
    assert_eq!(third.body(), first.body(), "{third:?}");
    let mut event = function_url("GET", "/v1/experiments/%C3%A9", "");
    event["headers"]["x-api-key"] = json!("k3y");
    let tallies = function.answer(&event);
    assert!(tallies.body().contains("\"units\":3"), "{}", tallies.body());
}

#[test]
fn a_path_that_is_no_route_and_a_missing_key_are_answered_as_by_a_server() {
    let function = function("redis://127.0.0.1:1/0", &[]);
    let answer = function.answer(&function_url("GET", "/nothing/here", ""));
    assert_eq!(answer.status(), 404, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let answer = function.answer(&rest("GET", "/experiments", &[]));
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.json(), json!({"message": "Forbidden"}));
    let answer = function.answer(&http("OPTIONS", "prod", "/prod/track", ""));
    assert_eq!(answer.status(), 200);
}

#[test]
fn events_are_refused_while_the_store_is_down_and_taken_afterwards() {
    let mut redis = RedisProcess::start();
    let url = redis.url();
    redis.kill();
    let function = function(&url, &[]);
    let track = function_url(
        "GET",
        "/track",
        "experiment=pill&variant=red&event=participate&uuid=1",
    );
    for _ in 0..2 {
        let answer = function.answer(&track);
        assert_eq!(answer.status(), 503, "{answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        redis.restart();
        assert_counted(&function.answer(&track));
        redis.kill();
    }
}

#[test]
fn a_store_may_be_asked_over_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rediss://{}/0", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut record = [0; 2];
        connection.read_exact(&mut record).unwrap();
        record
    });
    let function = function(&url, &[]);
    let query = "experiment=pill&variant=red&event=participate&uuid=1";
    let answer = function.answer(&function_url("GET", "/track", query));
    assert_eq!(answer.status(), 503, "{answer:?}");
    assert_eq!(server.join().unwrap(), [22, 3], "no TLS handshake");
}

#[test]
fn settings_are_those_of_the_server() {
    let redis = RedisProcess::start();
    let settings = [
        (
            "VARIATE_ALLOW_ORIGIN",
            "https://shop.example,https://blog.example",
        ),
        ("VARIATE_ALIAS", "/kcart"),
        ("VARIATE_BASE_PATH", "/experiments-api"),
    ];
    let function = function(&redis.url(), &settings);
    let query = "experiment=pill&variant=red&event=participate&uuid=1";
    let mut event = function_url("GET", "/experiments-api/kcart", query);
    event["headers"]["origin"] = json!("https://blog.example");
    let answer = function.answer(&event);
    assert_eq!((answer.status(), answer.body()), (200, "null"));
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://blog.example")
    );
    event["headers"]["origin"] = json!("https://elsewhere.example");
    assert_eq!(function.answer(&event).status(), 403);
}

#[test]
fn the_functions_of_a_gateway_of_lamed_go_on() {
    let redis = RedisProcess::start();
    let handler = |handler| function(&redis.url(), &[("_HANDLER", handler)]);
    let event = json!({"experiment": "pill", "uuid": "1", "variant": "red", "event": "participate", "namespace": "alephbet"});
    let told = handler("lamed.track").told_of(&event);
    assert!(matches!(told, Told::Answer(Value::Null)), "{told:?}");
    let Told::Answer(all) = handler("lamed.all").told_of(&json!({})) else {
        panic!("failed");
    };
    assert_eq!(
        all,
        json!([{"meta": {"scope": null}}, {"experiment": "pill", "goals": []}])
    );
    let told = handler("lamed.delete").told_of(&json!({"experiment": "pill"}));
    assert!(matches!(told, Told::Answer(Value::Null)), "{told:?}");
    let Told::Answer(all) = handler("lamed.all").told_of(&json!({})) else {
        panic!("failed");
    };
    assert_eq!(all, json!([{"meta": {"scope": null}}]));
}

/// What a function says that does not start.
fn unstarted(environment: &[(&str, &str)]) -> Answered {
    let mut command = command(&[]);
    command.env_remove("VARIATE_STORE");
    // Nobody listens there, and nobody is asked.
    command.env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
    command.envs(environment.iter().copied());
    let answered = answered(&mut command, b"");
    assert_eq!(answered.code, 1, "{}", answered.err);
    answered
}

#[test]
fn a_store_that_ends_with_the_sandbox_is_refused() {
    for (store, told) in [
        (
            "dir:/var/lib/variate",
            "VARIATE_STORE is `dir:`, which a function would forget",
        ),
        (
            "memory:",
            "VARIATE_STORE is `memory:`, which a function would forget",
        ),
        (
            "cassandra://host",
            "`cassandra://host` names no store of events",
        ),
    ] {
        let err = unstarted(&[("VARIATE_STORE", store)]).err;
        assert!(err.starts_with(&format!("variate: {told}")), "{err}");
    }
    let err = unstarted(&[]).err;
    assert!(
        err.starts_with("variate: VARIATE_STORE is not set"),
        "{err}"
    );
    let keys = [
        ("VARIATE_STORE", "redis://localhost"),
        ("VARIATE_API_KEYS", "k role=god"),
    ];
    let err = unstarted(&keys).err;
    assert!(
        err.contains("VARIATE_API_KEYS") && err.contains("line 1"),
        "{err}"
    );
}
