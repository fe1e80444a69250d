use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};

use super::bots::BotSign;
use super::evaluations::Evaluations;
use super::route::Route;
use crate::{CollectorStats, EventStore, StoreError};

/// What requests came to: counted without a lock, in a table of fixed size.
#[derive(Debug)]
pub(super) struct Metrics {
    started: Instant,
    routes: Vec<OfRoute>,
    bots_by_user_agent: AtomicU64,
    bots_by_address: AtomicU64,
    pub(super) evaluations: Evaluations,
}

/// How much there is in the store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) namespaces: usize,
    pub(super) experiments: usize,
}

impl Kept {
    pub(super) fn of(store: &dyn EventStore) -> Result<Self, StoreError> {
        let namespaces = store.namespaces()?;
        let mut experiments = 0;
        for namespace in &namespaces {
            experiments += match store.experiments(namespace) {
                // `/readyz` warns of it.
                Err(StoreError::DamagedNamespace { .. }) => 0,
                all => all?.len(),
            };
        }
        Ok(Self {
            namespaces: namespaces.len(),
            experiments,
        })
    }
}

#[derive(Debug, Default)]
struct OfRoute {
    requests: [[AtomicU64; STATUSES.len()]; METHODS.len()],
    /// Not cumulative; the last one is for what took longer.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    micros: AtomicU64,
}

const METHODS: [&str; 6] = ["GET", "POST", "DELETE", "OPTIONS", "HEAD", "other"];

/// Those that are answered here; 0 stands for any other one.
const STATUSES: [u16; 16] = [
    200, 303, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503, 0,
];

/// The upper ends of the buckets, in microseconds, and in seconds as Prometheus reads them.
const BUCKETS: [(u64, &str); 12] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (5_000_000, "5"),
    (30_000_000, "30"),
];

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            routes: Route::ALL.iter().map(|_| OfRoute::default()).collect(),
            bots_by_user_agent: AtomicU64::new(0),
            bots_by_address: AtomicU64::new(0),
            evaluations: Evaluations::default(),
        }
    }

    pub(super) fn answered(
        &self,
        route: Route,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let Some(of) = self.routes.get(route as usize) else {
            return;
        };
        let place = |names: &[&str], name: &str| {
            names
                .iter()
                .position(|&other| other == name)
                .unwrap_or(names.len() - 1)
        };
        let method = place(&METHODS, method.as_str());
        let status = STATUSES
            .iter()
            .position(|&other| other == status.as_u16())
            .unwrap_or(STATUSES.len() - 1);
        if let Some(counter) = of.requests.get(method).and_then(|of| of.get(status)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.partition_point(|&(end, _)| end < micros);
        if let Some(counter) = of.buckets.get(bucket) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        of.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn met_bot(&self, sign: BotSign) {
        match sign {
            BotSign::UserAgent => &self.bots_by_user_agent,
            BotSign::Address => &self.bots_by_address,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// As Prometheus reads it; without what is kept, if the store did not tell.
    pub(super) fn to_text(&self, did: CollectorStats, kept: Option<Kept>) -> String {
        let mut text = String::new();
        // Writing into a `String` does not fail.
        let _ = self
            .write_gauges(&mut text, did, kept)
            .and_then(|()| self.write(&mut text, did))
            .and_then(|()| self.evaluations.write(&mut text));
        text
    }

    fn write_gauges(
        &self,
        out: &mut String,
        did: CollectorStats,
        kept: Option<Kept>,
    ) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: &dyn fmt::Display| {
            writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
            )
        };
        gauge(
            "variate_uptime_seconds",
            "Time since the routes were made.",
            &self.started.elapsed().as_secs(),
        )?;
        gauge(
            "variate_queue_submissions",
            "Submissions that wait for the store.",
            &did.waiting,
        )?;
        if let Some(kept) = kept {
            gauge(
                "variate_namespaces",
                "Namespaces that have experiments.",
                &kept.namespaces,
            )?;
            gauge(
                "variate_experiments",
                "Experiments of all namespaces, archived ones among them.",
                &kept.experiments,
            )?;
        }
        Ok(())
    }

    fn write(&self, out: &mut String, did: CollectorStats) -> fmt::Result {
        let head = |out: &mut String, name: &str, kind: &str, help: &str| {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
        };
        head(
            out,
            "variate_events_total",
            "counter",
            "Events by what became of them.",
        )?;
        for (outcome, count) in [
            ("counted", did.counted),
            ("duplicate", did.duplicates),
            ("archived", did.archived),
            ("refused", did.refused),
            ("failed", did.failed),
        ] {
            writeln!(out, "variate_events_total{{outcome=\"{outcome}\"}} {count}")?;
        }
        head(
            out,
            "variate_batches_total",
            "counter",
            "Batches that the store was given.",
        )?;
        writeln!(out, "variate_batches_total {}", did.batches)?;
        head(
            out,
            "variate_bot_requests_total",
            "counter",
            "Requests that were not counted because a bot sent them.",
        )?;
        for (sign, counter) in [
            ("user_agent", &self.bots_by_user_agent),
            ("address", &self.bots_by_address),
        ] {
            let count = counter.load(Ordering::Relaxed);
            writeln!(
                out,
                "variate_bot_requests_total{{known_by=\"{sign}\"}} {count}"
            )?;
        }
        head(
            out,
            "variate_http_requests_total",
            "counter",
            "Requests by route, method and status.",
        )?;
        for (route, of) in Route::ALL.iter().zip(&self.routes) {
            for (method, of) in METHODS.iter().zip(&of.requests) {
                for (code, counter) in STATUSES.iter().zip(of) {
                    let count = counter.load(Ordering::Relaxed);
                    if count > 0 {
                        let code: &dyn fmt::Display = if *code == 0 { &"other" } else { code };
                        writeln!(
                            out,
                            "variate_http_requests_total{{route=\"{}\",method=\"{method}\",status=\"{code}\"}} {count}",
                            route.path()
                        )?;
                    }
                }
            }
        }
        let name = "variate_http_request_duration_seconds";
        head(
            out,
            name,
            "histogram",
            "Time from a request's head to its answer's.",
        )?;
        for (route, of) in Route::ALL.iter().zip(&self.routes) {
            let route = route.path();
            let read = |bucket: &AtomicU64| bucket.load(Ordering::Relaxed);
            if of.buckets.iter().all(|bucket| read(bucket) == 0) {
                continue;
            }
            let mut count = 0;
            let ends = BUCKETS.iter().map(|(_, end)| *end).chain(["+Inf"]);
            for (end, bucket) in ends.zip(&of.buckets) {
                count += read(bucket);
                writeln!(
                    out,
                    "{name}_bucket{{route=\"{route}\",le=\"{end}\"}} {count}"
                )?;
            }
            let micros = of.micros.load(Ordering::Relaxed);
            writeln!(
                out,
                "{name}_sum{{route=\"{route}\"}} {}.{:06}",
                micros / 1_000_000,
                micros % 1_000_000
            )?;
            writeln!(out, "{name}_count{{route=\"{route}\"}} {count}")?;
        }
        Ok(())
    }
}
