//! Which events the lines of an access log are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;

use super::line::Line;

/// A file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    pub(super) namespace: Option<String>,
    /// Whether robots count.
    #[serde(default)]
    pub(super) bots: bool,
    #[serde(rename = "experiment")]
    pub(super) experiments: Vec<Experiment>,
}

/// How one experiment shows in the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Experiment {
    pub(super) name: String,
    /// The first of these that a line has.
    variant: OneOrMany,
    /// What the log calls each variant. Without it, names are taken as they are.
    #[serde(default)]
    variants: BTreeMap<String, String>,
    /// The unit as it stands there.
    pub(super) unit: Option<Source>,
    /// What the unit's key is made of.
    #[serde(default)]
    pub(super) context: BTreeMap<String, Source>,
    /// Which of the lines that have a variant are exposures; all of them without it.
    exposure: Option<Pattern>,
    #[serde(default)]
    status: Statuses,
    #[serde(default, rename = "action")]
    pub(super) actions: Vec<Action>,
}

/// What a line says that a unit did.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    pub(super) name: String,
    path: Expression,
    method: Option<String>,
    pub(super) value: Option<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    path: Expression,
    method: Option<String>,
}

/// Not `untagged`, which keeps to itself why none of its kinds fits.
#[derive(Debug, Deserialize)]
#[serde(try_from = "toml::Value")]
enum OneOrMany {
    One(Source),
    Many(Vec<Source>),
}

/// Where in a line a text stands.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Place")]
pub(super) enum Source {
    Query(String),
    Path(Regex),
    Referer(Regex),
    Line(Regex),
    Field(Field),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    query: Option<String>,
    path: Option<Expression>,
    referer: Option<Expression>,
    line: Option<Expression>,
    field: Option<Field>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    Ip,
    User,
    UserAgent,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Expression(Regex);

/// The answers that count: `"2xx"`, `"200"`, `"200-299"`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Statuses(Vec<(u16, u16)>);

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    #[error("cannot read the rules in `{}`: {error}", path.display())]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the rules in `{}` cannot be used: {error}", path.display())]
    Parse {
        path: PathBuf,
        error: toml::de::Error,
    },
    #[error("the rules in `{}` cannot be used: {what}", path.display())]
    Sense { path: PathBuf, what: String },
}

const LONGEST_NAME: usize = 255;

impl Rules {
    pub(super) fn read(path: &Path) -> Result<Self, RulesError> {
        let text = std::fs::read_to_string(path).map_err(|error| RulesError::Read {
            path: path.to_owned(),
            error,
        })?;
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, RulesError> {
        let rules: Self = toml::from_str(text).map_err(|error| RulesError::Parse {
            path: path.to_owned(),
            error,
        })?;
        rules.check().map_err(|what| RulesError::Sense {
            path: path.to_owned(),
            what,
        })?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), String> {
        let namespace = self.namespace.iter().map(|name| ("a namespace", name));
        let experiments = self.experiments.iter();
        let names = experiments.flat_map(|experiment| {
            let actions = experiment.actions.iter();
            let actions = actions.map(|action| ("an action", &action.name));
            let variants = experiment.variants.values();
            std::iter::once(("an experiment", &experiment.name))
                .chain(actions)
                .chain(variants.map(|variant| ("a variant", variant)))
        });
        for (what, name) in namespace.chain(names) {
            if name.is_empty() || name.len() > LONGEST_NAME {
                return Err(format!(
                    "the name of {what} has {} bytes; it must have 1 to {LONGEST_NAME}",
                    name.len()
                ));
            }
        }
        for experiment in &self.experiments {
            let name = &experiment.name;
            if experiment.unit.is_some() != experiment.context.is_empty() {
                return Err(format!(
                    "experiment `{name}` needs either a `unit` or a `context`"
                ));
            }
            if let Some(action) = experiment.actions.iter().find(|action| {
                action.name == variate::Action::ASSIGNMENT || action.name == "participate"
            }) {
                return Err(format!(
                    "experiment `{name}` has an action `{}`, which is an exposure: say `exposure` instead",
                    action.name
                ));
            }
        }
        Ok(())
    }
}

impl Experiment {
    /// The variant that a line names.
    pub(super) fn variant(&self, line: &Line<'_>, text: &str) -> Option<String> {
        let sources = match &self.variant {
            OneOrMany::One(source) => std::slice::from_ref(source),
            OneOrMany::Many(sources) => sources,
        };
        let found = sources.iter().find_map(|source| source.find(line, text))?;
        if self.variants.is_empty() {
            Some(found).filter(|name| name.len() <= LONGEST_NAME)
        } else {
            self.variants.get(&found).cloned()
        }
    }

