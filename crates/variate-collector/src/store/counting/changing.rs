use std::sync::Arc;

use super::Counting;
use super::entries::{put_experiment, put_row};
use super::header::{Header, Names};
use super::rows::{Row, Rows};
use crate::store::shelf::{Shelf, Table};
use crate::store::{ChangeError, StoreError};
use crate::unit::{Place, Unit};
use crate::{Change, ExperimentInfo, Limits, Pair, Refusal};

impl<S: Shelf> Counting<S> {
    pub(crate) fn change(
        &self,
        namespace: &str,
        name: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        let _writing = self.writing()?;
        let state = self.state();
        let mut experiment = match state.find(namespace, name) {
            Some(experiment) => experiment.clone(),
            None => state.new_experiment(namespace, name, &self.limits)?,
        };
        let header = Arc::make_mut(&mut experiment.header);
        let mut added_rows = Rows::new();
        match change {
            Change::Archived(archived) => header.archived = *archived,
            Change::Control(variant) => {
                header.control = known(header, variant.as_deref())?;
            }
            Change::Winner(variant) => header.winner = known(header, variant.as_deref())?,
            Change::Pair(pair) => {
                self.limits.check_name("action", &pair.first)?;
                self.limits.check_name("action", &pair.second)?;
                if let Some(index) = add_pair(header, pair, &self.limits)? {
                    added_rows = self.rows_of_pair(experiment.number, header, index)?;
                    experiment.rows.extend(added_rows.clone());
                }
            }
            Change::Baseline {
                action,
                variant,
                baseline,
            } => {
                self.limits.check_name("action", action)?;
                self.limits.check_name("variant", variant)?;
                let action = add_name("actions", &mut header.actions, action, self.limits.actions)?;
                let most = self.limits.variants;
                let variant = add_name("variants", &mut header.variants, variant, most)?;
                let baselines = &mut header.baselines;
                baselines.retain(|of| (of.0, of.1) != (action, variant));
                baselines.push((action, variant, *baseline));
            }
        }
        let mut batch = self.shelf.batch(16);
        put_experiment(&mut batch, &experiment, &state)?;
        for (&at, row) in &added_rows {
            put_row(&mut batch, experiment.number, at, row);
        }
        drop(state);
        self.shelf.commit(batch)?;
        let info = experiment.header.info(experiment.span);
        self.state_mut().insert(experiment);
        Ok(info)
    }

    /// What the units that are there already contribute to a new pair.
    fn rows_of_pair(&self, number: u32, header: &Header, index: u16) -> Result<Rows, StoreError> {
        let mut rows = Rows::new();
        let Some(&pair) = header.pairs.get(usize::from(index)) else {
            return Ok(rows);
        };
        let mut changes = Vec::new();
        self.shelf.each(
            Table::Units,
            &number.to_be_bytes(),
            None,
            &mut |_, bytes| {
                let unit = Unit::read(bytes).map_err(|error| self.damaged(error.to_string()))?;
                changes.clear();
                unit.contribute(&[pair], &mut changes);
                for change in &changes {
                    if let Place::Pair(_, variant) = change.place {
                        let place = Place::Pair(index, variant);
                        rows.entry((place, change.day))
                            .or_insert_with(|| Row::empty(&change.amount))
                            .add(change);
                    }
                }
                Ok(true)
            },
        )?;
        Ok(rows)
    }
}

pub(in crate::store) fn known(
    header: &Header,
    variant: Option<&str>,
) -> Result<Option<String>, ChangeError> {
    match variant {
        Some(variant) if header.variants.find(variant).is_none() => {
            Err(ChangeError::UnknownVariant {
                experiment: header.name.clone(),
                variant: variant.to_owned(),
                variants: header.info(None).variants,
            })
        }
        _ => Ok(variant.map(str::to_owned)),
    }
}

pub(in crate::store) fn add_pair(
    header: &mut Header,
    pair: &Pair,
    limits: &Limits,
) -> Result<Option<u16>, Refusal> {
    let first = add_name("actions", &mut header.actions, &pair.first, limits.actions)?;
    let second = add_name("actions", &mut header.actions, &pair.second, limits.actions)?;
    if header.pairs.contains(&(first, second)) {
        return Ok(None);
    }
    let most = limits.actions;
    if header.pairs.len() >= most {
        return Err(Refusal::TooMany {
            what: "pairs of actions",
            most,
        });
    }
    let index = header.pairs.len().try_into().ok();
    header.pairs.push((first, second));
    Ok(index)
}

pub(in crate::store) fn add_name(
    what: &'static str,
    names: &mut Names,
    name: &str,
    most: usize,
) -> Result<u16, Refusal> {
    if names.find(name).is_none() && names.len() >= most {
        return Err(Refusal::TooMany { what, most });
    }
    Ok(names.add(name))
}
