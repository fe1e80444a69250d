//! `variate serve`: the collector as a server of its own.

mod catalogue_files;
mod data_directory;
mod error;
mod key_file;
mod keys;
mod option_text;
mod process;
mod socket;
mod welcome;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;
use tokio::net::TcpListener;
use variate_collector::http::{
    AddressError, ApiKeys, Bots, KeyRing, NewApiKey, Role, Routes, Server,
};
use variate_collector::{Collector, EventStore, Limits, StoreError};

use self::catalogue_files::CatalogueFiles;
use self::data_directory::data_directory;
pub(crate) use self::error::ServeError;
use self::key_file::{KeyFile, Watched};
use self::keys::{Keys, make_directory};
use self::option_text::{address_and_port, at_least_one, namespace_name, session_secret};
use self::process::{end_signal, open_files};
use self::socket::listen;
use self::welcome::Welcome;
use crate::goal_options::SqlOptions;
use crate::key_options::KeyOptions;
use crate::store_url::{open_store_with, without_password};

/// How long nothing is said while the store is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often ids are forgotten that are older than the retention.
const EXPIRY: Duration = Duration::from_hours(1);

/// Fewer connections than these are worth a warning.
const FEW: usize = 1_000;

/// How long the head of a request is waited for at the longest: it is small.
const MOST_HEAD_SECONDS: u64 = 20;

/// File descriptors that are not for connections.
const OTHER_FILES: usize = 256;

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArguments {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "VARIATE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = address_and_port
    )]
    listen: String,
    /// Where to keep what is counted: dir:PATH, redis://HOST:PORT (see below) or memory: [default: dir: and `variate/events` in the
    /// user's data directory]
    #[arg(
        long,
        value_name = "STORE",
        env = "VARIATE_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<String>,
    /// A file with one API key a line, or `sha256:` and its hash; may be followed by role=read|write|admin and
    /// namespace=NAME,NAME [default: `variate/api-keys` in the user's data directory, made if there is none]
    #[arg(long, value_name = "FILE", env = "VARIATE_API_KEY_FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// An origin whose pages may send events, as in `https://shop.example`; `*` for any; may be given several times
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "VARIATE_ALLOW_ORIGIN",
        value_delimiter = ',',
        default_value = "*"
    )]
    allow_origin: Vec<String>,
    /// Another path for /track, as in /kcart, which blockers do not know; may be given several times
    #[arg(
        long,
        value_name = "PATH",
        env = "VARIATE_ALIAS",
        value_delimiter = ','
    )]
    alias: Vec<String>,
    /// The namespace of events that name none
    #[arg(
        long,
        value_name = "NAME",
        env = "VARIATE_NAMESPACE",
        default_value = "alephbet",
        value_parser = namespace_name
    )]
    namespace: String,
    /// The namespaces that whoever has no key may send events to, as in shop,blog; all but those with write keys if left out,
    /// and then anybody can make new ones, as far as the limits go
    #[arg(
        long,
        value_name = "NAME",
        env = "VARIATE_NAMESPACES",
        value_delimiter = ',',
        value_parser = namespace_name
    )]
    namespaces: Vec<String>,
    /// How many namespaces there may be
    #[arg(long, value_name = "COUNT", env = "VARIATE_MOST_NAMESPACES", default_value_t = Limits::default().namespaces, value_parser = at_least_one)]
    most_namespaces: usize,
    /// How many experiments a namespace may have
    #[arg(long, value_name = "COUNT", env = "VARIATE_MOST_EXPERIMENTS", default_value_t = Limits::default().experiments, value_parser = at_least_one)]
    most_experiments: usize,
    /// How many actions an experiment may have
    #[arg(long, value_name = "COUNT", env = "VARIATE_MOST_ACTIONS", default_value_t = Limits::default().actions, value_parser = at_least_one)]
    most_actions: usize,
    /// How many variants an experiment may have
    #[arg(long, value_name = "COUNT", env = "VARIATE_MOST_VARIANTS", default_value_t = Limits::default().variants, value_parser = at_least_one)]
    most_variants: usize,
    /// Forget random ids after so many days, and refuse events that are older; they are kept for good if left out
    #[arg(long, value_name = "DAYS", env = "VARIATE_RETENTION_DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) retention_days: Option<u32>,
    /// So many proxies are in front (1 if no number is given): believe their X-Forwarded-For
    #[arg(long, value_name = "COUNT", env = "VARIATE_TRUST_PROXY", num_args = 0..=1, require_equals = true, default_value = "0", default_missing_value = "1")]
    trust_proxy: usize,
    /// How many requests a client may send a second, with bursts of ten times as many; any number if left out
    #[arg(long, value_name = "REQUESTS", env = "VARIATE_RATE", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Do not count requests whose user agent has this in it, besides those of known bots; may be given several times
    #[arg(
        long,
        value_name = "TEXT",
        env = "VARIATE_BOT_USER_AGENT",
        value_delimiter = ','
    )]
    bot_user_agent: Vec<String>,
    /// Do not count requests from this address or range, as in 192.0.2.0/24; may be given several times
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "VARIATE_BOT_ADDRESS",
        value_delimiter = ','
    )]
    bot_address: Vec<String>,
    /// Count known bots, browsers without a screen among them
    #[arg(long, env = "VARIATE_COUNT_BOTS", value_parser = BoolishValueParser::new())]
    count_bots: bool,
    /// How many bytes the body of a request may have
    #[arg(long, value_name = "BYTES", env = "VARIATE_BODY_BYTES", default_value_t = Routes::BODY_BYTES, value_parser = at_least_one)]
    body_bytes: usize,
    /// How many events a request may have
    #[arg(long, value_name = "EVENTS", env = "VARIATE_BATCH_EVENTS", default_value_t = Routes::BATCH_EVENTS, value_parser = at_least_one)]
    batch_events: usize,
    /// How many clients may be connected at once, as far as the system allows
    #[arg(long, value_name = "COUNT", env = "VARIATE_MOST_CONNECTIONS", default_value_t = 20_000, value_parser = at_least_one)]
    most_connections: usize,
    /// How many seconds the store may take to answer, and a request to come; its head, and the next one on the same connection, at most 20
    #[arg(long, value_name = "SECONDS", env = "VARIATE_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How many seconds requests that were begun may take once it is told to end; a body of which nothing more comes is waited for
    /// one second
    #[arg(long, value_name = "SECONDS", env = "VARIATE_END_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    end_timeout: u64,
    /// Answer 200 to what fails, as Gimel and Lámed do; clients then lose events that were not counted
    #[arg(long, env = "VARIATE_LEGACY_200", value_parser = BoolishValueParser::new())]
    legacy_200: bool,
    /// Where POST /v1/backup puts copies of a store in a directory, each in a directory named by the time; a key for all
    /// namespaces asks for them
    #[arg(long, value_name = "DIR", env = "VARIATE_BACKUP_DIR")]
    backup_dir: Option<PathBuf>,
    /// A catalogue of experiments in TOML, JSON or YAML, whose metrics and plans evaluations go by; may be given several times
    #[arg(
        long,
        value_name = "FILE",
        env = "VARIATE_CATALOGUE",
        value_delimiter = ','
    )]
    catalogue: Vec<PathBuf>,
    /// What signs the sessions of the dashboard, at least 16 random bytes as text, where several processes serve the same people;
    /// random if left out, so that they log in again once it was started again
    #[arg(
        long,
        value_name = "SECRET",
        env = "VARIATE_SESSION_SECRET",
        hide_env_values = true,
        value_parser = session_secret
    )]
    session_secret: Option<String>,
    /// How programs make keys, so that the dashboard says what they decide
    #[command(flatten)]
    keying: KeyOptions,
    #[command(flatten)]
    sql: SqlOptions,
}

