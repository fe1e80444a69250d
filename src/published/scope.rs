use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Published, PublishedAssignment};
use crate::{Assignment, Experiment};

/// How many scopes are open in the process; while it is 0 no thread looks for its own.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OPEN: RefCell<Vec<Publishing>> = const { RefCell::new(Vec::new()) };
}

/// Runs `scope`; answers its result, and the assignments exposed in it on this thread.
///
/// Exposed is what runs, or is branched on by [`expose`](Experiment::expose) or [`assign`](Experiment::assign), for
/// the first time of its handle. Code that only asks for the variant publishes nothing: [`Published::add`] does.
/// Of nested scopes the innermost collects. Other threads join in by [`Publishing`]. A future runs after the scope
/// that made it: [`publish_async`] is for those.
pub fn publish<R>(scope: impl FnOnce() -> R) -> (R, Published) {
    let publishing = Publishing::new();
    let result = publishing.join(scope);
    (result, publishing.published())
}

/// Runs a future; answers its output, and the assignments exposed in it wherever it was polled.
///
/// ```
/// use variate::{context, experiment, publish_async};
///
/// async fn page() -> &'static str {
///     experiment("pill_color", context! { user_id: 42 }).use_(|| "grey").try_(|| "red").run()
/// }
///
/// # pollster::block_on(async {
/// let (pill, published) = publish_async(page()).await;
/// let variant = &published.get("pill_color").unwrap().variant;
/// assert_eq!(variant.is_control(), pill == "grey");
/// # });
/// ```
pub async fn publish_async<F: Future>(future: F) -> (F::Output, Published) {
    let publishing = Publishing::new();
    let output = publishing.join_async(future).await;
    (output, publishing.published())
}

/// Collects assignments from several places: what [`publish`] does, in parts, and what another thread or task joins.
///
/// ```
/// use variate::{Publishing, context, experiment, publish};
///
/// let (_, published) = publish(|| {
///     let page = Publishing::current();
///     std::thread::spawn(move || {
///         let work = || experiment("search", context! { user_id: 42 }).use_(|| 1).try_(|| 2).run();
///         page.map_or_else(work, |page| page.join(work))
///     })
///     .join()
/// });
/// assert!(published.get("search").is_some());
/// ```
#[derive(Clone, Default)]
pub struct Publishing {
    published: Arc<Mutex<Published>>,
}

impl Publishing {
    /// Nothing is collected yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The innermost scope that is open on this thread.
    pub fn current() -> Option<Self> {
        if !is_open() {
            return None;
        }
        // While a thread shuts down there is no scope any more.
        OPEN.try_with(|open| open.borrow().last().cloned())
            .ok()
            .flatten()
    }

    /// Runs `scope` on this thread, and collects what is exposed in it.
    pub fn join<R>(&self, scope: impl FnOnce() -> R) -> R {
        let _guard = Guard::open(self.clone());
        scope()
    }

    /// Runs a future, and collects what is exposed in it wherever it is polled.
    pub async fn join_async<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|polled| self.join(|| future.as_mut().poll(polled))).await
    }

    #[cfg(feature = "axum")]
    pub(crate) fn is_empty(&self) -> bool {
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// What was collected so far.
    pub fn published(&self) -> Published {
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Publishing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Publishing").finish_non_exhaustive()
    }
}

/// Whether a scope is open somewhere in the process.
#[inline]
pub(crate) fn is_open() -> bool {
    SCOPES.load(Ordering::Relaxed) > 0
}

/// Adds an exposure to the innermost scope of this thread, if there is one.
#[cold]
pub(crate) fn collect(experiment: &Experiment<'_>, assignment: &Assignment) {
    if let Some(publishing) = Publishing::current() {
        // Before the lock is held, since keys are a host's code.
        let exposed = PublishedAssignment::of(experiment, assignment);
        publishing
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(exposed);
    }
}

/// Takes an experiment out of the innermost scope of this thread.
#[cold]
pub(crate) fn revoke(experiment: &str) {
    if let Some(publishing) = Publishing::current() {
        publishing
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|known| known.experiment != experiment);
    }
}

struct Guard;

impl Guard {
    fn open(publishing: Publishing) -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        let _ = OPEN.try_with(|open| open.borrow_mut().push(publishing));
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = OPEN.try_with(|open| open.borrow_mut().pop());
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}
