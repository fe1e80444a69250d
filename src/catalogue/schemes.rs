use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::Node;
use super::problem::Place;
use super::reader::Reader;
use super::suggestion::suggestion;
use crate::{Canonical, GitlabCom, GitlabV0, GitlabV2, Key, KeyScheme, KeySource};

/// The name of a key scheme: one that comes along, or one that code gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyName {
    pub(super) place: Place,
    pub(super) name: String,
}

/// The schemes that need nothing from code.
const BUILT_IN: [&str; 4] = ["canonical", "gitlab-v0", "gitlab-v2", "gitlab-com"];

impl KeyName {
    pub(super) fn read<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Self> {
        let name = reader.words(node)?;
        Some(Self {
            place: node.place,
            name,
        })
    }

    /// Whether units that different experiments see have keys of their own in each.
    pub(super) fn separates_experiments(&self) -> bool {
        !matches!(self.name.as_str(), "gitlab-v0")
    }
}

/// Key schemes that code gives to catalogues, by the names that they use.
#[derive(Clone, Default)]
pub(crate) struct KeySchemes(BTreeMap<String, Arc<dyn KeyScheme>>);

impl KeySchemes {
    pub(crate) fn insert(&mut self, name: String, scheme: Arc<dyn KeyScheme>) {
        self.0.insert(name, scheme);
    }

    /// The scheme of this name, or what to say of it.
    pub(super) fn get(&self, name: &str) -> Result<Shared, String> {
        if let Some(scheme) = self.0.get(name) {
            return Ok(Shared(Arc::clone(scheme)));
        }
        Ok(Shared(match name {
            "canonical" => Arc::new(Canonical),
            "gitlab-v0" => Arc::new(GitlabV0),
            "gitlab-v2" => Arc::new(GitlabV2::new()),
            "gitlab-com" => Arc::new(GitlabCom),
            _ => {
                let known: Vec<_> = BUILT_IN
                    .into_iter()
                    .chain(self.0.keys().map(String::as_str))
                    .collect();
                let fix = suggestion(name, &known);
                return Err(format!(
                    "there is no key scheme `{name}`: {fix} (code gives others, and secrets, \
                     with `ConfigBuilder::named_key_scheme`)"
                ));
            }
        }))
    }
}

/// A key scheme of several experiments.
#[derive(Clone)]
pub(super) struct Shared(Arc<dyn KeyScheme>);

impl KeyScheme for Shared {
    fn key(&self, source: &KeySource<'_>) -> Key {
        self.0.key(source)
    }

    fn separates_experiments(&self) -> bool {
        self.0.separates_experiments()
    }
}
