use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Events, StubState};

/// How many stubs and recordings there are in the process; while it is 0 nobody looks for them.
static IN_FORCE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HERE: RefCell<Here> = const { RefCell::new(Here { own: None, entered: Vec::new() }) };
}

/// The scopes of a thread.
struct Here {
    own: Option<Scope>,
    entered: Vec<Scope>,
}

/// The stubs and recordings of one test: to be taken along to other threads and tasks.
///
/// Each thread has a scope of its own, so that parallel tests do not see each other. A test that
/// starts threads or tasks takes its scope there; what it stubs or records later, and what it ends,
/// holds there too.
///
/// ```
/// use variate::testing::{self, Scope};
/// use variate::{context, experiment};
///
/// fn pill() -> &'static str {
///     experiment("pill", context! {}).use_(|| "grey").variant("red", || "red").run()
/// }
///
/// let _stub = testing::stub("pill", "red");
/// let scope = Scope::current();
/// let pills = std::thread::spawn(move || scope.enter(pill)).join();
/// assert_eq!(pills.unwrap(), "red");
/// ```
///
/// | to | take it by |
/// |---|---|
/// | a thread | [`enter`](Self::enter) |
/// | a spawned task, wherever it is polled | [`attach`](Self::attach) |
/// | all threads of a pool or runtime, and so to tasks that a library spawns | [`adopt`](Self::adopt) |
#[derive(Clone, Default)]
pub struct Scope {
    parts: Arc<Mutex<Parts>>,
}

#[derive(Default)]
struct Parts {
    stubs: Vec<Arc<StubState>>,
    recordings: Vec<Events>,
}

impl Scope {
    /// A scope without stubs and recordings, of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The scope in force here: the one entered last, or the thread's own.
    pub fn current() -> Self {
        let current = HERE.try_with(|here| {
            let mut here = here.borrow_mut();
            match here.entered.last() {
                Some(entered) => entered.clone(),
                None => here.own.get_or_insert_default().clone(),
            }
        });
        // While a thread shuts down, it has no scope any more.
        current.unwrap_or_default()
    }

    /// Runs `run` on this thread with this scope in place of the one in force.
    pub fn enter<R>(&self, run: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self.clone());
        run()
    }

    /// The future, with this scope in force wherever it is polled: for tasks that a test spawns.
    ///
    /// ```
    /// # use variate::testing::{self, Scope};
    /// # async fn page() {}
    /// # #[tokio::main]
    /// # async fn main() {
    /// let _stub = testing::stub("pill", "red");
    /// let task = tokio::spawn(Scope::current().attach(async { page().await }));
    /// # task.await.unwrap();
    /// # }
    /// ```
    pub fn attach<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let scope = self.clone();
        async move {
            let mut future = pin!(future);
            poll_fn(|polled| scope.enter(|| future.as_mut().poll(polled))).await
        }
    }

    /// Makes this scope the thread's own, until the thread's end: for the threads of a pool.
    ///
    /// ```
    /// use variate::testing::{self, Scope};
    ///
    /// let scope = Scope::current();
    /// let runtime = tokio::runtime::Builder::new_multi_thread()
    ///     .worker_threads(2)
    ///     .on_thread_start(move || scope.adopt())
    ///     .build()?;
    /// let _stub = testing::stub("pill", "red"); // holds in every task of the runtime
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn adopt(&self) {
        let _ = HERE.try_with(|here| here.borrow_mut().own = Some(self.clone()));
    }

    pub(super) fn add_stub(&self, stub: Arc<StubState>) {
        self.lock().stubs.push(stub);
        IN_FORCE.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_stub(&self, stub: &Arc<StubState>) {
        self.lock().stubs.retain(|own| !Arc::ptr_eq(own, stub));
        IN_FORCE.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn add_recording(&self, events: Events) {
        self.lock().recordings.push(events);
        IN_FORCE.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_recording(&self, events: &Events) {
        self.lock().recordings.retain(|own| !own.is(events));
        IN_FORCE.fetch_sub(1, Ordering::Relaxed);
    }

    /// The stubs in force, the innermost first.
    pub(super) fn stubs(&self) -> Vec<Arc<StubState>> {
        self.lock().stubs.iter().rev().cloned().collect()
    }

    pub(super) fn recordings(&self) -> Vec<Events> {
        self.lock().recordings.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.lock();
        out.debug_struct("Scope")
            .field("stubs", &parts.stubs)
            .field("recordings", &parts.recordings.len())
            .finish()
    }
}

/// Whether there is a stub or a recording anywhere in the process.
#[inline]
pub(crate) fn is_in_force() -> bool {
    IN_FORCE.load(Ordering::Relaxed) > 0
}

struct Entered;

impl Entered {
    fn new(scope: Scope) -> Self {
        let _ = HERE.try_with(|here| here.borrow_mut().entered.push(scope));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _left = HERE.try_with(|here| here.borrow_mut().entered.pop());
    }
}
