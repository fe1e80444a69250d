use std::collections::HashMap;
use std::ops::Range;

use super::shares::{Line, Within};
use crate::layer::Slice;
use crate::rollout::basis_points;
use crate::{ConfigError, Declaration, Layer, limits};

/// The layers by name, each with all the ranges that a unit must be in to be in it.
pub(super) struct Layers<'l> {
    by_name: HashMap<&'l str, (&'l Layer, Vec<Within>)>,
}

impl<'l> Layers<'l> {
    /// Checks that every name is known, that nothing lies within itself, and that no ranges overlap.
    pub(super) fn resolve(
        layers: &'l [Layer],
        declarations: &[Declaration],
    ) -> Result<Self, ConfigError> {
        let mut by_name = HashMap::new();
        for layer in layers {
            if !limits::name_fits(&layer.name) {
                return Err(ConfigError::InvalidShareName(layer.name.clone()));
            }
            if by_name
                .insert(layer.name.as_str(), (layer, Vec::new()))
                .is_some()
            {
                return Err(ConfigError::DuplicateLayer(layer.name.clone()));
            }
        }
        let mut resolved = Self { by_name };
        for layer in layers {
            let around = resolved.around(layer)?;
            if let Some(entry) = resolved.by_name.get_mut(layer.name.as_str()) {
                entry.1 = around;
            }
        }
        resolved.check_overlaps(layers, declarations)?;
        Ok(resolved)
    }

    /// The ranges around a layer, the outermost last.
    fn around(&self, layer: &Layer) -> Result<Vec<Within>, ConfigError> {
        let mut around = Vec::new();
        let mut inner = layer;
        while let Some(slice) = &inner.within {
            if around.len() == self.by_name.len() {
                return Err(ConfigError::CyclicLayers(layer.name.clone()));
            }
            let place = format!("layer `{}`", inner.name);
            let (outer, range) = self.check(slice, &place)?;
            around.push(within(outer, range));
            inner = outer;
        }
        Ok(around)
    }

    fn check(&self, slice: &Slice, place: &str) -> Result<(&'l Layer, Range<u16>), ConfigError> {
        let Some((layer, _)) = self.by_name.get(slice.layer.as_str()) else {
            let mut layers: Vec<_> = self.by_name.keys().copied().collect();
            layers.sort_unstable();
            return Err(ConfigError::UnknownLayer {
                place: place.to_owned(),
                layer: slice.layer.clone(),
                layers: layers.join(", "),
            });
        };
        let percentage = |percent| {
            basis_points(percent).map_err(|problem| ConfigError::Percentage {
                place: format!("{place}, its range of the layer `{}`", slice.layer),
                problem,
            })
        };
        let range = percentage(slice.percent.start)?..percentage(slice.percent.end)?;
        if range.is_empty() {
            return Err(ConfigError::EmptyRange {
                place: place.to_owned(),
                start: slice.percent.start,
                end: slice.percent.end,
            });
        }
        Ok((layer, range))
    }

    /// All ranges that a unit must be in to be in this one.
    pub(super) fn chain(&self, slice: &Slice, place: &str) -> Result<Vec<Within>, ConfigError> {
        let (layer, range) = self.check(slice, place)?;
        let mut chain = vec![within(layer, range)];
        if let Some((_, around)) = self.by_name.get(layer.name.as_str()) {
            chain.extend_from_slice(around);
        }
        Ok(chain)
    }

    fn check_overlaps(
        &self,
        layers: &[Layer],
        declarations: &[Declaration],
    ) -> Result<(), ConfigError> {
        let inner = layers
            .iter()
            .filter_map(|layer| Some((layer.within.as_ref()?, format!("layer `{}`", layer.name))));
        let experiments = declarations.iter().filter_map(|declaration| {
            let place = format!("experiment `{}`", declaration.name);
            Some((declaration.layer.as_ref()?, place))
        });
        let mut taken: Vec<(&str, Range<u16>, String)> = Vec::new();
        for (slice, place) in inner.chain(experiments) {
            let (layer, range) = self.check(slice, &place)?;
            taken.push((&layer.name, range, place));
        }
        taken.sort_unstable_by_key(|(layer, range, _)| (*layer, range.start));
        for pair in taken.windows(2) {
            if let [(layer, one, whose), (other_layer, other, whose_other)] = pair
                && layer == other_layer
                && other.start < one.end
            {
                return Err(ConfigError::Overlap {
                    layer: (*layer).to_owned(),
                    one: whose.clone(),
                    other: whose_other.clone(),
                });
            }
        }
        Ok(())
    }
}

fn within(layer: &Layer, range: Range<u16>) -> Within {
    Within {
        layer: layer.name.as_str().into(),
        line: Line::new("layer", &layer.name, layer.unit.as_deref()),
        range,
    }
}
