//! What is written of an experiment.

use super::header::Header;
use super::rows::{self, Row};
use super::{Experiment, State, meta};
use crate::Day;
use crate::store::StoreError;
use crate::store::shelf::{ShelfBatch, Table};
use crate::unit::Place;

/// Its header, and that its number is given.
pub(super) fn put_experiment(
    batch: &mut impl ShelfBatch,
    experiment: &Experiment,
    state: &State,
) -> Result<(), StoreError> {
    put_header(batch, experiment.number, &experiment.header)?;
    let next = state.next_number.max(experiment.number.saturating_add(1));
    batch.put(Table::Meta, meta::NEXT_NUMBER, &next.to_be_bytes());
    Ok(())
}

pub(super) fn put_header(
    batch: &mut impl ShelfBatch,
    number: u32,
    header: &Header,
) -> Result<(), StoreError> {
    let json = serde_json::to_vec(header).map_err(|error| StoreError::Unavailable {
        place: format!("experiment `{}`", header.name),
        source: error.into(),
    })?;
    batch.put(Table::Experiments, &number.to_be_bytes(), &json);
    Ok(())
}

pub(super) fn put_row(batch: &mut impl ShelfBatch, number: u32, at: (Place, Day), row: &Row) {
    let mut key = number.to_be_bytes().to_vec();
    rows::write_key(at, &mut key);
    let mut value = Vec::with_capacity(240);
    row.write(&mut value);
    batch.put(Table::Rows, &key, &value);
}

/// From now on the experiment is not there; its data is removed by and by.
pub(super) fn discard(batch: &mut impl ShelfBatch, number: u32) {
    let number = number.to_be_bytes();
    batch.remove(Table::Experiments, &number);
    batch.put(Table::Meta, &[meta::GARBAGE, &number].concat(), &[]);
}

pub(super) fn write_span((first, last): (u64, u64)) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&first.to_le_bytes());
    bytes[8..].copy_from_slice(&last.to_le_bytes());
    bytes
}

pub(super) fn read_span(bytes: &[u8]) -> Option<(u64, u64)> {
    let (first, rest) = bytes.split_first_chunk()?;
    let last = rest.try_into().ok()?;
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(last)))
}
