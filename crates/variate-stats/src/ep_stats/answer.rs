use std::fmt::Write as _;

use super::Mode;
use super::aggregate::evaluate;
use super::day::Day;
use super::evaluation::{Evaluation, EvaluationError, MetricStat};
use super::experiment::Experiment;
use super::goal_source::{GoalError, GoalSource, GoalTable};
use super::inline::Goals;
use super::json::Json;
use super::parameter::Parameter;
use super::python::{self, Nan};
use super::request::{self, Invalid, Place, Refused, Request};
use super::sample_size::SampleSize;
use super::units::evaluate_by_unit;

/// What goes back to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// `application/json`, or `text/plain` where the original fails without a word.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// What is wrong, in a sentence; empty if nothing is.
    pub message: String,
    /// How many checks could not be done.
    pub failed_checks: usize,
    /// Whether the request says that it only measures how fast it is answered
    /// (`"query_parameters": {"is_performance_test": true}`).
    pub is_performance_test: bool,
}

/// How requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    today: Day,
    mode: Mode,
    nan: Option<Nan>,
    by_unit: bool,
}

impl Settings {
    /// As Ep-Stats answers on the day `today`, which is the day of the look where the request names none.
    pub fn new(today: Day) -> Self {
        Self {
            today,
            mode: Mode::Compat,
            nan: None,
            by_unit: false,
        }
    }

    /// With the mode of requests that name none.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// With a way to write numbers that are none; [`Nan::Token`] in compat mode and [`Nan::Null`] in the corrected one if
    /// it is not given.
    pub fn nan(mut self, nan: Nan) -> Self {
        self.nan = Some(nan);
        self
    }

    /// Whether requests without goals of their own are evaluated by unit, also where they do not ask for it.
    pub fn by_unit(mut self, by_unit: bool) -> Self {
        self.by_unit = by_unit;
        self
    }

    fn nan_in(self, mode: Mode) -> Nan {
        self.nan.unwrap_or(match mode {
            Mode::Compat => Nan::Token,
            Mode::Corrected => Nan::Null,
        })
    }
}

impl Answer {
    fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "application/json",
            body,
            message: String::new(),
            failed_checks: 0,
            is_performance_test: false,
        }
    }

    fn crash() -> Self {
        let body = "Internal Server Error".to_owned();
        Self {
            content_type: "text/plain; charset=utf-8",
            message: "Ep-Stats fails at this without a word".to_owned(),
            ..Self::json(500, body)
        }
    }

    fn detail(status: u16, detail: &str) -> Self {
        let mut body = String::from("{\"detail\":");
        python::string(&mut body, detail, false);
        body.push('}');
        Self {
            message: detail.to_owned(),
            ..Self::json(status, body)
        }
    }

    fn invalid(faults: &[Invalid]) -> Self {
        Self {
            message: faults.first().map(Invalid::sentence).unwrap_or_default(),
            ..Self::json(422, Invalid::body(faults))
        }
    }

    /// With the message in the body, before the original's details, if it is not a good answer in JSON.
    ///
    /// ```
    /// use variate_stats::ep_stats::{Day, NoGoals, Settings, evaluate_json};
    ///
    /// let answer = evaluate_json(b"[]", &NoGoals, &Settings::new(Day::from_epoch(20_000))).with_message();
    /// assert!(answer.body.starts_with(r#"{"message":"Input should be a valid dictionary"#));
    /// ```
    pub fn with_message(mut self) -> Self {
        let details = self.body.strip_prefix('{').filter(|_| self.status != 200);
        if let Some(details) = details {
            let mut body = String::with_capacity(self.body.len() + self.message.len() + 16);
            body.push_str("{\"message\":");
            python::string(&mut body, &self.message, false);
            body.push(',');
            body.push_str(details);
            self.body = body;
        }
        self
    }
}

