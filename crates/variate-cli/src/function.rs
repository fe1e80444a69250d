//! `variate` as a function of AWS Lambda.

use std::env;
use std::io;

use clap::{CommandFactory, FromArgMatches, Parser};
use variate_collector::Collector;
use variate_collector::http::{ApiKeys, ApiKeysError, KeyRing, NewApiKey, Role};
use variate_collector::lambda::{FlatRoute, Function, LambdaError};

use crate::environment::{naming_variables, without_empty_variables};
use crate::serve::{ServeArguments, ServeError};
use crate::store_url::{StoreUrlError, open_store_with};

/// What `variate serve` reads from the environment.
#[derive(Debug, Parser)]
#[command(name = "variate")]
struct Environment {
    #[command(flatten)]
    serve: ServeArguments,
}

/// Why there is no function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionError {
    #[error("{0}")]
    Environment(clap::Error),
    #[error(
        "VARIATE_STORE is not set: a function's store is on Redis or Valkey, as in redis://host:6379"
    )]
    NoStore,
    #[error(
        "VARIATE_STORE is `{scheme}:`, which a function would forget with its sandbox: its store is on Redis or Valkey, as in \
         redis://host:6379"
    )]
    Store { scheme: String },
    #[error("the API keys in VARIATE_API_KEYS make no sense: {0}")]
    Keys(ApiKeysError),
    #[error(transparent)]
    KeyFile(#[from] ApiKeysError),
    #[error(transparent)]
    StoreUrl(#[from] StoreUrlError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("cannot start: {0}")]
    Start(io::Error),
    #[error(transparent)]
    Lambda(#[from] LambdaError),
}

/// Answers invocations, configured by the environment only.
pub(crate) fn run() -> Result<(), FunctionError> {
    crate::serve::log();
    // Without arguments, since AWS gives none.
    let environment = without_empty_variables(Environment::command())
        .try_get_matches_from_mut(["variate"])
        .and_then(|matches| Environment::from_arg_matches(&matches))
        .map_err(|error| FunctionError::Environment(naming_variables(error, [].into_iter())));
    let arguments = environment?.serve;
    let store = arguments.store.as_deref().ok_or(FunctionError::NoStore)?;
    if let Some((scheme @ ("dir" | "memory"), _)) = store.split_once(':') {
        let scheme = scheme.to_owned();
        return Err(FunctionError::Store { scheme });
    }
    let mut keys = keys(&arguments)?;
    let flat = env::var("_HANDLER")
        .ok()
        .as_deref()
        .and_then(FlatRoute::of_handler);
    let flat = flat.map(|route| (route, NewApiKey::random()));
    if let Some((_, key)) = &flat {
        keys = keys.with(key.text(), Role::Admin, &[]);
    }
    // Which asks the server when the first event comes, and opens connections again after a freeze.
    let mut builder = Collector::builder(open_store_with(store, arguments.limits())?);
    if let Some(days) = arguments.retention_days {
        builder = builder.retention_days(days);
    }
    let collector = builder.build().map_err(FunctionError::Start)?;
    let bots = arguments.bots().map_err(ServeError::from)?;
    let catalogues = arguments.catalogues()?;
    catalogues.keep_pairs(&collector);
    let router = arguments
        .routes(collector, &KeyRing::new(keys), bots, &catalogues)?
        .router();
    let mut function = Function::new(router);
    if let Ok(path) = env::var("VARIATE_BASE_PATH") {
        function = function.base_path(path);
    }
    if let Some((route, key)) = flat {
        function = function.flat_events(route, key.text());
    }
    // One invocation at a time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Ok(runtime
        .map_err(FunctionError::Start)?
        .block_on(function.run())?)
}

/// Those of `VARIATE_API_KEYS`, or of a file that is packed with the function.
fn keys(arguments: &ServeArguments) -> Result<ApiKeys, FunctionError> {
    let set = env::var("VARIATE_API_KEYS")
        .ok()
        .filter(|text| !text.is_empty());
    if let Some(text) = set {
        return ApiKeys::parse(&text).map_err(FunctionError::Keys);
    }
    match &arguments.api_key_file {
        Some(path) => Ok(ApiKeys::from_file(path)?),
        None => Ok(ApiKeys::new()),
    }
}
