use serde_json::Value;
use variate_goals::CsvGoals;
use variate_stats::ep_stats::{
    Experiment, GoalError, GoalSource, Metric, Mode, UnitId, evaluate, evaluate_by_unit,
};

use crate::vectors::{self, Vector};

fn csv_of(vector: &Vector) -> String {
    let cell = |cell: &Value| match cell {
        Value::Null => String::new(),
        Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        number => number.to_string(),
    };
    let row = |row: &Vec<Value>| row.iter().map(cell).collect::<Vec<_>>().join(",");
    let rows: Vec<_> = vector.rows.iter().map(row).collect();
    format!("{}\n{}\n", vector.columns.join(","), rows.join("\n"))
}

#[test]
fn a_file_answers_as_goals_in_the_request_do() {
    let directory = tempfile::tempdir().unwrap();
    for (at, vector) in vectors::all().iter().enumerate() {
        let path = directory.path().join(format!("{at}.csv"));
        std::fs::write(&path, csv_of(vector)).unwrap();
        vector.check(&CsvGoals::new(path));
    }
}

#[test]
fn a_spreadsheets_file_is_read() {
    let goals = CsvGoals::from_text(
        "\u{feff}goal, exp_variant_id ,unit_type,agg_type,count,country\r\nclick,\"a, b\",user,unit,,DE\r\n",
    );
    let rows = goals
        .aggregated(&Experiment::new("x", "a", "user"))
        .unwrap();
    assert_eq!(
        (rows[0].exp_variant_id.as_str(), rows[0].count),
        ("a, b", 0.0)
    );
    assert_eq!(
        rows[0].dimensions,
        [("country".to_owned(), "DE".to_owned())]
    );
}

#[test]
fn a_wide_table_is_one_of_global_goals() {
    let goals = CsvGoals::from_text(
        "experiment,variant,views,clicks,clicks_squared\nx,a,1000,100,120\nx,b,1000,130,170\ny,b,5,5,5\n",
    );
    let experiment = Experiment::new("x", "a", "user")
        .metric(Metric::simple(1, "CTR", "user", "clicks", "views"));
    let rows = goals.aggregated(&experiment).unwrap();
    let day = "2026-06-01".parse().unwrap();
    let evaluation = evaluate(&experiment, &rows, day, Mode::Compat).unwrap();
    let stats = &evaluation.metrics[0].stats;
    assert_eq!((stats[1].mean, stats[1].sum_value), (0.13, 130.0));
    // sqrt((170 - 130²/1000) / 999)
    assert!(
        (stats[1].std - 0.391_475_7).abs() < 1e-6,
        "{}",
        stats[1].std
    );
}

#[test]
fn products_of_count_and_value_are_known_where_they_stand() {
    let goals = CsvGoals::from_text(
        "exp_variant_id,unit_type,agg_type,goal,count,sum_value,sum_count_value\n\
         a,user,unit,buy,3,20,50\na,user,unit,refund,3,20,\na,user,unit,visit,3,20,0\n",
    );
    let rows = goals
        .aggregated(&Experiment::new("x", "a", "user"))
        .unwrap();
    let products: Vec<_> = rows.iter().map(|row| row.sum_count_value).collect();
    assert_eq!(products, [Some(50.0), None, Some(0.0)]);
    assert!(rows.iter().all(|row| row.dimensions.is_empty()));
}

#[test]
fn a_row_without_a_date_is_refused_among_others_with_one() {
    let goals = CsvGoals::from_text(
        "date,exp_variant_id,unit_type,agg_type,goal,count\n\
         2026-01-02,a,user,global,exposure,10\n,b,user,unit,click,3\n",
    );
    let mut experiment = Experiment::new("x", "a", "user");
    experiment.date_from = Some("2026-01-01".parse().unwrap());
    let undated = GoalError::Undated {
        row: 2,
        goal: "click".into(),
        variant: "b".into(),
    };
    assert_eq!(goals.aggregated(&experiment), Err(undated));
    experiment.is_lenient = true;
    assert_eq!(goals.aggregated(&experiment).unwrap().len(), 1);
}

