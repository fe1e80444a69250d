//! What arrives in the tables.

use std::time::Duration;

use postgres::{Client, NoTls};
use serde_json::{Value, json};
use variate::{
    Action, Background, Config, Declaration, EventRecord, Sink, Unit, always_candidate, context,
};
use variate_warehouse::PostgresSink;

use crate::postgres_server::Server;

/// A sink into this server's tables, and a client that reads them.
fn open(server: &Server) -> (PostgresSink, Client) {
    let mut sink = PostgresSink::new(&server.url()).unwrap();
    sink.create_tables().unwrap();
    sink.create_tables().expect("a second time changes nothing");
    (sink, Client::connect(&server.url(), NoTls).unwrap())
}

/// An event with what a test does not care about.
pub(crate) fn event(changed: &Value) -> EventRecord {
    let mut event = json!({
        "id": "00000000-0000-4000-8000-000000000001", "experiment": "pill", "variant": "red", "key": "k1",
        "action": "bought", "reason": "resolved", "at": 1_800_000_000_123_u64,
    });
    let fields = event.as_object_mut().unwrap();
    fields.extend(changed.as_object().unwrap().clone());
    serde_json::from_value(event).unwrap()
}

fn count(client: &mut Client, table: &str) -> i64 {
    let row = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]);
    row.unwrap().get(0)
}