    pub(super) fn is_exposure(&self, line: &Line<'_>) -> bool {
        let pattern = self.exposure.as_ref();
        pattern.is_none_or(|of| matches(&of.path, of.method.as_deref(), line))
    }

    pub(super) fn has_status(&self, status: u16) -> bool {
        let Statuses(ranges) = &self.status;
        ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&status))
    }
}

impl Action {
    pub(super) fn is_of(&self, line: &Line<'_>) -> bool {
        matches(&self.path, self.method.as_deref(), line)
    }
}

fn matches(Expression(path): &Expression, method: Option<&str>, line: &Line<'_>) -> bool {
    method.is_none_or(|method| method == line.method) && path.is_match(&line.path)
}

impl Source {
    /// What stands there, if anything does.
    pub(super) fn find(&self, line: &Line<'_>, text: &str) -> Option<String> {
        let capture = |of: &Regex, text: &str| {
            let captured = of.captures(text)?.get(1)?;
            Some(captured.as_str().to_owned())
        };
        let found = match self {
            Self::Query(name) => line.parameter(name),
            Self::Path(of) => capture(of, &line.path),
            Self::Referer(of) => capture(of, line.referer.as_deref()?),
            Self::Line(of) => capture(of, text),
            Self::Field(Field::Ip) => Some(line.ip.to_owned()),
            Self::Field(Field::User) => line.user.map(str::to_owned),
            Self::Field(Field::UserAgent) => line.user_agent.as_deref().map(str::to_owned),
        };
        found.filter(|found| !found.is_empty() && found != "-")
    }
}

impl TryFrom<toml::Value> for OneOrMany {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let source = |value: toml::Value| {
            let source = value.try_into::<Source>();
            source.map_err(|error| error.message().to_owned())
        };
        match value {
            toml::Value::Array(values) => {
                let sources = values.into_iter().map(source);
                sources.collect::<Result<_, _>>().map(Self::Many)
            }
            value => source(value).map(Self::One),
        }
    }
}

impl TryFrom<Place> for Source {
    type Error = String;

    fn try_from(place: Place) -> Result<Self, String> {
        let one = match place {
            Place {
                query: Some(name),
                path: None,
                referer: None,
                line: None,
                field: None,
            } => {
                return Ok(Self::Query(name));
            }
            Place {
                query: None,
                path: None,
                referer: None,
                line: None,
                field: Some(field),
            } => {
                return Ok(Self::Field(field));
            }
            Place {
                query: None,
                path: Some(of),
                referer: None,
                line: None,
                field: None,
            } => Self::Path(of.0),
            Place {
                query: None,
                path: None,
                referer: Some(of),
                line: None,
                field: None,
            } => Self::Referer(of.0),
            Place {
                query: None,
                path: None,
                referer: None,
                line: Some(of),
                field: None,
            } => Self::Line(of.0),
            _ => return Err("say one of `query`, `path`, `referer`, `line`, `field`".to_owned()),
        };
        if let Self::Path(of) | Self::Referer(of) | Self::Line(of) = &one
            && of.captures_len() < 2
        {
            return Err(format!(
                "`{of}` needs a group in parentheses around what is wanted"
            ));
        }
        Ok(one)
    }
}

impl TryFrom<String> for Expression {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Regex::new(&text)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![(200, 399)])
    }
}

impl TryFrom<Vec<String>> for Statuses {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let range = |text: &String| {
            let class = text.strip_suffix("xx").filter(|digit| digit.len() == 1);
            let class = class.and_then(|digit| digit.parse::<u16>().ok());
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            let range = match class {
                Some(digit) => Some((digit * 100, digit * 100 + 99)),
                None => from.parse().ok().zip(to.parse().ok()),
            };
            range.ok_or_else(|| format!("`{text}` is no status as in `2xx`, `200` or `200-299`"))
        };
        texts.iter().map(range).collect::<Result<_, _>>().map(Self)
    }
}
