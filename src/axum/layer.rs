use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tower_layer::Layer;

use super::ExperimentsService;
use super::cookie::{self, Attributes, SignedId, Signer};
use super::experiments::{OfRequest, privacy};
use crate::contain::contain;
use crate::{Config, Forced, Forcing, Identity, Published, Publishing, SecretError};

/// A year, which is longer than any experiment, and shorter than the 400 days that browsers grant.
const LIFETIME: Duration = Duration::from_hours(24 * 365);

/// Puts [`Experiments`](super::Experiments) into each request, and the identity cookie and the page's assignments into its response.
///
/// Works around any tower service over HTTP. [The module](super) tells what it does in which order.
///
/// ```
/// use std::time::Duration;
/// use variate::axum::ExperimentsLayer;
/// use variate::{Config, Forcing, Identity, Published};
///
/// let config = Config::builder().forcing(Forcing::new("sixteen bytes of QA's")?).build()?;
/// let layer = ExperimentsLayer::new(Identity::new("user_id"), "sixteen bytes of the cookie's")?
///     .config(config)                                  // instead of the process's
///     .former_secret("sixteen bytes of last year")?    // cookies signed with it are signed anew
///     .cookie_lifetime(Duration::from_hours(24 * 90))
///     .keep_forced()                                   // a token in the query holds for the session
///     .inject_with(Published::without_keys);           // assignments go into HTML pages
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Caches
///
/// A response that depends on the visitor (something was exposed or forced in it, or a cookie is set) and says nothing of caches gets
/// `Cache-Control: private, no-cache`, so that no shared cache gives one visitor's page to another. What the service says itself
/// stays as it is.
#[derive(Clone)]
pub struct ExperimentsLayer {
    settings: Arc<Settings>,
}

/// What changes a page's assignments before they are written.
pub(super) type Prepare = dyn Fn(Published) -> Published + Send + Sync;

#[derive(Clone)]
pub(super) struct Settings {
    identity: Identity,
    signer: Signer,
    config: Option<Config>,
    attributes: Attributes,
    keeps_forced: bool,
    pub(super) inject: Option<Arc<Prepare>>,
}

/// Why an [`ExperimentsLayer`] cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// A secret is too short.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No browser takes this as the name of a cookie.
    #[error(
        "`{name}` is no name of a cookie: letters, digits, `_` and `-` are, see `Identity::cookie_name`"
    )]
    CookieName {
        /// The name.
        name: Box<str>,
    },
    /// This is not the name of a host.
    #[error("`{domain}` is no domain of a cookie: it is a host's name, such as `shop.example`")]
    Domain {
        /// The domain.
        domain: Box<str>,
    },
}

impl ExperimentsLayer {
    /// A layer for who is known by `identity`, whose cookie is signed with `secret`.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than 16 bytes, or the cookie's name is none.
    pub fn new(identity: Identity, secret: impl AsRef<[u8]>) -> Result<Self, LayerError> {
        let name = identity.name_of_cookie();
        if !cookie::is_name(name) {
            return Err(LayerError::CookieName { name: name.into() });
        }
        Ok(Self {
            settings: Arc::new(Settings {
                identity,
                signer: Signer::new(secret.as_ref())?,
                config: None,
                attributes: Attributes {
                    lifetime: LIFETIME,
                    domain: None,
                    secure: true,
                },
                keeps_forced: false,
                inject: None,
            }),
        })
    }

    /// A configuration in place of the process's, also for [`experiment`](crate::experiment()) in the service.
    #[must_use]
    pub fn config(self, config: Config) -> Self {
        self.with(|settings| settings.config = Some(config))
    }

    /// A secret that cookies were signed with before: they stay good, and are signed anew.
    ///
    /// # Errors
    ///
    /// When it is shorter than 16 bytes.
    pub fn former_secret(self, secret: impl AsRef<[u8]>) -> Result<Self, LayerError> {
        let mut added = Ok(());
        let layer = self.with(|settings| added = settings.signer.add_former(secret.as_ref()));
        added?;
        Ok(layer)
    }

    /// How long the identity cookie lives from when it is set; a year unless set.
    #[must_use]
    pub fn cookie_lifetime(self, lifetime: Duration) -> Self {
        self.with(|settings| settings.attributes.lifetime = lifetime)
    }

    /// Sets cookies for this host and all below it; unless set, for the very host of the request.
    ///
    /// # Errors
    ///
    /// When it is not the name of a host.
    pub fn cookie_domain(self, domain: &str) -> Result<Self, LayerError> {
        if !cookie::is_domain(domain) {
            return Err(LayerError::Domain {
                domain: domain.into(),
            });
        }
        Ok(self.with(|settings| settings.attributes.domain = Some(domain.into())))
    }

    /// Sets cookies without `Secure`, so that they work over plain HTTP: for a developer's machine.
    #[must_use]
    pub fn allow_http(self) -> Self {
        self.with(|settings| settings.attributes.secure = false)
    }

    /// Keeps the tokens of a query in a cookie of the browser's session, so that the next page is forced, too. A request with
    /// `?variate_force=` ends that.
    #[must_use]
    pub fn keep_forced(self) -> Self {
        self.with(|settings| settings.keeps_forced = true)
    }

