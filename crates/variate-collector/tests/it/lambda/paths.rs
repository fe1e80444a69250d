use serde_json::{Value, json};
use variate_collector::lambda::{self, LambdaError};

use super::events::{function_url, http, load_balancer, rest};
use super::sandbox::{Sandbox, Told};
use super::{function, mirror};

/// What the routes were asked.
fn asked(function: &Sandbox, event: &Value) -> Value {
    function.answer(event).json()
}

fn path(function: &Sandbox, event: &Value) -> String {
    asked(function, event)["path"].as_str().unwrap().to_owned()
}

/// The query's parameters, decoded as HTML forms are.
fn parameters(asked: &Value) -> Vec<(String, String)> {
    let query = asked["query"].as_str().unwrap();
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

#[test]
fn a_stage_is_taken_off_wherever_it_stands() {
    let function = mirror();
    let paths = [
        (rest("GET", "/v1/experiments", &[]), "/v1/experiments"),
        (rest("GET", "/prod/track", &[]), "/prod/track"),
        (
            http("GET", "prod", "/prod/v1/experiments", ""),
            "/v1/experiments",
        ),
        (http("GET", "prod", "/prod", ""), "/"),
        (http("GET", "prod", "/production", ""), "/production"),
        (http("GET", "v1", "/v1/v1/events", ""), "/v1/events"),
        (http("GET", "$default", "/v1/events", ""), "/v1/events"),
        (function_url("GET", "/v1/events", ""), "/v1/events"),
        (load_balancer("GET", "/prod/track", &[]), "/prod/track"),
    ];
    for (event, expected) in paths {
        assert_eq!(path(&function, &event), expected, "{event}");
    }

    // A REST API may call its stage as a route begins.
    let mut event = rest("GET", "/v1/events", &[]);
    event["requestContext"]["stage"] = json!("v1");
    event["requestContext"]["path"] = json!("/v1/v1/events");
    assert_eq!(path(&function, &event), "/v1/events");

    // An HTTP API with the older format has the stage in the path.
    let mut event = rest("GET", "/prod/track", &[]);
    event["requestContext"]["path"] = json!("/prod/track");
    assert_eq!(path(&function, &event), "/track");
}

#[test]
fn what_a_domain_maps_is_taken_off_behind_the_stage() {
    let function = function("based");
    for event in [
        http("GET", "prod", "/prod/abc/track", ""),
        http("GET", "$default", "/abc/track", ""),
        http("GET", "$default", "/track", ""),
        rest("GET", "/abc/track", &[]),
    ] {
        assert_eq!(path(&function, &event), "/track", "{event}");
    }
}

#[test]
fn queries_are_read_as_the_client_meant_them() {
    let function = mirror();
    let meant = [("experiment", "my a/b test é&+"), ("variant", "1+1=2%")];
    let sent = "experiment=my+a%2Fb+test+%C3%A9%26%2B&variant=1%2B1%3D2%25";
    let parts = [
        ("experiment", "my+a%2Fb+test+%C3%A9%26%2B"),
        ("variant", "1%2B1%3D2%25"),
    ];
    for event in [
        rest("GET", "/track", &meant),
        http("GET", "prod", "/prod/track", sent),
        function_url("GET", "/track", sent),
        load_balancer("GET", "/track", &parts),
    ] {
        let asked = asked(&function, &event);
        let mut parameters = parameters(&asked);
        parameters.sort();
        let expected = meant.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters, expected, "{event}");
        assert!(
            asked["uri"].as_str().unwrap().starts_with("/track?"),
            "{asked}"
        );
    }
}

#[test]
fn the_callers_address_is_the_one_that_the_gateway_saw() {
    let function = mirror();
    for event in [rest("GET", "/", &[]), function_url("GET", "/", "")] {
        assert_eq!(asked(&function, &event)["address"], "203.0.113.7");
    }
    // A load balancer tells it in a header, which is for the routes to believe or not.
    let event = load_balancer("GET", "/", &[]);
    assert_eq!(asked(&function, &event)["address"], Value::Null);
}

#[test]
fn bodies_are_bytes_again() {
    let function = mirror();
    let mut event = http("POST", "$default", "/v1/events", "");
    event["body"] = json!("[]é");
    assert_eq!(asked(&function, &event)["body"], json!("[]é".as_bytes()));
    // "\x1f\x8b\0\xff"
    event["body"] = json!("H4sA/w==");
    event["isBase64Encoded"] = json!(true);
    assert_eq!(asked(&function, &event)["body"], json!([31, 139, 0, 255]));
    assert_eq!(asked(&function, &event)["method"], "POST");
}

#[test]
fn answers_keep_status_and_headers() {
    let function = mirror();
    for (ok, bad) in [
        (rest("GET", "/", &[]), rest("GET", "/503", &[])),
        (
            function_url("GET", "/", ""),
            function_url("GET", "/503", ""),
        ),
        (
            load_balancer("GET", "/", &[]),
            load_balancer("GET", "/503", &[]),
        ),
    ] {
        let answer = function.answer(&ok);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.header("x-route"), Some("mirror"));
        assert_eq!(function.answer(&bad).status(), 503);
    }
}

#[test]
fn a_panic_fails_one_invocation_and_not_the_next() {
    let function = mirror();
    let told = function.told_of(&function_url("GET", "/panic", ""));
    assert!(matches!(told, Told::Error(_)), "{told:?}");
    assert_eq!(
        path(&function, &function_url("GET", "/track", "")),
        "/track"
    );
}

#[test]
fn a_flat_event_is_an_error_that_says_so() {
    let Told::Error(error) = mirror().told_of(&json!({"experiment": "pill", "uuid": "1"})) else {
        panic!("answered");
    };
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("gimel.track"), "{message}");
}

#[test]
fn a_flat_event_is_answered_by_the_route_of_its_function() {
    let function = function("flat");
    let event = json!({"experiment": "a/b é&+", "uuid": "1", "event": "participate"});
    let Told::Answer(answer) = function.told_of(&event) else {
        panic!("failed");
    };
    assert_eq!(
        answer["uri"],
        "/track?event=participate&experiment=a%2Fb%20%C3%A9%26%2B&uuid=1"
    );
    assert_eq!(
        (&answer["method"], &answer["key"]),
        (&json!("GET"), &json!("k3y"))
    );
    let Told::Error(error) = function.told_of(&json!({"uuid": "fail"})) else {
        panic!("answered");
    };
    assert_eq!(
        error,
        json!({"errorType": "Status503", "errorMessage": "the store is down"})
    );
    // The same function may be behind a proxy integration, too.
    assert_eq!(
        path(&function, &function_url("GET", "/track", "")),
        "/track"
    );
}

#[test]
fn outside_of_lambda_there_is_no_function() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let ran = runtime.block_on(lambda::run(axum::Router::new()));
    let Err(LambdaError::Environment { variable }) = ran else {
        panic!("{ran:?}");
    };
    assert_eq!(variable, "AWS_LAMBDA_RUNTIME_API");
}
