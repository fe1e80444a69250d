use serde_json::Value;
use variate_stats::ep_stats::{
    Aggregation, Day, GoalRow, GoalTable, Mode, evaluate, evaluate_json, sample_size_json,
};

use super::{compare, number, read, rows, same, settings};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../../data/ep-stats.json")).unwrap()
}

/// A source whose rows have the dimensions that the original's sample data have.
fn sample() -> GoalTable {
    let row = GoalRow::new("a", "test_unit_type", Aggregation::Unit, "click");
    GoalTable::new(vec![row.dimension("element", "").dimension("product", "")])
}

#[test]
fn every_request_is_answered_as_the_original_answered_it() {
    let mut statuses = std::collections::BTreeMap::new();
    for vector in vectors() {
        let name = vector["name"].as_str().unwrap();
        let body = match &vector["request"] {
            Value::String(text) => text.clone(),
            request => {
                let mut request = request.clone();
                if vector["goals"]["rows"].is_array() {
                    request["goals"] = rows(&vector["goals"]).into();
                }
                request.to_string()
            }
        };
        let answer = if vector["path"] == "/evaluate" {
            evaluate_json(body.as_bytes(), &sample(), &settings())
        } else if vector["path"] == "/sample-size-calculation" {
            sample_size_json(body.as_bytes(), &settings())
        } else {
            continue;
        };
        assert_eq!(
            u64::from(answer.status),
            vector["status"].as_u64().unwrap(),
            "{name}: {}",
            answer.body
        );
        *statuses.entry(answer.status).or_insert(0) += 1;
        match vector.get("response") {
            Some(wanted) => {
                let mut got = read(&answer.body);
                // The input that a refusal shows again is the one with the goals in it.
                if let Some(details) = got.get_mut("detail").and_then(Value::as_array_mut) {
                    for detail in details {
                        if let Some(input) = detail.get_mut("input").and_then(Value::as_object_mut)
                        {
                            input.remove("goals");
                        }
                    }
                }
                compare(&got, wanted, name);
            }
            None => {
                assert_eq!(
                    (answer.content_type, answer.body.as_str()),
                    ("text/plain; charset=utf-8", "Internal Server Error")
                );
            }
        }
    }
    assert_eq!(
        statuses.into_iter().collect::<Vec<_>>(),
        [(200, 73), (422, 23), (500, 7)]
    );
}

#[test]
fn what_the_answers_leave_out_is_the_same_too() {
    let mut compared = 0;
    for vector in vectors() {
        let (Some(details), Ok(experiment)) = (
            vector["details"].as_array(),
            serde_json::from_value(vector["request"].clone()),
        ) else {
            continue;
        };
        let rows: Vec<GoalRow> = rows(&vector["goals"])
            .into_iter()
            .map(|mut row| {
                let object = row.as_object_mut().unwrap();
                let names = ["element", "product", "country"];
                let dimensions: Vec<_> = names
                    .into_iter()
                    .filter_map(|name| Some((name, object.remove(name)?.as_str()?.to_owned())))
                    .collect();
                object.insert(
                    "dimensions".to_owned(),
                    serde_json::to_value(dimensions).unwrap(),
                );
                serde_json::from_value(row).unwrap()
            })
            .collect();
        let today = "2026-06-01".parse::<Day>().unwrap();
        let evaluation = evaluate(&experiment, &rows, today, Mode::Compat).unwrap();
        let stats: Vec<_> = evaluation
            .metrics
            .iter()
            .flat_map(|metric| metric.stats.iter().map(move |stat| (metric.id, stat)))
            .collect();
        assert_eq!(stats.len(), details.len());
        for ((id, stat), wanted) in stats.into_iter().zip(details) {
            assert_eq!(
                (Some(id), Some(&*stat.exp_variant_id)),
                (wanted[0].as_i64(), wanted[1].as_str())
            );
            for (got, at) in [
                (stat.test_stat, 3),
                (stat.standard_error, 4),
                (stat.degrees_of_freedom, 5),
            ] {
                let wanted = number(&wanted[at]);
                assert!(
                    same(got, wanted),
                    "{} {id} {at}: {got} is not {wanted}",
                    vector["name"]
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 800, "{compared}");
}
