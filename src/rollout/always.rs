use crate::Variant;
use crate::resolver::{Resolution, Resolver, ResolverError, Unit};

/// One variant for everybody.
///
/// ```
/// use variate::{Always, Config, context};
///
/// let config = Config::builder().resolver(Always::new("red")).build()?;
/// let exp = config.experiment("pill", context! {});
/// assert_eq!(exp.use_(|| 1).variant("red", || 2).variant("blue", || 3).run(), 2);
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Always(Variant);

impl Always {
    /// `variant` for everybody.
    pub fn new(variant: impl Into<Variant>) -> Self {
        Self(variant.into())
    }
}

/// The control for everybody: an experiment that has not begun, or is over.
pub const fn always_control() -> Always {
    Always(Variant::control())
}

/// The candidate for everybody.
pub const fn always_candidate() -> Always {
    Always(Variant::candidate())
}

impl Resolver for Always {
    fn resolve(&self, _: &Unit<'_>) -> Result<Resolution, ResolverError> {
        Ok(Resolution::variant(self.0.clone()))
    }

    fn describe(&self, _: &Unit<'_>) -> Option<String> {
        Some(format!("always `{}`", self.0))
    }

    fn check(&self, variants: &[&str]) -> Result<(), ResolverError> {
        if variants.contains(&self.0.as_str()) {
            Ok(())
        } else {
            Err(format!(
                "`{}` is not one of the variants {}",
                self.0,
                variants.join(", ")
            )
            .into())
        }
    }
}
