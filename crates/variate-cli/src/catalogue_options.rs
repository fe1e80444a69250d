//! The options that name catalogues.

use std::path::PathBuf;

use clap::Args;
use variate::{Canonical, Catalogue, ConfigBuilder, Keyed};
use variate_simulation::EmptyStore;

use crate::arguments::{Unusable, unusable};

#[derive(Debug, Args)]
pub(crate) struct CatalogueOptions {
    /// A catalogue of experiments in TOML, JSON or YAML; may be given several times
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
}

impl CatalogueOptions {
    /// Adds the experiments of the catalogues, if any are given.
    pub(crate) fn apply(
        &self,
        mut builder: ConfigBuilder,
        keyed: impl FnOnce() -> Result<Option<Keyed>, Unusable>,
    ) -> Result<ConfigBuilder, Unusable> {
        if self.catalogue.is_empty() {
            return Ok(builder);
        }
        if let Some(scheme) = keyed()? {
            builder = builder.named_key_scheme("keyed", scheme);
        }
        for path in &self.catalogue {
            let catalogue = Catalogue::from_path(path).map_err(|error| unusable(&error))?;
            builder = builder.catalogue(catalogue);
        }
        Ok(builder.store(EmptyStore))
    }
}

/// The configuration's builder as a program could have it that uses these catalogues: with a
/// store, and with key schemes of these names.
pub(crate) fn builder_for(catalogues: &[Catalogue], key_schemes: &[String]) -> ConfigBuilder {
    let mut builder = variate::Config::builder().store(EmptyStore);
    for name in key_schemes {
        builder = builder.named_key_scheme(name, Canonical);
    }
    for catalogue in catalogues {
        builder = builder.catalogue(catalogue.clone());
    }
    builder
}
