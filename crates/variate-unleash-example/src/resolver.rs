use unleash_api_client::context::Context;
use variate::{Resolution, Resolver, ResolverError, Unit, Variant};

use crate::flags::{Flag, Flags};

/// Asks Unleash which variant a unit gets: the flag has the experiment's full name.
#[derive(Debug, Clone)]
pub struct UnleashResolver {
    flags: Flags,
}

impl UnleashResolver {
    /// By these flags.
    pub const fn new(flags: Flags) -> Self {
        Self { flags }
    }
}

impl Resolver for UnleashResolver {
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        match self.flags.flag(unit.experiment(), &context(unit)) {
            Flag::On(Some(variant)) => Ok(Resolution::variant(variant)),
            Flag::On(None) => Ok(Resolution::variant(Variant::candidate())),
            Flag::Off => Ok(Resolution::abstain()),
            Flag::Missing => Err(format!("Unleash has no flag `{}`", unit.experiment()).into()),
            Flag::Unknown => Err("Unleash has not answered yet".into()),
        }
    }

    fn describe(&self, unit: &Unit<'_>) -> Option<String> {
        Some(format!("the flag `{}` of Unleash", unit.experiment()))
    }

    /// Unleash deals by ids of its own.
    fn takes_seed(&self) -> bool {
        false
    }
}

fn context(unit: &Unit<'_>) -> Context {
    let mut context = Context::default();
    for (name, value) in unit.context().iter() {
        if value.is_null() {
            continue;
        }
        match name {
            "user_id" => context.user_id = Some(value.to_string()),
            "session_id" => context.session_id = Some(value.to_string()),
            _ => {
                context
                    .properties
                    .insert(name.to_owned(), value.to_string());
            }
        }
    }
    // Without an id, Unleash draws anew each time: the experience key is the same each time.
    if context.user_id.is_none() && context.session_id.is_none() {
        context.session_id = Some(unit.key().to_string());
    }
    context
}
