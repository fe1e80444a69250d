use std::cmp::Ordering;
use std::fmt;

use crate::Value;
use crate::context::{Repr, TextBuffer};

/// A value that others are less or greater than.
#[derive(Clone)]
pub(super) struct Bound {
    at: At,
    sign: &'static str,
    less: bool,
    equal: bool,
    greater: bool,
}

#[derive(Clone)]
enum At {
    Number(Number),
    Text(Box<str>),
    Nothing,
}

impl Bound {
    pub(super) fn greater(value: &Value<'_>) -> Self {
        Self::new(value, ">", [false, false, true])
    }

    pub(super) fn at_least(value: &Value<'_>) -> Self {
        Self::new(value, ">=", [false, true, true])
    }

    pub(super) fn less(value: &Value<'_>) -> Self {
        Self::new(value, "<", [true, false, false])
    }

    pub(super) fn at_most(value: &Value<'_>) -> Self {
        Self::new(value, "<=", [true, true, false])
    }

    fn new(value: &Value<'_>, sign: &'static str, [less, equal, greater]: [bool; 3]) -> Self {
        let at = match (Number::of(value), value.scalar_text(&mut TextBuffer::new())) {
            (Some(number), _) => At::Number(number),
            (None, Some(text)) => At::Text(String::from_utf8_lossy(text).into()),
            (None, None) => At::Nothing,
        };
        Self {
            at,
            sign,
            less,
            equal,
            greater,
        }
    }

    pub(super) fn takes(&self, value: &Value<'_>) -> bool {
        match self.order(value) {
            Some(Ordering::Less) => self.less,
            Some(Ordering::Equal) => self.equal,
            Some(Ordering::Greater) => self.greater,
            None => false,
        }
    }

    fn order(&self, value: &Value<'_>) -> Option<Ordering> {
        match (&self.at, Number::of(value)) {
            (At::Number(at), Some(number)) => number.partial_cmp(at),
            (At::Text(at), None) => {
                let mut buffer = TextBuffer::new();
                let text = value.scalar_text(&mut buffer)?;
                Some(text.cmp(at.as_bytes()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = self.sign;
        match &self.at {
            At::Number(Number::Int(number)) => write!(out, "{sign} {number}"),
            At::Number(Number::Huge(number)) => write!(out, "{sign} {number}"),
            At::Number(Number::Float(number)) => write!(out, "{sign} {}", Value::from(*number)),
            At::Text(text) => write!(out, "{sign} {text:?}"),
            At::Nothing => write!(out, "{sign} something that has no order"),
        }
    }
}

/// A number, exact where it is whole and has up to 128 bits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Number {
    Int(i128),
    /// Above all of `Int`.
    Huge(u128),
    Float(f64),
}

impl Number {
    /// The number that a value is; a text may be one.
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        match &value.0 {
            Repr::Int(number) => Some(Self::Int((*number).into())),
            Repr::Uint(number) => Some(Self::Int((*number).into())),
            Repr::Int128(bytes) => Some(Self::Int(i128::from_ne_bytes(*bytes))),
            Repr::Uint128(bytes) => Some(Self::whole(u128::from_ne_bytes(*bytes))),
            Repr::Float(number) => Some(Self::Float(*number)),
            _ => Self::written(value.as_str()?),
        }
    }

    fn whole(number: u128) -> Self {
        i128::try_from(number).map_or(Self::Huge(number), Self::Int)
    }

    /// Digits with a sign, a fraction or an exponent; not the words that stand for what is no number.
    fn written(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Int(number));
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Huge(number));
        }
        text.parse().ok().map(Self::Float)
    }
}

impl PartialOrd for Number {
    /// Exact between whole numbers and floats, too: no number is rounded to be compared.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (*self, *other) {
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(&other)),
            (Self::Huge(one), Self::Huge(other)) => Some(one.cmp(&other)),
            (Self::Int(_), Self::Huge(_)) => Some(Ordering::Less),
            (Self::Huge(_), Self::Int(_)) => Some(Ordering::Greater),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(&other),
            (whole, Self::Float(float)) => whole.order_to_float(float),
            (Self::Float(float), whole) => whole.order_to_float(float).map(Ordering::reverse),
        }
    }
}

