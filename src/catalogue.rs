//! Experiments declared in a file.

mod conditions;
mod content;
mod dates;
mod entry;
mod format;
mod json;
mod lines;
mod lints;
mod metrics;
mod node;
mod problem;
mod reader;
mod rollout;
mod schemes;
mod shares;
mod suggestion;
mod toml;
mod watch;
mod yaml;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

pub(crate) use self::content::Content;
pub(crate) use self::content::Marks;
use self::entry::Experiment;
pub use self::format::{Format, UnknownFormat};
use self::node::{Data, Node};
use self::problem::Place;
pub use self::problem::{CatalogueError, Problem};
use self::reader::Reader;
pub(crate) use self::schemes::KeySchemes;
use self::shares::{HoldoutEntry, LayerEntry};
pub use self::watch::CatalogueWatch;
use crate::{ConfigError, Declaration, Holdout, Layer, Metric, Plan};

/// Experiments, layers and holdouts, read from a file in TOML, JSON or YAML.
///
/// Reading checks everything, and tells all that is wrong at once, each with its line and how to mend it. The keys
/// are described in the guide `docs/catalogue.md` and in the JSON Schema `schema/catalogue.schema.json`.
///
/// ```
/// use variate::{Catalogue, Config, Format, context};
///
/// let catalogue = Catalogue::parse(
///     r#"
///     [experiments.pill_color]
///     description = "Does the colour change how many are swallowed?"
///     owner = "growth"
///     variants = ["control", "red", "blue"]
///     rollout = { weights = { control = 50, red = 25, blue = 25 } }
///     traffic = 20
///     exclude = [{ key = "plan", equals = "staff" }]
///     "#,
///     Format::Toml,
///     "catalogue.toml",
/// )?;
/// let config = Config::builder().catalogue(catalogue).build()?;
/// let exp = config.experiment("pill_color", context! { user_id: 42, plan: "staff" });
/// assert_eq!(exp.assignment().reason().code(), "excluded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Catalogue {
    source: Arc<str>,
    enabled: bool,
    layers: Vec<LayerEntry>,
    holdouts: Vec<HoldoutEntry>,
    experiments: Vec<Experiment>,
}

/// The largest file that is read: some hundred thousand experiments.
const LARGEST: u64 = 64 << 20;

const KNOWN: &[&str] = &["$schema", "enabled", "layers", "holdouts", "experiments"];

/// What a configuration takes from a catalogue.
pub(crate) struct Parts {
    pub(crate) enabled: bool,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) holdouts: Vec<Holdout>,
}

impl Catalogue {
    /// The JSON Schema (draft 2020-12) of catalogues, for editors and for checks elsewhere; `variate schema` prints it.
    pub const SCHEMA: &'static str = include_str!("../schema/catalogue.schema.json");

