use rusqlite::Connection;
use variate_goals::SqliteGoals;
use variate_stats::ep_stats::{Experiment, GoalError, GoalSource, Metric};

use crate::vectors;

#[test]
fn a_table_answers_as_goals_in_the_request_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("goals.db");
    let database = Connection::open(&path).unwrap();
    for (at, vector) in vectors::all().iter().enumerate() {
        let table = format!("goals_{at}");
        let make = format!(
            "BEGIN; {} {} COMMIT;",
            vector.create(&table, "integer", "real"),
            vector.insert(&table)
        );
        database.execute_batch(&make).unwrap();
        vector.check(&SqliteGoals::new(&path, &format!("SELECT * FROM {table};")).unwrap());
    }
}

fn shop() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let database = Connection::open(&path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE goals (experiment TEXT, day TEXT, variant TEXT, goal TEXT, country TEXT, n INTEGER);
             INSERT INTO goals VALUES
                ('checkout', '2026-05-01', 'a', 'exposure', 'DE', 100), ('checkout', '2026-05-02', 'a', 'exposure', 'DE', 10),
                ('checkout', '2026-05-01', 'a', 'exposure', 'FR', 1000), ('checkout', '2026-05-01', 'a', 'refund', 'DE', 7),
                ('other', '2026-05-01', 'a', 'exposure', 'DE', 5);",
        )
        .unwrap();
    (directory, path)
}

const QUERY: &str = "
    SELECT variant AS exp_variant_id, :unit_type AS unit_type, 'global' AS agg_type, goal, sum(n) AS count
    FROM goals
    WHERE experiment = :experiment_id AND goal IN (SELECT value FROM json_each(:goals))
      AND (:date_to IS NULL OR day <= :date_to) AND country = :parameter_country
    GROUP BY variant, goal";

#[test]
fn a_query_takes_what_the_request_says() {
    let (_directory, path) = shop();
    let goals = SqliteGoals::new(&path, QUERY).unwrap();
    let mut experiment = Experiment::new("checkout", "a", "user")
        .metric(Metric::new(
            1,
            "x",
            "count(user.unit.purchase)",
            "count(user.global.exposure)",
        ))
        .query_parameter("country", "DE");
    let rows = goals.aggregated(&experiment).unwrap();
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (row.goal.as_str(), row.unit_type.as_str(), row.count),
        ("exposure", "user", 110.0)
    );
    experiment.date_to = Some("2026-05-01".parse().unwrap());
    assert_eq!(goals.aggregated(&experiment).unwrap()[0].count, 100.0);
    assert_eq!(goals.by_unit(&experiment), Err(GoalError::NotByUnit));
}

#[test]
fn nothing_is_written_and_faults_are_told() {
    let (_directory, path) = shop();
    let experiment = Experiment::new("checkout", "a", "user");
    let told = |path: &std::path::Path, query: &str| {
        let goals = SqliteGoals::new(path, query).unwrap();
        goals.aggregated(&experiment).unwrap_err().to_string()
    };
    let written = told(
        &path,
        "DELETE FROM goals RETURNING variant AS exp_variant_id, goal, '' AS unit_type, 'unit' AS agg_type",
    );
    assert!(written.contains("readonly"), "{written}");
    assert!(told(&path, "SELECT x FROM goals").contains("no such column: x"));
    assert!(told(&path, "SELECT n FROM goals").contains("no column \"exp_variant_id\""));
    assert!(told(&path.with_extension("none"), "SELECT 1").contains("shop.none"));
    assert!(SqliteGoals::new(&path, "SELECT :experiment").is_err());
}
