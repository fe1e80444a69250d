use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// How much of a body is read that nobody wants.
const MOST: usize = 32 << 20;

/// How long such a body may pause, and how long it may take.
const PAUSE: Duration = Duration::from_secs(1);
const WHOLE: Duration = Duration::from_secs(10);

/// A body that comes back if it is not read to its end.
///
/// Many clients write all of their request before they read anything. Closed on what they still send, they see a broken
/// connection in place of the answer that says what is wrong.
pub(super) struct LentBody {
    body: Option<Body>,
    back: Arc<Mutex<Option<Body>>>,
}

/// Where it comes back.
pub(super) struct Lender(Arc<Mutex<Option<Body>>>);

pub(super) fn lend(body: Body) -> (Body, Lender) {
    let back = Arc::default();
    let lent = LentBody {
        body: Some(body),
        back: Arc::clone(&back),
    };
    (Body::new(lent), Lender(back))
}

impl Lender {
    /// Reads what was left, within limits.
    pub(super) async fn discard(self) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut body) = left {
            let _ = tokio::time::timeout(WHOLE, discard(&mut body)).await;
        }
    }
}

async fn discard(body: &mut Body) {
    let mut read = 0;
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(PAUSE, body.frame()).await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            return;
        }
    }
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.back.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}
