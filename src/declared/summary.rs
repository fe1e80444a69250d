use std::time::SystemTime;

use super::Declared;
use crate::Variant;

/// What people want to know of a declared experiment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeclaredExperiment {
    /// The full name, prefix included.
    pub name: String,
    /// The variants, the control first.
    pub variants: Vec<Variant>,
    /// Whether its declaration lets it run; switches and dates are not asked.
    pub enabled: bool,
    /// When it begins.
    pub starts: Option<SystemTime>,
    /// When it is over.
    pub ends: Option<SystemTime>,
    /// When somebody should have decided and cleaned up.
    pub due: Option<SystemTime>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it is discussed.
    pub issue: Option<String>,
    /// What is tried and why.
    pub description: Option<String>,
}

impl DeclaredExperiment {
    pub(super) fn new(name: &str, declared: &Declared) -> Self {
        let about = &declared.about;
        Self {
            name: name.to_owned(),
            variants: declared
                .variants
                .iter()
                .map(|variant| (*variant).clone())
                .collect(),
            enabled: declared.enabled,
            starts: about.starts,
            ends: about.ends,
            due: about.due,
            owner: about.owner.clone(),
            issue: about.issue.clone(),
            description: about.description.clone(),
        }
    }
}