/// Answers `POST /evaluate`.
///
/// The body may bring its goals (`"goals": [..]`, with `unit_id` in them if they are by unit), ask for `"mode": "corrected"`
/// and for `"by_unit": true`; without goals of its own it is answered from `goals`.
pub fn evaluate_json(body: &[u8], goals: &dyn GoalSource, settings: &Settings) -> Answer {
    let json = match parse(body) {
        Ok(json) => json,
        Err(answer) => return answer,
    };
    let request = match request::experiment(&json, settings.mode, settings.by_unit) {
        Ok(request) => request,
        Err(Refused::Crash) => return Answer::crash(),
        Err(Refused::Invalid(faults)) => return Answer::invalid(&faults),
    };
    drop(json);
    let Request {
        mut experiment,
        mode,
        by_unit,
        goals: own,
    } = request;
    experiment.is_lenient = mode == Mode::Compat;
    let is_performance_test =
        experiment.query_parameters.get("is_performance_test") == Some(&Parameter::Flag(true));
    let answer = match answer(&experiment, mode, by_unit, own, goals, settings.today) {
        Ok(evaluation) => {
            let mut body = evaluation.to_json(settings.nan_in(mode));
            if mode == Mode::Corrected {
                add_decision(&mut body, &evaluation, &experiment, settings.today);
            }
            Answer {
                failed_checks: evaluation.failed_checks(),
                ..Answer::json(200, body)
            }
        }
        Err(failure) => failure.answer(&experiment, mode),
    };
    Answer {
        is_performance_test,
        ..answer
    }
}

/// Beside the numbers of each variant: what they say together, or why they say nothing.
fn add_decision(body: &mut String, evaluation: &Evaluation, experiment: &Experiment, today: Day) {
    let decision = evaluation.decision(experiment, today);
    let (name, json) = match &decision {
        Ok(decision) => ("evaluation", serde_json::to_string(decision)),
        Err(error) => (
            "evaluation_error",
            serde_json::to_string(&error.to_string()),
        ),
    };
    // A type of numbers and names always becomes JSON.
    if let (Ok(json), Some('}')) = (json, body.pop()) {
        let _ = write!(body, ", \"{name}\": {json}");
    }
    body.push('}');
}

enum Failure {
    Evaluation(EvaluationError),
    /// Goals of the request are to be evaluated by unit, and name no units.
    NoUnits,
    Goals(GoalError),
}

fn answer(
    experiment: &Experiment,
    mode: Mode,
    by_unit: bool,
    own: Option<Goals>,
    goals: &dyn GoalSource,
    today: Day,
) -> Result<Evaluation, Failure> {
    if mode == Mode::Compat {
        // The original finds this before it asks for goals.
        super::plan::distinct(experiment).map_err(Failure::Evaluation)?;
    }
    if mode == Mode::Corrected
        && by_unit
        && matches!(&own, Some(Goals::Sums(rows)) if !rows.is_empty())
    {
        return Err(Failure::NoUnits);
    }
    let table = own.map(|own| match own {
        Goals::Sums(rows) => GoalTable::new(rows).today(today),
        Goals::Units(rows) => GoalTable::of_units(rows).today(today),
    });
    if by_unit {
        let rows = match table {
            Some(table) => table.into_by_unit(experiment),
            None => goals.by_unit(experiment),
        };
        let rows = match rows {
            Err(GoalError::Experiment(_)) if mode == Mode::Compat => Vec::new(),
            rows => rows.map_err(Failure::Goals)?,
        };
        return evaluate_by_unit(experiment, &rows, today, mode).map_err(Failure::Evaluation);
    }
    let rows = match table {
        Some(table) => table.into_aggregated(experiment),
        None => goals.aggregated(experiment),
    };
    let rows = match rows {
        // The original's sources have no rows then.
        Err(GoalError::Experiment(_)) if mode == Mode::Compat => Vec::new(),
        rows => rows.map_err(Failure::Goals)?,
    };
    evaluate(experiment, &rows, today, mode).map_err(Failure::Evaluation)
}