impl ServeArguments {
    /// Serves until it is told to end.
    pub(crate) fn serve(&self) -> Result<(), ServeError> {
        log();
        // What is wrong with the options is told before anything is opened.
        let keys = self.keys()?;
        let bots = self.bots()?;
        let catalogues = self.catalogues()?;
        let url = self.store_url()?;
        let store = open_store_with(&url, self.limits())?;
        // It may come later: until then, who sends is told to send again.
        match ready(&*store) {
            Ok(()) => {
                for warning in store.warnings() {
                    tracing::warn!("{warning}");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the store cannot count yet; events are answered 503 until it can");
            }
        }
        keys.warn();
        let connections = self.connections();
        let mut builder = Collector::builder(store);
        if let Some(days) = self.retention_days {
            builder = builder.retention_days(days);
        }
        let collector = builder.build().map_err(ServeError::Start)?;
        let ring = KeyRing::new(keys.known.clone());
        let router = self
            .routes(collector.clone(), &ring, bots, &catalogues)?
            .router();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(ServeError::Start)?;
        let served = runtime.block_on(async {
            // From here on signals end the server in order.
            let end = end_signal().map_err(ServeError::Start)?;
            let listener = self.listener().await?;
            let address = listener.local_addr().map_err(ServeError::Start)?;
            keys.keep_new()?;
            // A new file is as it was made; another one may have changed since it was read.
            let watched = match &keys.new {
                Some(_) => Watched::of(&keys.path),
                None => keys.watched,
            };
            tokio::spawn(KeyFile::new(&keys.path, watched).watch(ring));
            tokio::spawn(catalogues.watch(collector.clone()));
            let welcome = Welcome {
                address,
                store: &without_password(&url),
                namespace: &self.namespace,
                keys: &keys.path.display().to_string(),
                new_key: keys.new.as_ref().map(NewApiKey::text),
                track: self.alias.first().map_or("/track", String::as_str),
            };
            // Whoever started it may not read what it says.
            let _ = io::stdout()
                .write_all(welcome.text().as_bytes())
                .and_then(|()| io::stdout().flush());
            tokio::spawn(expire(collector.clone()));
            Server::new(router)
                .most_connections(connections)
                .head_timeout(Duration::from_secs(self.timeout.min(MOST_HEAD_SECONDS)))
                .end_timeout(Duration::from_secs(self.end_timeout))
                .serve(listener, end)
                .await;
            Ok(())
        });
        // Whatever was taken is written.
        collector.close();
        runtime.shutdown_background();
        served
    }

    /// How many names there may be.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.namespaces = self.most_namespaces;
        limits.experiments = self.most_experiments;
        limits.actions = self.most_actions;
        limits.variants = self.most_variants;
        limits
    }

