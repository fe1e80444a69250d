use std::fmt::{self, Write};

/// Room for the text of any number or uuid, on the stack.
#[derive(Debug)]
pub(crate) struct TextBuffer {
    bytes: [u8; 48],
    len: usize,
}

impl TextBuffer {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; 48],
            len: 0,
        }
    }

    pub(crate) fn display(&mut self, value: impl fmt::Display) -> &[u8] {
        self.len = 0;
        // What is written here (128-bit integers, uuids, shortest floats) is at most 40 bytes long.
        let _ = write!(self, "{value}");
        self.written()
    }

    /// The number as JSON canonicalisation (RFC 8785) and so JavaScript write it.
    pub(crate) fn json_float(&mut self, value: f64) -> &[u8] {
        self.len = 0;
        let _ = if value.is_nan() {
            self.write_str("NaN")
        } else if value.is_infinite() {
            self.write_str(if value < 0.0 { "-Infinity" } else { "Infinity" })
        } else if value == 0.0 {
            self.write_str("0")
        } else {
            write_json_float(self, &Decimal::shortest(value))
        };
        self.written()
    }

    fn written(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn write_json_float(out: &mut TextBuffer, number: &Decimal) -> fmt::Result {
    if number.negative {
        out.write_char('-')?;
    }
    if (-6..21).contains(&number.exponent) {
        number.write_positional(out, "")
    } else {
        number.write_scientific(out, "")?;
        write!(out, "e{:+}", number.exponent)
    }
}

/// No float with fewer shortest digits lies in the middle between two texts of that length.
const TIES_FROM: usize = 15;

/// The shortest digits that read back as the same finite float, and the power of ten of the first one.
#[derive(Debug)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    pub(crate) exponent: i32,
    digits: TextBuffer,
}

impl Decimal {
    /// Where two shortest texts are equally near, the one with the even last digit, as ECMAScript
    /// and Ruby have it; the standard library takes the upper one.
    pub(crate) fn shortest(value: f64) -> Self {
        let mut decimal = Self::read(format_args!("{:e}", value.abs()));
        decimal.negative = value.is_sign_negative();
        if decimal.digits().len() >= TIES_FROM {
            decimal.break_tie(value.abs());
        }
        decimal
    }

    fn read(scientific: fmt::Arguments<'_>) -> Self {
        let mut text = TextBuffer::new();
        let text = text.display(scientific);
        let mut digits = TextBuffer::new();
        let mut parts = text.split(|byte| *byte == b'e');
        for byte in parts.next().unwrap_or_default() {
            if *byte != b'.' {
                let _ = digits.write_char(char::from(*byte));
            }
        }
        let power = parts.next().and_then(|part| std::str::from_utf8(part).ok());
        Self {
            negative: false,
            exponent: power.and_then(|power| power.parse().ok()).unwrap_or(0),
            digits,
        }
    }

    /// Takes the lower neighbour if it is as near, ends evenly and reads back as the same float.
    fn break_tie(&mut self, value: f64) {
        let precision = self.digits().len() + 19;
        let exact = Self::read(format_args!("{value:.precision$e}"));
        let Some((lower, rest)) = exact.digits().split_at_checked(self.digits().len()) else {
            return;
        };
        let is_tie = rest
            .strip_prefix('5')
            .is_some_and(|rest| rest.bytes().all(|b| b == b'0'));
        let is_even = lower.bytes().last().is_some_and(|digit| digit % 2 == 0);
        let Some((first, fraction)) = lower.split_at_checked(1) else {
            return;
        };
        let mut text = TextBuffer::new();
        let text = text.display(format_args!("{first}.{fraction}e{}", exact.exponent));
        let reads_back = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok());
        if is_tie && is_even && reads_back == Some(value) {
            *self = Self {
                negative: self.negative,
                ..Self::read(format_args!("{first}.{fraction}e{}", exact.exponent))
            };
        }
    }

    /// How many digits there are.
    pub(crate) fn len(&self) -> usize {
        self.digits.len
    }

    fn digits(&self) -> &str {
        std::str::from_utf8(self.digits.written()).unwrap_or("0")
    }

    /// Digits without an exponent; a whole number ends with `whole_suffix`.
    pub(crate) fn write_positional(&self, out: &mut impl Write, whole_suffix: &str) -> fmt::Result {
        let digits = self.digits();
        match usize::try_from(self.exponent) {
            Err(_) => {
                out.write_str("0.")?;
                for _ in self.exponent..-1 {
                    out.write_char('0')?;
                }
                out.write_str(digits)
            }
            Ok(exponent) => match digits.split_at_checked(exponent + 1) {
                Some((whole, fraction)) if !fraction.is_empty() => {
                    write!(out, "{whole}.{fraction}")
                }
                _ => {
                    out.write_str(digits)?;
                    for _ in digits.len()..=exponent {
                        out.write_char('0')?;
                    }
                    out.write_str(whole_suffix)
                }
            },
        }
    }

    /// One digit, then a point and the rest, or `whole_suffix` where there is no rest.
    /// The exponent is the caller's to write.
    pub(crate) fn write_scientific(&self, out: &mut impl Write, whole_suffix: &str) -> fmt::Result {
        match self.digits().split_at_checked(1) {
            Some((first, rest)) if !rest.is_empty() => write!(out, "{first}.{rest}"),
            _ => write!(out, "{}{whole_suffix}", self.digits()),
        }
    }
}
