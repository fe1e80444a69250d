use crate::resolver::ResolverError;
use crate::rollout::PercentError;

/// Why a [`Config`](crate::Config) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The name prefix is empty or longer than 253 bytes.
    #[error("`{0}` cannot be a name prefix: use 1 to 253 bytes, or none")]
    InvalidPrefix(String),
    /// A declared experiment's name is empty or, with its prefix, longer than 255 bytes.
    #[error("`{0}` cannot name an experiment: use 1 to 255 bytes, prefix included")]
    InvalidName(String),
    /// An experiment is declared twice.
    #[error("the experiment `{0}` is declared twice: keep one declaration")]
    DuplicateExperiment(String),
    /// A variant's name is empty or longer than 255 bytes.
    #[error("experiment `{experiment}`: `{variant}` cannot name a variant: use 1 to 255 bytes")]
    InvalidVariant {
        /// The experiment.
        experiment: String,
        /// The name.
        variant: String,
    },
    /// The control stands behind another variant, so that the order is unclear.
    #[error("experiment `{0}`: `control` must be declared first, or left out")]
    ControlNotFirst(String),
    /// There is nothing to compare the control with.
    #[error(
        "experiment `{0}`: `control` is the only variant: declare another, or none for `candidate`"
    )]
    OnlyControl(String),
    /// A variant is declared twice.
    #[error("experiment `{experiment}`: the variant `{variant}` is declared twice: keep one")]
    DuplicateVariant {
        /// The experiment.
        experiment: String,
        /// The variant.
        variant: String,
    },
    /// A resolver does not fit the variants of its experiment.
    #[error("experiment `{experiment}`: {problem}")]
    Resolver {
        /// The experiment.
        experiment: String,
        /// What does not fit.
        problem: ResolverError,
    },
    /// A payload or a segment is for a variant that the experiment does not have.
    #[error(
        "experiment `{experiment}`: {part} for `{variant}`, which is not one of its variants {variants}"
    )]
    UnknownVariant {
        /// The experiment.
        experiment: String,
        /// `a payload` or `a segment`.
        part: &'static str,
        /// The name.
        variant: String,
        /// The experiment's variants.
        variants: String,
    },
    /// A share, a range's end or a holdout is no percentage.
    #[error("{place}: {problem}")]
    Percentage {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        problem: PercentError,
    },
    /// A range of a layer is empty or runs backwards.
    #[error(
        "{place}: the range {start} to {end} is empty: give percentages from a lower to a higher one"
    )]
    EmptyRange {
        /// Where it stands.
        place: String,
        /// Its start, in percent.
        start: f64,
        /// Its end, in percent.
        end: f64,
    },
    /// A layer or holdout has no name, or one longer than 255 bytes.
    #[error("`{0}` cannot name a layer or holdout: use 1 to 255 bytes")]
    InvalidShareName(String),
    /// A layer is declared twice.
    #[error("the layer `{0}` is declared twice: keep one")]
    DuplicateLayer(String),
    /// A layer that there is not.
    #[error("{place}: there is no layer `{layer}`: declare it, or use one of {layers}")]
    UnknownLayer {
        /// Who names it.
        place: String,
        /// The name.
        layer: String,
        /// The layers that there are.
        layers: String,
    },
    /// Layers lie within each other in a circle.
    #[error("the layer `{0}` lies within itself: take one `within` out of the circle")]
    CyclicLayers(String),
    /// Two ranges of a layer overlap.
    #[error("layer `{layer}`: the ranges of {one} and {other} overlap: no unit may be in both")]
    Overlap {
        /// The layer.
        layer: String,
        /// Whose range begins first.
        one: String,
        /// Whose range begins before that one's end.
        other: String,
    },
    /// A holdout is declared twice.
    #[error("the holdout `{0}` is declared twice: keep one")]
    DuplicateHoldout(String),
    /// A holdout that there is not.
    #[error(
        "experiment `{experiment}`: there is no holdout `{holdout}`: declare it, or use one of {holdouts}"
    )]
    UnknownHoldout {
        /// The experiment.
        experiment: String,
        /// The name.
        holdout: String,
        /// The holdouts that there are.
        holdouts: String,
    },
    /// An experiment is over before it begins.
    #[error("experiment `{0}`: `ends` must be later than `starts`")]
    Dates(String),
    /// An experiment takes in only who is stored, and stores nobody.
    #[error(
        "experiment `{0}`: `only_assigned` takes in who is stored, and with `sticky` off nobody is: \
         leave one of them out"
    )]
    NobodyStored(String),
    /// A resolver does not go by the seed.
    #[error(
        "experiment `{0}`: its rollout takes no seed, since other programs share its assignments: \
         leave the seed out, or use the native bucketing"
    )]
    Seed(String),
    /// An experiment needs a store of assignments, and the configuration has none.
    #[error(
        "experiment `{experiment}`: `{setting}` needs a store: set one with `ConfigBuilder::store`"
    )]
    NoStore {
        /// The experiment.
        experiment: String,
        /// What needs it.
        setting: &'static str,
    },
    /// A catalogue cannot be read, or what it says is wrong.
    #[cfg(feature = "catalogue")]
    #[error(transparent)]
    Catalogue(#[from] crate::CatalogueError),
}

#[cfg(feature = "catalogue")]
impl ConfigError {
    /// The experiment, layer or holdout that it is about, by the table of a catalogue in which that stands.
    pub(crate) fn subject(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::InvalidName(experiment)
            | Self::DuplicateExperiment(experiment)
            | Self::ControlNotFirst(experiment)
            | Self::OnlyControl(experiment)
            | Self::Dates(experiment)
            | Self::InvalidVariant { experiment, .. }
            | Self::DuplicateVariant { experiment, .. }
            | Self::Resolver { experiment, .. }
            | Self::UnknownVariant { experiment, .. }
            | Self::UnknownHoldout { experiment, .. }
            | Self::NoStore { experiment, .. } => Some(("experiments", experiment)),
            Self::CyclicLayers(layer) | Self::DuplicateLayer(layer) => Some(("layers", layer)),
            Self::DuplicateHoldout(holdout) => Some(("holdouts", holdout)),
            Self::Percentage { place, .. }
            | Self::EmptyRange { place, .. }
            | Self::UnknownLayer { place, .. }
            | Self::Overlap { other: place, .. } => subject_of(place),
            _ => None,
        }
    }
}

/// What a place as ``experiment `name`, its traffic`` is about.
#[cfg(feature = "catalogue")]
fn subject_of(place: &str) -> Option<(&'static str, &str)> {
    let (kind, rest) = place.split_once(" `")?;
    let (name, _) = rest
        .rsplit_once('`')
        .filter(|(name, _)| !name.contains("`,"))
        .or_else(|| rest.split_once("`,"))?;
    match kind {
        "experiment" => Some(("experiments", name)),
        "layer" => Some(("layers", name)),
        "holdout" => Some(("holdouts", name)),
        _ => None,
    }
}
