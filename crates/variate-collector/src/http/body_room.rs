use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;

/// What is taken for a body at least: as much as is read from a connection at once.
const LEAST: usize = 8 << 10;

/// How much memory the bodies that are being read and counted may take in all. A part of it is only for those who show a key:
/// however many others send, whoever runs the collector can change it.
#[derive(Debug)]
pub(super) struct BodyRoom {
    open: Semaphore,
    kept: Semaphore,
    least: usize,
}

impl BodyRoom {
    /// For so many of the largest bodies, a quarter of them with a key.
    pub(super) fn new(bodies: usize, largest: usize) -> Self {
        let kib = kib(largest)
            .saturating_mul(bodies)
            .clamp(LEAST_KIB, MOST_KIB);
        let kept = kib / 4;
        Self {
            open: Semaphore::new(kib - kept),
            kept: Semaphore::new(kept),
            least: LEAST.min(largest),
        }
    }

    /// For a body of which nothing has come yet.
    pub(super) fn enter(&self, has_key: bool) -> Room<'_> {
        Room {
            of: self,
            has_key,
            kib: 0,
            taken: Vec::new(),
        }
    }
}

/// However small bodies must be, there may be many.
const LEAST_KIB: usize = 64 << 10;
const MOST_KIB: usize = u32::MAX as usize >> 4;

fn kib(bytes: usize) -> usize {
    bytes / 1024 + 1
}

/// The room that one body takes: as much as has come of it, so that who only says that much will come takes nothing.
#[derive(Debug)]
pub(super) struct Room<'r> {
    of: &'r BodyRoom,
    has_key: bool,
    kib: usize,
    taken: Vec<SemaphorePermit<'r>>,
}

impl<'r> Room<'r> {
    fn take(&self, kib: usize) -> Option<SemaphorePermit<'r>> {
        let kib = u32::try_from(kib).ok()?;
        let open = self.of.open.try_acquire_many(kib).ok();
        open.or_else(|| {
            let kept = self.has_key.then_some(&self.of.kept)?;
            kept.try_acquire_many(kib).ok()
        })
    }

    /// For so many bytes in all.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let needed = kib(bytes.max(self.of.least)).saturating_sub(self.kib);
        if needed == 0 {
            return Ok(());
        }
        // Every step takes as much again, so that there are few of them; where there is little left, what is needed.
        let permit = self
            .take(needed.max(self.kib.min(64)))
            .or_else(|| self.take(needed))
            .ok_or_else(|| {
                Problem::unavailable("too many events are being sent at once; send again later")
            })?;
        self.kib += permit.num_permits();
        match self
            .taken
            .iter_mut()
            .find(|taken| std::ptr::eq(taken.semaphore(), permit.semaphore()))
        {
            Some(taken) => taken.merge(permit),
            None => self.taken.push(permit),
        }
        Ok(())
    }
}
