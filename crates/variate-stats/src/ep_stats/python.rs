use std::fmt::Write as _;

use super::json::Json;

/// How numbers that are none are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Nan {
    /// `NaN`, `Infinity`, `-Infinity` bare, as Python writes them: no JSON to strict readers.
    #[default]
    Token,
    /// `null`: strict JSON.
    Null,
}

/// A number as Python's `repr` writes it: the shortest text that reads back the same.
pub(crate) fn float(out: &mut String, value: f64, nan: Nan) {
    if value.is_finite() {
        return finite(out, value);
    }
    out.push_str(match nan {
        Nan::Null => "null",
        Nan::Token if value.is_nan() => "NaN",
        Nan::Token if value > 0.0 => "Infinity",
        Nan::Token => "-Infinity",
    });
}

fn finite(out: &mut String, value: f64) {
    let size = value.abs();
    let plain = size == 0.0 || (1e-4..1e16).contains(&size);
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    match (text.split_once('e'), plain) {
        (None, true) => out.push_str(text),
        (Some((digits, exponent)), false) => scientific(out, digits, exponent),
        // They agree but for where exponents begin.
        (_, true) => drop(write!(out, "{value:?}")),
        (_, false) => {
            let text = format!("{value:e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            scientific(out, digits, exponent);
        }
    }
}

/// Python writes a sign and at least two digits, and no point where there is nothing behind it.
fn scientific(out: &mut String, digits: &str, exponent: &str) {
    out.push_str(digits.strip_suffix(".0").unwrap_or(digits));
    let (sign, size) = match exponent.strip_prefix('-') {
        Some(size) => ("e-", size),
        None => ("e+", exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    out.push_str(sign);
    if size.len() < 2 {
        out.push('0');
    }
    out.push_str(size);
}

/// The number as text.
pub(crate) fn float_text(value: f64) -> String {
    let mut text = String::new();
    match value {
        value if value.is_nan() => text.push_str("nan"),
        value if value.is_infinite() => text.push_str(if value > 0.0 { "inf" } else { "-inf" }),
        value => finite(&mut text, value),
    }
    text
}

/// A string in quotes; `ascii` escapes everything beyond ASCII.
pub(crate) fn string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            letter if u32::from(letter) < 0x20 || (ascii && !letter.is_ascii()) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// A value without blanks, in the order in which it came.
pub(crate) fn value(out: &mut String, json: &Json<'_>) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Integer(text) => out.push_str(text),
        // A refusal is strict JSON everywhere; the original fails on such a number with a 500.
        Json::Float(number) => float(out, *number, Nan::Null),
        Json::String(text) => string(out, text, false),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                value(out, item);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push('{');
            for (at, (key, field)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(out, key, false);
                out.push(':');
                value(out, field);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Nan, float, string};

    fn written(value: f64) -> String {
        let mut out = String::new();
        float(&mut out, value, Nan::Token);
        out
    }

    // From Python 3.11's `repr`.
    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.365_796_364_893_867_6e-12, "1.3657963648938676e-12"),
            (123_456_789.125, "123456789.125"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (-2.5e-7, "-2.5e-07"),
            (123_456.0, "123456.0"),
            (1e22, "1e+22"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    #[test]
    fn strings_are_escaped() {
        let mut out = String::new();
        string(&mut out, "a\"\u{e9}\u{1f600}\u{1}", true);
        assert_eq!(out, "\"a\\\"\\u00e9\\ud83d\\ude00\\u0001\"");
    }
}
