use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::body::Frame;
use tokio::time::Instant;

use super::body_room::Room;
use super::problem::Problem;
use super::server::Ending;
use super::shared::Shared;

/// How long a body may make no progress, and how long once the server is to end.
const PAUSE: Duration = Duration::from_secs(10);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How much is decompressed at once.
const PIECE: usize = 64 << 10;

/// The body of a request, and the room that it takes.
pub(super) struct Taken<'s> {
    pub(super) bytes: Bytes,
    _room: Room<'s>,
}

impl Shared {
    /// Reads a body, whatever it is wrapped in, up to the limit. What came with a key finds room where others do not.
    pub(super) async fn read<'s>(
        &'s self,
        request: &Parts,
        body: Body,
        has_key: bool,
    ) -> Result<Taken<'s>, Problem> {
        let headers = &request.headers;
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
        let mut room = self.body_room.enter(has_key);
        let ending = request.extensions.get::<Ending>().cloned();
        let bytes = self.collect(body, ending, &mut room).await?;
        let bytes = if is_gzip {
            self.unzip(&bytes, &mut room)?.into()
        } else {
            bytes
        };
        Ok(Taken { bytes, _room: room })
    }

    async fn collect(
        &self,
        mut body: Body,
        mut ending: Option<Ending>,
        room: &mut Room<'_>,
    ) -> Result<Bytes, Problem> {
        let end = Instant::now() + self.timeout;
        // Most bodies come in one piece, which is not copied.
        let (mut first, mut all) = (Bytes::new(), Vec::new());
        while let Some(frame) = self.frame(&mut body, end, ending.as_mut()).await? {
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let length = first.len() + all.len() + data.len();
            if length > self.body_bytes {
                return Err(self.too_large());
            }
            room.grow(length)?;
            if length == data.len() {
                first = data;
            } else {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&data);
            }
        }
        Ok(if all.is_empty() { first } else { all.into() })
    }

    /// The next piece of a body.
    async fn frame(
        &self,
        body: &mut Body,
        end: Instant,
        ending: Option<&mut Ending>,
    ) -> Result<Option<Frame<Bytes>>, Problem> {
        let pause = PAUSE.min(self.timeout);
        let until = end.min(Instant::now() + pause);
        tokio::select! {
            biased;
            frame = body.frame() => match frame.transpose() {
                Ok(frame) => Ok(frame),
                Err(_) => Err(Problem::bad("the body ended early")),
            },
            () = tokio::time::sleep_until(until) => {
                let message = if until == end {
                    format!("the body did not come within {} s", self.timeout.as_secs_f32())
                } else {
                    format!("nothing more of the body came within {} s", pause.as_secs_f32())
                };
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, message))
            }
            () = last_pause(ending) => Err(Problem::unavailable(
                "the collector is shutting down; send again later",
            )),
        }
    }

    fn unzip(&self, bytes: &[u8], room: &mut Room<'_>) -> Result<Vec<u8>, Problem> {
        let not_gzip = |error| {
            Problem::bad(format!(
                "the body is not gzip as its content encoding says: {error}"
            ))
        };
        let mut unzipped = Vec::new();
        let mut decoder = MultiGzDecoder::new(bytes);
        loop {
            let before = unzipped.len();
            room.grow(bytes.len() + self.body_bytes.min(before + PIECE))?;
            let mut piece = decoder.by_ref().take(PIECE as u64);
            piece.read_to_end(&mut unzipped).map_err(not_gzip)?;
            if unzipped.len() > self.body_bytes {
                return Err(self.too_large());
            }
            if unzipped.len() == before {
                return Ok(unzipped);
            }
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

/// Over once the server is to end and a little more time has passed; never without a server that ends.
async fn last_pause(ending: Option<&mut Ending>) {
    if let Some(Ending(ending)) = ending
        && ending.wait_for(|is_ending| *is_ending).await.is_ok()
    {
        tokio::time::sleep(LAST_PAUSE).await;
    } else {
        std::future::pending::<()>().await;
    }
}
