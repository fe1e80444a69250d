//! Reads requests as `FastAPI` with pydantic does: lax about types, and every fault told at its place.

mod check;
mod experiment;
mod field;
mod filter;
mod invalid;
mod metric;

pub(crate) use experiment::{Refused, Request, experiment};
pub(crate) use field::{Fields, as_text};
pub(crate) use invalid::{Invalid, Place};

use super::json::Json;
use super::sample_size::SampleSize;

/// A request for a sample size.
pub(crate) fn sample_size(body: &Json<'_>) -> Result<SampleSize, Vec<Invalid>> {
    let mut faults = Vec::new();
    let mut fields = Fields::new(body, vec![Place::Name("body")], &mut faults);
    let n_variants = fields.integer("n_variants");
    let minimum_effect = fields.number("minimum_effect");
    let mean = fields.number("mean");
    let std = fields.optional_number("std");
    let confidence_level = fields.optional_number("confidence_level");
    let power = fields.optional_number("power");
    match (n_variants, minimum_effect, mean) {
        (Some(n_variants), Some(minimum_effect), Some(mean)) if faults.is_empty() => {
            Ok(SampleSize {
                n_variants,
                minimum_effect,
                mean,
                std,
                confidence_level: confidence_level.unwrap_or(0.95),
                power: power.unwrap_or(0.8),
            })
        }
        _ => Err(faults),
    }
}
