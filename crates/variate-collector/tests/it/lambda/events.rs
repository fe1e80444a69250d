//! Events as AWS sends them, after its documentation.

use serde_json::{Value, json};

/// A REST API, or an HTTP API with the older format: the gateway decodes the query.
pub(crate) fn rest(method: &str, path: &str, query: &[(&str, &str)]) -> Value {
    let single: Value = query.iter().map(|(k, v)| (*k, json!(v))).collect();
    let multiple: Value = query.iter().map(|(k, v)| (*k, json!([v]))).collect();
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "abcdef1234.execute-api.eu-central-1.amazonaws.com", "User-Agent": "Mozilla/5.0", "X-Forwarded-Proto": "https"},
        "multiValueHeaders": {"Host": ["abcdef1234.execute-api.eu-central-1.amazonaws.com"], "User-Agent": ["Mozilla/5.0"], "X-Forwarded-Proto": ["https"]},
        "queryStringParameters": single,
        "multiValueQueryStringParameters": multiple,
        "pathParameters": {"proxy": path.trim_start_matches('/')},
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef1234", "resourceId": "us4z18", "resourcePath": "/{proxy+}",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "httpMethod": method, "stage": "prod", "path": format!("/prod{path}"), "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6", "requestTimeEpoch": 1_583_798_639_428_u64,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "Mozilla/5.0"},
        },
        "body": null,
        "isBase64Encoded": false,
    })
}

/// An HTTP API: the query is as the client sent it, and a stage that has a name is in the path.
pub(crate) fn http(method: &str, stage: &str, path: &str, query: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abcdef1234.execute-api.eu-central-1.amazonaws.com", "user-agent": "Mozilla/5.0", "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef1234", "domainPrefix": "abcdef1234",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "Mozilla/5.0"},
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": stage,
            "time": "10/Mar/2020:05:16:23 +0000", "timeEpoch": 1_583_817_383_220_u64,
        },
        "isBase64Encoded": false,
    })
}

/// A function URL: as an HTTP API without a named stage.
pub(crate) fn function_url(method: &str, path: &str, query: &str) -> Value {
    let mut event = http(method, "$default", path, query);
    event["requestContext"]["domainName"] = json!("abcdef1234.lambda-url.eu-central-1.on.aws");
    event["headers"]["host"] = json!("abcdef1234.lambda-url.eu-central-1.on.aws");
    event
}

/// A load balancer: the query's parameters are as the client sent them.
pub(crate) fn load_balancer(method: &str, path: &str, query: &[(&str, &str)]) -> Value {
    let query: Value = query.iter().map(|(k, v)| (*k, json!(v))).collect();
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/variate/49e9d65c45c6791a"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": query,
        "headers": {"host": "variate-846800462.eu-central-1.elb.amazonaws.com", "user-agent": "Mozilla/5.0", "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"},
        "body": "",
        "isBase64Encoded": false,
    })
}
