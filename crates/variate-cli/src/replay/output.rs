//! Where the events go.

use std::fmt;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use variate::{EventRecord, Sink};
use variate_collector::{HttpSink, HttpSinkHandle};

use super::events::Event;
use super::{Options, ReplayError};
use crate::sent_key::sent_key;

pub(super) enum Output {
    Nowhere,
    Lines(BufWriter<StdoutLock<'static>>),
    Collector(Box<Collector>),
}

pub(super) struct Collector {
    sink: HttpSink,
    handle: HttpSinkHandle,
    batch: Vec<EventRecord>,
}

/// How many events are posted at once.
const BATCH: usize = 1_000;

/// Others can see command lines.
const KEY_VARIABLE: &str = "VARIATE_API_KEY";

impl Output {
    pub(super) fn new(options: &Options, namespace: Option<&str>) -> Result<Self, ReplayError> {
        let Some(address) = &options.to else {
            return Ok(if options.dry_run {
                Self::Nowhere
            } else {
                Self::Lines(BufWriter::new(io::stdout().lock()))
            });
        };
        let mut builder = HttpSink::builder(address).gzip(true);
        if let Some(namespace) = namespace {
            builder = builder.namespace(namespace);
        }
        let key = match &options.api_key_file {
            Some(path) => {
                let read = std::fs::read_to_string(path);
                Some(read.map_err(|error| ReplayError::Key {
                    path: path.clone(),
                    error,
                })?)
            }
            None => std::env::var(KEY_VARIABLE).ok(),
        };
        if let Some(key) = key.as_deref().and_then(|keys| sent_key(keys, "role=read")) {
            builder = builder.api_key(key);
        } else if let Some(path) = &options.api_key_file {
            return Err(ReplayError::NoKey { path: path.clone() });
        }
        let sink = builder.build()?;
        Ok(Self::Collector(Box::new(Collector {
            handle: sink.handle(),
            sink,
            batch: Vec::with_capacity(BATCH),
        })))
    }

    /// Answers whether anybody wants more.
    pub(super) fn take(&mut self, event: &Event<'_>) -> Result<bool, ReplayError> {
        match self {
            Self::Nowhere => Ok(true),
            Self::Lines(output) => {
                let written = serde_json::to_writer(&mut *output, event)
                    .map_err(io::Error::from)
                    .and_then(|()| output.write_all(b"\n"));
                match written {
                    Ok(()) => Ok(true),
                    Err(error) => still_read(error)
                        .map(|()| false)
                        .map_err(ReplayError::Write),
                }
            }
            Self::Collector(collector) => {
                let record = serde_json::to_value(event).and_then(serde_json::from_value);
                let record = record.map_err(|error| ReplayError::Write(error.into()))?;
                collector.batch.push(record);
                if collector.batch.len() >= BATCH {
                    collector.post()?;
                }
                Ok(true)
            }
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), ReplayError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Lines(output) => output
                .flush()
                .or_else(still_read)
                .map_err(ReplayError::Write),
            Self::Collector(collector) => collector.post(),
        }
    }
}

impl Collector {
    fn post(&mut self) -> Result<(), ReplayError> {
        if !self.batch.is_empty() {
            self.sink.write(&self.batch).map_err(ReplayError::Post)?;
            self.batch.clear();
        }
        Ok(())
    }
}

/// A reader that has gone away is no matter.
pub(super) fn still_read(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}

/// What the collector said.
impl fmt::Display for Output {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Collector(collector) = self else {
            return Ok(());
        };
        let stats = collector.handle.stats();
        let (counted, duplicates) = (stats.counted, stats.duplicates);
        let (archived, refused) = (stats.archived, stats.refused);
        writeln!(
            out,
            "the collector: {counted} counted, {duplicates} counted before, {archived} of archived experiments, {refused} refused"
        )?;
        if stats.as_bot > 0 {
            writeln!(
                out,
                "{} not counted: the collector takes this client for a bot, by its user agent or its address",
                stats.as_bot
            )?;
        }
        Ok(())
    }
}
