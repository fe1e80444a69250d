use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;

use super::Declared;
use super::DeclaredExperiment;
use super::kept::kept;
use super::layers::Layers;
use super::name_hasher::NameHasher;
use super::shares::{Held, Line, Traffic};
use crate::draw::Draw;
use crate::rollout::basis_points;
use crate::{ConfigError, Declaration, Holdout, Layer, Resolver, Value, Variant, limits};

/// What declarations are checked against.
pub(crate) struct Surroundings<'s> {
    pub(crate) name_prefix: Option<&'s str>,
    /// The resolver of experiments without one of their own.
    pub(crate) resolver: &'s dyn Resolver,
    pub(crate) has_store: bool,
}

/// Declared experiments by their full names.
#[derive(Default)]
pub(crate) struct Declarations {
    by_name: HashMap<Box<str>, Declared, BuildHasherDefault<NameHasher>>,
    off: bool,
}

impl Declarations {
    /// Checks everything, and resolves what refers to something else.
    pub(crate) fn compile(
        declarations: Vec<Declaration>,
        layers: &[Layer],
        holdouts: &[Holdout],
        around: &Surroundings<'_>,
    ) -> Result<Self, ConfigError> {
        let layers = Layers::resolve(layers, &declarations)?;
        let holdouts = Holdouts::resolve(holdouts)?;
        let mut by_name =
            HashMap::with_capacity_and_hasher(declarations.len(), BuildHasherDefault::default());
        for declaration in declarations {
            let full_name = around.full_name(&declaration.name);
            if declaration.name.is_empty() || !limits::name_fits(&full_name) {
                return Err(ConfigError::InvalidName(declaration.name));
            }
            let declared = compile(declaration, &full_name, &layers, &holdouts, around)?;
            if by_name
                .insert(full_name.clone().into_boxed_str(), declared)
                .is_some()
            {
                return Err(ConfigError::DuplicateExperiment(full_name));
            }
        }
        Ok(Self {
            by_name,
            off: false,
        })
    }

    /// Switches everything off, undeclared experiments included.
    #[cfg(feature = "catalogue")]
    pub(crate) fn switch_off(&mut self) {
        self.off = true;
        for declared in self.by_name.values_mut() {
            declared.enabled = false;
        }
    }

    #[inline]
    pub(crate) const fn is_off(&self) -> bool {
        self.off
    }

    pub(crate) fn summaries(&self) -> Vec<DeclaredExperiment> {
        let all = self.by_name.iter();
        let mut summaries: Vec<_> = all
            .map(|(name, declared)| DeclaredExperiment::new(name, declared))
            .collect();
        summaries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        summaries
    }

    #[inline]
    pub(crate) fn get(&self, full_name: &str) -> Option<&Declared> {
        if self.by_name.is_empty() {
            return None;
        }
        self.by_name.get(full_name)
    }
}

impl fmt::Debug for Declarations {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Surroundings<'_> {
    fn full_name(&self, name: &str) -> String {
        match self.name_prefix {
            Some(prefix) => crate::config::prefixed(prefix, name),
            None => name.to_owned(),
        }
    }
}

fn compile(
    declaration: Declaration,
    full_name: &str,
    layers: &Layers<'_>,
    holdouts: &Holdouts<'_>,
    around: &Surroundings<'_>,
) -> Result<Declared, ConfigError> {
    let name = &declaration.name;
    let place = format!("experiment `{name}`");
    let variants = variants(name, declaration.variants, declaration.payloads)?;
    let names: Vec<_> = variants.iter().map(|variant| variant.as_str()).collect();
    let resolver = declaration.resolver.as_deref().unwrap_or(around.resolver);
    if let Err(problem) = resolver.check(&names) {
        return Err(ConfigError::Resolver {
            experiment: name.clone(),
            problem,
        });
    }
    if declaration.seed.is_some() && !resolver.takes_seed() {
        return Err(ConfigError::Seed(name.clone()));
    }
    let segments = declaration.segments.into_iter().map(|segment| {
        let place = place_of(name, "a segment", segment.variant.as_str(), &variants)?;
        Ok((place, segment.rule))
    });
    let segments = segments.collect::<Result<_, ConfigError>>()?;
    let traffic = declaration.traffic.map(|percent| {
        let share = basis_points(percent).map_err(|problem| ConfigError::Percentage {
            place: format!("{place}, its traffic"),
            problem,
        })?;
        Ok::<_, ConfigError>(Traffic::new(full_name, declaration.seed.as_deref(), share))
    });
    let about = declaration.about;
    if let (Some(starts), Some(ends)) = (about.starts, about.ends)
        && ends <= starts
    {
        return Err(ConfigError::Dates(name.clone()));
    }
    if declaration.only_assigned && declaration.sticky == Some(false) {
        return Err(ConfigError::NobodyStored(name.clone()));
    }
    let needs_store = [
        (declaration.sticky == Some(true), "sticky"),
        (declaration.only_assigned, "only_assigned"),
    ];
    if let Some((_, setting)) = needs_store.iter().find(|(needed, _)| *needed)
        && !around.has_store
    {
        return Err(ConfigError::NoStore {
            experiment: name.clone(),
            setting,
        });
    }
    Ok(Declared {
        seed: declaration
            .seed
            .as_deref()
            .map(|seed| Draw::new(&["split", full_name, seed])),
        traffic: traffic.transpose()?,
        exclusions: declaration.exclusions,
        segments,
        layers: match &declaration.layer {
            Some(slice) => layers.chain(slice, &place)?,
            None => Vec::new(),
        },
        holdouts: holdouts.of(name, &declaration.holdouts)?,
        key_is_uniform: declaration
            .key_scheme
            .as_deref()
            .map(crate::KeyScheme::separates_experiments),
        key_scheme: declaration.key_scheme,
        former_key_schemes: declaration.former_key_schemes,
        sticky: declaration.sticky.unwrap_or(around.has_store),
        only_assigned: declaration.only_assigned,
        enabled: declaration.enabled,
        resolver: declaration.resolver,
        variants,
        about,
    })
}

