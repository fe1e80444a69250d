//! `variate replay`: an access log as events.

mod bots;
mod events;
mod line;
mod output;
mod rules;
mod summary;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flate2::read::MultiGzDecoder;
use variate::{Config, SinkError};
use variate_collector::HttpSinkError;

use self::events::Replay;
use self::line::{Line, LineError};
use self::output::{Output, still_read};
use self::rules::Rules;
pub(crate) use self::rules::RulesError;
use crate::arguments::{Unusable, unusable};
use crate::key_options::KeyOptions;
use crate::{BAD_INPUT, lines};

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    keys: KeyOptions,
}

#[derive(Debug, Clone, Args)]
struct Options {
    /// Access logs in the common or combined format, plain or compressed by gzip, oldest first; the standard input
    /// if left out or `-`
    files: Vec<PathBuf>,
    /// The file of rules: which events the lines are
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// Post the events to a collector at this address instead of printing them
    #[arg(long, value_name = "URL", conflicts_with = "dry_run")]
    to: Option<String>,
    /// The file with the API key for --to, alone or as in the server's own file, whose first key that may send is taken;
    /// without it, the environment variable `VARIATE_API_KEY`
    #[arg(long, value_name = "FILE", requires = "to")]
    api_key_file: Option<PathBuf>,
    /// Say what would become of the lines, and print no events
    #[arg(long)]
    dry_run: bool,
    /// Where the logs come from, if those of several servers are replayed: equal lines at the same place are one without it
    #[arg(long, value_name = "NAME", default_value = "")]
    source: String,
}

/// What ends a replay before its input does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("cannot read `{}`: {error}", path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error("cannot write the events: {0}")]
    Write(io::Error),
    #[error("{0}; replay the logs again later: what is counted already does not count twice")]
    Post(SinkError),
    #[error("cannot post: {0}")]
    Sink(#[from] HttpSinkError),
    #[error("cannot read the API key in `{}`: {error}", path.display())]
    Key { path: PathBuf, error: io::Error },
    #[error(
        "`{}` has no API key that may send events: a line with the key itself, which is not `sha256:…`, and not `role=read`",
        path.display()
    )]
    NoKey { path: PathBuf },
}

/// The longest line that is read. Addresses of servers have 8 kB at the most.
const LONGEST: usize = 64 * 1024;

/// How many bad lines are told; all are counted.
const TOLD: u64 = 20;

/// A replay whose options can be used.
pub(crate) struct Prepared {
    options: Options,
    config: Config,
}

impl ReplayArguments {
    pub(crate) fn prepare(&self) -> Result<Prepared, Unusable> {
        let config = self.keys.builder()?.build();
        Ok(Prepared {
            options: self.options.clone(),
            config: config.map_err(|error| unusable(&error))?,
        })
    }
}

impl Prepared {
    pub(crate) fn run(self) -> ExitCode {
        match self.replay() {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(BAD_INPUT),
            Err(error) => {
                lines::tell(&error);
                match error {
                    ReplayError::Rules(_)
                    | ReplayError::Key { .. }
                    | ReplayError::NoKey { .. }
                    | ReplayError::Sink(_) => ExitCode::from(BAD_INPUT),
                    _ => ExitCode::FAILURE,
                }
            }
        }
    }

    /// Answers how many lines were bad.
    fn replay(self) -> Result<u64, ReplayError> {
        let Self { options, config } = self;
        let rules = Rules::read(&options.rules)?;
        let mut output = Output::new(&options, rules.namespace.as_deref())?;
        let mut replay = Replay::new(rules, config, options.source, options.dry_run);
        let mut files = options.files;
        if files.is_empty() {
            files.push("-".into());
        }
        for path in &files {
            if !read(path, &mut replay, &mut output)? {
                // Nobody reads the events any more.
                return Ok(replay.summary.bad);
            }
        }
        output.finish()?;
        let summary = &replay.summary;
        if options.dry_run {
            let written = write!(io::stdout().lock(), "{summary}");
            written.or_else(still_read).map_err(ReplayError::Write)?;
        } else {
            // Nobody can be told if that fails.
            let _ = write!(io::stderr().lock(), "{summary}{output}");
        }
        Ok(summary.bad)
    }
}

/// Takes the events of one file; answers whether anybody wants more.
fn read(path: &Path, replay: &mut Replay, output: &mut Output) -> Result<bool, ReplayError> {
    let failed = |error| ReplayError::Read {
        path: path.to_owned(),
        error,
    };
    let mut input = open(path).map_err(failed)?;
    let (mut offset, mut number, mut line) = (0_u64, 0_u64, Vec::new());
    loop {
        line.clear();
        let bytes = read_line(&mut input, &mut line).map_err(failed)?;
        if bytes == 0 {
            return Ok(true);
        }
        let start = offset;
        offset += bytes;
        number += 1;
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        if text.is_empty() {
            continue;
        }
        replay.summary.lines += 1;
        let parsed = if line.len() > LONGEST {
            Err(LineError::Length(LONGEST))
        } else {
            Line::parse(&text)
        };
        match parsed {
            Ok(Some(line)) => {
                let taken = replay.line(start, &text, &line, |event| output.take(event));
                if !taken? {
                    return Ok(false);
                }
            }
            Ok(None) => replay.summary.no_request += 1,
            Err(error) => {
                replay.summary.bad += 1;
                if replay.summary.bad <= TOLD {
                    lines::tell(&format_args!("{}:{number}: {error}", path.display()));
                } else if replay.summary.bad == TOLD + 1 {
                    lines::tell(&"more bad lines are counted and not told");
                }
            }
        }
    }
}

/// What `gzip` writes begins with these.
const GZIP: [u8; 2] = [0x1F, 0x8B];

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path)?)
    };
    let mut start = Vec::new();
    input.by_ref().take(2).read_to_end(&mut start)?;
    let is_compressed = start == GZIP;
    let input = Cursor::new(start).chain(input);
    Ok(if is_compressed {
        // Compressed logs may be put together.
        Box::new(BufReader::new(MultiGzDecoder::new(input)))
    } else {
        Box::new(BufReader::new(input))
    })
}

/// Reads a line and answers how many bytes it has; of one that is too long only the beginning, and one byte too many.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let most = LONGEST as u64 + 1;
    let mut bytes = input.take(most).read_until(b'\n', line)? as u64;
    if bytes == most && line.last() != Some(&b'\n') {
        bytes += input.skip_until(b'\n')? as u64;
    }
    Ok(bytes)
}
