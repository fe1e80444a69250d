use std::fmt::Write as _;

use variate_stats::ep_stats::{Experiment, Parameter};

use crate::GoalsError;

/// A query whose `:named` parameters are known, with numbers in their place.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) text: String,
    names: Vec<String>,
}

const NAMES: [&str; 8] = [
    "experiment_id",
    "unit_type",
    "control_variant",
    "variants",
    "goals",
    "date_from",
    "date_to",
    "date_for",
];

/// What stands before the number of a parameter.
#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: char = '?';
pub(crate) const POSTGRES: char = '$';

/// What the names of `query_parameters` have before them.
const OWN: &str = "parameter_";

impl Query {
    /// The sign stands before the numbers. Each parameter has one of its own wherever it stands, so that it may be compared
    /// with something else there.
    pub(crate) fn parse(query: &str, sign: char) -> Result<Self, GoalsError> {
        let query = query.trim_end().trim_end_matches(';');
        let mut text = String::with_capacity(query.len());
        let mut names: Vec<String> = Vec::new();
        let mut rest = query;
        while !rest.is_empty() {
            let skipped = skipped(rest);
            if skipped > 0 {
                let (before, after) = rest.split_at(skipped);
                text.push_str(before);
                rest = after;
                continue;
            }
            let name = rest.strip_prefix(':').map(word).unwrap_or_default();
            if name.is_empty() {
                let mut letters = rest.chars();
                text.extend(letters.next());
                rest = letters.as_str();
                continue;
            }
            if !NAMES.contains(&name) && !name.starts_with(OWN) {
                return Err(GoalsError::Parameter(name.to_owned()));
            }
            names.push(name.to_owned());
            let _ = write!(text, "{sign}{}", names.len());
            rest = rest.get(name.len() + 1..).unwrap_or_default();
            if sign == POSTGRES && is_compared_with_null(rest) {
                // It takes no type from there, and needs one.
                text.push_str("::text");
            }
        }
        Ok(Self { text, names })
    }

    /// What an experiment gives for the parameters, by number.
    pub(crate) fn values(&self, experiment: &Experiment) -> Vec<Parameter> {
        let text = |text: &str| Parameter::Text(text.to_owned());
        let day =
            |day: &Option<_>| day.map_or(Parameter::Null, |day| text(&ToString::to_string(&day)));
        let value = |name: &String| match name.as_str() {
            "experiment_id" => text(&experiment.id),
            "unit_type" => text(&experiment.unit_type),
            "control_variant" => text(&experiment.control_variant),
            "variants" => match &experiment.variants {
                Some(variants) => Parameter::List(variants.iter().map(|name| text(name)).collect()),
                None => Parameter::Null,
            },
            "goals" => {
                let mut names: Vec<String> = experiment
                    .goals()
                    .into_iter()
                    .map(|goal| goal.name)
                    .collect();
                names.sort_unstable();
                names.dedup();
                Parameter::List(names.into_iter().map(Parameter::Text).collect())
            }
            "date_from" => day(&experiment.date_from),
            "date_to" => day(&experiment.date_to),
            "date_for" => day(&experiment.date_for),
            own => {
                let sent = own.strip_prefix(OWN).unwrap_or(own);
                let sent = experiment.query_parameters.get(sent);
                sent.cloned().unwrap_or(Parameter::Null)
            }
        };
        self.names.iter().map(value).collect()
    }
}

/// Whether `IS NULL` or `IS NOT NULL` follows.
fn is_compared_with_null(rest: &str) -> bool {
    let mut words = rest
        .split_whitespace()
        .take(3)
        .map(|next| word(next).to_ascii_lowercase());
    words.next().as_deref() == Some("is") && words.any(|word| word == "null")
}

/// How much of the beginning has no parameters: texts, names in quotes, comments, casts.
fn skipped(text: &str) -> usize {
    let until = |start: usize, end: &str| match text.get(start..).and_then(|rest| rest.find(end)) {
        Some(at) => start + at + end.len(),
        None => text.len(),
    };
    match text.as_bytes() {
        [b':', b':', ..] => 2,
        [b'-', b'-', ..] => until(2, "\n"),
        [b'/', b'*', ..] => until(2, "*/"),
        [b'\'', ..] => until(1, "'"),
        [b'"', ..] => until(1, "\""),
        [b'$', ..] => match text.get(1..).map(|rest| (rest, word(rest))) {
            // A text between two equal signs such as `$$` or `$body$`.
            Some((rest, tag))
                if rest
                    .get(tag.len()..)
                    .is_some_and(|rest| rest.starts_with('$')) =>
            {
                let sign = text.get(..tag.len() + 2).unwrap_or(text);
                until(sign.len(), sign)
            }
            _ => 1,
        },
        // A name: its end may be followed by a parameter, its middle not.
        _ => word(text).len(),
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers_where_they_are_parameters() {
        for (query, text) in [
            (
                "SELECT :goals, :experiment_id, :goals;",
                "SELECT $1, $2, $3",
            ),
            ("a::text = :unit_type::text", "a::text = $1::text"),
            (
                "':goals' \":goals\" -- :x\n:goals /* :y */",
                "':goals' \":goals\" -- :x\n$1 /* :y */",
            ),
            ("'it''s :x' || :parameter_a", "'it''s :x' || $1"),
            (
                "$$ :x $$ $t$ :x $$ $t$ :date_to",
                "$$ :x $$ $t$ :x $$ $t$ $1",
            ),
            ("'open :x", "'open :x"),
            ("é:date_for : é", "é$1 : é"),
        ] {
            assert_eq!(Query::parse(query, '$').unwrap().text, text);
        }
        let error = Query::parse("SELECT :experiment", '?').unwrap_err();
        assert!(error.to_string().contains(":experiment;"), "{error}");
    }

    #[test]
    fn an_experiment_fills_them_in() {
        let experiment = Experiment::new("checkout", "a", "user").query_parameter("country", "DE");
        let query =
            "SELECT :experiment_id, :date_from, :goals, :parameter_country, :parameter_none";
        let values = Query::parse(query, '?').unwrap().values(&experiment);
        let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["checkout", "null", "[\"exposure\"]", "DE", "null"]);
    }
}
