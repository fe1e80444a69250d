use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Uri};

/// The origins whose pages may send events and read answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    /// Any where it is empty.
    listed: Vec<String>,
    is_any: bool,
}

/// Why a text cannot be allowed as an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no origin: it must be `*`, or a scheme and a host as in `https://shop.example`, with nothing behind them and no `*` in them"
)]
pub struct OriginError {
    text: String,
}

/// What is told of the origin of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Pages of any origin may read the answer.
    Any,
    /// Pages of this origin may.
    Only(HeaderValue),
    /// It comes from no page, or from one of this very host.
    Own,
    /// A page of another origin asked.
    Stranger(HeaderValue),
}

impl Origins {
    pub(super) fn allow(&mut self, text: &str) -> Result<(), OriginError> {
        if text == "*" {
            self.is_any = true;
            return Ok(());
        }
        let error = || OriginError {
            text: text.to_owned(),
        };
        let uri: Uri = text.parse().map_err(|_| error())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(error());
        };
        let is_bare =
            uri.path() == "/" && uri.query().is_none() && !text.ends_with(['/', '?', '#']);
        if !is_bare || authority.as_str().contains(['@', '*']) {
            return Err(error());
        }
        // Browsers leave out the port that goes without saying.
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(error()),
        };
        let authority = authority.as_str().to_ascii_lowercase();
        let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
        self.listed.push(format!("{scheme}://{authority}"));
        Ok(())
    }

    pub(super) fn verdict(&self, headers: &HeaderMap) -> Verdict {
        let is_any = self.is_any || self.listed.is_empty();
        let Some(origin) = headers.get(ORIGIN) else {
            return if is_any { Verdict::Any } else { Verdict::Own };
        };
        let is_listed = |origin: &str| self.listed.iter().any(|listed| listed == origin);
        match origin.to_str() {
            _ if is_any => Verdict::Any,
            Ok(text) if is_listed(text) => Verdict::Only(origin.clone()),
            Ok(text) if is_own(text, headers) => Verdict::Own,
            _ => Verdict::Stranger(origin.clone()),
        }
    }
}

fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let of_origin = origin.split_once("://").map(|(_, host)| host.as_bytes());
    host.is_some() && host == of_origin
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_origin_is_told() {
        for text in [
            "",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/x",
            "ftp://shop.example",
            "https://a@shop.example",
            "https://*.shop.example x",
            "https://*.shop.example",
            "null",
        ] {
            let error = Origins::default().allow(text).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{text}` is no origin")),
                "{error}"
            );
        }
    }

    #[test]
    fn an_origin_is_compared_as_browsers_write_it() {
        let mut origins = Origins::default();
        origins.allow("https://Shop.Example:443").unwrap();
        let verdict = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("collector.example"));
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            origins.verdict(&headers)
        };
        let only = Verdict::Only(HeaderValue::from_static("https://shop.example"));
        assert_eq!(verdict("https://shop.example"), only);
        assert_eq!(verdict("https://collector.example"), Verdict::Own);
        assert!(matches!(
            verdict("http://shop.example"),
            Verdict::Stranger(_)
        ));
        assert!(matches!(
            verdict("https://shop.example.evil"),
            Verdict::Stranger(_)
        ));
        assert!(matches!(verdict("null"), Verdict::Stranger(_)));
        assert_eq!(origins.verdict(&HeaderMap::new()), Verdict::Own);
    }

    #[test]
    fn without_a_list_any_origin_will_do() {
        assert_eq!(Origins::default().verdict(&HeaderMap::new()), Verdict::Any);
    }
}
