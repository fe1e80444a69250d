use std::sync::Arc;

use super::changing::add_pair;
use super::entries::{put_experiment, put_row, write_span};
use super::rows::{Row, Rows};
use super::{Counting, SPAN, add_name};
use crate::store::ImportError;
use crate::store::shelf::{Shelf, ShelfBatch, Table};
use crate::unit::Place;
use crate::{ExperimentTallies, Refusal};

impl<S: Shelf> Counting<S> {
    /// Takes over tallies from elsewhere, without the ids and units that they are of.
    pub(crate) fn import(&self, tallies: &ExperimentTallies) -> Result<(), ImportError> {
        let _writing = self.writing()?;
        let state = self.state();
        let info = &tallies.info;
        if state.find(&info.namespace, &info.name).is_some() {
            return Err(ImportError::Exists {
                namespace: info.namespace.clone(),
                experiment: info.name.clone(),
            });
        }
        let mut experiment = state.new_experiment(&info.namespace, &info.name, &self.limits)?;
        let header = Arc::make_mut(&mut experiment.header);
        header.imported = true;
        header.archived = true;
        header.control.clone_from(&info.control);
        header.winner.clone_from(&info.winner);
        let (actions, variants) = (self.limits.actions, self.limits.variants);
        for action in &info.actions {
            self.limits.check_name("action", action)?;
            add_name("actions", &mut header.actions, action, actions)?;
        }
        for variant in &info.variants {
            self.limits.check_name("variant", variant)?;
            add_name("variants", &mut header.variants, variant, variants)?;
        }
        for pair in &info.pairs {
            add_pair(header, pair, &self.limits)?;
        }
        let mut rows = Rows::new();
        for cell in &tallies.cells {
            self.limits.check_name("action", &cell.action)?;
            self.limits.check_name("variant", &cell.variant)?;
            let action = add_name("actions", &mut header.actions, &cell.action, actions)?;
            let variant = add_name("variants", &mut header.variants, &cell.variant, variants)?;
            if let Some(baseline) = cell.baseline {
                header.baselines.push((action, variant, baseline));
            }
            for of in &cell.days {
                rows.insert(
                    (Place::Cell(action, variant), of.day),
                    Row::Tally(of.tallies),
                );
            }
        }
        for of in &tallies.pair_tallies {
            add_pair(header, &of.pair, &self.limits)?;
            let variant = add_name("variants", &mut header.variants, &of.variant, variants)?;
            let index = header
                .pairs
                .iter()
                .position(|pair| header.pair(*pair) == of.pair);
            let index = index.and_then(|index| u16::try_from(index).ok());
            let index = index.ok_or(Refusal::TooMany {
                what: "pairs of actions",
                most: actions,
            })?;
            for of in &of.days {
                rows.insert(
                    (Place::Pair(index, variant), of.day),
                    Row::Products(of.tallies),
                );
            }
        }
        for &(day, units) in &tallies.crossover_days {
            rows.insert((Place::Crossovers, day), Row::Units(units));
        }
        experiment.span = info.first_event_at.zip(info.last_event_at);
        experiment.rows = rows;

        let mut batch = self.shelf.batch(16);
        put_experiment(&mut batch, &experiment, &state)?;
        if let Some(span) = experiment.span {
            let key = [experiment.number.to_be_bytes().as_slice(), &SPAN].concat();
            batch.put(Table::Rows, &key, &write_span(span));
        }
        for (&at, row) in &experiment.rows {
            put_row(&mut batch, experiment.number, at, row);
        }
        drop(state);
        self.shelf.commit(batch)?;
        self.state_mut().insert(experiment);
        Ok(())
    }
}
