use std::sync::Arc;

use super::entries::{discard, put_experiment};
use super::rows::Rows;
use super::{CHUNK, Counting, Experiment, meta};
use crate::store::StoreError;
use crate::store::shelf::{Shelf, ShelfBatch, Table};

impl<S: Shelf> Counting<S> {
    pub(crate) fn delete(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let _writing = self.writing()?;
        let Some(number) = self.state().find(namespace, name).map(|of| of.number) else {
            return Ok(false);
        };
        let mut batch = self.shelf.batch(16);
        discard(&mut batch, number);
        self.shelf.commit(batch)?;
        let mut state = self.state_mut();
        if let Some(experiments) = state.namespaces.get_mut(namespace) {
            experiments.remove(name);
            if experiments.is_empty() {
                state.namespaces.remove(namespace);
            }
        }
        Ok(true)
    }

    pub(crate) fn reset(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let _writing = self.writing()?;
        let state = self.state();
        let Some(experiment) = state.find(namespace, name) else {
            return Ok(false);
        };
        let fresh = Experiment {
            number: state.next_number,
            header: Arc::new(experiment.header.reset()),
            span: None,
            rows: Rows::new(),
        };
        let mut batch = self.shelf.batch(16);
        discard(&mut batch, experiment.number);
        put_experiment(&mut batch, &fresh, &state)?;
        drop(state);
        self.shelf.commit(batch)?;
        self.state_mut().insert(fresh);
        Ok(true)
    }

    /// Removes what deleted experiments left behind, a chunk at a time, as long as `goes_on` says so; ingestion goes on in between.
    pub(crate) fn sweep(&self, goes_on: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let mut numbers = Vec::new();
        self.shelf
            .each(Table::Meta, meta::GARBAGE, None, &mut |key, _| {
                numbers.extend(key.last_chunk::<4>().copied());
                Ok(true)
            })?;
        for number in numbers {
            for table in [Table::Rows, Table::Ids, Table::Units] {
                let mut last: Option<Vec<u8>> = None;
                loop {
                    if !goes_on() {
                        return Ok(());
                    }
                    let mut batch = self.shelf.batch(16);
                    let mut removed = 0;
                    let after = last.take();
                    self.shelf
                        .each(table, &number, after.as_deref(), &mut |key, _| {
                            batch.remove(table, key);
                            removed += 1;
                            last = Some(key.to_vec());
                            Ok(removed < CHUNK)
                        })?;
                    if removed > 0 {
                        self.shelf.commit(batch)?;
                    }
                    if removed < CHUNK {
                        break;
                    }
                }
            }
            let mut batch = self.shelf.batch(16);
            batch.remove(Table::Meta, &[meta::GARBAGE, &number].concat());
            self.shelf.commit(batch)?;
        }
        Ok(())
    }
}
