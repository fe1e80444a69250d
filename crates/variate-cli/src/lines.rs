//! Reads lines, writes their answers, and accounts for the bad ones.

use std::fmt;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use crate::request::LineError;

const BUFFER: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What ends the work before the input does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinesError {
    #[error("cannot open `{}`: {error}", path.display())]
    Open { path: PathBuf, error: io::Error },
    #[error("cannot read the input: {0}")]
    Read(io::Error),
    #[error("cannot write the answers: {0}")]
    Write(io::Error),
}

/// Calls `answer` with each line that is not blank, writes what it appends to the buffer, and
/// counts the lines for which it fails.
///
/// A reader that has gone away ends the work quietly.
pub(crate) fn answer(
    input: impl Read,
    output: impl Write,
    mut answer: impl FnMut(&str, &mut Vec<u8>) -> Result<(), LineError>,
) -> Result<u64, LinesError> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut output = BufWriter::with_capacity(BUFFER, output);
    let (mut line, mut buffer) = (Vec::new(), Vec::new());
    let (mut number, mut bad) = (0_u64, 0_u64);
    loop {
        // The next read may wait for somebody who waits for our answers.
        if !input.buffer().contains(&b'\n') && !still_read(output.flush())? {
            return Ok(bad);
        }
        line.clear();
        if input
            .read_until(b'\n', &mut line)
            .map_err(LinesError::Read)?
            == 0
        {
            return Ok(bad);
        }
        number += 1;
        let content = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(content) if number == 1 => content,
            _ => &line,
        };
        let content = content.trim_ascii_end();
        if content.is_empty() {
            continue;
        }
        buffer.clear();
        let answered = std::str::from_utf8(content)
            .map_err(|error| LineError::NotUtf8(error.valid_up_to() + 1))
            .and_then(|content| answer(content, &mut buffer));
        let written = match answered {
            Ok(()) => output.write_all(&buffer),
            Err(error) => {
                bad += 1;
                // Answers before the error appear before it where both go to one place.
                let flushed = output.flush();
                tell(&format_args!("line {number}: {error}"));
                flushed
            }
        };
        if !still_read(written)? {
            return Ok(bad);
        }
    }
}

/// Whether anybody still reads the answers.
fn still_read(written: io::Result<()>) -> Result<bool, LinesError> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(LinesError::Write(error)),
    }
}

/// Says what is wrong on the standard error output.
pub(crate) fn tell(problem: &dyn fmt::Display) {
    // One write, so that lines of several processes do not mix; nobody can be told if it fails.
    let _ = io::stderr()
        .lock()
        .write_all(format!("variate: {problem}\n").as_bytes());
}
