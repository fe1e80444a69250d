//! Links that track a click and lead on.

mod error;
mod target;

use std::fmt;
use std::time::{Duration, SystemTime};

pub use self::error::{HostError, LinkError, TargetProblem};
use self::target::Allowed;
use crate::signed_text::SignedText;
use crate::{Action, Config, Experiment, Key, SecretError, Signature, limits};

const PURPOSE: &[u8] = b"variate link\0";

/// Links that track a click and lead on, to where they may lead: nowhere, unless it is allowed.
///
/// [`link`](Self::link) gives a signed token for a URL of the own site, such as `/go/{token}`; the handler of that URL
/// gives it to [`follow`](Self::follow) and answers with a redirect to the checked target. The unit's experiment, variant and key
/// travel in the token, so that a click in a mail counts for the right variant weeks later, without a cookie.
///
/// ```
/// use variate::{Config, Links, MemoryTracker, context};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder().tracker(tracker.clone()).build()?;
/// let links = Links::new("at least sixteen bytes")?
///     .allow_host("shop.example")?
///     .allow_own_paths();
///
/// let exp = config.experiment("newsletter", context! { user_id: 42 });
/// let token = links.link(&exp, "clicked", "https://shop.example/pricing")?;
/// // `https://own.example/go/{token}` is asked for:
/// let location = links.follow(&config, &token)?;
/// assert_eq!(location, "https://shop.example/pricing");
/// assert_eq!(tracker.actions(), ["clicked"]);
/// assert!(links.link(&exp, "clicked", "https://evil.example/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is checked
///
/// The target is checked when a link is made and again when it is followed, so that a host that is no longer
/// allowed is no longer led to, whatever was signed before. Allowed is `https` to listed hosts on listed ports, and nothing
/// else until it is asked for. There are no unsigned links: without a signature anybody could count clicks for any
/// variant, and would know which of the listed hosts pass a phishing victim on.
///
/// # Each click counts
///
/// Following a link twice tracks two events: a reload, a link that was sent on, a scanner of mails. Analyse the units
/// that clicked rather than the number of clicks, and let links expire ([`expire_after`](Self::expire_after)). Follow on GET only (a HEAD
/// request is no click), answer with 302 or 303 and `Cache-Control: no-store`, so that the next click arrives here
/// too. The token is signed and not encrypted: who has it can read experiment, variant and key.
#[derive(Clone)]
pub struct Links {
    signed: SignedText,
    allowed: Allowed,
    lifetime: Option<Duration>,
}

/// What a token says.
struct Link {
    /// None where the unit takes no part.
    signature: Option<Signature>,
    action: String,
    target: String,
    expires: Option<SystemTime>,
}

impl Links {
    /// How many bytes a token has at most.
    pub const LONGEST: usize = 8_192;

