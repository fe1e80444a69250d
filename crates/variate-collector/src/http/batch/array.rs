//! The elements of an array, broken ones among them.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::written::Written;
use super::{Collected, TooManyEvents, event};

/// Element by element: one that is no event, or not even JSON, does not take the others along. Where its quotes or brackets
/// are not in pairs, nobody knows where it ends: what follows is taken from the next event on.
pub(super) fn array(text: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    let mut rest = text.strip_prefix(b"[").unwrap_or(text);
    // What looking for such events may cost: a body made to be looked through again and again is not.
    let mut budget = text.len().saturating_mul(4).saturating_add(64 << 10);
    if let Some(after) = rest.trim_ascii_start().strip_prefix(b"]") {
        return behind(after, all);
    }
    loop {
        let (element, end) = split_element(rest);
        let parsed = event(element.trim_ascii());
        if let Err(problem) = &parsed
            && serde_json::from_slice::<IgnoredAny>(element).is_err()
        {
            // It was gone through to find its end, and what is taken from within is gone through again.
            budget = budget.saturating_sub(element.len());
            if let Some(next) = next_event(rest, element.len(), &mut budget) {
                all.push(Err(problem.clone()), None)?;
                rest = next;
                continue;
            }
        }
        match end {
            End::Missing => {
                let problem = match parsed {
                    // It is whole, only the array is not.
                    Ok(event) => {
                        all.push(Ok(event), None)?;
                        "the array has no end".to_owned()
                    }
                    Err(_) if element.trim_ascii().is_empty() => "the array has no end".to_owned(),
                    Err(problem) => format!("{problem}; nothing behind it can be read"),
                };
                return all.push(Err(problem), None);
            }
            End::Comma(after) => {
                all.push(parsed, None)?;
                rest = after;
            }
            End::Bracket(after) => {
                all.push(parsed, None)?;
                return behind(after, all);
            }
        }
    }
}

fn behind(rest: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    if rest.trim_ascii().is_empty() {
        return Ok(());
    }
    all.push(Err("there is more behind the array's end".to_owned()), None)
}

/// From the first event on that begins within so many bytes of a broken element, behind a comma or another object, and is
/// followed by what follows an element.
pub(super) fn next_event<'a>(
    text: &'a [u8],
    length: usize,
    budget: &mut usize,
) -> Option<&'a [u8]> {
    let mut last = b' ';
    for (index, &byte) in text.iter().enumerate().take(length) {
        *budget = budget.saturating_sub(1);
        if *budget == 0 {
            return None;
        }
        if byte == b'{' && matches!(last, b',' | b'}') {
            let (_, from_here) = text.split_at(index);
            // Read as a stream: then it is known how far it was read, also where it is no event.
            let mut unread = from_here;
            let mut stream = serde_json::Deserializer::from_reader(&mut unread);
            let is_event = Written::deserialize(&mut stream).is_ok();
            *budget = budget.saturating_sub(from_here.len() - unread.len());
            if is_event && matches!(unread.trim_ascii_start().first(), Some(b',' | b']')) {
                return Some(from_here);
            }
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    None
}

enum End<'a> {
    Comma(&'a [u8]),
    Bracket(&'a [u8]),
    Missing,
}

/// The next element of an array, and how it ends.
fn split_element(text: &[u8]) -> (&[u8], End<'_>) {
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (index, &byte) in text.iter().enumerate() {
        if is_quoted {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_quoted = true,
            b'{' | b'[' => depth += 1,
            b',' | b']' if depth == 0 => {
                let (element, rest) = text.split_at(index);
                let after = rest.get(1..).unwrap_or_default();
                let end = if byte == b',' {
                    End::Comma(after)
                } else {
                    End::Bracket(after)
                };
                return (element, end);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (text, End::Missing)
}
