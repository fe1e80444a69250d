//! What `POST /v1/events` is sent: a JSON array of events, or one event a line.

mod array;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests;
mod written;

use serde::de::IgnoredAny;

use self::array::array;
use self::written::Written;
use crate::NewEvent;

/// What an event says that does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults<'a> {
    pub(super) namespace: &'a str,
    pub(super) now: u64,
}

/// An event, or why it is none.
pub(super) type Parsed = Result<NewEvent<'static>, String>;

/// A batch as it was read.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    /// In the order of the body.
    pub(super) events: Vec<Parsed>,
    /// Where each is, from 1 on, where there is an event a line; otherwise nothing.
    pub(super) lines: Vec<usize>,
}

/// There are more events than may be sent at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {most} events in the request; send fewer at once")]
pub(super) struct TooManyEvents {
    most: usize,
}

/// How the events are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One a line.
    Lines,
    /// An array if it begins as one, else as lines.
    Either,
}

/// Reads a body.
pub(super) fn parse(
    body: &[u8],
    form: Form,
    defaults: Defaults<'_>,
    most: usize,
) -> Result<Batch, TooManyEvents> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let start = body.trim_ascii_start();
    let mut all = Collected {
        events: Vec::new(),
        lines: Vec::new(),
        defaults,
        most,
    };
    match start.first() {
        Some(b'[') if form == Form::Either => match serde_json::from_slice::<Vec<Written>>(body) {
            Ok(events) => {
                for event in events {
                    all.push(Ok(event), None)?;
                }
            }
            Err(_) => array(start, &mut all)?,
        },
        // One event may be written over many lines.
        Some(b'{') if form == Form::Either => match event(body) {
            Ok(event) => all.push(Ok(event), None)?,
            Err(_) if !is_lines(body) => all.push(event_of_line(body, 1), None)?,
            Err(_) => lines(body, &mut all)?,
        },
        _ => lines(body, &mut all)?,
    }
    Ok(Batch {
        events: all.events,
        lines: all.lines,
    })
}

/// Whether what begins as an object is one a line: the first line has all of one, or any line has an event.
fn is_lines(body: &[u8]) -> bool {
    let mut all = body
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let is_cut =
        |line: &[u8]| serde_json::from_slice::<IgnoredAny>(line).is_err_and(|error| error.is_eof());
    !all.next().is_some_and(is_cut) || all.any(|line| event(line.trim_ascii()).is_ok())
}

struct Collected<'d> {
    events: Vec<Parsed>,
    lines: Vec<usize>,
    defaults: Defaults<'d>,
    most: usize,
}

impl Collected<'_> {
    fn push(
        &mut self,
        event: Result<Written, String>,
        line: Option<usize>,
    ) -> Result<(), TooManyEvents> {
        if self.events.len() == self.most {
            return Err(TooManyEvents { most: self.most });
        }
        self.lines.extend(line);
        let event = event.and_then(|event| event.into_new(self.defaults));
        self.events.push(event);
        Ok(())
    }
}

fn event(text: &[u8]) -> Result<Written, String> {
    serde_json::from_slice(text).map_err(|error| without_place(&error))
}

/// The place is one within the event, which is not what was sent.
fn without_place(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

fn event_of_line(line: &[u8], number: usize) -> Result<Written, String> {
    let text = line.trim_ascii_start();
    let before = line.len() - text.len();
    serde_json::from_slice(text).map_err(|error| {
        let problem = without_place(&error);
        let number = number + error.line().saturating_sub(1);
        let before = if error.line() > 1 { 0 } else { before };
        match error.column() {
            0 => format!("{problem} at line {number}"),
            column => format!("{problem} at line {number}, column {}", before + column),
        }
    })
}

fn lines(body: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    for (number, line) in (1..).zip(body.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii_end();
        if !line.is_empty() {
            all.push(event_of_line(line, number), Some(number))?;
        }
    }
    Ok(())
}