impl Number {
    /// The order of a whole number to a float.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // What is out of range is told apart before; a negative float is below all of `Huge`.
    fn order_to_float(self, float: f64) -> Option<Ordering> {
        if float.is_nan() {
            return None;
        }
        let whole = match self {
            Self::Int(_) if float >= TWO_TO_127 => return Some(Ordering::Less),
            Self::Int(_) if float < -TWO_TO_127 => return Some(Ordering::Greater),
            Self::Int(number) => number.cmp(&(float as i128)),
            Self::Huge(_) if float >= TWO_TO_127 * 2.0 => return Some(Ordering::Less),
            Self::Huge(number) => number.cmp(&(float as u128)),
            Self::Float(number) => return number.partial_cmp(&float),
        };
        // Where the whole parts are equal, what the float has behind the point decides.
        Some(whole.then(0.0.partial_cmp(&float.fract())?))
    }
}

/// The first float that is no `i128`.
const TWO_TO_127: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_floats_are_ordered_without_rounding() {
        use Ordering::{Equal, Greater, Less};
        let two_to_53 = 9_007_199_254_740_992_i128;
        for (one, other, expected) in [
            (
                Number::Int(two_to_53 + 1),
                Number::Float(9_007_199_254_740_992.0),
                Some(Greater),
            ),
            (
                Number::Int(two_to_53),
                Number::Float(9_007_199_254_740_992.0),
                Some(Equal),
            ),
            (Number::Int(1), Number::Float(1.5), Some(Less)),
            (Number::Int(-1), Number::Float(-1.5), Some(Greater)),
            (Number::Int(0), Number::Float(-0.0), Some(Equal)),
            (Number::Int(0), Number::Float(5e-324), Some(Less)),
            (
                Number::Int(i128::MAX),
                Number::Float(TWO_TO_127),
                Some(Less),
            ),
            (
                Number::Int(i128::MIN),
                Number::Float(-TWO_TO_127),
                Some(Equal),
            ),
            (
                Number::Int(i128::MIN),
                Number::Float(f64::MIN),
                Some(Greater),
            ),
            (
                Number::Int(i128::MIN),
                Number::Float(f64::NEG_INFINITY),
                Some(Greater),
            ),
            (
                Number::Int(i128::MAX),
                Number::Float(f64::INFINITY),
                Some(Less),
            ),
            (
                Number::Huge(1 << 127),
                Number::Float(TWO_TO_127),
                Some(Equal),
            ),
            (
                Number::Huge(u128::MAX),
                Number::Float(TWO_TO_127 * 2.0),
                Some(Less),
            ),
            (Number::Huge(u128::MAX), Number::Float(-1.0), Some(Greater)),
            (
                Number::Huge(u128::MAX),
                Number::Int(i128::MAX),
                Some(Greater),
            ),
            (Number::Int(1), Number::Float(f64::NAN), None),
        ] {
            assert_eq!(one.partial_cmp(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.partial_cmp(&one), expected.map(Ordering::reverse));
        }
    }

    #[test]
    fn some_texts_are_numbers() {
        for (text, expected) in [
            ("18", Some(Number::Int(18))),
            ("-18", Some(Number::Int(-18))),
            ("+18", Some(Number::Int(18))),
            ("018", Some(Number::Int(18))),
            ("1.5e3", Some(Number::Float(1500.0))),
            (
                "340282366920938463463374607431768211455",
                Some(Number::Huge(u128::MAX)),
            ),
            (
                "340282366920938463463374607431768211456",
                Some(Number::Float(TWO_TO_127 * 2.0)),
            ),
            ("", None),
            ("-", None),
            ("inf", None),
            ("NaN", None),
            ("-infinity", None),
            (".5", None),
            ("1,5", None),
            (" 1", None),
            ("1 ", None),
            ("2026-11-01", None),
            ("1.2.3", None),
        ] {
            assert_eq!(Number::written(text), expected, "{text}");
        }
    }
}
