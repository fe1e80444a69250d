use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};

use crate::Config;
use crate::config::ConfigRef;

static INSTALLED: OnceLock<Config> = OnceLock::new();
static DEFAULT: LazyLock<Config> = LazyLock::new(Config::default);

/// How many scopes of [`with_config`] are open in the process; while it is 0 no thread looks for its own.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SCOPED: RefCell<Vec<Config>> = const { RefCell::new(Vec::new()) };
}

/// Installs the configuration of the process, once: what [`experiment`](crate::experiment()) uses from then on.
///
/// Before, and without it, experiments use [`Config::default`].
///
/// # Errors
///
/// When one is installed already: it stays, and the error gives the new one back.
pub fn init(config: Config) -> Result<(), InitError> {
    INSTALLED.set(config).map_err(InitError)
}

/// A configuration was installed already; this one comes back.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a configuration is installed already: call `init` once, at the start of the process")]
pub struct InitError(Config);

impl InitError {
    /// The configuration that was not installed.
    pub fn into_config(self) -> Config {
        self.0
    }
}

/// Runs `scope` with `config` in place of the process's configuration, on this thread only.
///
/// For tests. Threads that `scope` starts do not see it: hand them the configuration itself, with
/// [`Config::experiment`]. Neither does a future that `scope` returns, since it runs later:
/// [`with_config_async`] is for those. While a thread shuts down, there are no scopes any more.
///
/// ```
/// use variate::{Config, always_candidate, context, experiment, with_config};
///
/// let config = Config::builder().resolver(always_candidate()).build()?;
/// let label = with_config(&config, || {
///     experiment("toggle", context! {}).use_(|| "switch").try_(|| "button").run()
/// });
/// assert_eq!(label, "button");
/// # Ok::<(), variate::ConfigError>(())
/// ```
pub fn with_config<R>(config: &Config, scope: impl FnOnce() -> R) -> R {
    let _guard = Scope::open(config.clone());
    scope()
}

/// Runs a future with `config` in place of the process's configuration, wherever it is polled.
///
/// ```
/// use variate::{Config, always_candidate, context, experiment, with_config_async};
///
/// async fn label() -> &'static str {
///     experiment("toggle", context! {}).use_(|| "switch").try_(|| "button").run()
/// }
///
/// let config = Config::builder().resolver(always_candidate()).build()?;
/// assert_eq!(pollster::block_on(with_config_async(&config, label())), "button");
/// # Ok::<(), variate::ConfigError>(())
/// ```
pub async fn with_config_async<F: Future>(config: &Config, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|polled| with_config(config, || future.as_mut().poll(polled))).await
}

/// The configuration in force here: the innermost [`with_config`], or the installed one, or the default.
pub fn config() -> Config {
    (*current()).clone()
}

#[inline]
pub(crate) fn current() -> ConfigRef<'static> {
    if SCOPES.load(Ordering::Relaxed) > 0
        && let Some(config) = scoped()
    {
        return ConfigRef::Shared(config);
    }
    ConfigRef::Borrowed(INSTALLED.get().unwrap_or_else(|| &*DEFAULT))
}

#[cold]
fn scoped() -> Option<Config> {
    // While a thread shuts down there is no scope any more.
    SCOPED
        .try_with(|scoped| scoped.borrow().last().cloned())
        .ok()
        .flatten()
}

struct Scope;

impl Scope {
    fn open(config: Config) -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        let _ = SCOPED.try_with(|scoped| scoped.borrow_mut().push(config));
        Self
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let _ = SCOPED.try_with(|scoped| scoped.borrow_mut().pop());
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}