impl Failure {
    fn answer(&self, experiment: &Experiment, mode: Mode) -> Answer {
        let reason = match (self, mode) {
            (Self::Evaluation(EvaluationError::Duplicate(_)), Mode::Compat) => {
                return Answer::crash();
            }
            (Self::Evaluation(error), Mode::Compat) => error.told_by_the_original(),
            (Self::Goals(error), Mode::Compat) => error.to_string(),
            (Self::NoUnits, _) => {
                return refused(
                    &["body", "by_unit"],
                    "goals_error",
                    &"the goals name no units; give each a unit_id, or leave out \"by_unit\"",
                );
            }
            (Self::Evaluation(error @ EvaluationError::NoControl { .. }), Mode::Corrected) => {
                return refused(&["body", "control_variant"], "evaluation_error", error);
            }
            (Self::Evaluation(error @ EvaluationError::Share(_)), Mode::Corrected) => {
                return refused(&["body", "shares"], "evaluation_error", error);
            }
            (Self::Evaluation(error), Mode::Corrected) => {
                return refused(&["body"], "evaluation_error", error);
            }
            (Self::Goals(error), Mode::Corrected) => {
                return match error {
                    GoalError::Dimension(name) => refused(
                        &["body", "filters"],
                        "evaluation_error",
                        &format_args!(
                            "no goal has the dimension {name:?} that a filter names; name one that goals have"
                        ),
                    ),
                    GoalError::NotByUnit | GoalError::ByUnit => {
                        refused(&["body", "by_unit"], "goals_error", error)
                    }
                    GoalError::Experiment(_) => Answer {
                        status: 404,
                        ..refused(&["body", "id"], "goals_error", error)
                    },
                    GoalError::Undated { .. } => refused(&["body", "goals"], "goals_error", error),
                    GoalError::Source(_) => Answer::detail(503, &error.to_string()),
                };
            }
        };
        Answer::detail(
            500,
            &format!(
                "Cannot evaluate experiment [{}] because of {reason}",
                experiment.id
            ),
        )
    }
}

