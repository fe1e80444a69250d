//! The parsers of what strangers send, for fuzz targets and for tests with arbitrary bytes.

use super::api_keys::ApiKeys;
use super::batch::{self, Defaults, Form};
use super::query::Query;
use super::route::without_stage;

/// All parameters of a query.
pub fn query(text: &str) {
    for parameter in [
        "experiment",
        "variant",
        "event",
        "uuid",
        "namespace",
        "value",
        "unit",
        "scope",
    ] {
        let _ = Query::from_text(text).get(parameter);
    }
}

/// The body of `POST /v1/events`. What is answered for it, and how many events are taken.
pub fn batch(body: &[u8], is_lines: bool) -> Option<(usize, usize)> {
    let form = if is_lines { Form::Lines } else { Form::Either };
    let defaults = Defaults {
        namespace: "shop",
        now: 0,
    };
    let parsed = batch::parse(body, form, defaults, 1_000).ok()?.events;
    let taken = parsed.iter().filter(|parsed| parsed.is_ok()).count();
    Some((parsed.len(), taken))
}

/// A file of API keys.
pub fn api_keys(text: &str) {
    let _ = ApiKeys::parse(text);
}

/// A path with a stage.
pub fn path(text: &str) {
    let _ = without_stage(text, &["/kcart".to_owned()]);
}