#[test]
fn events_of_an_application_are_rows() {
    let server = Server::start();
    let (sink, mut client) = open(&server);
    let tracker = Background::builder()
        .context_entries(["user_id"])
        .build(sink.subject("user_id"))
        .unwrap();
    let config = Config::builder()
        .declare(Declaration::new("pill").variants(["red"]))
        .resolver(|_: &Unit<'_>| "red")
        .tracker(tracker)
        .build()
        .unwrap();
    let exp = config
        .experiment("pill", context! { user_id: 42, plan: "pro" })
        .migrated_from(context! { user_id: "anonymous" });
    for _request in 0..3 {
        exp.expose();
        config
            .experiment("pill", context! { user_id: 42, plan: "pro" })
            .expose();
    }
    exp.track(
        Action::new("bought")
            .value(9.99)
            .property("currency", "EUR"),
    );
    exp.track("swallowed");
    assert!(config.flush(Duration::from_secs(30)));

    let row = client
        .query_one(
            "SELECT experiment, variant, unit, subject, reason, migration_keys,
                    abs(extract(epoch FROM now() - assigned_at)) < 60
             FROM variate_assignments",
            &[],
        )
        .unwrap();
    let texts: Vec<String> = (0..5).map(|at| row.get(at)).collect();
    assert_eq!(
        texts,
        ["pill", "red", &exp.key().to_string(), "42", "resolved"]
    );
    let former: Vec<String> = row.get(5);
    assert_eq!(former, [exp.migration_keys()[0].to_string()]);
    assert!(row.get::<_, bool>(6));

    let rows = client
        .query(
            "SELECT action, value, properties->>'currency', properties->>'user_id', subject, unit
             FROM variate_events ORDER BY action",
            &[],
        )
        .unwrap();
    let key = exp.key().to_string();
    for (row, (action, value, currency)) in rows.iter().zip([
        ("bought", Some(9.99), Some("EUR")),
        ("swallowed", None, None),
    ]) {
        assert_eq!(row.get::<_, &str>(0), action);
        assert_eq!(row.get::<_, Option<f64>>(1), value);
        assert_eq!(row.get::<_, Option<&str>>(2), currency);
        let who: Vec<&str> = (3..6).map(|at| row.get(at)).collect();
        assert_eq!(who, ["42", "42", &key]);
    }
    assert_eq!(rows.len(), 2);
}

#[test]
fn any_text_arrives_as_it_is() {
    let server = Server::start();
    let (sink, mut client) = open(&server);
    let mut sink = sink.subject("who");
    let odd = "a\tb\nc\rd\\e \\N \"quoted\" 'x' {,} \u{2028} ü \\. end";
    let written = event(&json!({
        "experiment": odd, "variant": odd, "key": odd, "migration_keys": [odd, "", "NULL"], "action": odd, "reason": odd,
        "value": -1.5e-300, "properties": { odd: [odd, 1.25, null, true, {"deep": odd}], "who": odd },
    }));
    let nul = event(&json!({
        "id": "00000000-0000-4000-8000-000000000002", "action": "a\0b", "value": 1e300, "at": u64::MAX / 2,
        "properties": { "nul": "a\0b", "escaped": "\\u0000 \\\\u0000", "who": null },
    }));
    sink.write(&[written, nul]).unwrap();

    let rows = client
        .query(
            "SELECT experiment, variant, unit, subject, action, reason, value, properties::text,
                    extract(epoch FROM happened_at)::float8
             FROM variate_events ORDER BY event_id",
            &[],
        )
        .unwrap();
    for at in 0..6 {
        assert_eq!(rows[0].get::<_, String>(at), odd, "column {at}");
    }
    assert_eq!(rows[0].get::<_, f64>(6), -1.5e-300);
    let properties: Value = serde_json::from_str(rows[0].get(7)).unwrap();
    assert_eq!(
        properties[odd],
        json!([odd, 1.25, null, true, {"deep": odd}])
    );
    assert_eq!(rows[0].get::<_, f64>(8), 1_800_000_000.123);

    assert_eq!(rows[1].get::<_, String>(4), "a\u{fffd}b");
    assert_eq!(rows[1].get::<_, Option<String>>(3), None);
    assert_eq!(rows[1].get::<_, f64>(6), 1e300);
    let properties: Value = serde_json::from_str(rows[1].get(7)).unwrap();
    assert_eq!(properties["nul"], "a\u{fffd}b");
    assert_eq!(properties["escaped"], "\\u0000 \\\\u0000");
}

#[test]
fn what_is_sent_twice_is_there_once() {
    let server = Server::start();
    let (mut sink, mut client) = open(&server);
    let exposure = |at: u64| event(&json!({ "action": "assignment", "at": at }));
    let action = event(&json!({ "id": "00000000-0000-4000-8000-000000000002" }));
    let (early, late) = (1_800_000_000_000, 1_800_000_009_000);
    sink.write(&[
        exposure(late),
        action.clone(),
        exposure(late + 1),
        action.clone(),
    ])
    .unwrap();
    sink.write(&[exposure(late)]).unwrap();
    sink.write(&[action, exposure(early)]).unwrap();
    sink.write(&[exposure(late)]).unwrap();
    assert_eq!(count(&mut client, "variate_assignments"), 1);
    assert_eq!(count(&mut client, "variate_events"), 1);
    let row = client
        .query_one(
            "SELECT extract(epoch FROM assigned_at)::float8 FROM variate_assignments",
            &[],
        )
        .unwrap();
    assert_eq!(row.get::<_, f64>(0), 1_800_000_000.0);
}

#[test]
fn a_connection_that_breaks_loses_nothing() {
    let server = Server::start();
    let (mut sink, mut client) = open(&server);
    sink.write(&[event(&json!({}))]).unwrap();
    let ended = client
        .query_one(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'variate'",
            &[],
        )
        .unwrap();
    assert_eq!(ended.get::<_, i64>(0), 1);
    sink.write(&[event(
        &json!({ "id": "00000000-0000-4000-8000-000000000002" }),
    )])
    .unwrap();
    assert_eq!(count(&mut client, "variate_events"), 2);
}

#[test]
fn a_warehouse_that_is_not_there_is_told_without_the_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgresql://writer:secret-7@127.0.0.1:{port}/shop");
    let mut sink = PostgresSink::new(&url).unwrap().attempts(2);
    let error = sink.write(&[event(&json!({}))]).unwrap_err().to_string();
    assert!(
        error.starts_with("events cannot be written to Postgres: "),
        "{error}"
    );
    assert!(
        !error.contains("secret") && !format!("{sink:?}").contains("secret"),
        "{error}"
    );
    let error = PostgresSink::new("postgresql://writer:secret-7@host:port/shop").unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");

    // The application goes on, and knows what it lost.
    let tracker = Background::new(PostgresSink::new(&url).unwrap().attempts(0)).unwrap();
    let handle = tracker.handle();
    let config = Config::builder()
        .resolver(always_candidate())
        .tracker(tracker)
        .build()
        .unwrap();
    assert_eq!(
        config
            .experiment("pill", context! {})
            .use_(|| 1)
            .try_(|| 2)
            .run(),
        2
    );
    assert!(!config.flush(Duration::from_secs(30)));
    assert_eq!(handle.stats().failed, 1);
}

#[test]
fn without_tables_the_reason_is_told() {
    let server = Server::start();
    let mut sink = PostgresSink::new(&server.url()).unwrap().attempts(1);
    let error = sink.write(&[event(&json!({}))]).unwrap_err().to_string();
    assert!(
        error.contains("\"variate_assignments\" does not exist"),
        "{error}"
    );
}

#[cfg(not(feature = "tls"))]
#[test]
fn whoever_asks_for_tls_is_told_the_feature() {
    for address in [
        "postgresql://u@host/x?sslmode=require",
        "host=host sslmode=verify-full sslrootcert=/a.pem",
    ] {
        let error = PostgresSink::new(address).unwrap_err();
        assert_eq!(error, variate_warehouse::WarehouseError::WithoutTls);
    }
}

#[test]
fn addresses_are_read_as_in_variate_goals() {
    for (here, there) in [
        (
            include_str!("../../src/address.rs"),
            include_str!("../../../variate-goals/src/address.rs"),
        ),
        (
            include_str!("../../src/tls.rs"),
            include_str!("../../../variate-goals/src/tls.rs"),
        ),
    ] {
        assert!(here == there, "two copies of one file differ");
    }
}
