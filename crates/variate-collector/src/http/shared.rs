use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Extensions, HeaderMap, StatusCode};
use tokio::sync::{Mutex, Semaphore};

use super::api_keys::{Role, Shown};
use super::body_room::BodyRoom;
use super::bots::Bots;
use super::client;
use super::evaluate::HostGoals;
use super::key_ring::KeyRing;
use super::metrics::{Kept, Metrics};
use super::origins::Origins;
use super::problem::Problem;
use super::query::Query;
use super::rate::Rate;
use crate::live::Plans;
use crate::{Collector, EventStore, NewEvent, Outcome};

/// How many requests read or change the store at once; the others wait.
const MOST_READERS: usize = 32;

/// How long it is good enough what the store said about how much there is in it.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// How long to wait for that.
const KEPT_WITHIN: Duration = Duration::from_secs(1);

/// What all routes know.
pub(super) struct Shared {
    pub(super) collector: Collector,
    pub(super) keys: KeyRing,
    /// The namespaces that are open to whoever has no key; all where there is none.
    pub(super) open_namespaces: Vec<String>,
    pub(super) origins: Origins,
    pub(super) namespace: String,
    pub(super) aliases: Vec<String>,
    pub(super) rate: Option<Rate>,
    pub(super) proxies: usize,
    pub(super) bots: Bots,
    pub(super) legacy_200: bool,
    pub(super) body_bytes: usize,
    pub(super) batch_events: usize,
    pub(super) timeout: Duration,
    pub(super) metrics: Metrics,
    pub(super) kept: Mutex<Option<(Instant, Option<Kept>)>>,
    pub(super) readers: Arc<Semaphore>,
    /// Whose goals are asked for where the collector has none.
    pub(super) goals: Option<HostGoals>,
    /// What is declared of experiments.
    pub(super) plans: Plans,
    #[cfg(feature = "dashboard")]
    pub(super) dashboard: super::dashboard::Dashboard,
    /// How many evaluations run at once: one on each processor.
    pub(super) evaluators: Arc<Semaphore>,
    pub(super) backup_directory: Option<PathBuf>,
    /// One is made at a time.
    pub(super) backups: Arc<Semaphore>,
    pub(super) body_room: BodyRoom,
}

impl Shared {
    pub(super) fn readers() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(MOST_READERS))
    }

    pub(super) fn evaluators() -> Arc<Semaphore> {
        let processors = std::thread::available_parallelism();
        Arc::new(Semaphore::new(processors.map_or(1, Into::into)))
    }

    /// The namespace that a request asks for.
    pub(super) fn namespace(&self, query: Query<'_>) -> Result<String, Problem> {
        let named = query.get("namespace")?.filter(|name| !name.is_empty());
        Ok(named.map_or_else(|| self.namespace.clone(), Into::into))
    }

    /// That a request may do this in a namespace.
    pub(super) fn permit(
        &self,
        headers: &HeaderMap,
        role: Role,
        namespace: &str,
    ) -> Result<(), Problem> {
        if self.may(&self.keys.shown_in(headers), role, namespace) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    /// Whether whoever shows this key, or none, may do this in a namespace.
    pub(super) fn may(&self, shown: &Shown, role: Role, namespace: &str) -> bool {
        let open = &self.open_namespaces;
        let is_open = || {
            role == Role::Write
                && !shown.is_closed(namespace)
                && (open.is_empty() || open.iter().any(|name| name == namespace))
        };
        shown.is_for(role, namespace) || is_open()
    }

    /// Whether there is any namespace that this one may send events to.
    pub(super) fn may_send_somewhere(&self, shown: &Shown) -> bool {
        let open = &self.open_namespaces;
        shown.is_sender()
            || if open.is_empty() {
                !shown.are_all_closed()
            } else {
                open.iter().any(|name| !shown.is_closed(name))
            }
    }

    /// Whether a request comes from a bot, which is answered and not counted.
    pub(super) fn is_bot(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        if self.keys.shown_in(headers).is_sender() {
            return false;
        }
        let address = client::address(headers, extensions, self.proxies);
        let sign = self.bots.know(headers, address);
        if let Some(sign) = sign {
            self.metrics.met_bot(sign);
        }
        sign.is_some()
    }

    /// What became of events, once it is durable.
    pub(super) async fn count(
        &self,
        events: Vec<NewEvent<'static>>,
    ) -> Result<Vec<Outcome>, Problem> {
        let submission = self.collector.submit(events)?;
        Ok(self.within(submission).await??)
    }

    /// Asks the store on a thread that may block.
    pub(super) async fn ask<A, E>(
        &self,
        question: impl FnOnce(&dyn EventStore) -> Result<A, E> + Send + 'static,
    ) -> Result<A, Problem>
    where
        A: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let reader = self
            .within(Arc::clone(&self.readers).acquire_owned())
            .await?;
        let store = Arc::clone(self.collector.store());
        let answer = tokio::task::spawn_blocking(move || {
            // Held until the store has answered, even where nobody waits for it any more.
            let _reader = reader;
            question(&*store)
        });
        match self.within(answer).await? {
            Ok(answer) => answer.map_err(Into::into),
            Err(error) => {
                tracing::error!(%error, "the store of events panicked");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Err(Problem::new(
                    status,
                    "the store of events failed unexpectedly",
                ))
            }
        }
    }

    /// Computes what takes its time: as much at once as there are processors.
    pub(super) async fn compute<A: Send + 'static>(
        &self,
        computation: impl FnOnce() -> A + Send + 'static,
    ) -> Result<A, Problem> {
        let evaluator = self
            .within(Arc::clone(&self.evaluators).acquire_owned())
            .await?;
        let computed = tokio::task::spawn_blocking(move || {
            // Held until it is done, even where nobody waits for it any more.
            let _evaluator = evaluator;
            computation()
        });
        self.within(computed).await?.map_err(|error| {
            tracing::error!(%error, "an evaluation panicked");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Problem::new(status, "the evaluation failed unexpectedly")
        })
    }

    /// How much there is in the store, as of half a minute ago at most: who asks needs no key. `None` if the store does not
    /// tell soon.
    pub(super) async fn kept(&self) -> Option<Kept> {
        // Who comes while another one asks waits for that answer, or goes without.
        let asked = async {
            let mut last = self.kept.lock().await;
            if last.is_none_or(|(at, _)| at.elapsed() >= KEPT_FOR) {
                // Also where it takes too long: it is not asked again at once.
                *last = Some((Instant::now(), None));
                let kept = self.ask(|store| Kept::of(store)).await.ok();
                *last = Some((Instant::now(), kept));
            }
            last.and_then(|(_, kept)| kept)
        };
        tokio::time::timeout(KEPT_WITHIN, asked).await.ok()?
    }

    async fn within<A>(&self, future: impl Future<Output = A>) -> Result<A, Problem> {
        tokio::time::timeout(self.timeout, future)
            .await
            .map_err(|_| {
                let seconds = self.timeout.as_secs_f32();
                Problem::unavailable(format!(
                    "the store of events did not answer within {seconds} s"
                ))
            })
    }
}
