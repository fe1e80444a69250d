use super::experiment::{Reader, number, refuse};
use super::field::Fields;
use super::invalid::Invalid;
use crate::ep_stats::Mode;
use crate::ep_stats::experiment::{Metric, Products, Statistic};
use crate::ep_stats::expression::{Expression, ExpressionError, Fault};
use crate::ep_stats::json::Json;

impl Reader {
    pub(super) fn metric(&mut self, fields: &mut Fields<'_, '_>) -> Option<Metric> {
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
        let parsed =
            [("nominator", &nominator), ("denominator", &denominator)].map(|(name, text)| {
                Expression::parse(text, self.mode).map_err(|error| {
                    self.unreadable(fields, name, text, &nominator, &denominator, &error)
                })
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
            return refuse(
                fields,
                "We expect the metric to have at least one goal in nominator and denominator",
            );
        }
        let lower = outlier_lower_percentile.unwrap_or(0.0) / 100.0;
        let upper = 1.0 - outlier_upper_percentile.unwrap_or(0.0) / 100.0;
        let statistic = match statistic.as_deref() {
            None => Statistic::Mean,
            Some(text) if text.eq_ignore_ascii_case("mean") => Statistic::Mean,
            Some(text) if !self.by_unit => {
                return refuse(
                    fields,
                    &format!(
                        "`statistic='{text}'` is not available via the pre-aggregated API because a quantile cannot be recovered from `(count, sum_value, sum_sqr_value)`. Only `statistic='mean'` is supported here, use `Experiment.evaluate_by_unit` in the toolkit for median / percentile metrics."
                    ),
                );
            }
            Some(text) => match quantile(text) {
                Some(probability) if probability > lower && probability < upper => {
                    Statistic::Quantile(probability)
                }
                Some(_) => {
                    return refuse(
                        fields,
                        "we expect the percentile to lie between the outlier percentiles",
                    );
                }
                None => {
                    return refuse(
                        fields,
                        "we expect statistic to be mean, median, or a percentile such as p90",
                    );
                }
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

    /// An expression that cannot be read, in the original's words or in ours.
    pub(super) fn unreadable(
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
                let message = format!(
                    "Cannot parse nominator '{nominator}' or '{denominator}' because of '{reason}'"
                );
                Invalid::value(fields.place(), &message, fields.json())
            }
            Mode::Corrected => {
                let input = Json::String(text.into());
                Invalid::new(
                    "expression_error",
                    fields.at(name),
                    error.to_string(),
                    &input,
                )
                .context(format!("{{\"offset\":{}}}", error.offset))
            }
        }
    }
}

/// What pyparsing says. Where a name is unknown it has read the goal and misses the operator after it; for the rest these are
/// its form and our words.
pub(super) fn told(text: &str, error: &ExpressionError) -> String {
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
    format!(
        "Expected {expected}, found {found}  (at char {at}), (line:1, col:{})",
        at + 1
    )
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
                        let fault = Invalid::new(
                            "float_type",
                            fields.at("sums"),
                            "Input should be a valid number",
                            value,
                        );
                        fields.fault(fault);
                    }
                }
            }
        }
        Some(json) => {
            let fault = Invalid::new(
                "dict_type",
                fields.at("sums"),
                "Input should be a valid dictionary",
                json,
            );
            fields.fault(fault);
        }
        None => {}
    }
    Some(Products {
        units: units?,
        sums,
    })
}

/// `median` or `p<number>`, in any case.
fn quantile(text: &str) -> Option<f64> {
    if text.eq_ignore_ascii_case("median") {
        return Some(0.5);
    }
    let percent = text.strip_prefix(['p', 'P'])?;
    let plain = percent
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    percent
        .parse::<f64>()
        .ok()
        .filter(|_| plain)
        .map(|percent| percent / 100.0)
}
