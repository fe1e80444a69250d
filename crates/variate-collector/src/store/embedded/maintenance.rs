use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use super::Inner;

/// The thread that removes what deleted experiments left behind, and fills the filter after opening.
pub(super) struct Maintenance {
    stop: Arc<AtomicBool>,
    /// Gone where the thread is to end.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Maintenance {
    pub(super) fn start(inner: &Arc<Inner>) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (wake, jobs) = sync_channel(1);
        let thread = {
            let (stop, inner) = (Arc::clone(&stop), Arc::downgrade(inner));
            std::thread::Builder::new()
                .name("variate-store".to_owned())
                .spawn(move || run(&inner, &stop, &jobs))?
        };
        Ok(Self {
            stop,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Removes what is to be removed, soon.
    pub(super) fn sweep(&self) {
        // Where it is full, it will be done already.
        let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
    }
}

impl Drop for Maintenance {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(inner: &Weak<Inner>, stop: &AtomicBool, jobs: &Receiver<()>) {
    let goes_on = || !stop.load(Ordering::Acquire);
    if let Some(inner) = inner.upgrade()
        && let Err(error) = inner.counting.shelf().fill_filter(&goes_on)
    {
        tracing::error!(%error, "the filter of ids could not be filled: new events are counted more slowly");
    }
    loop {
        if let Some(inner) = inner.upgrade()
            && let Err(error) = inner.counting.sweep(&goes_on)
        {
            tracing::error!(%error, "what deleted experiments left behind could not be removed");
        }
        if !goes_on() || jobs.recv().is_err() {
            return;
        }
    }
}
