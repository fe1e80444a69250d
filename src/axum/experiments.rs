use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::{
    Config, ContextRef, Experiment, Forced, Privacy, Published, Publishing, Visitor, with_config,
    with_config_async,
};

/// The experiments of one request: an extractor, where [`ExperimentsLayer`](super::ExperimentsLayer) is around the route.
///
/// Experiments made here know who makes the request ([`Identity`](crate::Identity)), whether it may be tracked, and what it
/// forces. Clones are the same request's.
///
/// ```
/// use variate::axum::Experiments;
/// use variate::context;
///
/// async fn cancel(experiments: Experiments) -> &'static str {
///     let user = None::<u64>;         // or the id of who is signed in
///     let exp = experiments.experiment("subscription_cancellation", context! { user_id: user });
///     exp.use_(|| "toggle").try_(|| "button").run()
/// }
/// ```
#[derive(Clone)]
pub struct Experiments {
    request: Arc<OfRequest>,
}

/// What is known of a request.
pub(super) struct OfRequest {
    pub(super) config: Config,
    /// Whether the configuration is the layer's own, in place of the process's.
    pub(super) is_scoped: bool,
    pub(super) visitor: Visitor<'static>,
    pub(super) forced: Forced,
    pub(super) publishing: Publishing,
}

impl Experiments {
    pub(super) fn new(request: OfRequest) -> Self {
        Self {
            request: Arc::new(request),
        }
    }

    /// An experiment as this request meets it. See [`experiment`](crate::experiment()), and [`Visitor::identify`] for what becomes
    /// of the context.
    pub fn experiment<'a>(
        &'a self,
        name: impl Into<Cow<'a, str>>,
        context: impl Into<ContextRef<'a>>,
    ) -> Experiment<'a> {
        self.identify(self.request.config.experiment(name, context))
    }

    /// An experiment that was made elsewhere, as this request meets it.
    pub fn identify<'a>(&self, experiment: Experiment<'a>) -> Experiment<'a> {
        self.request
            .visitor
            .identify(experiment)
            .forced_by(&self.request.forced)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.request.config
    }

    /// Who makes the request.
    pub fn visitor(&self) -> &Visitor<'static> {
        &self.request.visitor
    }

    /// Whether the request asks not to be tracked.
    pub fn privacy(&self) -> Privacy {
        self.request.visitor.privacy()
    }

    /// What the request forces.
    pub fn forced(&self) -> &Forced {
        &self.request.forced
    }

    /// The assignments exposed in this request so far, for a template that writes them itself.
    pub fn published(&self) -> Published {
        self.request.publishing.published()
    }

    pub(super) fn has_published(&self) -> bool {
        !self.request.publishing.is_empty()
    }

    /// Runs `scope` as a part of this request on another thread: what is exposed in it is published, and it finds the layer's configuration.
    pub fn join<R>(&self, scope: impl FnOnce() -> R) -> R {
        let OfRequest {
            config, publishing, ..
        } = &*self.request;
        if self.request.is_scoped {
            publishing.join(|| with_config(config, scope))
        } else {
            publishing.join(scope)
        }
    }

    /// Runs a future as a part of this request, wherever it is polled: for tasks that a handler spawns.
    pub async fn join_async<F: Future>(&self, future: F) -> F::Output {
        let OfRequest {
            config, publishing, ..
        } = &*self.request;
        if self.request.is_scoped {
            publishing
                .join_async(with_config_async(config, future))
                .await
        } else {
            publishing.join_async(future).await
        }
    }
}

impl fmt::Debug for Experiments {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Experiments")
            .field("visitor", &self.request.visitor)
            .field("forced", &self.request.forced)
            .finish_non_exhaustive()
    }
}

/// A handler asks for [`Experiments`], and no [`ExperimentsLayer`](super::ExperimentsLayer) is around its route.
///
/// As a response: 500, which the first request to the route shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no `ExperimentsLayer` is around this route: add one with `Router::layer`, after the route"
)]
pub struct NoExperimentsLayer;

impl IntoResponse for NoExperimentsLayer {
    fn into_response(self) -> Response {
        tracing::error!(target: "variate", "{self}");
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Experiments {
    type Rejection = NoExperimentsLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoExperimentsLayer> {
        let experiments = parts.extensions.get::<Self>().cloned();
        experiments.ok_or(NoExperimentsLayer)
    }
}

/// `None` where no layer is around the route.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Experiments {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// What the headers say; with or without a layer.
impl<S: Send + Sync> FromRequestParts<S> for Privacy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(privacy(&parts.headers))
    }
}

pub(super) fn privacy(headers: &HeaderMap) -> Privacy {
    let header = |name: &str| Some(headers.get(name)?.as_bytes());
    Privacy::from_headers(header("dnt"), header("sec-gpc"))
}
