//! The evaluation that a collector gives.

use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Deserialize;
use ureq::Agent;
use variate_collector::live::LiveEvaluation;

use crate::evaluate::{EvaluateError, read};
use crate::sent_key::sent_key;

/// Others can see command lines.
const KEY_VARIABLE: &str = "VARIATE_API_KEY";

/// A thousand metrics over years have a few MiB.
const LONGEST_ANSWER: u64 = 256 << 20;

const TIMEOUT: Duration = Duration::from_mins(1);

/// The role of keys that may not read.
const WRITING: &str = "role=write";

/// All but what stands for itself in a link: the unreserved letters of RFC 3986.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What it answers to what it does not do.
#[derive(Deserialize)]
struct Problem {
    message: String,
}

pub(super) fn ask(
    url: &str,
    key_file: Option<&Path>,
    namespace: &str,
    name: &str,
) -> Result<LiveEvaluation, EvaluateError> {
    let failed = |why: String| EvaluateError::Server {
        url: url.to_owned(),
        why,
    };
    let keys = match key_file {
        Some(path) => Some(String::from_utf8_lossy(&read(path)?).into_owned()),
        None => std::env::var(KEY_VARIABLE).ok(),
    };
    let key = keys.as_deref().and_then(|keys| sent_key(keys, WRITING));
    let has_key = key.is_some();
    if let (None, Some(path)) = (key, key_file) {
        return Err(EvaluateError::Refused(format!(
            "`{}` has no API key that may read: a line with the key itself, which is not `sha256:…`, and not `role=write`",
            path.display()
        )));
    }
    // A redirect would take the key along to somebody else.
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("variate/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let address = format!(
        "{}/v1/experiments/{}/evaluation?namespace={}",
        url.trim_end_matches('/'),
        encoded(name),
        encoded(namespace)
    );
    let mut request = agent.get(&address);
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    let mut answer = request.call().map_err(|error| failed(error.to_string()))?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(LONGEST_ANSWER);
    let body = body
        .read_to_vec()
        .map_err(|error| failed(error.to_string()))?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| failed(format!("the answer is no evaluation: {error}")));
    }
    let message = serde_json::from_slice(&body).map_or_else(
        |_| "the answer is none of a collector".to_owned(),
        |problem: Problem| problem.message,
    );
    Err(match status.as_u16() {
        403 if !has_key => EvaluateError::Refused(
            "the collector asks for an API key that may read: name its file with --api-key-file, or put it into VARIATE_API_KEY"
                .to_owned(),
        ),
        403 => EvaluateError::Refused(
            "the API key may not read there: give one with the role read".to_owned(),
        ),
        404 | 422 => EvaluateError::Refused(message),
        _ => failed(format!("{status}: {message}")),
    })
}

fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, &ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_byte_by_byte() {
        assert_eq!(encoded("a-b_c.d~1").to_string(), "a-b_c.d~1");
        assert_eq!(encoded("a b/é?").to_string(), "a%20b%2F%C3%A9%3F");
    }

    #[test]
    fn the_first_key_that_may_read_is_shown() {
        assert_eq!(sent_key("key", WRITING), Some("key"));
        let file = "# ours\nsha256:00 role=read\nw role=write\nr role=read namespace=shop\n";
        assert_eq!(sent_key(file, WRITING), Some("r"));
        assert_eq!(sent_key("\n", WRITING), None);
    }
}
