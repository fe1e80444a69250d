//! Forced assignments: quality assurance sees a variant that it chooses.

mod overrides;
mod token;

use std::borrow::Cow;
use std::time::SystemTime;

pub(crate) use self::overrides::Overrides;
pub use self::token::TokenError;
use crate::signed_text::SignedText;
use crate::{SecretError, Variant};

/// Allows forced assignments, by tokens that nobody can make without the secret, and by
/// [`Config::force`](crate::Config::force).
///
/// Off unless a configuration is given one ([`ConfigBuilder::forcing`](crate::ConfigBuilder::forcing)). A token
/// travels as a header or a query parameter, names one experiment and one variant, and expires. It is good for
/// any unit. A forced unit is not tracked, so that it is in no analysis, and is not stored: without the token
/// it has its own variant again. An experiment that is switched off or outside its dates stays so, and
/// a variant that it does not have is not forced.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use variate::{Config, Forcing, context};
///
/// let forcing = Forcing::new("at least sixteen bytes")?;
/// let token = forcing.token("pill_color", "candidate", SystemTime::now() + Duration::from_secs(3600));
///
/// let config = Config::builder().forcing(forcing).build()?;
/// let query = format!("page=2&{}={token}", Forcing::QUERY_PARAMETER);
/// let forced = config.forced_by_query(&query);                  // once for a request
/// let exp = config.experiment("pill_color", context! { user_id: 42 }).forced_by(&forced);
/// assert_eq!(exp.use_(|| "grey").try_(|| "red").run(), "red");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Forcing {
    signed: SignedText,
}

impl Forcing {
    /// The header that tokens come in, several of them separated by commas.
    pub const HEADER: &'static str = "variate-force";
    /// The query parameter that a token comes in; it may come several times.
    pub const QUERY_PARAMETER: &'static str = "variate_force";

    /// Tokens under `secret`.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than 16 bytes.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, SecretError> {
        SignedText::new(secret.as_ref(), token::PURPOSE, token::LONGEST)
            .map(|signed| Self { signed })
    }

    /// A token that gives `variant` to whoever shows it before `expires` (in whole seconds). `experiment` is the full name,
    /// prefix included. Safe in a URL as it is.
    pub fn token(
        &self,
        experiment: &str,
        variant: impl Into<Variant>,
        expires: SystemTime,
    ) -> String {
        token::write(&self.signed, experiment, variant.into().as_str(), expires)
    }

    /// What a token forces.
    ///
    /// # Errors
    ///
    /// When the token is malformed, forged, or has expired `now`.
    pub fn read(&self, token: &str, now: SystemTime) -> Result<Forced, TokenError> {
        let pair = token::read(&self.signed, token, now)?;
        Ok(Forced { pairs: vec![pair] })
    }
}

impl std::fmt::Debug for Forcing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Forcing").finish_non_exhaustive()
    }
}

/// What a request forces: one variant for each of some experiments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forced {
    pairs: Vec<(Box<str>, Variant)>,
}

impl Forced {
    /// The variant forced for the experiment of this full name.
    pub fn variant(&self, experiment: &str) -> Option<&Variant> {
        let mut pairs = self.pairs.iter().rev();
        pairs
            .find(|(name, _)| **name == *experiment)
            .map(|(_, variant)| variant)
    }

    /// Whether nothing is forced.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What either forces; where both do, `other` counts.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.pairs.extend(other.pairs);
        self
    }

    /// What the tokens force; each that cannot be read goes to `refused`.
    pub(crate) fn collect<'t>(
        forcing: Option<&Forcing>,
        tokens: impl Iterator<Item = Cow<'t, str>>,
        now: impl Fn() -> SystemTime,
        refused: impl Fn(&TokenError),
    ) -> Self {
        let mut pairs = Vec::new();
        for token in tokens.take(MOST_TOKENS) {
            let read = match forcing {
                Some(forcing) => token::read(&forcing.signed, &token, now()),
                None => Err(TokenError::NotAllowed),
            };
            match read {
                Ok(pair) => pairs.push(pair),
                Err(error) => refused(&error),
            }
        }
        Self { pairs }
    }
}

/// How many tokens of a request are read.
const MOST_TOKENS: usize = 32;

/// The tokens of a header.
pub(crate) fn of_header(value: &str) -> impl Iterator<Item = Cow<'_, str>> {
    value
        .split(',')
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .map(Cow::Borrowed)
}

/// The tokens of a URL's query.
pub(crate) fn of_query(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == Forcing::QUERY_PARAMETER)
        .map(|(_, token)| Cow::Borrowed(token))
}
