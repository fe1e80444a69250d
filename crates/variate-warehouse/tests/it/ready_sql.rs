//! The SQL that others ask with, on tables that the sink wrote.

use postgres::{Client, NoTls, Row};
use serde_json::json;
use variate::{EventRecord, Sink};
use variate_goals::PostgresGoals;
use variate_stats::ep_stats::{
    Aggregation, Experiment, GoalRow, GoalSource, Metric, Settings, evaluate_json,
};
use variate_warehouse::{PostgresSink, sql};

use crate::postgres_server::Server;
use crate::writing::event;

const DAY: u64 = 86_400_000;
/// 2027-01-15 12:00 UTC.
const NOON: u64 = 1_800_014_400_000;

/// Units `a0`.. see the control, `b0`.. see red; some buy, and some of it does not count.
fn shop() -> Vec<EventRecord> {
    let mut next = 0;
    let mut made = |unit: &str, variant: &str, action: &str, at: u64, value: Option<f64>| {
        next += 1;
        event(&json!({
            "id": format!("00000000-0000-4000-8000-{next:012}"), "key": unit, "variant": variant, "action": action, "at": at, "value": value,
            "properties": { "user_id": format!("user of {unit}") },
        }))
    };
    let mut events = Vec::new();
    for n in 0..10 {
        events.push(made(&format!("a{n}"), "control", "assignment", NOON, None));
        events.push(made(&format!("b{n}"), "red", "assignment", NOON, None));
    }
    // a0 buys twice, a1 once; b0, b1 and b2 once.
    for (unit, variant, value) in [
        ("a0", "control", 10.0),
        ("a0", "control", 5.0),
        ("a1", "control", 20.0),
        ("b0", "red", 10.0),
        ("b1", "red", 20.0),
        ("b2", "red", 30.0),
    ] {
        events.push(made(unit, variant, "bought", NOON + 1_000, Some(value)));
    }
    // Before its exposure; on a later day; in two variants; another action.
    events.push(made("a2", "control", "bought", NOON - 1_000, Some(1_000.0)));
    events.push(made("a3", "control", "bought", NOON + DAY, Some(1.0)));
    events.push(made("c", "control", "assignment", NOON, None));
    events.push(made("c", "red", "assignment", NOON, None));
    events.push(made("c", "red", "bought", NOON + 1, Some(500.0)));
    events.push(made("b3", "red", "looked", NOON + 1, None));
    events
}

fn filled(server: &Server) -> Client {
    let mut sink = PostgresSink::new(&server.url()).unwrap().subject("user_id");
    sink.create_tables().unwrap();
    sink.write(&shop()).unwrap();
    Client::connect(&server.url(), NoTls).unwrap()
}

fn columns(row: &Row) -> Vec<&str> {
    row.columns().iter().map(postgres::Column::name).collect()
}

/// As `GrowthBook` asks: both queries are subqueries, actions count from the exposure on, and who saw two variants is in neither.
#[test]
fn growthbook_counts_units_and_their_actions() {
    let server = Server::start();
    let mut client = filled(&server);
    let first = client
        .query_one(&format!("{} LIMIT 1", sql::GROWTHBOOK_ASSIGNMENTS), &[])
        .unwrap();
    assert_eq!(
        columns(&first),
        ["variate_unit", "timestamp", "experiment_id", "variation_id"]
    );
    let query = format!(
        "WITH __rawExperiment AS ({}), __factTable AS ({}),
         __experimentUnits AS (
            SELECT e.variate_unit, min(e.timestamp) AS first_exposure_timestamp,
                   CASE WHEN count(DISTINCT e.variation_id) > 1 THEN '__multiple__' ELSE max(e.variation_id) END AS variation
            FROM __rawExperiment e WHERE e.experiment_id = 'pill' GROUP BY e.variate_unit
         )
         SELECT u.variation, count(DISTINCT u.variate_unit), count(m.value), coalesce(sum(m.value), 0)::float8
         FROM __experimentUnits u
         LEFT JOIN __factTable m ON m.variate_unit = u.variate_unit AND m.event_name = 'bought'
             AND m.timestamp >= u.first_exposure_timestamp
         GROUP BY u.variation ORDER BY u.variation COLLATE \"C\"",
        sql::GROWTHBOOK_ASSIGNMENTS,
        sql::GROWTHBOOK_FACTS
    );
    let read: Vec<(String, i64, i64, f64)> = client
        .query(&query, &[])
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect();
    assert_eq!(
        read,
        [
            ("__multiple__".to_owned(), 1, 1, 500.0),
            ("control".to_owned(), 10, 4, 36.0),
            ("red".to_owned(), 10, 3, 60.0),
        ]
    );
    // Who is tracked for two experiments has a row for each, which only the experiment tells apart.
    let other = event(&json!({
        "id": "00000000-0000-4000-8000-999999999999", "experiment": "other", "key": "elsewhere", "variant": "control",
        "action": "bought", "at": NOON + 1_000, "value": 10.0, "properties": { "user_id": "user of b0" },
    }));
    let mut sink = PostgresSink::new(&server.url()).unwrap().subject("user_id");
    sink.write(&[other]).unwrap();
    let mut of_user = |filter: &str| {
        let sum = format!(
            "SELECT sum(value) FROM ({}) AS facts WHERE user_id = 'user of b0' {filter}",
            sql::GROWTHBOOK_FACTS
        );
        client.query_one(&sum, &[]).unwrap().get::<_, f64>(0)
    };
    assert_eq!(of_user(""), 20.0);
    assert_eq!(of_user("AND experiment = 'pill'"), 10.0);
    let by_user = format!(
        "SELECT count(DISTINCT user_id) FROM ({}) AS facts",
        sql::GROWTHBOOK_FACTS
    );
    assert_eq!(client.query_one(&by_user, &[]).unwrap().get::<_, i64>(0), 9);
}

