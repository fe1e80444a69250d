use super::field::{Fields, as_text};
use super::invalid::{Invalid, Place};
use crate::ep_stats::Mode;
use crate::ep_stats::day::Day;
use crate::ep_stats::experiment::{Check, CheckKind, Experiment, Filter, FilterScope, Metric, Products, Statistic};
use crate::ep_stats::expression::{Expression, ExpressionError, Fault};
use crate::ep_stats::inline::{self, Goals};
use crate::ep_stats::json::Json;

/// What a body asks for.
pub(crate) struct Request {
    pub(crate) experiment: Experiment,
    pub(crate) mode: Mode,
    pub(crate) by_unit: bool,
    /// The goals that the body brings.
    pub(crate) goals: Option<Goals>,
}

/// Why a body is not evaluated.
pub(crate) enum Refused {
    Invalid(Vec<Invalid>),
    /// The original has no answer: it fails while it reads.
    Crash,
}

/// Reads a body. A `mode` in it comes before the given one.
pub(crate) fn experiment(body: &Json<'_>, mode: Mode) -> Result<Request, Refused> {
    let mut faults = Vec::new();
    let mut fields = Fields::new(body, vec![Place::Name("body")], &mut faults);
    if !fields.is_object() {
        return Err(Refused::Invalid(faults));
    }
    let mode = match (body.get("mode").and_then(Json::text), mode) {
        (Some("corrected"), _) => Mode::Corrected,
        (Some("compat"), _) => Mode::Compat,
        (_, Mode::Compat) => Mode::Compat,
        (None, Mode::Corrected) => Mode::Corrected,
        (Some(_), Mode::Corrected) => {
            let sent = body.get("mode").unwrap_or(&Json::Null);
            let fault = one_of("'compat' or 'corrected'", fields.at("mode"), sent);
            fields.fault(fault);
            Mode::Corrected
        }
    };
    let mut goals = None;
    if let Some(json) = fields.optional("goals") {
        let list = fields.list("goals", json);
        goals = Some(inline::goals(list, fields.faults()));
    }
    let by_unit = matches!(fields.optional("by_unit"), Some(Json::Bool(true))) || matches!(goals, Some(Goals::Units(_)));
    let mut reader = Reader { mode, by_unit, crash: false };
    let found = faults.len();
    let mut fields = Fields::new(body, vec![Place::Name("body")], &mut faults);
    let experiment = reader.experiment(&mut fields);
    // The original does not know of the fields that were read first.
    faults.rotate_left(found);
    match experiment {
        _ if reader.crash => Err(Refused::Crash),
        Some(experiment) if faults.is_empty() => Ok(Request { experiment, mode, by_unit, goals }),
        _ => Err(Refused::Invalid(faults)),
    }
}

fn one_of(known: &str, place: Vec<Place>, input: &Json<'_>) -> Invalid {
    Invalid::new("enum", place, format!("Input should be {known}"), input).context(format!("{{\"expected\":\"{known}\"}}"))
}

struct Reader {
    mode: Mode,
    by_unit: bool,
    crash: bool,
}

impl Reader {
    fn experiment(&mut self, fields: &mut Fields<'_, '_>) -> Option<Experiment> {
        let before = fields.faults().len();
        let id = fields.name("id");
        let control_variant = fields.name("control_variant");
        let variants = fields.optional("variants").map(|json| {
            let list = fields.list("variants", json);
            let mut variants = Vec::new();
            for (at, item) in list.iter().enumerate() {
                match item.text() {
                    Some(text) => variants.push(text.to_owned()),
                    None => {
                        let mut place = fields.at("variants");
                        place.push(Place::At(at));
                        fields.fault(Invalid::new("string_type", place, "Input should be a valid string", item));
                    }
                }
            }
            variants
        });
        let unit_type = fields.string("unit_type");
        let date_from = date(fields, "date_from");
        let date_to = date(fields, "date_to");
        let date_for = fields.optional_string("date_for");
        let metrics = models(fields, "metrics", true, |fields| self.metric(fields));
        let checks = models(fields, "checks", true, |fields| self.check(fields));
        let filters = models(fields, "filters", false, filter);
        let null_hypothesis_rate = fields.optional_number("null_hypothesis_rate");
        if let Some(json) = fields.optional("query_parameters").filter(|json| !matches!(json, Json::Object(_))) {
            let fault = Invalid::new("dict_type", fields.at("query_parameters"), "Input should be a valid dictionary", json);
            fields.fault(fault);
        }
        let confidence_level = match self.mode {
            Mode::Compat => None,
            Mode::Corrected => fields.optional_number("confidence_level"),
        };
        if let Some(level) = confidence_level.filter(|level| !(*level > 0.0 && *level < 1.0)) {
            let input = Json::Float(level);
            let fault = Invalid::value(fields.at("confidence_level"), "we expect confidence_level between 0 and 1", &input);
            fields.fault(fault);
        }
        if fields.faults().len() > before {
            return None;
        }
        let date_for = match period(date_from, date_to, date_for.as_deref()) {
            Ok(date_for) => date_for,
            Err(message) => {
                let fault = Invalid::value(fields.place(), message, fields.json());
                fields.fault(fault);
                return None;
            }
        };
        Some(Experiment {
            id: id?,
            control_variant: control_variant?,
            variants,
            unit_type: unit_type?,
            date_from,
            date_to,
            date_for,
            metrics,
            checks,
            filters,
            null_hypothesis_rate,
            confidence_level,
        })
    }

