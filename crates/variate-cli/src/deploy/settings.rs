//! The file with what a deployment needs to know.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use variate_collector::http::Routes;
use variate_collector::{Collector, MemoryStore};

use crate::store_url::as_redis;

/// What a new file says.
pub(crate) const TEMPLATE: &str = include_str!("deploy.toml");

/// What a deployment needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) binary: Option<PathBuf>,
    pub(crate) endpoint: Endpoint,
    pub(crate) allow_origin: String,
    pub(crate) api_keys_parameter: String,
    pub(crate) store_secret: String,
    pub(crate) store: Option<String>,
    pub(crate) memory_size: u32,
    pub(crate) timeout: u32,
    pub(crate) log_retention_days: u32,
    pub(crate) subnets: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) base_path: String,
    pub(crate) namespace: String,
    pub(crate) alias: String,
    pub(crate) retention_days: Option<u32>,
    pub(crate) trust_proxy: Option<u32>,
    pub(crate) rate: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Endpoint {
    FunctionUrl,
    HttpApi,
}

impl Endpoint {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FunctionUrl => "function-url",
            Self::HttpApi => "http-api",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "variate".to_owned(),
            region: None,
            profile: None,
            bucket: None,
            binary: None,
            endpoint: Endpoint::FunctionUrl,
            allow_origin: "*".to_owned(),
            api_keys_parameter: "/variate/api-keys".to_owned(),
            store_secret: "variate/store".to_owned(),
            store: None,
            memory_size: 256,
            timeout: 10,
            log_retention_days: 30,
            subnets: Vec::new(),
            security_groups: Vec::new(),
            base_path: String::new(),
            namespace: String::new(),
            alias: String::new(),
            retention_days: None,
            trust_proxy: None,
            rate: None,
        }
    }
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("there is no directory for settings: set HOME or XDG_CONFIG_HOME, or give --file")]
    NoDirectory,
    #[error("{path}: {error}", path = .path.display())]
    File { path: PathBuf, error: io::Error },
    #[error(
        "{path} may be read or written by others (its mode is {mode:03o}): chmod 600 {path}",
        path = .path.display()
    )]
    Open { path: PathBuf, mode: u32 },
    #[error("--{key}: {problem}")]
    Option { key: &'static str, problem: String },
    #[error("{path}:{line}:{column}: {problem}", path = .path.display())]
    Invalid {
        path: PathBuf,
        line: usize,
        column: usize,
        problem: String,
    },
}

/// The file that is given, or the user's own.
pub(crate) fn path_of(given: Option<&Path>) -> Result<PathBuf, SettingsError> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let of = |variable| env::var_os(variable).filter(|path| !path.is_empty());
    let directory = of("XDG_CONFIG_HOME").map(PathBuf::from);
    let directory = directory.or_else(|| Some(PathBuf::from(of("HOME")?).join(".config")));
    let directory = directory.ok_or(SettingsError::NoDirectory)?;
    Ok(directory.join("variate").join("deploy.toml"))
}

