use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::contain::contain;

/// How many jobs wait for a thread at the most.
const QUEUE: usize = 1024;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that talk to a server, so that whoever asks can stop waiting. They start when they are
/// needed, also in a process that forked since, and end once the last job is done after a drop.
pub(super) struct Workers {
    team: Mutex<Team>,
    most: usize,
}

/// The threads of one process.
struct Team {
    process: u32,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Threads that wait for a job, or were told about one and did not take it yet.
    idle: usize,
    closed: bool,
}

impl Team {
    fn new() -> Self {
        Self {
            process: std::process::id(),
            shared: Arc::default(),
        }
    }
}

impl Workers {
    pub(super) fn new(most: usize) -> Self {
        Self {
            team: Mutex::new(Team::new()),
            most: most.max(1),
        }
    }

    /// Has `job` done as soon as a thread is free.
    ///
    /// # Errors
    ///
    /// When too many jobs wait, or the operating system gives no thread. The job is not done then.
    pub(super) fn give(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let shared = {
            let mut team = self.team.lock().unwrap_or_else(PoisonError::into_inner);
            // A fork takes no threads along.
            if team.process != std::process::id() {
                *team = Team::new();
            }
            Arc::clone(&team.shared)
        };
        let mut state = shared.lock();
        if state.jobs.len() >= QUEUE {
            return Err(io::Error::other("too many calls wait for the server"));
        }
        if state.jobs.len() >= state.idle && state.threads < self.most {
            let theirs = Arc::clone(&shared);
            let started = std::thread::Builder::new()
                .name("variate-redis".into())
                .spawn(move || theirs.work());
            match started {
                Ok(_) => state.threads += 1,
                // The others will do.
                Err(_) if state.threads > 0 => {}
                Err(error) => return Err(error),
            }
        }
        state.jobs.push_back(Box::new(job));
        drop(state);
        shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Nobody waits for a thread to end: it may be in the middle of a job that hangs.
        let team = self.team.get_mut().unwrap_or_else(PoisonError::into_inner);
        if team.process == std::process::id() {
            team.shared.lock().closed = true;
            team.shared.changed.notify_all();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                // Whoever waits for the job learns from its channel's end.
                contain(job);
                state = self.lock();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}
