use std::fmt;

use crate::Value;
use crate::context::{Repr, TextBuffer};

/// A value to compare with, by its text.
#[derive(Clone)]
pub(super) struct Operand {
    /// `None` for null, a list or a map: no scalar is that.
    text: Option<Box<[u8]>>,
    /// The number whose text it is, so that most numbers need not be written to be compared.
    number: Option<i64>,
}

impl Operand {
    pub(super) fn new(value: &Value<'_>) -> Self {
        let mut buffer = TextBuffer::new();
        let text = value.scalar_text(&mut buffer);
        let written = text.and_then(|text| std::str::from_utf8(text).ok());
        Self {
            text: text.map(Into::into),
            number: written
                .and_then(|text| Some((text, text.parse::<i64>().ok()?)))
                .filter(|(text, number)| number.to_string() == *text)
                .map(|(_, number)| number),
        }
    }

    #[inline]
    pub(super) fn is(&self, value: &Value<'_>) -> bool {
        match value.0 {
            Repr::Int(number) => self.number == Some(number),
            _ => {
                let mut buffer = TextBuffer::new();
                let text = value.scalar_text(&mut buffer);
                text.is_some() && text == self.text.as_deref()
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => write!(out, "{:?}", String::from_utf8_lossy(text)),
            None => out.write_str("something that no text is"),
        }
    }
}

/// Values to look for a text in: sorted, so that thousands cost little.
#[derive(Clone)]
pub(super) struct Operands(Box<[Box<[u8]>]>);

impl Operands {
    pub(super) fn new<V: Into<Value<'static>>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut texts: Vec<Box<[u8]>> = values
            .into_iter()
            .filter_map(|value| {
                let value = value.into();
                value.scalar_text(&mut TextBuffer::new()).map(Into::into)
            })
            .collect();
        texts.sort_unstable();
        texts.dedup();
        Self(texts.into())
    }

    pub(super) fn have(&self, value: &Value<'_>) -> bool {
        let mut buffer = TextBuffer::new();
        value
            .scalar_text(&mut buffer)
            .is_some_and(|text| self.0.binary_search_by(|other| (**other).cmp(text)).is_ok())
    }

    #[cfg(feature = "catalogue")]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many values are worth naming in a description.
const NAMED: usize = 10;

impl fmt::Display for Operands {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("nothing");
        }
        for (place, text) in self.0.iter().take(NAMED).enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(out, "{comma}{:?}", String::from_utf8_lossy(text))?;
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}