/// The variants with their payloads, the control where it belongs.
fn variants(
    experiment: &str,
    mut variants: Vec<Variant>,
    payloads: Vec<(String, Value<'static>)>,
) -> Result<Vec<&'static Variant>, ConfigError> {
    match variants.first() {
        None => variants.push(Variant::candidate()),
        Some(first) if first.is_control() => {
            variants.remove(0);
        }
        Some(_) if variants.iter().any(Variant::is_control) => {
            return Err(ConfigError::ControlNotFirst(experiment.to_owned()));
        }
        Some(_) => {}
    }
    if variants.is_empty() {
        return Err(ConfigError::OnlyControl(experiment.to_owned()));
    }
    variants.insert(0, Variant::control());
    let mut payloads: HashMap<_, _> = payloads.into_iter().collect();
    let mut kept_variants: Vec<&'static Variant> = Vec::with_capacity(variants.len());
    for variant in &variants {
        if !variant.is_valid() {
            return Err(ConfigError::InvalidVariant {
                experiment: experiment.to_owned(),
                variant: variant.to_string(),
            });
        }
        if kept_variants.contains(&variant) {
            return Err(ConfigError::DuplicateVariant {
                experiment: experiment.to_owned(),
                variant: variant.to_string(),
            });
        }
        let payload = payloads.remove(variant.as_str());
        kept_variants.push(kept(variant.as_str(), payload));
    }
    match payloads.into_keys().next() {
        Some(unknown) => {
            place_of(experiment, "a payload", &unknown, &kept_variants).map(|_| kept_variants)
        }
        None => Ok(kept_variants),
    }
}

fn place_of(
    experiment: &str,
    part: &'static str,
    name: &str,
    variants: &[&Variant],
) -> Result<usize, ConfigError> {
    variants
        .iter()
        .position(|variant| *variant == name)
        .ok_or_else(|| {
            let names: Vec<_> = variants.iter().map(|variant| variant.as_str()).collect();
            ConfigError::UnknownVariant {
                experiment: experiment.to_owned(),
                part,
                variant: name.to_owned(),
                variants: names.join(", "),
            }
        })
}

/// The holdouts by name.
struct Holdouts<'h> {
    by_name: HashMap<&'h str, (&'h Holdout, Held)>,
}

impl<'h> Holdouts<'h> {
    fn resolve(holdouts: &'h [Holdout]) -> Result<Self, ConfigError> {
        let mut by_name = HashMap::new();
        for holdout in holdouts {
            let name = &holdout.name;
            if !limits::name_fits(name) {
                return Err(ConfigError::InvalidShareName(name.clone()));
            }
            let share =
                basis_points(holdout.percent).map_err(|problem| ConfigError::Percentage {
                    place: format!("holdout `{name}`"),
                    problem,
                })?;
            let held = Held {
                holdout: name.as_str().into(),
                line: Line::new("holdout", name, holdout.unit.as_deref()),
                share,
            };
            if by_name.insert(name.as_str(), (holdout, held)).is_some() {
                return Err(ConfigError::DuplicateHoldout(name.clone()));
            }
        }
        Ok(Self { by_name })
    }

    /// Those that an experiment names, and those that hold out of every one.
    fn of(&self, experiment: &str, named: &[String]) -> Result<Vec<Held>, ConfigError> {
        if let Some(unknown) = named
            .iter()
            .find(|name| !self.by_name.contains_key(name.as_str()))
        {
            let mut holdouts: Vec<_> = self.by_name.keys().copied().collect();
            holdouts.sort_unstable();
            return Err(ConfigError::UnknownHoldout {
                experiment: experiment.to_owned(),
                holdout: unknown.clone(),
                holdouts: holdouts.join(", "),
            });
        }
        let mut held: Vec<_> = self
            .by_name
            .values()
            .filter(|(holdout, _)| holdout.all || named.contains(&holdout.name))
            .map(|(_, held)| held.clone())
            .collect();
        held.sort_unstable_by(|one, other| one.holdout.cmp(&other.holdout));
        Ok(held)
    }
}
