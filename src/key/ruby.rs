//! The text of a value as Ruby 3.1 writes it: `to_s` at the top, `inspect` inside lists and maps.

use std::fmt::{self, Write};

use crate::context::{Decimal, Repr, Value};

pub(super) fn to_s(value: &Value<'_>, out: &mut impl Write) -> fmt::Result {
    match &value.0 {
        Repr::Null => Ok(()),
        Repr::Float(number) => float(*number, out),
        Repr::Text(text) => out.write_str(text),
        Repr::OwnedText(text) => out.write_str(text),
        Repr::Symbol(name) => out.write_str(name),
        Repr::OwnedSymbol(name) => out.write_str(name),
        Repr::List(list) => {
            out.write_char('[')?;
            for (place, item) in list.items.iter().enumerate() {
                comma(place, out)?;
                inspect(item, out)?;
            }
            out.write_char(']')
        }
        Repr::Map(map) => {
            out.write_char('{')?;
            for (place, (key, value)) in map.entries.iter().enumerate() {
                comma(place, out)?;
                inspect(key, out)?;
                out.write_str("=>")?;
                inspect(value, out)?;
            }
            out.write_char('}')
        }
        _ => write!(out, "{value}"),
    }
}

fn comma(place: usize, out: &mut impl Write) -> fmt::Result {
    if place == 0 {
        Ok(())
    } else {
        out.write_str(", ")
    }
}

fn inspect(value: &Value<'_>, out: &mut impl Write) -> fmt::Result {
    match &value.0 {
        Repr::Null => out.write_str("nil"),
        Repr::Text(text) => inspect_text(text, out),
        Repr::OwnedText(text) => inspect_text(text, out),
        Repr::Symbol(name) => inspect_symbol(name, out),
        Repr::OwnedSymbol(name) => inspect_symbol(name, out),
        Repr::Uuid(id) => inspect_text(&id.to_string(), out),
        _ => to_s(value, out),
    }
}

fn inspect_symbol(name: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char(':')?;
    if is_plain_symbol(name) {
        out.write_str(name)
    } else {
        inspect_text(name, out)
    }
}

fn is_plain_symbol(name: &str) -> bool {
    const OPERATORS: [&str; 28] = [
        "!", "!=", "!~", "%", "&", "*", "**", "+", "+@", "-", "-@", "/", "<", "<<", "<=", "<=>",
        "==", "===", "=~", ">", ">=", ">>", "[]", "[]=", "^", "`", "|", "~",
    ];
    let word = |text: &str| {
        let mut letters = text.chars();
        letters.next().is_some_and(is_word_start) && letters.all(is_word)
    };
    if let Some(variable) = ["@@", "@", "$"]
        .iter()
        .find_map(|sigil| name.strip_prefix(sigil))
    {
        return word(variable);
    }
    OPERATORS.contains(&name) || word(name.strip_suffix(['?', '!', '=']).unwrap_or(name))
}

fn is_word_start(letter: char) -> bool {
    letter == '_' || letter.is_ascii_alphabetic() || !letter.is_ascii()
}

fn is_word(letter: char) -> bool {
    is_word_start(letter) || letter.is_ascii_digit()
}

fn inspect_text(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => write!(out, "\\{letter}")?,
            '#' if matches!(letters.peek(), Some('{' | '$' | '@')) => out.write_str("\\#")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{0c}' => out.write_str("\\f")?,
            '\u{0b}' => out.write_str("\\v")?,
            '\u{08}' => out.write_str("\\b")?,
            '\u{07}' => out.write_str("\\a")?,
            '\u{1b}' => out.write_str("\\e")?,
            _ if letter.is_control() && letter != '\u{85}' => {
                write!(out, "\\u{:04X}", u32::from(letter))?;
            }
            _ => out.write_char(letter)?,
        }
    }
    out.write_char('"')
}

/// The shortest digits, positional for `1e-4 <= |x| < 1e15` and wherever digits stand behind the
/// point, with an exponent elsewhere.
fn float(number: f64, out: &mut impl Write) -> fmt::Result {
    if number.is_nan() {
        return out.write_str("NaN");
    }
    if number.is_sign_negative() {
        out.write_char('-')?;
    }
    if number.is_infinite() {
        return out.write_str("Infinity");
    }
    let decimal = Decimal::shortest(number);
    let has_fraction =
        usize::try_from(decimal.exponent).is_ok_and(|power| power + 1 < decimal.len());
    if has_fraction || (-4..15).contains(&decimal.exponent) {
        return decimal.write_positional(out, ".0");
    }
    decimal.write_scientific(out, ".0")?;
    let sign = if decimal.exponent < 0 { '-' } else { '+' };
    write!(out, "e{sign}{:02}", decimal.exponent.unsigned_abs())
}
