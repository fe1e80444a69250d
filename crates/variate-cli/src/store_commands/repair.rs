use std::path::Path;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use variate_collector::EmbeddedStore;
use variate_stats::words::Printable;

use super::{StoreCommandError, count, say};
use crate::store_url::{Place, open_redis_store};

#[derive(Debug, Clone, Args)]
pub(super) struct RepairArguments {
    /// The store: a directory, as a path or as `dir:PATH`, or redis://HOST:PORT
    #[arg(value_name = "STORE", value_parser = OsStringValueParser::new().try_map(Place::parse))]
    store: Place,
    /// Forget what a namespace had of which the server lost the list of experiments: it counts anew from zero
    #[arg(long, value_name = "NAMESPACE")]
    forget: Vec<String>,
    /// Remove experiments that counted something and are on no list, as those of forgotten namespaces are; --forget does so
    #[arg(long)]
    remove_unlisted: bool,
    /// One JSON object with all that was found instead of lines for people
    #[arg(long)]
    json: bool,
}

impl RepairArguments {
    pub(super) fn repair(&self) -> Result<bool, StoreCommandError> {
        match &self.store {
            Place::Url(url) => self.repair_redis(url),
            Place::Directory(_) if self.remove_unlisted || !self.forget.is_empty() => {
                Err(StoreCommandError::OfServers)
            }
            Place::Directory(path) => self.repair_directory(path),
        }
    }

    fn repair_redis(&self, url: &str) -> Result<bool, StoreCommandError> {
        let store = open_redis_store(url)?;
        let mut told = Vec::new();
        for namespace in &self.forget {
            if !store.forget_namespace(namespace)? {
                return Err(StoreCommandError::NotLost(namespace.clone()));
            }
            told.push(format!(
                "the namespace `{}` counts anew",
                Printable(namespace)
            ));
        }
        let found = store.repair(self.remove_unlisted || !self.forget.is_empty())?;
        if !found.listed.is_empty() {
            let names: Vec<String> = found
                .listed
                .iter()
                .map(|name| format!("`{}`", Printable(name)))
                .collect();
            told.push(format!(
                "put into the list of namespaces again: {}",
                names.join(", ")
            ));
        }
        if let Some(number) = found.number {
            told.push(format!("numbers of new experiments go on after {number}"));
        }
        if found.removed > 0 {
            told.push(format!(
                "removed, being on no list: {}",
                count(found.removed, "experiment")
            ));
        }
        for namespace in &found.lost {
            told.push(format!(
                "not repaired: the list of experiments of the namespace `{}` is lost; take it from a backup, or let the namespace count anew with --forget {namespace:?}",
                Printable(namespace)
            ));
        }
        if found.unlisted > found.removed {
            let unlisted = count(found.unlisted - found.removed, "experiment");
            told.push(if found.is_list_lost {
                format!(
                    "not repaired: the list of namespaces, for {unlisted} that counted something may be of others than those that are left; take the keys from a backup, or let them count anew with --remove-unlisted"
                )
            } else if found.lost.is_empty() {
                format!("on no list: {unlisted}; --remove-unlisted removes what they counted")
            } else {
                format!("on no list, being of those: {unlisted}")
            });
        }
        told.push(if found.is_good() {
            "all that experiments are found by is there".to_owned()
        } else {
            "the store is not good".to_owned()
        });
        say(self.json, &found, told.join("\n") + "\n")?;
        Ok(found.is_good())
    }

    fn repair_directory(&self, directory: &Path) -> Result<bool, StoreCommandError> {
        let list = EmbeddedStore::repair_list(directory)?;
        let repaired = EmbeddedStore::repair(directory)?;
        let mut told = Vec::new();
        if let Some(copy) = &list {
            told.push(format!(
                "the engine's list of its tables: made anew, and nothing is lost; as it was: {}",
                copy.display()
            ));
        }
        for of in &repaired {
            told.push(format!(
                "{}: cut behind byte {}; lost: {} and {} at least; as it was: {}",
                of.journal.display(),
                of.kept_bytes,
                count(of.lost_bytes, "byte"),
                count(of.lost_batches, "whole write"),
                of.copy.display()
            ));
        }
        if repaired.is_empty() {
            told.push("no journal is damaged".to_owned());
        }
        // Only journals and the list are repaired.
        let left = EmbeddedStore::verify(directory, |_| {})?;
        for (file, what) in &left.damaged_files {
            told.push(format!(
                "not repaired: {}: {what}; take the store from a backup",
                file.display()
            ));
        }
        if let Some(what) = &left.incomplete {
            told.push(format!("not repaired: {what}"));
        }
        if !left.mismatches.is_empty() {
            told.push(format!(
                "not repaired: {} that `variate store verify` names. The experiments are not counted and not read until the store is taken from another backup, or they are reset",
                count(left.mismatches.len() as u64, "difference")
            ));
        }
        told.push(if left.is_good() {
            "the store is good".to_owned()
        } else {
            "the store is not good".to_owned()
        });
        let found = serde_json::json!({ "list": list, "repaired": repaired, "left": left });
        say(self.json, &found, told.join("\n") + "\n")?;
        Ok(left.is_good())
    }
}
