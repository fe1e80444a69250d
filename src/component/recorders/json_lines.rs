use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
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
    /// Whether a line may have been begun and not ended: the next one begins on a line of its own.
    is_torn: bool,
}

impl<W: Write + Send> JsonLines<W> {
    /// To anything that takes bytes. A batch is written at once.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            lines: String::new(),
            is_torn: false,
        }
    }
}

impl JsonLines<File> {
    /// To the end of a file, which is made if it is not there. What a program that was killed left of its last line stays a line of its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let mut sink = Self::new(file);
        sink.is_torn = is_torn(path);
        Ok(sink)
    }
}

/// Whether a file ends within a line. What cannot be read, such as a pipe, does not.
fn is_torn(path: &Path) -> bool {
    let last = || {
        let is_file = std::fs::metadata(path)?.is_file();
        let mut last = [b'\n'];
        if is_file {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        io::Result::Ok(last != [b'\n'])
    };
    last().unwrap_or(false)
}

impl<W: Write + Send> Sink<Measurement> for JsonLines<W> {
    fn write(&mut self, batch: &[Measurement]) -> Result<(), SinkError> {
        self.lines.clear();
        if self.is_torn {
            self.lines.push('\n');
        }
        for measurement in batch {
            json::write(&mut self.lines, measurement);
        }
        // Until all of it is known to be there.
        self.is_torn = true;
        self.out.write_all(self.lines.as_bytes())?;
        self.out.flush()?;
        self.is_torn = false;
        Ok(())
    }
}
