use std::fmt;

use crate::limits;
use crate::resolver::Resolver;
use crate::{ConfigError, Variant};

/// What is known of an experiment before it runs: its variants, and a resolver of its own.
///
/// With a declaration, code that only tracks knows the same variants as the code that runs.
///
/// ```
/// use variate::{Config, Declaration, Percent, context};
///
/// let config = Config::builder()
///     .declare(
///         Declaration::new("pill_color")
///             .variants(["red", "blue"])
///             .resolver(Percent::new([50, 25, 25])?),
///     )
///     .build()?;
/// let variant = config.experiment("pill_color", context! { user_id: 42 }).variant().clone();
/// assert!(["control", "red", "blue"].contains(&variant.as_str()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Declaration {
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) resolver: Option<Box<dyn Resolver>>,
}

impl Declaration {
    /// An experiment of this name (without the configuration's prefix) with control and candidate.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            variants: Vec::new(),
            resolver: None,
        }
    }

    /// The variants besides the control, in order. `control` itself may stand first, or be left out.
    #[must_use]
    pub fn variants<V: Into<Variant>>(mut self, variants: impl IntoIterator<Item = V>) -> Self {
        self.variants.extend(variants.into_iter().map(Into::into));
        self
    }

    /// The experiment's own resolver, in place of the configuration's.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Some(Box::new(resolver));
        self
    }

    /// Checks the names, and puts the control where it belongs.
    pub(crate) fn complete(
        mut self,
        prefixed: String,
        shared: &dyn Resolver,
    ) -> Result<Self, ConfigError> {
        let name = self.name;
        if name.is_empty() || !limits::name_fits(&prefixed) {
            return Err(ConfigError::InvalidName(name));
        }
        match self.variants.first() {
            None => self.variants.push(Variant::candidate()),
            Some(first) if first.is_control() => {
                self.variants.remove(0);
            }
            Some(_) if self.variants.iter().any(Variant::is_control) => {
                return Err(ConfigError::ControlNotFirst(name));
            }
            Some(_) => {}
        }
        if self.variants.is_empty() {
            return Err(ConfigError::OnlyControl(name));
        }
        self.variants.insert(0, Variant::control());
        let mut seen = std::collections::HashSet::new();
        for variant in &self.variants {
            if !variant.is_valid() {
                return Err(ConfigError::InvalidVariant {
                    experiment: name,
                    variant: variant.to_string(),
                });
            }
            if !seen.insert(variant.as_str()) {
                return Err(ConfigError::DuplicateVariant {
                    experiment: name,
                    variant: variant.to_string(),
                });
            }
        }
        let names: Vec<_> = self.variants.iter().map(Variant::as_str).collect();
        let resolver = self.resolver.as_deref().unwrap_or(shared);
        if let Err(problem) = resolver.check(&names) {
            return Err(ConfigError::Resolver {
                experiment: name,
                problem,
            });
        }
        self.name = prefixed;
        Ok(self)
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Declaration")
            .field("name", &self.name)
            .field("variants", &self.variants)
            .finish_non_exhaustive()
    }
}
