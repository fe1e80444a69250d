//! One attempt: a request, and what its answer means.

use std::io::Write;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

use super::stats::{Counters, add};

/// What an answer may have at the most; one of a batch of 500 has 20 kB.
const LONGEST_ANSWER: u64 = 16 << 20;

/// Where events go, and how.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) agent: Agent,
    pub(super) url: String,
    pub(super) api_key: Option<String>,
    pub(super) is_compressed: bool,
}

/// Why events were not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// Trying again helps, perhaps.
    Temporary {
        why: String,
        /// When the server wants to be asked again.
        asked: Option<Duration>,
    },
    /// The request has too many bytes.
    TooLarge,
    /// The server does not let this client in, or there is no collector at this address: for somebody to mend.
    Forbidden(String),
    /// No server will ever take it.
    Rejected(String),
}

#[derive(Deserialize)]
struct Answer {
    events: Vec<OfEvent>,
}

#[derive(Deserialize)]
struct OfEvent {
    outcome: Outcome,
    error: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Counted,
    Duplicate,
    Archived,
    Refused,
    Unavailable,
}

impl Post {
    /// Sends events, each the JSON of one.
    pub(super) fn send(
        &self,
        events: &[String],
        date: SystemTime,
        counters: &Counters,
    ) -> Result<(), Failure> {
        let body = format!("[{}]", events.join(",\n"));
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json");
        if let Some(key) = &self.api_key {
            request = request.header("x-api-key", key);
        }
        let answer = if self.is_compressed {
            let compressed = compress(body.as_bytes()).map_err(|error| temporary(&error))?;
            request
                .header("content-encoding", "gzip")
                .send(&compressed[..])
        } else {
            request.send(body)
        };
        let mut answer = answer.map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::TlsRequired | ureq::Error::Http(_) => {
                Failure::Forbidden(error.to_string())
            }
            error => temporary(&error),
        })?;
        let (status, asked) = (answer.status(), asked(answer.headers(), date));
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER);
        let text = text.read_to_string();
        if !status.is_success() {
            return Err(failure(status, &text.unwrap_or_default(), asked));
        }
        // What a bot is answered, so that it does not find out.
        if text.as_deref().is_ok_and(|text| text.trim() == "null") {
            if add(&counters.as_bot, events.len() as u64) {
                tracing::warn!(target: "variate", url = self.url, events = events.len(), "the collector does not count these events: it takes this client for a bot, by its user agent or its address");
            }
            return Ok(());
        }
        // Somebody else's page is no answer of a collector.
        let answered: Answer = serde_json::from_str(&text.map_err(|error| temporary(&error))?)
            .map_err(|error| temporary(&format!("the answer is none of a collector: {error}")))?;
        if answered.events.len() != events.len() {
            let (of, count) = (events.len(), answered.events.len());
            return Err(temporary(&format!(
                "the answer is about {count} events of {of}"
            )));
        }
        count(&answered.events, counters);
        Ok(())
    }
}

fn count(events: &[OfEvent], counters: &Counters) {
    let of = |outcome| events.iter().filter(|of| of.outcome == outcome).count() as u64;
    add(&counters.counted, of(Outcome::Counted));
    add(&counters.duplicates, of(Outcome::Duplicate));
    add(&counters.archived, of(Outcome::Archived));
    let why = |outcome| {
        let first = events.iter().find(|of| of.outcome == outcome);
        first.and_then(|of| of.error.as_deref())
    };
    let refused = of(Outcome::Refused);
    if refused > 0 && add(&counters.refused, refused) {
        let why = why(Outcome::Refused);
        tracing::warn!(target: "variate", why, "the collector refuses an event");
    }
    // To keep them would be to send them again and again until somebody mends the store.
    let unavailable = of(Outcome::Unavailable);
    if unavailable > 0 && add(&counters.unavailable, unavailable) {
        let why = why(Outcome::Unavailable);
        tracing::error!(target: "variate", why, unavailable, "the collector cannot count events of an experiment: they are lost");
    }
}

fn temporary(why: &impl ToString) -> Failure {
    Failure::Temporary {
        why: why.to_string(),
        asked: None,
    }
}

fn failure(status: StatusCode, text: &str, asked: Option<Duration>) -> Failure {
    let text: String = text.trim().chars().take(200).collect();
    let why = if text.is_empty() {
        status.to_string()
    } else {
        format!("{status}: {text}")
    };
    match status.as_u16() {
        413 => Failure::TooLarge,
        408 | 425 | 429 | 500.. => Failure::Temporary { why, asked },
        400 | 411 | 415 | 422 => Failure::Rejected(why),
        _ => Failure::Forbidden(why),
    }
}

fn compress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// When the server wants to be asked again: `Retry-After`, seconds or a date, which is by the server's own clock if it tells it.
fn asked(headers: &HeaderMap, date: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text("retry-after")?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = parse_date(asked)?;
    let now = text("date").and_then(parse_date).unwrap_or(date);
    Some(until.duration_since(now).unwrap_or_default())
}

fn parse_date(text: &str) -> Option<SystemTime> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(text).ok().map(SystemTime::from)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn when_to_ask_again_is_seconds_or_a_date_by_the_servers_own_clock() {
        let now = parse_date("Sat, 21 Nov 2026 12:00:00 GMT").unwrap();
        let asked = |lines: &[(&'static str, &str)]| {
            let headers = lines.iter().map(|(name, value)| {
                let name = ureq::http::HeaderName::from_static(name);
                (name, value.parse().unwrap())
            });
            asked(&headers.collect(), now)
        };
        let later = ("retry-after", "Sat, 21 Nov 2026 12:01:00 GMT");
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(asked(&[later]), Some(Duration::from_mins(1)));
        let wrong_clock = ("date", "Sat, 21 Nov 2026 12:00:50 GMT");
        assert_eq!(asked(&[later, wrong_clock]), Some(Duration::from_secs(10)));
        let over = ("retry-after", "Sat, 21 Nov 2020 12:00:00 GMT");
        assert_eq!(asked(&[over]), Some(Duration::ZERO));
    }
}