    fn metric(&mut self, fields: &mut Fields<'_, '_>) -> Option<Metric> {
        let before = fields.faults().len();
        let id = number(fields);
        let name = fields.name("name");
        let nominator = fields.string("nominator");
        let denominator = fields.string("denominator");
        let minimum_effect = fields.optional_number("minimum_effect");
        let outlier_upper_percentile = fields.percentage("outlier_upper_percentile");
        let outlier_lower_percentile = fields.percentage("outlier_lower_percentile");
        let statistic = fields.optional_string("statistic");
        let products = match self.mode {
            Mode::Compat => None,
            Mode::Corrected => products(fields),
        };
        if fields.faults().len() > before {
            return None;
        }
        let (nominator, denominator) = (nominator?, denominator?);
        for (name, text) in [("nominator", &nominator), ("denominator", &denominator)] {
            if text.is_empty() {
                return refuse(fields, &format!("we expect {name} to be non-empty"));
            }
        }
        let parsed = [("nominator", &nominator), ("denominator", &denominator)].map(|(name, text)| {
            Expression::parse(text, self.mode).map_err(|error| self.unreadable(fields, name, text, &nominator, &denominator, &error))
        });
        let mut goals = 0;
        for expression in &parsed {
            match expression {
                Ok(expression) => goals += expression.goals().len(),
                Err(fault) => {
                    fields.fault(fault.clone());
                    return None;
                }
            }
        }
        if goals == 0 {
            return refuse(fields, "We expect the metric to have at least one goal in nominator and denominator");
        }
        let lower = outlier_lower_percentile.unwrap_or(0.0) / 100.0;
        let upper = 1.0 - outlier_upper_percentile.unwrap_or(0.0) / 100.0;
        let statistic = match statistic.as_deref() {
            None => Statistic::Mean,
            Some(text) if text.eq_ignore_ascii_case("mean") => Statistic::Mean,
            Some(text) if !self.by_unit => return refuse(fields, &format!(
                "`statistic='{text}'` is not available via the pre-aggregated API because a quantile cannot be recovered from `(count, sum_value, sum_sqr_value)`. Only `statistic='mean'` is supported here, use `Experiment.evaluate_by_unit` in the toolkit for median / percentile metrics."
            )),
            Some(text) => match quantile(text) {
                Some(probability) if probability > lower && probability < upper => Statistic::Quantile(probability),
                Some(_) => return refuse(fields, "we expect the percentile to lie between the outlier percentiles"),
                None => return refuse(fields, "we expect statistic to be mean, median, or a percentile such as p90"),
            },
        };
        Some(Metric {
            id: id?,
            name: name?,
            nominator,
            denominator,
            minimum_effect,
            outlier_upper_percentile,
            outlier_lower_percentile,
            statistic,
            products,
        })
    }