    /// Writes the assignments exposed in a request into its HTML page, before the last `</body>`, as
    /// [`Published::to_script`] has them: that is data, which any Content Security Policy lets through.
    ///
    /// Pages without `</body>` (as fragments are), in a `Content-Encoding` (put layers that compress around this one) and answers to
    /// range requests are left alone. Streamed pages stay streamed. A page that is written into loses its `Content-Length`, `ETag`,
    /// `Last-Modified` and `Accept-Ranges`, which were of other bytes.
    #[must_use]
    pub fn inject(self) -> Self {
        self.inject_with(|published| published)
    }

    /// As [`inject`](Self::inject), with what `prepare` leaves of the assignments: `Published::without_keys`, or a closure that keeps
    /// some of them.
    #[must_use]
    pub fn inject_with(
        self,
        prepare: impl Fn(Published) -> Published + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.inject = Some(Arc::new(prepare)))
    }

    fn with(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for ExperimentsLayer {
    type Service = ExperimentsService<S>;

    fn layer(&self, inner: S) -> ExperimentsService<S> {
        ExperimentsService::new(inner, Arc::clone(&self.settings))
    }
}

impl fmt::Debug for ExperimentsLayer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ExperimentsLayer")
            .field("identity", &self.settings.identity)
            .field("attributes", &self.settings.attributes)
            .field("keeps_forced", &self.settings.keeps_forced)
            .field("injects", &self.settings.inject.is_some())
            .finish_non_exhaustive()
    }
}

/// What a request brought along that its response depends on.
pub(super) struct Brought {
    /// The id of a cookie that is signed with a former secret.
    former: Option<String>,
    /// The tokens to keep; empty to forget them.
    kept: Option<String>,
}

/// Between the tokens that a cookie keeps; in no token.
const BETWEEN: &str = "|";

impl Settings {
    /// What is known of a request, before the service sees it.
    pub(super) fn read(&self, headers: &HeaderMap, query: Option<&str>) -> (OfRequest, Brought) {
        let config = self.config.clone().unwrap_or_else(crate::config);
        let name = self.identity.name_of_cookie();
        let sent = || cookie::values(headers, name);
        let read = sent().find_map(|value| self.signer.read(value));
        let is_forged = read.is_none() && sent().next().is_some();
        let value = |_: &str| match &read {
            Some(signed) => Some(signed.id.clone()),
            // Present and no uuid: what is not ours is replaced, or deleted.
            None => is_forged.then(String::new),
        };
        let visitor = self.identity.visitor(&value, privacy(headers)).into_owned();
        // The configuration's clock is a host's code.
        let (forced, kept) = contain(|| self.forced(&config, headers, query)).unwrap_or_default();
        let former = read.and_then(|SignedId { id, is_former }| is_former.then_some(id));
        let request = OfRequest {
            is_scoped: self.config.is_some(),
            config,
            visitor,
            forced,
            publishing: Publishing::new(),
        };
        (request, Brought { former, kept })
    }

    /// What a request forces, and the tokens to keep of it.
    fn forced(
        &self,
        config: &Config,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> (Forced, Option<String>) {
        let mut forced = Forced::default();
        let mut kept = None;
        let asked: Vec<_> = crate::forcing::of_query(query.unwrap_or_default()).collect();
        if self.keeps_forced && asked.is_empty() {
            let mut cookies = cookie::values(headers, Forcing::QUERY_PARAMETER).peekable();
            let is_kept = cookies.peek().is_some();
            for tokens in cookies {
                forced = forced.and(config.forced_by_header(&tokens.replace(BETWEEN, ",")));
            }
            // What has expired is sent no more.
            if is_kept && forced.is_empty() {
                kept = Some(String::new());
            }
        }
        for header in headers.get_all(Forcing::HEADER) {
            if let Ok(tokens) = header.to_str() {
                forced = forced.and(config.forced_by_header(tokens));
            }
        }
        let tokens: Vec<_> = asked.iter().filter(|token| !token.is_empty()).collect();
        let of_query = if tokens.is_empty() {
            Forced::default()
        } else {
            config.forced_by_query(query.unwrap_or_default())
        };
        // Nothing is kept of a token that forces nothing; an empty one ends it all.
        if self.keeps_forced && !asked.is_empty() && (tokens.is_empty() || !of_query.is_empty()) {
            let tokens: Vec<_> = tokens.into_iter().map(|token| &**token).collect();
            kept = Some(tokens.join(BETWEEN));
        }
        forced = forced.and(of_query);
        (forced, kept)
    }

    /// Writes the cookies into a response; answers whether there were any.
    pub(super) fn write(
        &self,
        request: &super::Experiments,
        brought: Brought,
        headers: &mut HeaderMap,
    ) -> bool {
        use crate::CookieInstruction::{Delete, Keep, Set};

        let name = self.identity.name_of_cookie();
        let attributes = &self.attributes;
        let identity = match (request.visitor().instruction(), brought.former) {
            (Set { value, .. }, _) | (Keep, Some(value)) => {
                attributes.set(name, &self.signer.sign(&value))
            }
            (Delete { .. }, _) => attributes.delete(name),
            (Keep, None) => None,
        };
        let forced = brought.kept.and_then(|tokens| match &*tokens {
            "" => attributes.delete(Forcing::QUERY_PARAMETER),
            tokens => attributes.set_for_session(Forcing::QUERY_PARAMETER, tokens),
        });
        let mut any = false;
        for cookie in [identity, forced].into_iter().flatten() {
            headers.append(http::header::SET_COOKIE, cookie);
            any = true;
        }
        any
    }
}
