use std::io::Read;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::SemaphorePermit;

use super::problem::Problem;
use super::shared::Shared;

/// The body of a request, and the room that it takes.
pub(super) struct Taken<'s> {
    pub(super) bytes: Bytes,
    _room: SemaphorePermit<'s>,
}

impl Shared {
    /// Reads a body, whatever it is wrapped in, up to the limit.
    pub(super) async fn read<'s>(
        &'s self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Taken<'s>, Problem> {
        let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let encoding = encoding.unwrap_or_default().trim_ascii();
        let is_gzip = match encoding.to_ascii_lowercase().as_slice() {
            b"" | b"identity" => false,
            b"gzip" | b"x-gzip" => true,
            _ => {
                let message = format!(
                    "content encoding `{}` is not known: send gzip or none",
                    encoding.escape_ascii()
                );
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
            }
        };
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: usize| length > self.body_bytes) {
            return Err(self.too_large());
        }
        // Of a compressed body nobody knows how large it is.
        let most = length.filter(|_| !is_gzip).unwrap_or(self.body_bytes);
        let room = u32::try_from(most / 1024 + 1).unwrap_or(u32::MAX);
        let room = self.body_room.try_acquire_many(room).map_err(|_| {
            Problem::unavailable("too many events are being sent at once; send again later")
        })?;
        let read = Limited::new(body, self.body_bytes).collect();
        let bytes = match tokio::time::timeout(self.timeout, read).await {
            Ok(Ok(collected)) => collected.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(self.too_large()),
            Ok(Err(_)) => return Err(Problem::bad("the body ended early")),
            Err(_) => {
                let message = format!(
                    "the body did not come within {} s",
                    self.timeout.as_secs_f32()
                );
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, message));
            }
        };
        let bytes = if is_gzip {
            self.unzip(&bytes)?.into()
        } else {
            bytes
        };
        Ok(Taken { bytes, _room: room })
    }

    fn unzip(&self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut unzipped = Vec::new();
        let most = u64::try_from(self.body_bytes).unwrap_or(u64::MAX);
        let read = MultiGzDecoder::new(bytes)
            .take(most.saturating_add(1))
            .read_to_end(&mut unzipped);
        match read {
            Ok(_) if unzipped.len() > self.body_bytes => Err(self.too_large()),
            Ok(_) => Ok(unzipped),
            Err(error) => Err(Problem::bad(format!(
                "the body is not gzip as its content encoding says: {error}"
            ))),
        }
    }

    fn too_large(&self) -> Problem {
        let message = format!(
            "the body has more than {} bytes, compressed or not",
            self.body_bytes
        );
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }
}
