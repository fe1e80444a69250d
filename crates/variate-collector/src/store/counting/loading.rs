use std::collections::BTreeMap;
use std::sync::Arc;

use super::entries::read_span;
use super::header::Header;
use super::rows::{self, Row, Rows};
use super::{Counting, Experiment, SPAN, State, meta};
use crate::store::StoreError;
use crate::store::shelf::{Shelf, Table};

impl<S: Shelf> Counting<S> {
    /// Takes what the shelf has into memory.
    pub(super) fn load(&self) -> Result<(), StoreError> {
        let mut state = State::default();
        let mut experiments: BTreeMap<u32, Experiment> = BTreeMap::new();
        if let Some(bytes) = self.shelf.get(Table::Meta, meta::NEXT_NUMBER)? {
            let bytes = bytes.as_ref().try_into();
            let bytes = bytes.map_err(|_| self.damaged("the number of the next experiment"))?;
            state.next_number = u32::from_be_bytes(bytes);
        }
        self.shelf
            .each(Table::Experiments, &[], None, &mut |key, value| {
                let number = key
                    .try_into()
                    .map(u32::from_be_bytes)
                    .map_err(|_| self.damaged("the number of an experiment"))?;
                let header: Header = serde_json::from_slice(value).map_err(|error| {
                    self.damaged(format!("the header of experiment number {number}: {error}"))
                })?;
                let experiment = Experiment {
                    number,
                    header: Arc::new(header),
                    span: None,
                    rows: Rows::new(),
                };
                experiments.insert(number, experiment);
                Ok(true)
            })?;
        self.shelf.each(Table::Rows, &[], None, &mut |key, value| {
            let Some((number, rest)) = key.split_first_chunk() else {
                return Err(self.damaged("the key of a row"));
            };
            let Some(experiment) = experiments.get_mut(&u32::from_be_bytes(*number)) else {
                // Garbage that is not yet removed.
                return Ok(true);
            };
            let damaged = || {
                self.damaged(format!(
                    "a row of experiment `{}` of namespace `{}`",
                    experiment.header.name, experiment.header.namespace
                ))
            };
            if *rest == SPAN {
                experiment.span = Some(read_span(value).ok_or_else(damaged)?);
            } else {
                let at = rows::read_key(rest).ok_or_else(damaged)?;
                let row = Row::read(at.0, value).ok_or_else(damaged)?;
                experiment.rows.insert(at, row);
            }
            Ok(true)
        })?;
        for (number, experiment) in experiments {
            state.next_number = state.next_number.max(number.saturating_add(1));
            let header = &experiment.header;
            state
                .namespaces
                .entry(header.namespace.clone())
                .or_default()
                .insert(header.name.clone(), experiment);
        }
        *self.state_mut() = state;
        Ok(())
    }
}
