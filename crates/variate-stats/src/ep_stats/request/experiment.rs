use std::collections::BTreeMap;

use super::field::Fields;
use super::filter::filter;
use super::invalid::{Invalid, Place};
use crate::ep_stats::Mode;
use crate::ep_stats::day::Day;
use crate::ep_stats::experiment::Experiment;
use crate::ep_stats::inline::{self, Goals};
use crate::ep_stats::json::Json;
use crate::ep_stats::parameter::parameters;

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
pub(crate) fn experiment(body: &Json<'_>, mode: Mode, by_unit: bool) -> Result<Request, Refused> {
    let mut faults = Vec::new();
    let mut fields = Fields::new(body, vec![Place::Name("body")], &mut faults);
    if !fields.is_object() {
        return Err(Refused::Invalid(faults));
    }
    let mode = match body.get("mode").map(|sent| (sent, sent.text())) {
        Some((_, Some("corrected"))) => Mode::Corrected,
        Some((_, Some("compat"))) => Mode::Compat,
        // To the original it is a field like any other that it does not know.
        Some((sent, _)) if mode == Mode::Corrected => {
            let fault = one_of("'compat' or 'corrected'", fields.at("mode"), sent);
            fields.fault(fault);
            mode
        }
        _ => mode,
    };
    if mode == Mode::Corrected {
        let mut place = vec![Place::Name("body")];
        twice(body, &mut place, fields.faults());
    }
    let mut goals = None;
    if let Some(json) = fields.optional("goals") {
        let list = fields.list("goals", json);
        goals = Some(inline::goals(list, mode, fields.faults()));
    }
    let by_unit = matches!(fields.optional("by_unit"), Some(Json::Bool(true)))
        || (by_unit && goals.is_none())
        || matches!(goals, Some(Goals::Units(_)));
    let mut reader = Reader {
        mode,
        by_unit,
        crash: false,
    };
    let found = faults.len();
    let mut fields = Fields::new(body, vec![Place::Name("body")], &mut faults);
    let experiment = reader.experiment(&mut fields);
    // The original does not know of the fields that were read first.
    faults.rotate_left(found);
    match experiment {
        _ if reader.crash => Err(Refused::Crash),
        Some(experiment) if faults.is_empty() => Ok(Request {
            experiment,
            mode,
            by_unit,
            goals,
        }),
        _ => Err(Refused::Invalid(faults)),
    }
}

/// Fields that hold others.
const NESTED: [&str; 8] = [
    "goals",
    "metrics",
    "checks",
    "filters",
    "shares",
    "products",
    "sums",
    "query_parameters",
];

/// Fields that are there twice, of which only one could count.
fn twice(json: &Json<'_>, place: &mut Vec<Place>, faults: &mut Vec<Invalid>) {
    match json {
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                place.push(Place::At(at));
                twice(item, place, faults);
                place.pop();
            }
        }
        Json::Object(fields) => {
            for (at, (name, value)) in fields.iter().enumerate() {
                if fields.iter().take(at).any(|(before, _)| before == name) {
                    let message = format!("the field {name:?} is there twice");
                    let fault = Invalid::new("duplicate_field", place.clone(), message, value);
                    faults.push(fault);
                }
                if matches!(value, Json::Array(_) | Json::Object(_)) {
                    let known = NESTED.iter().find(|known| **known == *name);
                    place.extend(known.map(|name| Place::Name(name)));
                    twice(value, place, faults);
                    if known.is_some() {
                        place.pop();
                    }
                }
            }
        }
        _ => {}
    }
}

pub(super) fn one_of(known: &str, place: Vec<Place>, input: &Json<'_>) -> Invalid {
    Invalid::new("enum", place, format!("Input should be {known}"), input)
        .context(format!("{{\"expected\":\"{known}\"}}"))
}

pub(super) struct Reader {
    pub(super) mode: Mode,
    pub(super) by_unit: bool,
    pub(super) crash: bool,
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
                        fields.fault(Invalid::new(
                            "string_type",
                            place,
                            "Input should be a valid string",
                            item,
                        ));
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
        if let Some(rate) = null_hypothesis_rate.filter(|rate| !(0.0..=1.0).contains(rate))
            && self.mode == Mode::Corrected
        {
            let fault = Invalid::value(
                fields.at("null_hypothesis_rate"),
                "we expect null_hypothesis_rate between 0 and 1",
                &Json::Float(rate),
            );
            fields.fault(fault);
        }
        let query_parameters = fields.optional("query_parameters");
        if let Some(json) = query_parameters.filter(|json| !matches!(json, Json::Object(_))) {
            let fault = Invalid::new(
                "dict_type",
                fields.at("query_parameters"),
                "Input should be a valid dictionary",
                json,
            );
            fields.fault(fault);
        }
        let confidence_level = match self.mode {
            Mode::Compat => None,
            Mode::Corrected => fields.optional_number("confidence_level"),
        };
        if let Some(level) = confidence_level.filter(|level| !(*level > 0.0 && *level < 1.0)) {
            let input = Json::Float(level);
            let fault = Invalid::value(
                fields.at("confidence_level"),
                "we expect confidence_level between 0 and 1",
                &input,
            );
            fields.fault(fault);
        }
        let shares = match self.mode {
            Mode::Compat => BTreeMap::new(),
            Mode::Corrected => shares(fields),
        };
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
            shares,
            is_lenient: false,
            query_parameters: query_parameters.map(parameters).unwrap_or_default(),
        })
    }
}

pub(super) fn refuse<T>(fields: &mut Fields<'_, '_>, message: &str) -> Option<T> {
    let fault = Invalid::value(fields.place(), message, fields.json());
    fields.fault(fault);
    None
}

/// Of each variant a number above 0.
fn shares(fields: &mut Fields<'_, '_>) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    let pairs = match fields.optional("shares") {
        None => return shares,
        Some(Json::Object(pairs)) => pairs,
        Some(json) => {
            let message = "Input should be a valid dictionary";
            let fault = Invalid::new("dict_type", fields.at("shares"), message, json);
            fields.fault(fault);
            return shares;
        }
    };
    for (variant, value) in pairs {
        let number = match value {
            Json::Integer(text) => text.parse().ok(),
            Json::Float(number) => Some(*number),
            _ => None,
        };
        match number.filter(|share: &f64| *share > 0.0 && share.is_finite()) {
            Some(share) => drop(shares.insert(variant.to_string(), share)),
            None => {
                let message = "we expect each of the shares to be a number above 0";
                let fault = Invalid::value(fields.at("shares"), message, value);
                fields.fault(fault);
            }
        }
    }
    shares
}

pub(super) fn number(fields: &mut Fields<'_, '_>) -> Option<i64> {
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
            let fault = Invalid::value(
                fields.at(name),
                &format!("we expect {name} to be in `2020-06-15` format"),
                &sent,
            );
            fields.fault(fault);
            None
        }
    }
}

/// The day of the look, if the three dates fit together.
fn period(
    from: Option<Day>,
    to: Option<Day>,
    day: Option<&str>,
) -> Result<Option<Day>, &'static str> {
    let Some((from, to)) = from.zip(to) else {
        return match day {
            Some(_) => Err("date_for requires date_from and date_to to be present as well"),
            None => Ok(None),
        };
    };
    let day = day
        .map(str::parse::<Day>)
        .transpose()
        .map_err(|_| "cannot parse date_for")?;
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
    let json = if required {
        fields.required(name)
    } else {
        fields.optional(name)
    };
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
