use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The address that a request comes from; `None` where the host does not tell.
///
/// Each proxy writes behind `X-Forwarded-For` who it was asked by: with `n` of them that are ours, the `n`th from the end was
/// written by the outermost, and anything before it by whoever sent the request.
pub(super) fn address(
    headers: &HeaderMap,
    extensions: &Extensions,
    proxies: usize,
) -> Option<IpAddr> {
    let peer = || {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip())
    };
    let Some(nth) = proxies.checked_sub(1) else {
        return peer();
    };
    let values = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let all: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    match all.iter().rev().nth(nth) {
        // Whatever stands there, somebody asks.
        Some(text) => parse(text.trim()).or_else(peer),
        None => peer(),
    }
}

/// Some proxies write a port.
fn parse(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn of(values: &[&'static str], proxies: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                "x-forwarded-for",
                axum::http::HeaderValue::from_static(value),
            );
        }
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo("127.0.0.1:4000".parse::<SocketAddr>().unwrap()));
        address(&headers, &extensions, proxies).unwrap().to_string()
    }

    #[test]
    fn what_a_client_writes_is_not_believed() {
        assert_eq!(of(&["192.0.2.1"], 0), "127.0.0.1");
        assert_eq!(of(&["192.0.2.1, 192.0.2.2"], 1), "192.0.2.2");
        assert_eq!(of(&["192.0.2.1", "192.0.2.2,192.0.2.3"], 2), "192.0.2.2");
    }

    #[test]
    fn without_the_header_the_peer_is_the_client() {
        assert_eq!(of(&[], 1), "127.0.0.1");
        assert_eq!(of(&["192.0.2.1"], 2), "127.0.0.1");
    }

    #[test]
    fn where_the_header_names_no_address_the_peer_is_the_client() {
        for nonsense in ["unknown", "", "192.0.2.1, _hidden", "192.0.2.999"] {
            assert_eq!(of(&[nonsense], 1), "127.0.0.1", "{nonsense}");
        }
    }

    #[test]
    fn a_port_is_left_out() {
        assert_eq!(of(&["192.0.2.1:4711"], 1), "192.0.2.1");
        assert_eq!(of(&["[2001:db8::1]:4711"], 1), "2001:db8::1");
        assert_eq!(of(&["2001:db8::1"], 1), "2001:db8::1");
    }
}
