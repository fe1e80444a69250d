use std::borrow::Cow;

/// The parameters of a request, decoded as they are asked for: `%` and two hexadecimal digits for a byte, `+` for a
/// space, UTF-8 in all. Of a parameter that comes twice the last one holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'q>(&'q str);

/// The value of a parameter is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter `{parameter}` is not UTF-8")]
pub(super) struct QueryError {
    parameter: &'static str,
}

impl<'q> Query<'q> {
    pub(super) fn of(uri: &'q axum::http::Uri) -> Self {
        Self(uri.query().unwrap_or_default())
    }

    #[cfg(any(test, feature = "dashboard", feature = "testing"))]
    pub(super) const fn from_text(text: &'q str) -> Self {
        Self(text)
    }

    /// The value of a parameter, if there is one.
    pub(super) fn get(self, parameter: &'static str) -> Result<Option<Cow<'q, str>>, QueryError> {
        let value = self.0.rsplit('&').find_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (*decode(name) == *parameter.as_bytes()).then_some(value)
        });
        value
            .map(|value| match decode(value) {
                Cow::Borrowed(_) => Ok(Cow::Borrowed(value)),
                Cow::Owned(bytes) => String::from_utf8(bytes)
                    .map(Cow::Owned)
                    .map_err(|_| QueryError { parameter }),
            })
            .transpose()
    }
}

/// Borrows what needs no decoding, and only that.
fn decode(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(bytes);
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return Cow::Owned(decoded),
            [b'%', high, low, rest @ ..] if digit(*high).is_some() && digit(*low).is_some() => {
                let byte = digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0);
                decoded.push(byte);
                rest
            }
            [b'+', rest @ ..] => {
                decoded.push(b' ');
                rest
            }
            // A stray `%` is itself, as in a browser.
            [byte, rest @ ..] => {
                decoded.push(*byte);
                rest
            }
        };
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn of(query: &str) -> Option<String> {
        Query::from_text(query)
            .get("name")
            .unwrap()
            .map(Cow::into_owned)
    }

    #[test]
    fn a_value_is_decoded_as_browsers_write_it() {
        // What `new URLSearchParams` and Alephbet's `encodeURIComponent` with `+` for `%20` make of the texts.
        assert_eq!(
            of("name=my+a%2Fb+test+%C3%A9%26%2B").unwrap(),
            "my a/b test é&+"
        );
        assert_eq!(of("name=a%3Ab%00%F0%9F%98%80").unwrap(), "a:b\0😀");
        assert_eq!(of("name=a=b").unwrap(), "a=b");
    }

    #[test]
    fn a_stray_percent_sign_is_itself() {
        assert_eq!(of("name=100%").unwrap(), "100%");
        assert_eq!(of("name=%zz%4").unwrap(), "%zz%4");
    }

    #[test]
    fn a_name_is_decoded_too_and_the_last_one_holds() {
        assert_eq!(of("n%61me=1&name=2&other=3").unwrap(), "2");
        assert_eq!(of("x=1&&=&name").unwrap(), "");
        assert_eq!(of("names=1"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_told() {
        let error = Query::from_text("name=%FF").get("name").unwrap_err();
        assert_eq!(error.to_string(), "parameter `name` is not UTF-8");
        assert_eq!(
            Query::from_text("other=%FF&name=x")
                .get("name")
                .unwrap()
                .unwrap(),
            "x"
        );
    }
}