    /// Links under `secret`, which lead nowhere yet and do not expire.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than 16 bytes.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, SecretError> {
        Ok(Self {
            signed: SignedText::new(secret.as_ref(), PURPOSE, Self::LONGEST)?,
            allowed: Allowed::default(),
            lifetime: None,
        })
    }

    /// Allows a host (`shop.example`), a port of it (`shop.example:8443`), or all hosts below it (`*.shop.example`, which is
    /// not `shop.example` itself). Without a port, and with 443, the port is the scheme's own.
    ///
    /// # Errors
    ///
    /// When it is anything else, or a wildcard below a single label.
    pub fn allow_host(mut self, host: &str) -> Result<Self, HostError> {
        self.allowed.add(host)?;
        Ok(self)
    }

    /// Allows paths of the own site: `/pricing`.
    #[must_use]
    pub const fn allow_own_paths(mut self) -> Self {
        self.allowed.own_paths = true;
        self
    }

    /// Allows `http` to the listed hosts too.
    #[must_use]
    pub const fn allow_http(mut self) -> Self {
        self.allowed.http = true;
        self
    }

    /// Links made from now on lead nowhere after `lifetime`, counted in whole seconds by the clock of the configuration.
    #[must_use]
    pub const fn expire_after(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// A token for a link to `target` that tracks `action`. Safe in a URL's path or query as it is.
    ///
    /// The link of a unit that takes no part leads on and tracks nothing. Making a link is no exposure.
    ///
    /// # Errors
    ///
    /// When no link may lead to `target`, the action cannot be tracked, or the token would be too long.
    pub fn link(
        &self,
        experiment: &Experiment<'_>,
        action: &str,
        target: &str,
    ) -> Result<String, LinkError> {
        if !limits::name_fits(action) || action == Action::ASSIGNMENT {
            return Err(LinkError::Action {
                action: action.into(),
            });
        }
        let target = self.checked(target)?;
        let expires = match self.lifetime {
            None => String::new(),
            Some(lifetime) => expiry(experiment.config().clock().now(), lifetime).to_string(),
        };
        let mut parts = vec![action.to_owned(), target.clone(), expires];
        if experiment.is_tracking() {
            let signature = experiment.signature();
            parts.push(signature.experiment.into_owned());
            parts.push(signature.variant.as_str().to_owned());
            parts.push(signature.key.to_string());
            parts.extend(signature.migration_keys.iter().map(Key::to_string));
        }
        let token = self.signed.write(parts.iter().map(String::as_str));
        match token.len() {
            ..=Self::LONGEST => Ok(token),
            length => Err(LinkError::TooLong {
                target: target.into(),
                length,
            }),
        }
    }

    /// Tracks the click under `config`, and answers where it leads: what goes into the header `Location`.
    ///
    /// # Errors
    ///
    /// When the token is malformed, forged or expired, or no link may lead to its target any more: nothing is
    /// tracked then. Answer with a 404 or a page of your own, not with a redirect.
    pub fn follow(&self, config: &Config, token: &str) -> Result<String, LinkError> {
        let (link, target) = self.read(config, token)?;
        if let Some(signature) = &link.signature {
            config.restore(signature).track(&*link.action);
        }
        Ok(target)
    }

    /// Where a link leads, without tracking: for who asks for Do Not Track or Global Privacy Control
    /// ([`Privacy::from_headers`](crate::Privacy::from_headers)).
    ///
    /// # Errors
    ///
    /// As those of [`follow`](Self::follow).
    pub fn follow_untracked(&self, config: &Config, token: &str) -> Result<String, LinkError> {
        self.read(config, token).map(|(_, target)| target)
    }

    fn read(&self, config: &Config, token: &str) -> Result<(Link, String), LinkError> {
        let link = Link::of(self.signed.read(token)?).ok_or(LinkError::Malformed)?;
        if link
            .expires
            .is_some_and(|expires| config.clock().now() >= expires)
        {
            return Err(LinkError::Expired {
                target: link.target.into(),
            });
        }
        let target = self.checked(&link.target)?;
        Ok((link, target))
    }

    fn checked(&self, target: &str) -> Result<String, LinkError> {
        self.allowed
            .check(target)
            .map_err(|problem| LinkError::Refused {
                target: target.into(),
                problem,
            })
    }
}

impl Link {
    fn of(parts: Vec<String>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let (action, target, expires) = (parts.next()?, parts.next()?, parts.next()?);
        let expires = match &*expires {
            "" => None,
            seconds => {
                let since = Duration::from_secs(seconds.parse().ok()?);
                // Beyond all time is never.
                SystemTime::UNIX_EPOCH.checked_add(since)
            }
        };
        let signature = match parts.next() {
            None => None,
            Some(experiment) => Some(Signature {
                experiment: experiment.into(),
                variant: parts.next()?.into(),
                key: parts.next()?.into(),
                migration_keys: parts.map(Key::from).collect(),
            }),
        };
        Some(Self {
            signature,
            action,
            target,
            expires,
        })
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Links")
            .field("allowed", &self.allowed)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// In seconds since the Unix epoch.
fn expiry(now: SystemTime, lifetime: Duration) -> u64 {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_add(lifetime)
        .as_secs()
}
