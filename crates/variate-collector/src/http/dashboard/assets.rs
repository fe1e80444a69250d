//! Style sheet and scripts: part of the program, so that a page loads nothing from elsewhere.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use sha2::{Digest, Sha256};

/// That of reports, and what only the dashboard has.
const STYLE: &str = concat!(
    include_str!("../../live/report.css"),
    include_str!("uplot/uPlot.min.css"),
    include_str!("style.css"),
);
const SCRIPT: &str = include_str!("script.js");
/// uPlot 1.6.32 as npm has it; its licence stands beside it.
const CHART_SCRIPT: &str = concat!(
    "/*! uPlot 1.6.32, https://github.com/leeoniya/uPlot, MIT; Copyright (c) 2022 Leon Sorokin */\n",
    include_str!("uplot/uPlot.iife.min.js"),
);

/// Changes where any of them does: a browser may keep what it has under this name.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for text in [STYLE, SCRIPT, CHART_SCRIPT] {
        hash.update(text);
    }
    hex::encode(hash.finalize()).chars().take(12).collect()
});

pub(in crate::http) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(in crate::http) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(in crate::http) async fn chart_script() -> Response {
    asset("text/javascript; charset=utf-8", CHART_SCRIPT)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, kept);
    response
}