    /// Reads a file whose name ends in `.toml`, `.json`, `.yaml` or `.yml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or when what it says is wrong.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, CatalogueError> {
        let path = path.as_ref();
        let format = Format::of_path(path)?;
        let bytes = read(path)?;
        Self::from_bytes(&bytes, format, path.to_string_lossy().as_ref())
    }

    /// Reads a text; `source` names it in errors.
    ///
    /// # Errors
    ///
    /// When what it says is wrong.
    pub fn parse(text: &str, format: Format, source: &str) -> Result<Self, CatalogueError> {
        let source: Arc<str> = source.into();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() as u64 > LARGEST {
            return Err(whole(&source, too_large()));
        }
        let root = format.parse(text).map_err(|wrong| {
            let problems = wrong
                .into_iter()
                .map(|(place, message)| Problem::new(&source, place, String::new(), message));
            CatalogueError::Invalid(problems.collect())
        })?;
        let mut reader = Reader::new(Arc::clone(&source));
        let catalogue = Self::read(&mut reader, &root, source);
        if reader.has_problems() {
            return Err(CatalogueError::Invalid(reader.into_problems()));
        }
        Ok(catalogue)
    }

    pub(crate) fn from_bytes(
        bytes: &[u8],
        format: Format,
        source: &str,
    ) -> Result<Self, CatalogueError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text, format, source),
            Err(error) => {
                let (before, _) = bytes
                    .split_at_checked(error.valid_up_to())
                    .unwrap_or_default();
                let before = String::from_utf8_lossy(before);
                let place = lines::Lines::new(&before).place(before.len());
                let message = "this is no UTF-8: save the file as UTF-8".to_owned();
                let problem = Problem::new(&source.into(), place, String::new(), message);
                Err(CatalogueError::Invalid(vec![problem]))
            }
        }
    }

    fn read<'n>(reader: &mut Reader<'n>, root: &'n Node, source: Arc<str>) -> Self {
        let mut this = Self {
            source,
            enabled: true,
            layers: Vec::new(),
            holdouts: Vec::new(),
            experiments: Vec::new(),
        };
        // Whoever saves a file empties it first: it must not take every declaration away at that moment.
        if root.data == Data::Null {
            let message = "the catalogue is empty: declare something, or write `experiments` with an empty table";
            reader.wrong(Place::default(), message);
            return this;
        }
        reader.table(root, KNOWN, |reader, entry| {
            let value = &entry.value;
            match entry.key.as_str() {
                "enabled" => this.enabled = reader.flag(value).unwrap_or(true),
                "layers" => reader.named(value, |reader, entry| {
                    let (name, place) = (&entry.key, entry.place);
                    this.layers
                        .extend(LayerEntry::read(reader, name, place, &entry.value));
                }),
                "holdouts" => reader.named(value, |reader, entry| {
                    let (name, place) = (&entry.key, entry.place);
                    this.holdouts
                        .extend(HoldoutEntry::read(reader, name, place, &entry.value));
                }),
                "experiments" => reader.named(value, |reader, entry| {
                    let (name, place) = (&entry.key, entry.place);
                    this.experiments
                        .extend(Experiment::read(reader, name, place, &entry.value));
                }),
                // `$schema` is for editors.
                _ => {
                    reader.text(value);
                }
            }
        });
        shares::check(reader, root, &this.layers, &this.experiments);
        this
    }

    /// What it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The experiments that it declares, in order.
    pub fn experiments(&self) -> impl ExactSizeIterator<Item = CatalogueEntry<'_>> {
        self.experiments.iter().map(CatalogueEntry)
    }

    /// The keys of contexts by which its layers and holdouts tell units apart, sorted, each once.
    pub fn units(&self) -> Vec<&str> {
        let layers = self.layers.iter().filter_map(|of| of.unit.as_deref());
        let holdouts = self.holdouts.iter().filter_map(|of| of.unit.as_deref());
        let units: std::collections::BTreeSet<&str> = layers.chain(holdouts).collect();
        units.into_iter().collect()
    }

    /// What is allowed and yet looks wrong at `now`: see the list in the guide.
    pub fn lints(&self, now: SystemTime) -> Vec<Problem> {
        lints::lints(&[self], now)
    }

    /// The same of several that are used together, and of what one says of another.
    pub fn lints_of(catalogues: &[&Self], now: SystemTime) -> Vec<Problem> {
        lints::lints(catalogues, now)
    }

    /// The declarations, with the key schemes that code gave.
    pub(crate) fn parts(&self, schemes: &KeySchemes) -> Result<Parts, CatalogueError> {
        let mut problems = Vec::new();
        let mut declarations = Vec::with_capacity(self.experiments.len());
        for experiment in &self.experiments {
            match experiment.declaration(schemes) {
                Ok(declaration) => declarations.push(declaration),
                Err((place, key, message)) => {
                    problems.push(self.problem(place, &experiment.name, key, message));
                }
            }
        }
        if !problems.is_empty() {
            return Err(CatalogueError::Invalid(problems));
        }
        Ok(Parts {
            enabled: self.enabled,
            declarations,
            layers: self.layers.iter().map(LayerEntry::layer).collect(),
            holdouts: self.holdouts.iter().map(HoldoutEntry::holdout).collect(),
        })
    }

    /// Where an experiment is declared.
    pub(crate) fn problem(
        &self,
        place: Place,
        experiment: &str,
        key: &str,
        message: String,
    ) -> Problem {
        let mut path = format!("experiments.{experiment}");
        if !key.is_empty() {
            path.push('.');
            path.push_str(key);
        }
        Problem::new(&self.source, place, path, message)
    }
}

/// An experiment of a [`Catalogue`], and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry<'c>(&'c Experiment);