    fn check(&mut self, fields: &mut Fields<'_, '_>) -> Option<Check> {
        let before = fields.faults().len();
        let id = number(fields);
        let name = fields.name("name");
        let kind = fields.optional_string("type");
        let nominator = fields.optional_string("nominator");
        let denominator = fields.string("denominator");
        if fields.faults().len() > before {
            return None;
        }
        let kind = match (kind.as_deref(), self.mode) {
            (None | Some("SRM"), _) => CheckKind::Srm,
            (Some("SumRatio"), _) => CheckKind::SumRatio,
            (Some("MaxRatio"), Mode::Corrected) => CheckKind::MaxRatio,
            (Some(_), Mode::Compat) => {
                self.crash = true;
                return None;
            }
            (Some(_), Mode::Corrected) => {
                let sent = fields.optional("type").unwrap_or(&Json::Null);
                let fault = one_of("'SRM', 'SumRatio' or 'MaxRatio'", fields.at("type"), sent);
                fields.fault(fault);
                return None;
            }
        };
        let denominator = denominator?;
        let ratio = kind != CheckKind::Srm;
        if ratio && nominator.as_deref().is_none_or(str::is_empty) {
            return refuse(fields, "we expect nominator to be non-empty");
        }
        if denominator.is_empty() {
            return refuse(fields, "we expect denominator to be non-empty");
        }
        let nominator = nominator.filter(|_| ratio);
        let both = [("nominator", nominator.as_ref()), ("denominator", Some(&denominator))];
        let mut goals = 0;
        for (name, text) in both.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            match Expression::parse(text, self.mode) {
                Ok(expression) => goals += expression.goals().len(),
                Err(error) => {
                    let fault = match &nominator {
                        Some(other) => self.unreadable(fields, name, text, other, &denominator, &error),
                        None if self.mode == Mode::Compat => {
                            let message = format!("Cannot parse '{text}' because of '{}'", told(text, &error));
                            Invalid::value(fields.place(), &message, fields.json())
                        }
                        None => self.unreadable(fields, name, text, "", &denominator, &error),
                    };
                    fields.fault(fault);
                    return None;
                }
            }
        }
        if goals == 0 {
            return refuse(fields, "We expect the check to have at least one goal in denominator");
        }
        Some(Check { id: id?, name: name?, kind, nominator, denominator })
    }

    /// An expression that cannot be read, in the original's words or in ours.
    fn unreadable(
        &self,
        fields: &Fields<'_, '_>,
        name: &'static str,
        text: &str,
        nominator: &str,
        denominator: &str,
        error: &ExpressionError,
    ) -> Invalid {
        match self.mode {
            Mode::Compat => {
                let reason = told(text, error);
                let message = format!("Cannot parse nominator '{nominator}' or '{denominator}' because of '{reason}'");
                Invalid::value(fields.place(), &message, fields.json())
            }
            Mode::Corrected => {
                let input = Json::String(text.into());
                Invalid::new("expression_error", fields.at(name), error.to_string(), &input)
                    .context(format!("{{\"offset\":{}}}", error.offset))
            }
        }
    }
}

/// What pyparsing says. Where a name is unknown it has read the goal and misses the operator after it; for the rest these are
/// its form and our words.
fn told(text: &str, error: &ExpressionError) -> String {
    let (expected, offset) = match &error.fault {
        Fault::Function(_) | Fault::Aggregation(_) | Fault::Dimension(_) => ("~", text.len()),
        Fault::Expected(expected) => (*expected, error.offset),
        Fault::Trailing(_) => ("end of text", error.offset),
        Fault::Depth(_) => ("fewer parentheses", error.offset),
    };
    let at = text.get(..offset).unwrap_or(text).chars().count();
    let found = match text.get(offset..).and_then(|rest| rest.chars().next()) {
        Some(letter) => format!("'{letter}'"),
        None => "end of text".to_owned(),
    };
    format!("Expected {expected}, found {found}  (at char {at}), (line:1, col:{})", at + 1)
}

fn refuse<T>(fields: &mut Fields<'_, '_>, message: &str) -> Option<T> {
    let fault = Invalid::value(fields.place(), message, fields.json());
    fields.fault(fault);
    None
}

fn number(fields: &mut Fields<'_, '_>) -> Option<i64> {
    let id = fields.integer("id")?;
    if id == 0 {
        let sent = fields.optional("id").unwrap_or(&Json::Null);
        let fault = Invalid::value(fields.at("id"), "we expect id to be non-empty", sent);
        fields.fault(fault);
        return None;
    }
    Some(id)
}

