//! What a command found, as a whole, and whether that is good.

use std::io::{self, Write};

use serde::Serialize;

pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) is_good: bool,
}

impl Report {
    /// Writes it; a reader that has gone away is no matter.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut output = io::stdout().lock();
        let written = output
            .write_all(self.text.as_bytes())
            .and_then(|()| output.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// One line of JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Nothing here has keys that are no texts, and writing to memory does not fail.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}
