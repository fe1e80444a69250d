use std::fmt;

#[cfg(feature = "catalogue")]
use arc_swap::ArcSwap;
#[cfg(feature = "catalogue")]
use std::path::PathBuf;
#[cfg(feature = "catalogue")]
use std::sync::{Arc, Mutex, PoisonError};

use super::{Declarations, Declared, DeclaredExperiment, Surroundings};
#[cfg(feature = "catalogue")]
use crate::CatalogueError;
#[cfg(feature = "catalogue")]
use crate::catalogue::{Catalogue, Content, KeySchemes, Marks, located};
use crate::{ConfigError, Declaration, Holdout, Layer};

/// Where declarations come from.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) holdouts: Vec<Holdout>,
    #[cfg(feature = "catalogue")]
    pub(crate) catalogues: Vec<Catalogue>,
    #[cfg(feature = "catalogue")]
    pub(crate) files: Vec<PathBuf>,
    #[cfg(feature = "catalogue")]
    pub(crate) key_schemes: KeySchemes,
}

/// The declarations that hold now.
pub(crate) enum Current {
    Fixed(Declarations),
    #[cfg(feature = "catalogue")]
    Reloaded(Box<Reloaded>),
}

/// Declarations that come from files, and may be replaced as a whole.
#[cfg(feature = "catalogue")]
pub(crate) struct Reloaded {
    now: ArcSwap<Declarations>,
    sources: Sources,
    /// What was last read, whether it could be used or not; locked while it is read again.
    last: Mutex<Marks>,
}

impl Current {
    #[cfg(not(feature = "catalogue"))]
    pub(crate) fn new(sources: Sources, around: &Surroundings<'_>) -> Result<Self, ConfigError> {
        let Sources {
            declarations,
            layers,
            holdouts,
        } = sources;
        Declarations::compile(declarations, &layers, &holdouts, around).map(Self::Fixed)
    }

    #[cfg(feature = "catalogue")]
    pub(crate) fn new(sources: Sources, around: &Surroundings<'_>) -> Result<Self, ConfigError> {
        let contents: Vec<_> = sources.files.iter().map(Content::of).collect();
        let marks = Content::marks(&contents);
        let declarations = sources.compile(contents, around)?;
        if sources.files.is_empty() {
            return Ok(Self::Fixed(declarations));
        }
        Ok(Self::Reloaded(Box::new(Reloaded {
            now: ArcSwap::from_pointee(declarations),
            sources,
            last: Mutex::new(marks),
        })))
    }

    /// Calls `read` with the declaration of an experiment, if there is one. What it sees is of one
    /// moment, however long it takes.
    #[inline(always)]
    pub(crate) fn with<R>(&self, full_name: &str, read: impl FnOnce(Option<&Declared>) -> R) -> R {
        match self {
            Self::Fixed(declarations) => read(declarations.get(full_name)),
            #[cfg(feature = "catalogue")]
            Self::Reloaded(reloaded) => read(reloaded.now.load().get(full_name)),
        }
    }

    /// All declared experiments.
    pub(crate) fn summaries(&self) -> Vec<DeclaredExperiment> {
        match self {
            Self::Fixed(declarations) => declarations.summaries(),
            #[cfg(feature = "catalogue")]
            Self::Reloaded(reloaded) => reloaded.now.load().summaries(),
        }
    }

    /// Whether catalogues never switch everything off.
    pub(crate) const fn are_always_on(&self) -> bool {
        match self {
            Self::Fixed(declarations) => !declarations.is_off(),
            #[cfg(feature = "catalogue")]
            Self::Reloaded(_) => false,
        }
    }

    /// Whether catalogues switch everything off, what they do not declare included.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        match self {
            Self::Fixed(declarations) => declarations.is_off(),
            #[cfg(feature = "catalogue")]
            Self::Reloaded(reloaded) => reloaded.now.load().is_off(),
        }
    }

    /// Reads the files again, if anything in them is new or `always`; answers whether the declarations were replaced.
    #[cfg(feature = "catalogue")]
    pub(crate) fn reload(
        &self,
        around: &Surroundings<'_>,
        always: bool,
    ) -> Result<bool, CatalogueError> {
        let Self::Reloaded(reloaded) = self else {
            return Err(CatalogueError::NoFile);
        };
        // One at a time: what is read later must not be replaced by what was read before.
        let mut last = reloaded.last.lock().unwrap_or_else(PoisonError::into_inner);
        let contents: Vec<_> = reloaded.sources.files.iter().map(Content::of).collect();
        let marks = Content::marks(&contents);
        if !always && marks == *last {
            return Ok(false);
        }
        // A broken file is told of once, and not until it is mended.
        *last = marks;
        let compiled = reloaded.sources.compile(contents, around);
        let declarations = compiled.map_err(|error| match error {
            ConfigError::Catalogue(error) => error,
            other => CatalogueError::Rejected(Box::new(other)),
        })?;
        reloaded.now.store(Arc::new(declarations));
        Ok(true)
    }
}

#[cfg(feature = "catalogue")]
impl Sources {
    /// Everything together: what code declares, fixed catalogues, and the contents of files.
    fn compile(
        &self,
        contents: Vec<Content>,
        around: &Surroundings<'_>,
    ) -> Result<Declarations, ConfigError> {
        let files = contents.into_iter().map(Content::catalogue);
        let files = CatalogueError::all(files)?;
        let catalogues: Vec<&Catalogue> = self.catalogues.iter().chain(&files).collect();
        let parts = catalogues
            .iter()
            .map(|catalogue| catalogue.parts(&self.key_schemes));
        let parts = CatalogueError::all(parts)?;
        let mut declarations = self.declarations.clone();
        let mut layers = self.layers.clone();
        let mut holdouts = self.holdouts.clone();
        let mut enabled = true;
        for part in parts {
            enabled &= part.enabled;
            declarations.extend(part.declarations);
            layers.extend(part.layers);
            holdouts.extend(part.holdouts);
        }
        let mut compiled = Declarations::compile(declarations, &layers, &holdouts, around)
            .map_err(|error| located(error, &catalogues, around.name_prefix))?;
        if !enabled {
            compiled.switch_off();
        }
        Ok(compiled)
    }
}

impl Default for Current {
    fn default() -> Self {
        Self::Fixed(Declarations::default())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(declarations) => fmt::Debug::fmt(declarations, out),
            #[cfg(feature = "catalogue")]
            Self::Reloaded(reloaded) => fmt::Debug::fmt(&**reloaded.now.load(), out),
        }
    }
}
