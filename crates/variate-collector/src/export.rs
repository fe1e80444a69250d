//! Tallies as files: JSON lines, which can be imported again, and tables for other programs.
//!
//! ```
//! use variate_collector::{EventStore, MemoryStore, NewEvent, export};
//!
//! let store = MemoryStore::new();
//! store.ingest(&[NewEvent::new("shop", "pill_color", "red", "participate", "8d0f36b9")])?;
//! let mut lines = Vec::new();
//! export::json_lines(&store, &mut lines)?;
//! let again = export::read_json_lines(lines.as_slice())?;
//! assert_eq!(again.first(), store.tallies("shop", "pill_color")?.as_ref());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Experiments that are [damaged](crate::ExperimentInfo::damaged) are left out.

mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::io::{self, Write};

pub use self::lines::{ReadError, json_lines, read_json_lines};
#[cfg(feature = "parquet")]
pub use self::parquet::parquet;
pub use self::table::csv;
use crate::{EventStore, ExperimentTallies, StoreError};

/// Why tallies could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be written.
    #[error("cannot write the export: {0}")]
    Write(#[from] io::Error),
    /// Parquet could not be written.
    #[cfg(feature = "parquet")]
    #[error("cannot write the export: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

/// All experiments of a store, one after the other, but for those of which it lost a part.
fn each(
    store: &dyn EventStore,
    mut write: impl FnMut(&ExperimentTallies) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    for namespace in store.namespaces()? {
        for info in store.experiments(&namespace)? {
            if info.damaged {
                continue;
            }
            if let Some(tallies) = store.tallies(&namespace, &info.name)? {
                write(&tallies)?;
            }
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), ExportError> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