impl<'c> CatalogueEntry<'c> {
    /// Its name, without the configuration's prefix.
    pub fn name(&self) -> &'c str {
        &self.0.name
    }

    /// The line where its declaration begins, from 1.
    pub const fn line(&self) -> u32 {
        self.0.place.line
    }

    /// Its variants, the control first.
    pub fn variants(&self) -> impl ExactSizeIterator<Item = &'c str> + use<'c> {
        self.0.variants.iter().map(String::as_str)
    }

    /// Who answers for it.
    pub fn owner(&self) -> Option<&'c str> {
        self.0.owner.as_deref()
    }

    /// Where it is discussed.
    pub fn issue(&self) -> Option<&'c str> {
        self.0.issue.as_deref()
    }

    /// What is tried and why.
    pub fn description(&self) -> Option<&'c str> {
        self.0.description.as_deref()
    }

    /// Whether it is switched on.
    pub const fn is_enabled(&self) -> bool {
        self.0.enabled
    }

    /// When it begins.
    pub const fn starts(&self) -> Option<SystemTime> {
        self.0.starts
    }

    /// What it measures, the most important first.
    pub fn metrics(&self) -> &'c [Metric] {
        &self.0.metrics
    }

    /// How it is going to be read.
    pub const fn plan(&self) -> &'c Plan {
        &self.0.plan
    }

    /// The share of the units that each variant is to get, in percent, as far as its rollout says; equal ones where it has
    /// none. `None` where no such shares are planned: with segments, or where everybody gets one variant.
    pub fn shares(&self) -> Option<Vec<(&'c str, f64)>> {
        self.0.shares()
    }

    /// The layer of which it takes a range.
    pub fn layer(&self) -> Option<&'c str> {
        self.0.layer.as_ref().map(|slice| slice.layer.as_str())
    }

    /// The keys of contexts that its exclusions and segments ask for, sorted, each once.
    pub fn asks_for(&self) -> Vec<&'c str> {
        let exclusions = self.0.exclude.iter().map(|(_, condition)| condition);
        let segments = self.0.segments.iter().map(|segment| &segment.when);
        let mut keys = std::collections::BTreeSet::new();
        for condition in exclusions.chain(segments) {
            condition.each_key(&mut |key| {
                keys.insert(key);
            });
        }
        keys.into_iter().collect()
    }

    /// When it is over.
    pub const fn ends(&self) -> Option<SystemTime> {
        self.0.ends
    }

    /// When somebody should have decided and cleaned up.
    pub const fn due(&self) -> Option<SystemTime> {
        self.0.due
    }
}

fn whole(source: &Arc<str>, message: String) -> CatalogueError {
    let problem = Problem::new(source, Place::default(), String::new(), message);
    CatalogueError::Invalid(vec![problem])
}

fn too_large() -> String {
    format!("the file is larger than {} MiB", LARGEST >> 20)
}

/// The content of a file that is not too large. A pipe would keep us before anything is read of it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CatalogueError> {
    let mut bytes = Vec::new();
    // It follows links.
    fs::metadata(path)
        .and_then(|metadata| {
            if metadata.is_file() {
                return File::open(path);
            }
            let message = "it is no regular file, but a folder, pipe or device: name a file";
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        })
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| CatalogueError::Read {
            path: path.to_owned(),
            error,
        })?;
    if bytes.len() as u64 > LARGEST {
        return Err(whole(&path.to_string_lossy().into(), too_large()));
    }
    Ok(bytes)
}

/// The error with the place of what it is about, where a catalogue has that.
pub(crate) fn located(
    error: ConfigError,
    catalogues: &[&Catalogue],
    name_prefix: Option<&str>,
) -> ConfigError {
    let Some((table, name)) = error.subject() else {
        return error;
    };
    let is_full_name = |known: &str| {
        let prefix = name_prefix.and_then(|prefix| name.strip_prefix(prefix)?.strip_prefix('_'));
        prefix == Some(known)
    };
    // What comes later is what does not fit.
    let place = catalogues.iter().rev().find_map(|catalogue| {
        let place = match table {
            "layers" => catalogue
                .layers
                .iter()
                .find(|layer| layer.name == name)
                .map(|layer| layer.place),
            "holdouts" => catalogue
                .holdouts
                .iter()
                .find(|one| one.name == name)
                .map(|one| one.place),
            _ => {
                let mut experiments = catalogue.experiments.iter();
                let found = experiments.find(|one| one.name == name || is_full_name(&one.name));
                found.map(|experiment| experiment.place)
            }
        };
        Some((&catalogue.source, place?))
    });
    let Some((source, place)) = place else {
        return error;
    };
    let problem = Problem::new(source, place, format!("{table}.{name}"), error.to_string());
    CatalogueError::Invalid(vec![problem]).into()
}