#[test]
fn a_name_with_blanks_around_it_is_refused() {
    let goals = CsvGoals::from_text(
        "exp_variant_id,unit_type,agg_type,goal,count\na,user,unit,click,3\nb ,user,unit,click,3\n",
    );
    let mut experiment = Experiment::new("x", "a", "user");
    let told = goals.aggregated(&experiment).unwrap_err().to_string();
    assert!(
        told.contains("row 2: \"b \" in column \"exp_variant_id\" is no name without blanks"),
        "{told}"
    );
    experiment.is_lenient = true;
    assert_eq!(goals.aggregated(&experiment).unwrap().len(), 2);
}

#[test]
fn rows_by_unit_are_told_from_sums() {
    let text = "exp_variant_id,unit_type,unit_id,goal,count,sum_value\na,user,7,click,1,2\nb,user,x,click,1,3\n";
    let goals = CsvGoals::from_text(text);
    assert!(goals.is_by_unit().unwrap());
    let experiment = Experiment::new("x", "a", "user").metric(Metric::new(
        1,
        "clicks",
        "value(user.unit.click)",
        "count(user.unit.click)",
    ));
    assert_eq!(goals.aggregated(&experiment), Err(GoalError::ByUnit));
    let rows = goals.by_unit(&experiment).unwrap();
    assert_eq!(rows[0].unit_id, UnitId::Number(7));
    let day = "2026-06-01".parse().unwrap();
    assert!(evaluate_by_unit(&experiment, &rows, day, Mode::Compat).is_ok());

    let sums = CsvGoals::from_text("exp_variant_id,unit_type,agg_type,goal\n");
    assert!(!sums.is_by_unit().unwrap());
    assert_eq!(sums.by_unit(&experiment), Err(GoalError::NotByUnit));
}

#[test]
fn what_makes_no_sense_is_told_with_its_place() {
    let told = |text: &str| {
        let goals = CsvGoals::from_text(text);
        let error = goals.aggregated(&Experiment::new("x", "a", "user"));
        error.unwrap_err().to_string()
    };
    assert_eq!(
        told("exp_variant_id,unit_type,goal\n"),
        "goals from the CSV text have no column \"agg_type\"; they have exp_variant_id, unit_type, goal"
    );
    let head = "exp_variant_id,unit_type,agg_type,goal,count,date\n";
    assert_eq!(
        told(&format!(
            "{head}a,user,unit,click,1,\nb,user,unit,click,many,\n"
        )),
        "goals from the CSV text, row 2: \"many\" in column \"count\" is no number"
    );
    assert_eq!(
        told(&format!(
            "{head}a,user,unit,click,1,\n,user,unit,click,1,\n"
        )),
        "goals from the CSV text, row 2: \"\" in column \"exp_variant_id\" is no name of a variant"
    );
    assert!(told(&format!("{head}a, ,unit,click,1,\n")).contains("in column \"unit_type\" is no"));
    assert!(told(&format!("{head}a,user,unit,,1,\n")).contains("in column \"goal\" is no"));
    assert!(told("experiment,variant,views\nx,,1\n").contains("is no name of a variant"));
    assert_eq!(
        told("exp_variant_id,unit_type,agg_type,goal,count,count\na,user,unit,click,1,1\n"),
        "goals from the CSV text have two columns \"count\"; keep one"
    );
    assert!(
        told("exp_variant_id,unit_type,agg_type,goal,cuont,sum_sqr_count\na,user,unit,click,1,1\n")
            .contains("have no column \"count\"")
    );
    for rows in ["", "a,user,unit,click,1,,other\n"] {
        let head = head.trim_end();
        let goals = format!("{head},exp_id\n{rows}");
        assert!(
            told(&goals).contains("no goals of experiment \"x\""),
            "{rows}"
        );
    }
    // A row of another experiment may be as it is.
    let goals = format!(
        "{},exp_id\n,user,unit,click,1,,other\na,user,unit,click,1,,x\n",
        head.trim_end()
    );
    let rows = CsvGoals::from_text(goals).aggregated(&Experiment::new("x", "a", "user"));
    assert_eq!(rows.map(|rows| rows.len()), Ok(1));
    assert!(told(&format!("{head}a,user,units,click,1,\n")).contains("is no `unit` or `global`"));
    assert!(told(&format!("{head}a,user,unit,click,1,21.11.2026\n")).contains("is no day as in"));
    assert!(told(&format!("{head}a,user\n")).contains("found record with 2 fields"));
    let missing = CsvGoals::new("/nowhere/goals.csv")
        .is_by_unit()
        .unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("goals cannot be read from /nowhere/goals.csv: ")
    );
}