fn date(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Day> {
    let text = fields.optional_string(name)?;
    match text.parse() {
        Ok(day) => Some(day),
        Err(_) => {
            let sent = Json::String(text.into());
            let fault = Invalid::value(fields.at(name), &format!("we expect {name} to be in `2020-06-15` format"), &sent);
            fields.fault(fault);
            None
        }
    }
}

/// The day of the look, if the three dates fit together.
fn period(from: Option<Day>, to: Option<Day>, day: Option<&str>) -> Result<Option<Day>, &'static str> {
    let Some((from, to)) = from.zip(to) else {
        return match day {
            Some(_) => Err("date_for requires date_from and date_to to be present as well"),
            None => Ok(None),
        };
    };
    let day = day.map(str::parse::<Day>).transpose().map_err(|_| "cannot parse date_for")?;
    if day.is_some_and(|day| day < from) {
        return Err("we expect date_for to be greater or equal to date_from");
    }
    if day.is_some_and(|day| day > to) {
        return Err("we expect date_for to be less or equal to date_to");
    }
    if to < from {
        return Err("we expect date_to to be greater or equal to date_from");
    }
    Ok(day)
}

/// A list of models.
fn models<T>(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    required: bool,
    mut read: impl FnMut(&mut Fields<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let json = if required { fields.required(name) } else { fields.optional(name) };
    let Some(json) = json else { return Vec::new() };
    let list = fields.list(name, json);
    let mut models = Vec::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        let mut place = fields.at(name);
        place.push(Place::At(at));
        let mut fields = Fields::new(item, place, fields.faults());
        if fields.is_object() {
            models.extend(read(&mut fields));
        }
    }
    models
}

fn filter(fields: &mut Fields<'_, '_>) -> Option<Filter> {
    let before = fields.faults().len();
    let dimension = fields.optional_string("dimension");
    let value: Vec<String> = match fields.optional("value") {
        Some(json) => fields.list("value", json).iter().map(as_text).collect(),
        None => Vec::new(),
    };
    let scope = fields.required("scope").and_then(|json| match json.text() {
        Some("exposure") => Some(FilterScope::Exposure),
        Some("goal") => Some(FilterScope::Goal),
        Some("trigger") => Some(FilterScope::Trigger),
        _ => {
            let fault = one_of("'exposure', 'goal' or 'trigger'", fields.at("scope"), json);
            fields.fault(fault);
            None
        }
    });
    let goal = fields.optional_string("goal");
    if fields.faults().len() > before {
        return None;
    }
    let scope = scope?;
    match scope {
        FilterScope::Trigger if goal.as_deref().is_none_or(str::is_empty) => {
            refuse(fields, "Goal is required for scope 'trigger'")
        }
        FilterScope::Exposure | FilterScope::Goal if value.is_empty() || dimension.as_deref().is_none_or(str::is_empty) => {
            refuse(fields, "Dimension and value are required for this scope")
        }
        _ => Some(Filter { scope, dimension, value, goal }),
    }
}

fn products(fields: &mut Fields<'_, '_>) -> Option<Products> {
    let json = fields.optional("products")?;
    let place = fields.at("products");
    let mut fields = Fields::new(json, place, fields.faults());
    if !fields.is_object() {
        return None;
    }
    let units = fields.name("units");
    let mut sums = std::collections::BTreeMap::new();
    match fields.required("sums") {
        Some(Json::Object(pairs)) => {
            for (variant, value) in pairs {
                let number = match value {
                    Json::Integer(text) => text.parse().ok(),
                    Json::Float(number) => Some(*number),
                    _ => None,
                };
                match number {
                    Some(number) => drop(sums.insert(variant.to_string(), number)),
                    None => {
                        let fault = Invalid::new("float_type", fields.at("sums"), "Input should be a valid number", value);
                        fields.fault(fault);
                    }
                }
            }
        }
        Some(json) => {
            let fault = Invalid::new("dict_type", fields.at("sums"), "Input should be a valid dictionary", json);
            fields.fault(fault);
        }
        None => {}
    }
    Some(Products { units: units?, sums })
}

/// `median` or `p<number>`, in any case.
fn quantile(text: &str) -> Option<f64> {
    if text.eq_ignore_ascii_case("median") {
        return Some(0.5);
    }
    let percent = text.strip_prefix(['p', 'P'])?;
    let plain = percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    percent.parse::<f64>().ok().filter(|_| plain).map(|percent| percent / 100.0)
}
