use std::fmt;
use std::future::Pending;
use std::marker::PhantomData;

use super::future::{Race, Run};
use super::rules::{By, Judge};
use super::{Shadow, ShadowBehaviours, ShadowFuture};
use crate::{Behaviours, Trial, Variant};

/// Behaviours return futures, which run where the shadow run is awaited.
pub struct Awaited<F, D = ()> {
    one_by_one: bool,
    until_control: bool,
    deadline: D,
    future: PhantomData<fn() -> F>,
}

impl<F, D> fmt::Debug for Awaited<F, D> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Awaited")
            .field("one_by_one", &self.one_by_one)
            .field("until_control", &self.until_control)
            .finish_non_exhaustive()
    }
}

impl<'e, F: Future, B: Behaviours<F>> Trial<'e, F, B> {
    /// A shadow run of behaviours that return futures: values are what these come to.
    ///
    /// The futures run together in the task that awaits the run. Dropping it drops them all, and
    /// nothing is published then.
    ///
    /// ```
    /// use std::pin::Pin;
    /// use variate::{context, experiment};
    ///
    /// async fn by_keywords(query: &str) -> usize { query.len() }
    /// async fn by_meaning(query: &str) -> usize { query.len() }
    ///
    /// type Hits<'q> = Pin<Box<dyn Future<Output = usize> + Send + 'q>>;
    ///
    /// # pollster::block_on(async {
    /// let hits = experiment("search", context! { user_id: 42 })
    ///     .use_(|| Box::pin(by_keywords("pills")) as Hits<'_>)
    ///     .try_(|| Box::pin(by_meaning("pills")) as Hits<'_>)
    ///     .shadow_async()
    ///     .run()
    ///     .await;
    /// assert_eq!(hits, 5);
    /// # });
    /// ```
    pub fn shadow_async(self) -> Shadow<'e, F::Output, B, super::Rules, Awaited<F>> {
        let mode = Awaited {
            one_by_one: false,
            until_control: false,
            deadline: (),
            future: PhantomData,
        };
        Shadow::new(self, mode)
    }
}

impl<'e, T, B, R, F, D> Shadow<'e, T, B, R, Awaited<F, D>> {
    /// Whether a future begins only when the one before it has ended; no unless set.
    pub fn one_by_one(mut self, one_by_one: bool) -> Self {
        self.mode.one_by_one = one_by_one;
        self
    }

    /// Whether the run ends as soon as the control has its value; no unless set. Candidates that
    /// are still running then are dropped, as timed out.
    pub fn until_control(mut self, until_control: bool) -> Self {
        self.mode.until_control = until_control;
        self
    }

    /// The time that candidates have: a future of the host's runtime, made when the run begins.
    /// When it is done, candidates that are still running are dropped. The control is not.
    ///
    /// ```
    /// # use std::pin::Pin;
    /// # use std::time::Duration;
    /// # use variate::{context, experiment};
    /// type Hits = Pin<Box<dyn Future<Output = usize>>>;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let hits = experiment("search", context! { user_id: 42 })
    ///     .use_(|| Box::pin(async { 5_usize }) as Hits)
    ///     .try_(|| Box::pin(std::future::pending()) as Hits)
    ///     .shadow_async()
    ///     .deadline(|| tokio::time::sleep(Duration::from_millis(1)))
    ///     .run()
    ///     .await;
    /// assert_eq!(hits, 5);
    /// # });
    /// ```
    pub fn deadline<G: FnOnce() -> U, U: Future<Output = ()>>(
        self,
        deadline: G,
    ) -> Shadow<'e, T, B, R, Awaited<F, By<G>>> {
        self.with_mode(|mode| Awaited {
            one_by_one: mode.one_by_one,
            until_control: mode.until_control,
            deadline: By(deadline),
            future: PhantomData,
        })
    }
}

/// When an asynchronous run's time is up.
#[doc(hidden)]
pub trait Deadline {
    type Up: Future<Output = ()>;
    fn begin(self) -> Option<Self::Up>;
}

impl Deadline for () {
    type Up = Pending<()>;
    fn begin(self) -> Option<Self::Up> {
        None
    }
}

impl<G: FnOnce() -> U, U: Future<Output = ()>> Deadline for By<G> {
    type Up = U;
    fn begin(self) -> Option<U> {
        Some((self.0)())
    }
}

impl<'e, T, B, R, F, D> Shadow<'e, T, B, R, Awaited<F, D>> {
    /// Runs control and candidates where it is awaited, and comes to the control's value.
    ///
    /// Panics of candidates end here, those of their polls included. A panic of the control passes
    /// through, once the result is published; candidates that are still running are dropped.
    ///
    /// # Panics
    ///
    /// After a mismatch, if [`raise_on_mismatches`](Self::raise_on_mismatches) says so.
    pub fn run(self) -> ShadowFuture<'e, T, F, B::Slots, R, D, D::Up>
    where
        F: Future<Output = T>,
        B: ShadowBehaviours<F>,
        R: Judge<T>,
        D: Deadline,
    {
        let lineup = self.plan.lineup(self.experiment, &self.behaviours);
        let control = self.behaviours.position(Variant::CONTROL).unwrap_or(0);
        ShadowFuture {
            experiment: self.experiment,
            plan: self.plan,
            rules: self.rules,
            deadline: Some(self.mode.deadline),
            up: None,
            run: match lineup {
                None => Run::Alone {
                    slots: self.behaviours.into_slots(),
                    position: control,
                    future: None,
                },
                Some(lineup) => Run::Race(Box::new(Race::new(
                    self.behaviours.into_slots(),
                    lineup,
                    self.mode.one_by_one,
                    self.mode.until_control,
                ))),
            },
        }
    }
}