impl Settings {
    /// Of the file that is given, which must be there, or of the user's own, which need not.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, SettingsError> {
        let path = path_of(given)?;
        match Self::read(&path) {
            Err(SettingsError::File { error, .. })
                if given.is_none() && error.kind() == io::ErrorKind::NotFound =>
            {
                Ok(Self::default())
            }
            read => read,
        }
    }

    pub(crate) fn read(path: &Path) -> Result<Self, SettingsError> {
        check_mode(path)?;
        let text = fs::read_to_string(path).map_err(|error| file_error(path, error))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let invalid = |at: usize, problem: String| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.rsplit('\n').next().unwrap_or_default();
            SettingsError::Invalid {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                problem,
            }
        };
        let settings: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            invalid(at, error.message().to_owned())
        })?;
        match settings.problem() {
            None => Ok(settings),
            Some((key, problem)) => {
                // Where the line begins that sets it.
                let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
                    *at += line.len();
                    Some((*at - line.len(), line))
                });
                let line = lines.find(|(_, line)| {
                    let rest = line.trim_start().strip_prefix(key);
                    rest.is_some_and(|rest| rest.trim_start().starts_with('='))
                });
                let at = line.map_or(0, |(at, _)| at);
                Err(invalid(at, format!("{key}: {problem}")))
            }
        }
    }

    /// The first value that AWS would refuse, and why.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let is_name = |text: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !text.is_empty() && text.chars().all(fits)
        };
        // A stack's name begins with a letter and has no underscores.
        if !is_name(&self.name, "-")
            || self.name.len() > 64
            || !self.name.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let problem = "must be a letter and up to 63 letters, digits and hyphens";
            return Some(("name", problem.to_owned()));
        }
        if let Some(region) = &self.region
            && !is_region(region)
        {
            return Some((
                "region",
                format!("`{region}` is no region, such as eu-central-1"),
            ));
        }
        if let Some(bucket) = &self.bucket
            && (!is_name(bucket, ".-") || !(3..=63).contains(&bucket.len()))
        {
            let problem = format!("`{bucket}` is no bucket: say the name of one, or leave it out");
            return Some(("bucket", problem));
        }
        // They stand in a reference, which braces or spaces would end.
        if !is_name(&self.api_keys_parameter, "/_.-") {
            return Some(("api_keys_parameter", "is no name of a parameter".to_owned()));
        }
        if !is_name(&self.store_secret, "/_+=.@:-") {
            return Some(("store_secret", "is no name of a secret".to_owned()));
        }
        if let Some(store) = &self.store
            && !as_redis(store).starts_with("redis://")
            && !as_redis(store).starts_with("rediss://")
        {
            let problem =
                "must begin with redis:// or rediss://, as a function keeps nothing itself";
            return Some(("store", problem.to_owned()));
        }
        if !(128..=10_240).contains(&self.memory_size) {
            return Some(("memory_size", "must be 128 to 10240 megabytes".to_owned()));
        }
        // The function gives the store 4 seconds, and the first invocation takes a while to begin.
        if !(6..=29).contains(&self.timeout) {
            return Some(("timeout", "must be 6 to 29 seconds".to_owned()));
        }
        if !RETENTIONS.contains(&self.log_retention_days) {
            let problem = format!("must be one of {RETENTIONS:?}");
            return Some(("log_retention_days", problem));
        }
        if !self.subnets.is_empty() && self.security_groups.is_empty() {
            let problem = "must name one, as there are subnets".to_owned();
            return Some(("security_groups", problem));
        }
        if !self.base_path.is_empty() && !self.base_path.starts_with('/') {
            return Some(("base_path", "must begin with a slash".to_owned()));
        }
        if self.namespace.len() > 255 {
            return Some(("namespace", "must have at most 255 bytes".to_owned()));
        }
        for (key, days_or_requests) in
            [("retention_days", self.retention_days), ("rate", self.rate)]
        {
            if days_or_requests == Some(0) {
                return Some((key, "must be at least 1, or left out".to_owned()));
            }
        }
        self.problem_of_routes()
    }

    /// What the function would end with when it starts.
    fn problem_of_routes(&self) -> Option<(&'static str, String)> {
        let collector = Collector::new(MemoryStore::new()).ok()?;
        for origin in self.allow_origin.split(',').map(str::trim) {
            if let Err(error) = Routes::new(collector.clone()).allow_origin(origin) {
                return Some(("allow_origin", error.to_string()));
            }
        }
        if self.alias.is_empty() {
            return None;
        }
        let mut paths = self.alias.split(',').map(str::trim);
        let error = paths.find_map(|path| Routes::new(collector.clone()).alias(path).err())?;
        Some(("alias", error.to_string()))
    }

    /// What the function is told besides, by the template's parameter and the module's variable; empty where it is not set.
    pub(super) fn more(&self) -> [(&'static str, &'static str, String); 6] {
        let or_empty =
            |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        [
            ("BasePath", "base_path", self.base_path.clone()),
            ("Namespace", "namespace", self.namespace.clone()),
            ("Alias", "alias", self.alias.clone()),
            (
                "RetentionDays",
                "retention_days",
                or_empty(self.retention_days),
            ),
            ("TrustProxy", "trust_proxy", or_empty(self.trust_proxy)),
            ("Rate", "rate", or_empty(self.rate)),
        ]
    }
}

/// Those that AWS knows, up to two years.
const RETENTIONS: [u32; 15] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
];

/// Whether it looks like one: `eu-central-1`, `us-gov-west-1`.
pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            (2..=4).contains(&words.len())
                && words.iter().all(is_word)
                && !number.is_empty()
                && number.chars().all(|c| c.is_ascii_digit())
        }
        None => false,
    }
}

/// Refuses a file that others may read.
pub(crate) fn check_mode(path: &Path) -> Result<(), SettingsError> {
    let metadata = fs::metadata(path).map_err(|error| file_error(path, error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(SettingsError::Open { path, mode });
        }
    }
    let _ = metadata;
    Ok(())
}

pub(crate) fn file_error(path: &Path, error: io::Error) -> SettingsError {
    SettingsError::File {
        path: path.to_owned(),
        error,
    }
}