    /// As many as there may be, or as many as the system allows.
    fn connections(&self) -> usize {
        let files = open_files();
        let allowed = files.saturating_sub(OTHER_FILES).max(1);
        if allowed < self.most_connections.min(FEW) {
            tracing::warn!(
                "only {allowed} clients can be connected at once, and not {}, since the system allows {files} open files; raise it with `ulimit -n` or LimitNOFILE=, or say so with --most-connections",
                self.most_connections
            );
        }
        self.most_connections.min(allowed)
    }

    pub(crate) fn routes(
        &self,
        collector: Collector,
        keys: &KeyRing,
        bots: Bots,
        catalogues: &CatalogueFiles,
    ) -> Result<Routes, ServeError> {
        let mut routes = Routes::new(collector)
            .key_ring(keys)
            .plans(catalogues.plans())
            .bots(bots)
            .namespace(&self.namespace)
            .trusted_proxies(self.trust_proxy)
            .body_bytes(self.body_bytes)
            .batch_events(self.batch_events)
            .timeout(Duration::from_secs(self.timeout))
            .legacy_200(self.legacy_200);
        for origin in &self.allow_origin {
            routes = routes.allow_origin(origin.trim())?;
        }
        for path in &self.alias {
            routes = routes.alias(path.trim())?;
        }
        for name in &self.namespaces {
            routes = routes.open_namespace(name);
        }
        if let Some(directory) = &self.backup_dir {
            routes = routes.backup_directory(directory);
        }
        if let Some(source) = self.sql.source()? {
            routes = routes.goals(source);
        }
        if let Some(rate) = self.rate {
            routes = routes.rate(rate);
        }
        if let Some(secret) = &self.session_secret {
            routes = routes.session_secret(secret);
        }
        if let Some(config) = catalogues.config() {
            routes = routes.explain_by(config);
        }
        Ok(routes)
    }

    pub(crate) fn catalogues(&self) -> Result<CatalogueFiles, ServeError> {
        CatalogueFiles::read(&self.catalogue, &self.namespace, &self.keying)
    }

    pub(crate) fn bots(&self) -> Result<Bots, AddressError> {
        let bots = if self.count_bots {
            Bots::none()
        } else {
            Bots::known()
        };
        let bots = self
            .bot_user_agent
            .iter()
            .fold(bots, |bots, part| bots.user_agent(part));
        self.bot_address
            .iter()
            .try_fold(bots, |bots, address| bots.address(address))
    }

    fn store_url(&self) -> Result<String, ServeError> {
        if let Some(url) = &self.store {
            return Ok(url.clone());
        }
        let directory = data_directory().ok_or(ServeError::NoDataDirectory("--store"))?;
        make_directory(&directory)?;
        Ok(format!("dir:{}", directory.join("events").display()))
    }

    fn keys(&self) -> Result<Keys, ServeError> {
        if let Some(path) = &self.api_key_file {
            return Keys::read(path.clone());
        }
        let directory = data_directory().ok_or(ServeError::NoDataDirectory("--api-key-file"))?;
        let path = directory.join("api-keys");
        if path.exists() {
            return Keys::read(path);
        }
        let key = NewApiKey::random();
        let known = ApiKeys::new().with(key.text(), Role::Admin, &[]);
        Ok(Keys {
            known,
            path,
            watched: None,
            new: Some(key),
        })
    }

    async fn listener(&self) -> Result<TcpListener, ServeError> {
        listen(&self.listen).await.map_err(|error| {
            let reason = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program listens there; choose another port with --listen".to_owned()
                }
                io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    "only the administrator may; choose a port from 1024 on".to_owned()
                }
                _ => error.to_string(),
            };
            let address = self.listen.clone();
            ServeError::Listen { address, reason }
        })
    }
}

/// Whether the store can count; who waits for the answer is told so.
fn ready(store: &dyn EventStore) -> Result<(), StoreError> {
    let (answered, answer) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if answer.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                tracing::warn!("the store has not answered yet; waiting for it");
            }
        });
        let is_ready = store.ready();
        drop(answered);
        is_ready
    })
}

/// Tells what goes wrong on the standard error output.
pub(crate) fn log() {
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false);
    log.with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
}

async fn expire(collector: Collector) {
    loop {
        let collector = collector.clone();
        let expired = tokio::task::spawn_blocking(move || collector.expire()).await;
        if let Ok(Err(error)) = expired {
            tracing::warn!(%error, "old ids could not be forgotten; the next try is in an hour");
        }
        tokio::time::sleep(EXPIRY).await;
    }
}
