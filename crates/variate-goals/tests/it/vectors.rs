//! Requests that Ep-Stats answered, with the tables of goals that it answered them from.

use serde_json::Value;
use variate_stats::ep_stats::{Answer, GoalSource, NoGoals, Settings, evaluate_json};

/// A request without goals, and a table of them.
pub(crate) struct Vector {
    pub(crate) name: String,
    request: Value,
    by_unit: bool,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

pub(crate) fn all() -> Vec<Vector> {
    let read = |text| serde_json::from_str::<Vec<Value>>(text).unwrap();
    let mut vectors = Vec::new();
    for vector in read(include_str!(
        "../../../variate-stats/tests/data/ep-stats.json"
    )) {
        if vector["goals"]["rows"].is_array() && vector["path"] == "/evaluate" {
            vectors.push(Vector::new(
                &vector,
                vector["request"].clone(),
                &vector["goals"],
                false,
            ));
        }
    }
    let mut by_unit = read(include_str!(
        "../../../variate-stats/tests/data/ep-stats-by-unit.json"
    ));
    let tables = by_unit.remove(0)["tables"].take();
    for vector in &by_unit {
        let mut request = vector["experiment"].clone();
        request["metrics"] = vector["metrics"].clone();
        request["checks"] = vector["checks"].clone();
        let table = &tables[vector["goals"].as_str().unwrap()];
        vectors.push(Vector::new(vector, request, table, true));
    }
    // A table without columns is none.
    vectors.retain(|vector| !vector.columns.is_empty());
    assert!(vectors.len() > 80, "{}", vectors.len());
    vectors
}

impl Vector {
    fn new(vector: &Value, request: Value, table: &Value, by_unit: bool) -> Self {
        Self {
            name: vector["name"].to_string(),
            request,
            by_unit,
            columns: serde_json::from_value(table["columns"].clone()).unwrap(),
            rows: serde_json::from_value(table["rows"].clone()).unwrap(),
        }
    }

    /// What is answered from this source.
    pub(crate) fn answer(&self, goals: &dyn GoalSource) -> Answer {
        let mut request = self.request.clone();
        if self.by_unit {
            request["by_unit"] = true.into();
        }
        evaluate_json(request.to_string().as_bytes(), goals, &settings())
    }

    /// What is answered where the goals stand in the request, which variate-stats holds to Ep-Stats' answers.
    pub(crate) fn wanted(&self) -> Answer {
        let rows = self.rows.iter().map(|row| {
            let cells = self.columns.iter().cloned().zip(row.iter().cloned());
            Value::Object(cells.collect())
        });
        let mut request = self.request.clone();
        request["goals"] = rows.collect();
        evaluate_json(request.to_string().as_bytes(), &NoGoals, &settings())
    }

    /// Compares, if it is an answer that does not show the request again.
    pub(crate) fn check(&self, goals: &dyn GoalSource) {
        let (got, wanted) = (self.answer(goals), self.wanted());
        assert_eq!(got.status, wanted.status, "{}: {}", self.name, got.body);
        if got.status != 422 {
            assert_eq!(got, wanted, "{}", self.name);
        }
    }

    /// A statement that makes the table, with a type for each column.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn create(&self, table: &str, integer: &str, float: &str) -> String {
        let column = |name: &String| {
            let kind = match name.as_str() {
                "unit_id" => integer,
                "count" | "sum_sqr_count" | "sum_value" | "sum_sqr_value" | "count_unique" => float,
                "date" => "date",
                _ => "text",
            };
            format!("\"{name}\" {kind}")
        };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        format!("CREATE TABLE {table} ({});", columns.join(", "))
    }

    /// A statement that fills it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn insert(&self, table: &str) -> String {
        let cell = |cell: &Value| match cell {
            Value::Null => "NULL".to_owned(),
            Value::String(text) => format!("'{}'", text.replace('\'', "''")),
            number => number.to_string(),
        };
        let row = |row: &Vec<Value>| {
            let cells: Vec<_> = row.iter().map(cell).collect();
            format!("({})", cells.join(","))
        };
        if self.rows.is_empty() {
            return String::new();
        }
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        format!("INSERT INTO {table} VALUES {};", rows.join(","))
    }
}

pub(crate) fn settings() -> Settings {
    Settings::new("2026-06-01".parse().unwrap())
}
