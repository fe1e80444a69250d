use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::CatalogueError;
use crate::Config;
use crate::contain::contain;
use crate::diagnostics::tell;

/// The least time between two looks: less would do nothing but read.
const SHORTEST: Duration = Duration::from_millis(100);

impl Config {
    /// Reads the files of [`ConfigBuilder::catalogue_file`](crate::ConfigBuilder::catalogue_file) again, and from then on decides by them: the place of
    /// a signal's handler, or of a button.
    ///
    /// Decisions that are being made end under the declarations with which they began; none is a mixture. Handles
    /// that have decided keep what they have, and those whose key was asked for keep the key. Nobody waits for it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or when what it says is wrong: everything stays as it was. That is told and counted, too.
    pub fn reload(&self) -> Result<(), CatalogueError> {
        self.told(self.reload_declarations(true)).map(drop)
    }

    /// As [`reload`](Self::reload), if the content of a file is not what it was when it was last read; answers whether the
    /// declarations were replaced.
    ///
    /// This is the step that [`watch`](Self::watch) repeats.
    ///
    /// # Errors
    ///
    /// As those of [`reload`](Self::reload); once for each broken content.
    pub fn reload_if_changed(&self) -> Result<bool, CatalogueError> {
        self.told(self.reload_declarations(false))
    }

    /// Looks at once, and then every `interval`, whether the catalogue files have changed, on a thread of its own, until the
    /// answer is dropped.
    ///
    /// It compares contents and not times, so that files may be links, as those of a Kubernetes config map are.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use variate::Config;
    ///
    /// let config = Config::builder().catalogue_file("catalogue.toml").build()?;
    /// let _watch = config.watch(Duration::from_secs(5))?;
    /// variate::init(config)?;
    /// // serve
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// An interval below a tenth of a second counts as that.
    ///
    /// # Errors
    ///
    /// When the configuration has no catalogue files, or when the system gives no thread.
    pub fn watch(&self, interval: Duration) -> io::Result<CatalogueWatch> {
        let first = contain(|| self.reload_declarations(false));
        if let Some(Err(CatalogueError::NoFile)) = first {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                CatalogueError::NoFile,
            ));
        }
        // Told here; the next content may be a good one.
        let _ = first.map(|first| self.told(first));
        let interval = interval.max(SHORTEST);
        let config = self.clone();
        let stop = Arc::new(Stop::default());
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("variate-catalogue".to_owned())
            .spawn(move || {
                while !stopped.within(interval) {
                    // Told where it happens; the next content may be a good one.
                    let _ = contain(|| config.reload_if_changed());
                }
            })?;
        Ok(CatalogueWatch {
            stop,
            thread: Some(thread),
        })
    }

    fn told<T>(&self, result: Result<T, CatalogueError>) -> Result<T, CatalogueError> {
        if let Err(error) = &result {
            let error = error.to_string();
            tell!(
                self.teller(),
                Reload,
                catalogue_failures,
                error = error,
                "the catalogue cannot be read again: its declarations stay as they were",
            );
        }
        result
    }
}

/// Looks after the catalogue files of a [`Config`]; dropping it ends that.
#[must_use = "dropping it stops looking for changes at once"]
pub struct CatalogueWatch {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for CatalogueWatch {
    /// Waits for the thread, which may be reading a file.
    fn drop(&mut self) {
        self.stop.now();
        if let Some(thread) = self.thread.take() {
            // It contains its panics.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for CatalogueWatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CatalogueWatch").finish_non_exhaustive()
    }
}

/// A sign to stop, for which one can wait.
#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    sign: Condvar,
}

impl Stop {
    fn now(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.sign.notify_all();
    }

    /// Whether the sign comes within this time.
    fn within(&self, time: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let (stopped, _) = self
            .sign
            .wait_timeout_while(stopped, time, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        *stopped
    }
}
