use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use ureq::Agent;
use variate::{EventRecord, Sink, SinkError};

use crate::error::SnowplowError;
use crate::payload::Source;

const PATH: &str = "/com.snowplowanalytics.snowplow/tp2";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait before the second attempt; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(200);

/// Posts batches of events to a Snowplow collector: a [`Sink`] for [`Background`](variate::Background).
///
/// The [page of the crate](crate) has the fields.
pub struct SnowplowSink {
    agent: Agent,
    url: String,
    source: Source,
    attempts: u32,
}

impl SnowplowSink {
    /// To the collector at this address, such as `http://collector.internal:8080`.
    ///
    /// # Errors
    ///
    /// When the address begins with something else than `http://`, or `https://` with the feature `tls`.
    pub fn new(url: &str) -> Result<Self, SnowplowError> {
        let is_known = |scheme: &str| {
            url.strip_prefix(scheme)
                .is_some_and(|host| !host.is_empty())
        };
        if !(is_known("http://") || (cfg!(feature = "tls") && is_known("https://"))) {
            return Err(SnowplowError::Address {
                url: url.to_owned(),
            });
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build();
        Ok(Self {
            agent: agent.into(),
            url: format!("{}{PATH}", url.trim_end_matches('/')),
            source: Source::default(),
            attempts: 3,
        })
    }

    /// The application: `aid`.
    #[must_use]
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.source.app_id = Some(id.into());
        self
    }

    /// The tracker's namespace: `tna`.
    #[must_use]
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.source.namespace = Some(name.into());
        self
    }

    /// The schema of a context that takes the properties for which there are no fields; without one, these are left out.
    ///
    /// # Errors
    ///
    /// When it is not written as schemas of Iglu's are.
    pub fn properties_schema(mut self, schema: &str) -> Result<Self, SnowplowError> {
        if !is_schema(schema) {
            return Err(SnowplowError::Schema {
                schema: schema.to_owned(),
            });
        }
        self.source.properties_schema = Some(schema.to_owned());
        Ok(self)
    }

    /// How often a batch is tried before it is lost; 3 times unless set, and at least once.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// The body for these events, as it is posted `now`.
    pub fn payload(&self, events: &[EventRecord]) -> Value {
        self.source.payload(events, SystemTime::now())
    }

    /// Whether the collector took it; if not, why, and whether it may later.
    fn post(&self, body: &str) -> Result<(), (bool, String)> {
        let request = self
            .agent
            .post(&self.url)
            .header("content-type", CONTENT_TYPE);
        let answer = request
            .send(body)
            .map_err(|error| (true, error.to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let may_later = !status.is_client_error() || [408, 429].contains(&status.as_u16());
        Err((may_later, format!("it answered {status}")))
    }
}

impl Sink for SnowplowSink {
    fn write(&mut self, batch: &[EventRecord]) -> Result<(), SinkError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            // The time of sending is each attempt's own.
            let problem = match self.post(&self.payload(batch).to_string()) {
                Ok(()) => return Ok(()),
                Err((true, _)) if attempt < self.attempts => None,
                Err((_, problem)) => Some(problem),
            };
            if let Some(problem) = problem {
                let url = self.url.clone();
                return Err(SnowplowError::Refused { url, problem }.into());
            }
            std::thread::sleep(pause);
            attempt += 1;
            pause = pause.saturating_mul(2);
        }
    }
}

/// `iglu:vendor/name/format/1-0-0`.
fn is_schema(schema: &str) -> bool {
    let Some(parts) = schema.strip_prefix("iglu:") else {
        return false;
    };
    let fits = |part: &str, marks: &[char]| {
        let fits =
            |character: char| character.is_ascii_alphanumeric() || marks.contains(&character);
        !part.is_empty() && part.chars().all(fits)
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match *parts.split('/').collect::<Vec<_>>() {
        [vendor, name, format, version] => {
            let numbers: Vec<_> = version.split('-').collect();
            fits(vendor, &['-', '_', '.'])
                && fits(name, &['-', '_'])
                && fits(format, &['-', '_'])
                && numbers.len() == 3
                && numbers.into_iter().all(is_number)
        }
        _ => false,
    }
}

impl fmt::Debug for SnowplowSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SnowplowSink")
            .field("url", &self.url)
            .field("source", &self.source)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
