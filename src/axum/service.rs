use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue, Request, Response};
use tower_service::Service;

use super::experiments::Experiments;
use super::layer::Settings;
use super::page::PageBody;

/// What [`ExperimentsLayer`](super::ExperimentsLayer) makes of a service.
#[derive(Clone)]
pub struct ExperimentsService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> ExperimentsService<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S: fmt::Debug> fmt::Debug for ExperimentsService<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ExperimentsService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for ExperimentsService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<PageBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, polled: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(polled)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let settings = Arc::clone(&self.settings);
        let (read, brought) = settings.read(request.headers(), request.uri().query());
        let experiments = Experiments::new(read);
        request.extensions_mut().insert(experiments.clone());
        let answering = experiments.join(|| self.inner.call(request));
        Box::pin(async move {
            let mut response = experiments.join_async(answering).await?;
            let headers = response.headers_mut();
            let has_cookie = settings.write(&experiments, brought, headers);
            let depends =
                has_cookie || experiments.has_published() || !experiments.forced().is_empty();
            if depends && !headers.contains_key(CACHE_CONTROL) {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
            }
            let inject = settings.inject.clone().filter(|_| is_page(&response));
            if inject.is_some() {
                let headers = response.headers_mut();
                for changed in [CONTENT_LENGTH, ETAG, LAST_MODIFIED, ACCEPT_RANGES] {
                    headers.remove(changed);
                }
            }
            Ok(response.map(|body| match inject {
                Some(prepare) => PageBody::page(body, experiments, prepare),
                None => PageBody::other(body, experiments),
            }))
        })
    }
}

/// Whether a response is a whole HTML page, as text.
fn is_page<R>(response: &Response<R>) -> bool {
    let headers: &HeaderMap = response.headers();
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.and_then(|kind| kind.split(|byte| *byte == b';').next())
        .is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"text/html"))
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(CONTENT_RANGE)
}