#[test]
fn eppo_reads_assignments_and_facts() {
    let server = Server::start();
    let mut client = filled(&server);
    let first = client
        .query_one(&format!("{} LIMIT 1", sql::EPPO_ASSIGNMENTS), &[])
        .unwrap();
    assert_eq!(
        columns(&first),
        ["subject", "timestamp", "experiment", "variation"]
    );
    let first = client
        .query_one(&format!("{} LIMIT 1", sql::EPPO_FACTS), &[])
        .unwrap();
    assert_eq!(columns(&first), ["subject", "timestamp", "fact", "value"]);
    let query = format!(
        "SELECT sum(facts.value) FROM ({}) AS assignments JOIN ({}) AS facts USING (subject)
         WHERE variation = 'red' AND fact = 'looked'",
        sql::EPPO_ASSIGNMENTS,
        sql::EPPO_FACTS
    );
    assert_eq!(client.query_one(&query, &[]).unwrap().get::<_, f64>(0), 1.0);
}

#[test]
fn ep_stats_evaluates_what_was_written() {
    let server = Server::start();
    // Where noon in UTC is the next day: days are UTC's all the same.
    filled(&server)
        .batch_execute("ALTER ROLE ALL SET timezone = '<+13>-13'")
        .unwrap();
    let goals = PostgresGoals::new(&server.url(), sql::EP_STATS_GOALS).unwrap();
    let evaluated = |until: &str| {
        let request = json!({
            "id": "pill", "control_variant": "control", "unit_type": "user", "date_from": "2027-01-01", "date_to": until,
            "metrics": [
                {"id": 1, "name": "Orders", "nominator": "count(user.unit.bought)", "denominator": "count(user.global.exposure)"},
                {"id": 2, "name": "Revenue", "nominator": "value(user.unit.bought)", "denominator": "count(user.global.exposure)"},
            ],
            "checks": [],
        });
        let settings = Settings::new("2027-02-01".parse().unwrap());
        let answer = evaluate_json(request.to_string().as_bytes(), &goals, &settings);
        assert_eq!(answer.status, 200, "{}", answer.body);
        // As Python writes it, which is no JSON.
        let body = answer.body.replace("NaN", "null");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let answer = evaluated("2027-01-31");
    let stat = |metric: usize, variant: usize, name: &str| {
        answer["metrics"][metric]["stats"][variant][name]
            .as_f64()
            .unwrap_or_else(|| panic!("{answer:#}"))
    };
    let about =
        |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    assert_eq!(stat(0, 0, "sample_size"), 10.0);
    assert_eq!(stat(0, 1, "sample_size"), 10.0);
    // Orders: a0 two, a1 one, a3 one on the next day; b0, b1, b2 one each. Revenue: 36 and 60.
    about(stat(0, 0, "mean"), 0.4);
    about(stat(0, 1, "mean"), 0.3);
    about(stat(1, 0, "mean"), 3.6);
    about(stat(1, 1, "mean"), 6.0);
    // The standard deviation of 2, 1, 1 and seven zeros, from sums of squares: (6 - 16/10) / 9.
    about(stat(0, 0, "std").powi(2), (6.0 - 1.6) / 9.0);
    // Count times value, unit by unit: 2 · 15 + 20 + 1, and 10 + 20 + 30.
    let experiment = Experiment::new("pill", "control", "user").metric(Metric::new(
        1,
        "Order value",
        "value(user.unit.bought)",
        "count(user.unit.bought)",
    ));
    let rows = goals.aggregated(&experiment).unwrap();
    let products = |variant: &str| {
        let of = |row: &&GoalRow| {
            row.goal == "bought"
                && row.agg_type == Aggregation::Unit
                && row.exp_variant_id == variant
        };
        rows.iter().find(of).and_then(|row| row.sum_count_value)
    };
    assert_eq!(products("control"), Some(51.0));
    assert_eq!(products("red"), Some(60.0));
    let of_the_day = evaluated("2027-01-15");
    about(
        of_the_day["metrics"][0]["stats"][0]["mean"]
            .as_f64()
            .unwrap(),
        0.3,
    );
}
