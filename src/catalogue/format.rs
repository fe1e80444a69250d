use std::path::Path;
use std::str::FromStr;

use super::CatalogueError;
use super::node::Node;
use super::problem::Place;

/// How a catalogue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// TOML 1.1.
    Toml,
    /// JSON, without comments.
    Json,
    /// YAML 1.2: `no` and `off` are texts, aliases and `<<` work.
    Yaml,
}

impl Format {
    /// The format that the end of a file's name says.
    ///
    /// # Errors
    ///
    /// When it is none of `.toml`, `.json`, `.yaml` and `.yml`.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self, CatalogueError> {
        let path = path.as_ref();
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension
            .and_then(|extension| extension.to_ascii_lowercase().parse().ok())
            .ok_or_else(|| CatalogueError::UnknownFormat(path.to_owned()))
    }

    pub(super) fn parse(self, text: &str) -> Result<Node, Vec<(Place, String)>> {
        match self {
            Self::Toml => super::toml::parse(text),
            Self::Json => super::json::parse(text),
            Self::Yaml => super::yaml::parse(text),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "toml" => Ok(Self::Toml),
            "json" => Ok(Self::Json),
            "yaml" | "yml" => Ok(Self::Yaml),
            _ => Err(UnknownFormat(name.to_owned())),
        }
    }
}

/// A format that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of a catalogue: expected toml, json or yaml")]
pub struct UnknownFormat(String);
