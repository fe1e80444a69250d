use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::json;
use crate::component::Measurement;
use crate::{Sink, SinkError};

/// Writes each record as a line of JSON; belongs behind [`Background`](crate::Background).
///
/// ```
/// use variate::Background;
/// use variate::component::JsonLines;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("calls.jsonl");
/// let recorder = Background::new(JsonLines::append(path)?)?;
/// let handle = recorder.handle();
/// // PlaceOrderExperiment::builder(..) ... .recorder(recorder).build()?
/// assert_eq!(handle.stats().dropped, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A line reads back as a [`Measurement`] with any crate for JSON.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    lines: String,
}

impl<W: Write + Send> JsonLines<W> {
    /// To anything that takes bytes. A batch is written at once.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            lines: String::new(),
        }
    }
}

impl JsonLines<File> {
    /// To the end of a file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::new(file))
    }
}

impl<W: Write + Send> Sink<Measurement> for JsonLines<W> {
    fn write(&mut self, batch: &[Measurement]) -> Result<(), SinkError> {
        self.lines.clear();
        for measurement in batch {
            json::write(&mut self.lines, measurement);
        }
        self.out.write_all(self.lines.as_bytes())?;
        Ok(self.out.flush()?)
    }
}
