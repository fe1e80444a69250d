use postgres::{Client, NoTls};
use variate_goals::PostgresGoals;
use variate_stats::ep_stats::{Experiment, GoalError, GoalSource, Metric};

use crate::postgres_server::Server;
use crate::vectors;

#[test]
fn a_table_answers_as_goals_in_the_request_do() {
    let server = Server::start();
    let mut client = Client::connect(&server.url(), NoTls).unwrap();
    for (at, vector) in vectors::all().iter().enumerate() {
        let table = format!("goals_{at}");
        client
            .batch_execute(&vector.create(&table, "bigint", "float8"))
            .unwrap();
        client.batch_execute(&vector.insert(&table)).unwrap();
        let query = format!("SELECT * FROM {table}; ");
        vector.check(&PostgresGoals::new(&server.url(), &query).unwrap());
    }
}

const QUERY: &str = "
    SELECT variant AS exp_variant_id, :unit_type AS unit_type, 'global' AS agg_type, goal, sum(n) AS count, max(day) AS date
    FROM goals
    WHERE experiment = :experiment_id AND goal = ANY(:goals) AND variant IN (SELECT json_array_elements_text(:variants))
      AND (:date_to IS NULL OR day <= :date_to) AND country = :parameter_country -- of :anybody
    GROUP BY variant, goal";

#[test]
fn a_query_takes_what_the_request_says_and_writes_nothing() {
    let server = Server::start();
    let mut client = Client::connect(&server.url(), NoTls).unwrap();
    client
        .batch_execute(
            "CREATE TABLE goals (experiment text, day date, variant varchar, goal text, country text, n numeric);
             INSERT INTO goals VALUES
                ('checkout', '2026-05-01', 'a \"\\', 'exposure', 'DE', 100), ('checkout', '2026-05-02', 'a \"\\', 'exposure', 'DE', 10),
                ('checkout', '2026-05-01', 'b', 'exposure', 'FR', 1000), ('checkout', '2026-05-01', 'b', 'refund', 'DE', 7),
                ('other', '2026-05-01', 'a', 'exposure', 'DE', 5);",
        )
        .unwrap();
    let goals = PostgresGoals::new(&server.url(), QUERY).unwrap();
    let mut experiment = Experiment::new("checkout", "b", "user")
        .metric(Metric::new(
            1,
            "x",
            "count(user.unit.purchase)",
            "count(user.global.exposure)",
        ))
        .query_parameter("country", "DE");
    experiment.variants = Some(vec!["a \"\\".to_owned(), "b".to_owned()]);
    let rows = goals.aggregated(&experiment).unwrap();
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (row.goal.as_str(), row.unit_type.as_str(), row.count),
        ("exposure", "user", 110.0)
    );
    assert_eq!(row.date.unwrap().to_string(), "2026-05-02");
    experiment.date_to = Some("2026-05-01".parse().unwrap());
    assert_eq!(goals.aggregated(&experiment).unwrap()[0].count, 100.0);
    assert_eq!(goals.by_unit(&experiment), Err(GoalError::NotByUnit));

    let told = |query: &str| {
        let goals = PostgresGoals::new(&server.url(), query).unwrap();
        goals.aggregated(&experiment).unwrap_err().to_string()
    };
    assert!(told("SELECT x FROM goals").contains("column \"x\" does not exist"));
    assert!(told("SELECT n FROM goals").contains("no column \"exp_variant_id\""));
    client
        .batch_execute(
            "CREATE FUNCTION clear() RETURNS text LANGUAGE sql AS 'DELETE FROM goals RETURNING goal'",
        )
        .unwrap();
    let writing =
        "SELECT clear() AS goal, '' AS exp_variant_id, '' AS unit_type, 'unit' AS agg_type";
    assert!(told(writing).contains("read-only transaction"));
}

#[test]
fn a_server_that_is_not_there_is_told_without_the_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgresql://reader:secret-7@127.0.0.1:{port}/shop");
    let goals = PostgresGoals::new(&url, "SELECT 1").unwrap();
    let error = goals
        .aggregated(&Experiment::new("x", "a", "user"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("goals cannot be read from Postgres: ") && error.contains("refused"),
        "{error}"
    );
    assert!(!error.contains("secret") && !format!("{goals:?}").contains("secret"));
    assert!(PostgresGoals::new("postgresql://a:port/x", "SELECT 1").is_err());
}

#[cfg(not(feature = "postgres-tls"))]
#[test]
fn whoever_asks_for_tls_is_told_the_feature() {
    for address in [
        "postgresql://u@host/x?sslmode=require",
        "host=host sslmode=verify-full sslrootcert=/a.pem",
    ] {
        let told = PostgresGoals::new(address, "SELECT 1").unwrap_err();
        assert!(told.to_string().contains("`postgres-tls`"), "{told}");
    }
}
