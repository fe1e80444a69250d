use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::experiments::Experiments;
use super::layer::Prepare;
use crate::contain::contain;

/// Before what the assignments are written.
const END: &[u8] = b"</body";
/// How much may follow the last `</body>`, so that an endless page is not held back without end.
const MOST_HELD: usize = 64 * 1024;

/// The body of a response, with the assignments of its request written into it where it is an HTML page.
///
/// What a body exposes while it is streamed belongs to its request, too.
pub struct PageBody<B> {
    // On the heap, for no code here may be unsafe.
    inner: Pin<Box<B>>,
    experiments: Experiments,
    page: Option<Page>,
}

struct Page {
    prepare: Arc<Prepare>,
    /// What may be, or comes after, the end of the page's body.
    held: Vec<u8>,
    is_written: bool,
    is_ended: bool,
    /// What comes after the last data.
    trailers: Option<Frame<Bytes>>,
}

impl<B> PageBody<B> {
    pub(super) fn page(body: B, experiments: Experiments, prepare: Arc<Prepare>) -> Self {
        Self {
            inner: Box::pin(body),
            experiments,
            page: Some(Page {
                prepare,
                held: Vec::new(),
                is_written: false,
                is_ended: false,
                trailers: None,
            }),
        }
    }

    pub(super) fn other(body: B, experiments: Experiments) -> Self {
        Self {
            inner: Box::pin(body),
            experiments,
            page: None,
        }
    }
}

impl<B: Body> Body for PageBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        polled: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(page) = &mut this.page {
                if let Some(trailers) = page.trailers.take() {
                    return Poll::Ready(Some(Ok(trailers)));
                }
                if page.is_ended {
                    return Poll::Ready(None);
                }
            }
            let inner = &mut this.inner;
            let frame = ready!(this.experiments.join(|| inner.as_mut().poll_frame(polled)));
            let frame = match frame {
                Some(Ok(frame)) => {
                    Some(frame.map_data(|mut data| data.copy_to_bytes(data.remaining())))
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => None,
            };
            let Some(page) = &mut this.page else {
                return Poll::Ready(frame.map(Ok));
            };
            let out = match frame.map(Frame::into_data) {
                Some(Ok(data)) => page.take(data, &this.experiments),
                Some(Err(trailers)) => {
                    page.trailers = Some(trailers);
                    page.end(&this.experiments)
                }
                None => {
                    page.is_ended = true;
                    let rest = page.end(&this.experiments);
                    let rest = (!rest.is_empty()).then(|| Ok(Frame::data(rest)));
                    return Poll::Ready(rest);
                }
            };
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.page {
            None => self.inner.is_end_stream(),
            Some(page) => {
                page.held.is_empty() && page.trailers.is_none() && self.inner.is_end_stream()
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.page {
            None => self.inner.size_hint(),
            Some(_) => SizeHint::default(),
        }
    }
}

impl Page {
    /// What can be sent once `data` has come: all before what may be the end of the page's body.
    fn take(&mut self, data: Bytes, experiments: &Experiments) -> Bytes {
        if self.is_written {
            return data;
        }
        let mut data = if self.held.is_empty() {
            data
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&data);
            Bytes::from(joined)
        };
        let end = last_end(&data);
        let held_from = end.unwrap_or_else(|| data.len().saturating_sub(END.len() - 1));
        let held = data.split_off(held_from);
        if end.is_some() && held.len() > MOST_HELD {
            self.is_written = true;
            return [&*data, self.script(experiments).as_bytes(), &held]
                .concat()
                .into();
        }
        self.held = held.into();
        data
    }

    /// What is left to be sent once all has come.
    fn end(&mut self, experiments: &Experiments) -> Bytes {
        let held = std::mem::take(&mut self.held);
        if self.is_written || last_end(&held) != Some(0) {
            return held.into();
        }
        self.is_written = true;
        [self.script(experiments).as_bytes(), &held].concat().into()
    }

    fn script(&self, experiments: &Experiments) -> String {
        let published = experiments.published();
        // Where a host's code panics, nothing of it is known, and the page runs its controls.
        let published = contain(|| (self.prepare)(published)).unwrap_or_default();
        if published.is_empty() {
            String::new()
        } else {
            published.to_script()
        }
    }
}

/// Where the last end tag of the page's body begins.
fn last_end(html: &[u8]) -> Option<usize> {
    html.windows(END.len())
        .rposition(|tag| tag.eq_ignore_ascii_case(END))
}

impl<B: fmt::Debug> fmt::Debug for PageBody<B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PageBody")
            .field("inner", &self.inner)
            .field("is_page", &self.page.is_some())
            .finish_non_exhaustive()
    }
}
