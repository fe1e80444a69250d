use std::ops::Deref;

use crate::Config;

/// A configuration, borrowed where it can be: cloning it would cost a shared counter.
#[derive(Clone)]
pub(crate) enum ConfigRef<'a> {
    Borrowed(&'a Config),
    Shared(Config),
}

impl Deref for ConfigRef<'_> {
    type Target = Config;

    #[inline]
    fn deref(&self) -> &Config {
        match self {
            Self::Borrowed(config) => config,
            Self::Shared(config) => config,
        }
    }
}
