//! The options that say how contexts become keys.

use std::env::{self, VarError};

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use variate::{
    Canonical, Config, ConfigBuilder, GitlabCom, GitlabV0, GitlabV2, Keyed, NoTracker, ShaBits,
};

use crate::arguments::{Unusable, conflict, unusable};

/// Where a secret may stand without being seen by others.
const SECRET_VARIABLE: &str = "VARIATE_SECRET";

#[derive(Debug, Clone, Args)]
pub(crate) struct KeyOptions {
    /// How a context becomes a key
    #[arg(long, value_enum, default_value_t)]
    scheme: Scheme,
    /// The secret of keyed (at least 16 bytes) or gitlab-v2
    ///
    /// Other users of this machine can see command lines: the environment variable `VARIATE_SECRET`,
    /// which is read where this option is left out, is safer.
    #[arg(long)]
    secret: Option<String>,
    /// How many bits a gitlab-v2 key has; 256 if left out
    #[arg(long, value_enum)]
    bits: Option<Bits>,
    /// Put before every experiment's name, with `_` between
    #[arg(long)]
    prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Scheme {
    /// MD5, free of collisions by construction
    #[default]
    Canonical,
    /// HMAC-SHA-256 under a secret
    Keyed,
    /// gitlab-experiment 0.2.0
    GitlabV0,
    /// gitlab-experiment 2.0.0
    GitlabV2,
    /// GitLab's own application
    GitlabCom,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bits {
    #[value(name = "256")]
    Sha256,
    #[value(name = "384")]
    Sha384,
    #[value(name = "512")]
    Sha512,
}

impl KeyOptions {
    /// A configuration with the prefix and the key scheme, that tracks nothing.
    pub(crate) fn builder(&self) -> Result<ConfigBuilder, Unusable> {
        let takes_secret = matches!(self.scheme, Scheme::Keyed | Scheme::GitlabV2);
        if self.secret.is_some() && !takes_secret {
            return Err(conflict(
                "--secret is only for --scheme keyed and gitlab-v2: leave it out",
            ));
        }
        if self.bits.is_some() && self.scheme != Scheme::GitlabV2 {
            return Err(conflict(
                "--bits is only for --scheme gitlab-v2: leave it out",
            ));
        }
        let builder = Config::builder().tracker(NoTracker::new());
        let builder = match &self.prefix {
            Some(prefix) => builder.name_prefix(prefix),
            None => builder,
        };
        Ok(match self.scheme {
            Scheme::Canonical => builder.key_scheme(Canonical),
            Scheme::Keyed => builder.key_scheme(self.keyed()?),
            Scheme::GitlabV0 => builder.key_scheme(GitlabV0),
            Scheme::GitlabV2 => builder.key_scheme(
                GitlabV2::new()
                    .secret(self.secret()?.unwrap_or_default())
                    .bits(match self.bits {
                        None | Some(Bits::Sha256) => ShaBits::Sha256,
                        Some(Bits::Sha384) => ShaBits::Sha384,
                        Some(Bits::Sha512) => ShaBits::Sha512,
                    }),
            ),
            Scheme::GitlabCom => builder.key_scheme(GitlabCom),
        })
    }

    /// What comes before every experiment's name.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// The scheme that catalogues may call `keyed`, where there is a secret for it.
    pub(crate) fn keyed_if_secret(&self) -> Result<Option<Keyed>, Unusable> {
        // That of gitlab-v2 may be shorter.
        if self.scheme == Scheme::GitlabV2 {
            return Ok(None);
        }
        let keyed = self.secret()?.map(Keyed::new).transpose();
        keyed.map_err(|error| unusable(&error))
    }

    fn keyed(&self) -> Result<Keyed, Unusable> {
        let secret = self.secret()?.ok_or_else(|| {
            let message =
                format!("--scheme keyed needs a secret: set {SECRET_VARIABLE} or give --secret");
            (ErrorKind::MissingRequiredArgument, message)
        })?;
        Keyed::new(secret).map_err(|error| unusable(&error))
    }

    /// The secret of the option or, where that is left out, of the environment.
    fn secret(&self) -> Result<Option<String>, Unusable> {
        if self.secret.is_some() {
            return Ok(self.secret.clone());
        }
        match env::var(SECRET_VARIABLE) {
            Ok(secret) => Ok(Some(secret).filter(|secret| !secret.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err((
                ErrorKind::InvalidUtf8,
                format!(
                    "{SECRET_VARIABLE} is not UTF-8: encode the secret, for example in hexadecimal"
                ),
            )),
        }
    }
}
