//! JSON as Python's `json.dumps` writes it, which is what dashboards of Gimel and Lámed were made for.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A text of ASCII characters with a space after each comma and colon.
pub(super) fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Python))?;
    Ok(text)
}

struct Python;

impl Python {
    fn separate<W: ?Sized + Write>(writer: &mut W, is_first: bool) -> io::Result<()> {
        if is_first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        Self::separate(writer, is_first)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        Self::separate(writer, is_first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut units = [0; 2];
        for letter in fragment.chars() {
            if matches!(letter, ' '..='~') {
                writer.write_all(letter.encode_utf8(&mut [0; 4]).as_bytes())?;
            } else {
                for unit in letter.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_json_dumps_writes() {
        let value =
            serde_json::json!([{"a": null}, {"b": [1, "é\u{7f}😀\n\"\\\0/", true]}, [], {}]);
        // Python 3.13: json.dumps([{"a": None}, {"b": [1, "é\x7f😀\n\"\\\x00/", True]}, [], {}])
        let expected =
            r#"[{"a": null}, {"b": [1, "\u00e9\u007f\ud83d\ude00\n\"\\\u0000/", true]}, [], {}]"#;
        assert_eq!(
            String::from_utf8(to_vec(&value).unwrap()).unwrap(),
            expected
        );
    }
}
