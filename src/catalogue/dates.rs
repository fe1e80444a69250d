use std::time::SystemTime;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Timestamp, Zoned};

use super::node::shortened;

/// The moment that a text names: RFC 3339 with an offset, or a date, which is its midnight in UTC.
pub(super) fn time(text: &str) -> Result<SystemTime, String> {
    let is_date = text.len() == "2026-11-01".len();
    if is_date && let Ok(date) = text.parse::<Date>() {
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        return midnight.map(Into::into).map_err(|error| error.to_string());
    }
    if !is_date && let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.into());
    }
    let shown = shortened(text);
    if !is_date && text.parse::<Zoned>().is_err() && text.parse::<DateTime>().is_ok() {
        return Err(format!(
            "`{shown}` does not say where on earth: put Z for UTC, or an offset as +01:00, behind it"
        ));
    }
    Err(format!(
        "`{shown}` is no date: expected 2026-11-01, which is midnight in UTC, or 2026-11-01T09:00:00Z"
    ))
}
