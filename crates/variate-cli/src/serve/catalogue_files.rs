use std::path::PathBuf;
use std::time::Duration;

use variate::{Catalogue, CatalogueError, Config};
use variate_collector::live::Plans;
use variate_collector::{Collector, StoreError};

use super::ServeError;
use super::key_file::Watched;
use crate::key_options::KeyOptions;
use variate_simulation::EmptyStore;

/// How often they are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The catalogues, which may change while the collector serves: what they declare holds a little later.
pub(crate) struct CatalogueFiles {
    paths: Vec<PathBuf>,
    namespace: String,
    name_prefix: Option<String>,
    plans: Plans,
    /// By which programs decide that use these files.
    config: Option<Config>,
    read: Vec<Option<Watched>>,
    /// As they were when they were looked at before: what is being written is left alone until it stays as it is.
    seen: Vec<Option<Watched>>,
}

impl CatalogueFiles {
    /// Those of a namespace.
    pub(super) fn read(
        paths: &[PathBuf],
        namespace: &str,
        keys: &KeyOptions,
    ) -> Result<Self, ServeError> {
        let read: Vec<_> = paths.iter().map(|path| Watched::of(path)).collect();
        let mut this = Self {
            paths: paths.to_vec(),
            namespace: namespace.to_owned(),
            name_prefix: keys.prefix().map(str::to_owned),
            plans: Plans::new(),
            config: None,
            seen: read.clone(),
            read,
        };
        this.declare()?;
        this.config = this.configure(keys)?;
        Ok(this)
    }

    /// Decisions are explained as programs make them, as far as the files say how.
    fn configure(&self, keys: &KeyOptions) -> Result<Option<Config>, ServeError> {
        let unusable = |(_, message)| ServeError::Keying(message);
        let mut builder = keys.builder().map_err(unusable)?;
        if self.paths.is_empty() {
            return Ok(None);
        }
        if let Some(keyed) = keys.keyed_if_secret().map_err(unusable)? {
            builder = builder.named_key_scheme("keyed", keyed);
        }
        for path in &self.paths {
            builder = builder.catalogue_file(path);
        }
        match builder.store(EmptyStore).build() {
            Ok(config) => Ok(Some(config)),
            Err(error) => {
                tracing::warn!(%error, "decisions cannot be explained by these catalogues");
                Ok(None)
            }
        }
    }

    /// By which programs decide, if that is known.
    pub(crate) const fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// What they declare.
    pub(crate) const fn plans(&self) -> &Plans {
        &self.plans
    }

    /// All of them, or none.
    fn declare(&self) -> Result<(), CatalogueError> {
        let catalogues = self.paths.iter().map(Catalogue::from_path);
        let catalogues: Vec<Catalogue> = catalogues.collect::<Result<_, _>>()?;
        self.plans.replace_with_catalogues(
            &self.namespace,
            self.name_prefix.as_deref(),
            &catalogues,
        );
        Ok(())
    }

    /// For as long as the collector serves.
    pub(super) async fn watch(mut self, collector: Collector) {
        if self.paths.is_empty() {
            return;
        }
        let mut are_kept = false;
        let mut is_told = false;
        loop {
            if !are_kept {
                let (plans, collector) = (self.plans.clone(), collector.clone());
                let kept = tokio::task::spawn_blocking(move || keep_pairs(&plans, &collector));
                are_kept = match kept.await {
                    Ok(Err(error)) => {
                        if !std::mem::replace(&mut is_told, true) {
                            tracing::warn!(%error, "the store does not keep yet what ratios of two actions need; it is asked again");
                        }
                        false
                    }
                    _ => true,
                };
            }
            tokio::time::sleep(LOOK).await;
            are_kept &= !self.look();
        }
    }

    /// Has the store keep what ratios need; for a process that may not live to try again.
    #[cfg(feature = "lambda")]
    pub(crate) fn keep_pairs(&self, collector: &Collector) {
        if let Err(error) = keep_pairs(&self.plans, collector) {
            tracing::warn!(%error, "the store does not keep yet what ratios of two actions need");
        }
    }

    /// Whether something else is declared now.
    fn look(&mut self) -> bool {
        let now: Vec<_> = self.paths.iter().map(|path| Watched::of(path)).collect();
        let were_seen = std::mem::replace(&mut self.seen, now) == self.seen;
        if !were_seen || self.seen == self.read {
            return false;
        }
        self.read.clone_from(&self.seen);
        match self.declare() {
            Ok(()) => {
                if let Some(config) = &self.config
                    && let Err(error) = config.reload()
                {
                    tracing::warn!(%error, "decisions are explained by what catalogues declared before");
                }
                let files = self.paths.iter().map(|path| path.display().to_string());
                let files: Vec<_> = files.collect();
                tracing::warn!(
                    files = files.join(", "),
                    "a catalogue changed: from now on evaluations go by what it declares"
                );
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a catalogue changed and cannot be used: evaluations go by what it declared before");
                false
            }
        }
    }
}

/// What the store cannot keep is told.
fn keep_pairs(plans: &Plans, collector: &Collector) -> Result<(), StoreError> {
    for (namespace, name, error) in plans.keep_pairs(&**collector.store())? {
        tracing::warn!(namespace, name, %error, "a ratio of two actions cannot be evaluated");
    }
    Ok(())
}
