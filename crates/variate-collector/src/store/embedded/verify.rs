use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::directory::Directory;
use super::files::Depth;
use super::shelf::{LOOK, Memory};
use super::{EmbeddedStore, StoreError};
use crate::Limits;
use crate::store::counting::{Check, Counting};

/// What [`EmbeddedStore::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Experiments.
    pub experiments: u64,
    /// Rows: one for each action, variant and day, and some more.
    pub rows: u64,
    /// Ids of events with units.
    pub ids: u64,
    /// Units, among them ids that are their own units.
    pub units: u64,
    /// Rows that are not recomputed: of imported experiments, and of days whose random ids were forgotten.
    pub rows_not_compared: u64,
    /// Files whose bytes are not those that were written, and why.
    pub damaged_files: Vec<(PathBuf, String)>,
    /// Tallies that are not those of their units, and entries that cannot be read.
    pub mismatches: Vec<ReportedMismatch>,
    /// Whether the directory cannot be written, so that only the bytes of its files were checked.
    pub is_read_only: bool,
    /// Why not everything was read, if something went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReportedMismatch {
    /// The namespace.
    pub namespace: String,
    /// The experiment.
    pub experiment: String,
    /// What is wrong, and where.
    pub what: String,
}

/// A journal that [`EmbeddedStore::repair`] cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairedJournal {
    /// Which one.
    pub journal: PathBuf,
    /// As it was.
    pub copy: PathBuf,
    /// How many bytes are left of it.
    pub kept_bytes: u64,
    /// How many bytes are cut off.
    pub lost_bytes: u64,
    /// How many whole batches are among those: at least, since what cannot be read has no number.
    pub lost_batches: u64,
}

impl Report {
    /// Where no file was found that is the cause.
    fn blame(&mut self, directory: &Directory, error: StoreError) {
        self.incomplete = Some(match error {
            // It tells to do what is being done.
            StoreError::Damaged { what, .. } => {
                let what = what.split(LOOK).next().unwrap_or_default();
                format!(
                    "{what}; it is one of the files in {}",
                    directory.data().display()
                )
            }
            error => error.to_string(),
        });
    }

    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.damaged_files.is_empty() && self.mismatches.is_empty() && self.incomplete.is_none()
    }
}

impl EmbeddedStore {
    /// Reads all files of a store that nobody has open, and recomputes all tallies from the units that are kept. `tell` is told how
    /// many entries were read, now and then. In a directory that cannot be written it checks the files only, and says so.
    ///
    /// After a [`repair`](Self::repair) it is what tells the store which experiments are to be counted on.
    ///
    /// # Errors
    ///
    /// There is no store, another process has it open, a later version wrote it, or the disk could not be read. What is
    /// wrong with the store itself is in the report.
    pub fn verify(
        directory: impl AsRef<Path>,
        mut tell: impl FnMut(u64),
    ) -> Result<Report, StoreError> {
        let mut directory = Directory::take(directory.as_ref(), false)?;
        let mut report = Report::default();
        if directory.data().exists() {
            report.damaged_files = directory.file_damage(Depth::Bytes, &mut || tell(0))?;
            report.damaged_files.extend(directory.journal_damage()?);
        }
        let is_damage = !report.damaged_files.is_empty();
        if directory.is_read_only() && directory.data().exists() {
            report.is_read_only = true;
            report.incomplete = Some(
                "the directory cannot be written, so that the bytes of its files were checked and the tallies were not: to have them checked, copy the directory to a place that can be written, and verify the copy"
                    .to_owned(),
            );
            return Ok(report);
        }
        let shelf = match directory.open_data(Memory::small(16 << 20)) {
            Ok(shelf) => shelf,
            // To open it would cut the journals, or delete the rest.
            Err(StoreError::Damaged { .. }) if is_damage => {
                let advice = if directory.is_of_list(&report.damaged_files) {
                    "; `variate store repair` makes the engine's list of its tables anew, and nothing is lost"
                } else {
                    ""
                };
                report.incomplete = Some(format!(
                    "the store cannot be opened with these files{advice}"
                ));
                return Ok(report);
            }
            Err(error @ StoreError::Damaged { .. }) => {
                report.blame(&directory, error);
                return Ok(report);
            }
            Err(error) => return Err(error),
        };
        let mut check = Check::default();
        let read = || {
            let counting = Counting::open(shelf, directory.secret(), Limits::default())?;
            counting.check(&mut check, &mut tell)
        };
        // Damaged bytes may make the engine panic.
        let checked = catch_unwind(AssertUnwindSafe(read));
        // The experiments with all their tallies are in memory before anything is compared.
        let tallies_are_read = check.experiments > 0;
        report.experiments = check.experiments;
        report.rows = check.rows;
        report.ids = check.ids;
        report.units = check.units;
        report.rows_not_compared = check.rows_not_compared;
        let mismatches = check.mismatches.into_iter();
        report.mismatches = mismatches
            .map(|of| ReportedMismatch {
                namespace: of.namespace,
                experiment: of.experiment,
                what: of.what,
            })
            .collect();
        match checked {
            Ok(Ok(())) => {}
            Ok(Err(error)) if report.damaged_files.is_empty() => report.blame(&directory, error),
            Ok(Err(_)) => report.incomplete = Some("the rest cannot be read".to_owned()),
            Err(_) => report.incomplete = Some("the engine panicked while it read".to_owned()),
        }
        if let (Some(what), true) = (&mut report.incomplete, tallies_are_read) {
            *what += "; the tallies of all experiments can be read, and `variate store export` writes them. What is lost are ids or units: the store counts on, but takes no batch that has one of those";
        }
        if report.damaged_files.is_empty() && report.incomplete.is_none() {
            let found = report.mismatches.iter();
            let found = found.map(|of| (of.namespace.clone(), of.experiment.clone()));
            directory.settle(&found.collect())?;
        }
        Ok(report)
    }

    /// Makes the engine's list of its tables anew (`data/keyspaces/0`), if files of it are damaged: it is the same in each store, so
    /// that nothing is lost. Answers where the damaged one is kept.
    ///
    /// # Errors
    ///
    /// As [`repair`](Self::repair).
    pub fn repair_list(directory: impl AsRef<Path>) -> Result<Option<PathBuf>, StoreError> {
        Directory::take(directory.as_ref(), false)?.remake_list()
    }

    /// Makes a store with damaged journals one that can be opened: each is cut where it can be read no further, and a copy of it is
    /// kept beside it, as `.damaged`. What was counted after that place is lost, whole batches behind it included: their totals have
    /// events in them whose ids are lost, so that those would count twice when they are sent again.
    ///
    /// Where a journal was cut, the store opens only after [`verify`](Self::verify): what is left may not go together, as in a
    /// backup, whose journal is in the order of its tables, and not of time. Experiments of which the tallies are not those of
    /// their units are [damaged](crate::ExperimentInfo::damaged) from then on, until they are reset.
    ///
    /// # Errors
    ///
    /// There is no store, another process has it open, or the disk did not let it.
    pub fn repair(directory: impl AsRef<Path>) -> Result<Vec<RepairedJournal>, StoreError> {
        Directory::take(directory.as_ref(), false)?.cut_journals()
    }
}