/// What is wrong, and where.
fn refused(place: &[&'static str], kind: &'static str, message: &dyn std::fmt::Display) -> Answer {
    let place = place.iter().map(|name| Place::Name(name)).collect();
    Answer::invalid(&[Invalid::new(kind, place, message.to_string(), &Json::Null)])
}

/// Answers `POST /sample-size-calculation`.
pub fn sample_size_json(body: &[u8], settings: &Settings) -> Answer {
    let request = parse(body).and_then(|json| match &json {
        Json::Object(_) => {
            let mode = match json.get("mode").and_then(Json::text) {
                Some("corrected") => Mode::Corrected,
                Some("compat") => Mode::Compat,
                _ => settings.mode,
            };
            let request = request::sample_size(&json).map_err(|faults| Answer::invalid(&faults))?;
            Ok((request, mode))
        }
        _ => Err(no_object(&json)),
    });
    let (request, mode) = match request {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let size = match mode {
        Mode::Compat => request.as_the_original(),
        Mode::Corrected => request.per_variant(),
    };
    match (size, mode) {
        (Ok(size), mode) => {
            let mut body = String::from("{\"sample_size_per_variant\": ");
            python::float(&mut body, size, settings.nan_in(mode));
            if mode == Mode::Corrected && !size.is_finite() {
                let reason = match request {
                    _ if request.minimum_effect == 0.0 => "no_difference",
                    SampleSize { std: None, .. } if size.is_nan() => "no_such_rate",
                    _ => "not_finite",
                };
                let _ = write!(body, ", \"reason\": \"{reason}\"");
            }
            body.push('}');
            Answer::json(200, body)
        }
        (Err(error), Mode::Compat) => {
            let reason = error.told_by_the_original();
            Answer::detail(
                500,
                &format!("Cannot calculate the sample size because of: '{reason}'"),
            )
        }
        (Err(error), Mode::Corrected) => refused(&["body", error.field()], "value_error", &error),
    }
}

fn parse(body: &[u8]) -> Result<Json<'_>, Answer> {
    let place = || vec![Place::Name("body")];
    if body.is_empty() {
        return Err(Answer::invalid(&[Invalid::new(
            "missing",
            place(),
            "Field required",
            &Json::Null,
        )]));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(Answer::detail(400, "There was an error parsing the body"));
    };
    match Json::parse(text) {
        Ok(Json::Null) => Err(Answer::invalid(&[Invalid::new(
            "missing",
            place(),
            "Field required",
            &Json::Null,
        )])),
        Ok(json) => Ok(json),
        Err(error) => {
            let mut context = String::from("{\"error\":");
            python::string(&mut context, error.what, false);
            context.push('}');
            let place = vec![Place::Name("body"), Place::At(error.at)];
            let fault = Invalid::new(
                "json_invalid",
                place,
                "JSON decode error",
                &Json::Object(Vec::new()),
            );
            Err(Answer::invalid(&[fault.context(context)]))
        }
    }
}

fn no_object(json: &Json<'_>) -> Answer {
    let message = "Input should be a valid dictionary or object to extract fields from";
    Answer::invalid(&[Invalid::new(
        "model_attributes_type",
        vec![Place::Name("body")],
        message,
        json,
    )])
}

impl Evaluation {
    /// The body of the answer: the original's keys in its order and with its blanks; in [`Mode::Corrected`] with reasons beside
    /// missing numbers, and with what differs.
    pub fn to_json(&self, nan: Nan) -> String {
        let stats: usize = self.metrics.iter().map(|metric| metric.stats.len()).sum();
        let mut out = String::with_capacity(512 + 420 * stats);
        out.push_str("{\"id\": ");
        python::string(&mut out, &self.id, true);
        out.push_str(", \"metrics\": [");
        list(&mut out, &self.metrics, |out, metric| {
            head(out, metric.id, &metric.name);
            list(out, &metric.stats, |out, stat| write_stat(out, stat, nan));
            out.push_str("]}");
        });
        out.push_str("], \"checks\": [");
        list(&mut out, &self.checks, |out, check| {
            head(out, check.id, &check.name);
            list(out, &check.stats, |out, stat| {
                out.push_str("{\"variable_id\": ");
                python::string(out, &stat.variable_id, true);
                out.push_str(", \"value\": ");
                python::float(out, stat.value, nan);
                if let Some(reason) = stat.reason {
                    let _ = write!(out, ", \"reason\": \"{}\"", reason.code());
                }
                out.push('}');
            });
            out.push_str("]}");
        });
        out.push_str("], \"exposure\": {\"unit_type\": ");
        python::string(&mut out, &self.unit_type, true);
        out.push_str(", \"stats\": [");
        list(&mut out, &self.exposure, |out, exposure| {
            out.push_str("{\"exp_variant_id\": ");
            python::string(out, &exposure.exp_variant_id, true);
            let _ = write!(
                out,
                ", \"count\": {:.0}}}",
                exposure.count.clamp(f64::MIN, f64::MAX)
            );
        });
        out.push_str("]}");
        if self.mode == Mode::Corrected {
            out.push_str(", \"mode\": \"corrected\", \"differences\": [");
            list(&mut out, &self.differences, |out, difference| {
                let _ = write!(
                    out,
                    "{{\"kind\": \"{}\", \"metric_id\": ",
                    difference.kind.code()
                );
                match difference.metric_id {
                    Some(id) => drop(write!(out, "{id}")),
                    None => out.push_str("null"),
                }
                out.push_str(", \"why\": ");
                python::string(out, difference.kind.why(), true);
                out.push('}');
            });
            out.push(']');
        }
        out.push('}');
        out
    }
}

fn list<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
}

fn head(out: &mut String, id: i64, name: &str) {
    let _ = write!(out, "{{\"id\": {id}, \"name\": ");
    python::string(out, name, true);
    out.push_str(", \"stats\": [");
}

fn write_stat(out: &mut String, stat: &MetricStat, nan: Nan) {
    out.push_str("{\"exp_variant_id\": ");
    python::string(out, &stat.exp_variant_id, true);
    for (name, value) in [
        (", \"diff\": ", stat.diff),
        (", \"mean\": ", stat.mean),
        (", \"std\": ", stat.std),
        (", \"sum_value\": ", stat.sum_value),
        (", \"p_value\": ", stat.p_value),
        (", \"confidence_interval\": ", stat.confidence_interval),
        (", \"confidence_level\": ", stat.confidence_level),
        (", \"sample_size\": ", stat.sample_size),
        (", \"required_sample_size\": ", stat.required_sample_size),
        (", \"power\": ", stat.power),
        (", \"false_positive_risk\": ", stat.false_positive_risk),
    ] {
        out.push_str(name);
        python::float(out, value, nan);
    }
    if !stat.reasons.is_empty() {
        out.push_str(", \"reasons\": {");
        list(out, &stat.reasons, |out, (name, reason)| {
            let _ = write!(out, "\"{name}\": \"{}\"", reason.code());
        });
        out.push('}');
    }
    out.push('}');
}
