//! Native `async fn`, `impl Future`, `async_trait` and boxed futures.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use variate::component::Fixed;

use crate::support::{Around, Counted, Log, Resources, Time};

/// Comes back once before it is done.
async fn once_more() {
    let mut first = true;
    poll_fn(|polled| {
        if std::mem::take(&mut first) {
            polled.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

#[variate::component]
trait Native {
    async fn get(&self, id: u32) -> Result<u32, String>;
    async fn change<T: Into<u32>>(&mut self, by: T) -> u32;
    async fn lent<'a>(&'a self, text: &'a str) -> &'a str;
}

struct Plus(u32);
impl Native for Plus {
    async fn get(&self, id: u32) -> Result<u32, String> {
        once_more().await;
        if id == 0 {
            Err("none".into())
        } else {
            Ok(id + self.0)
        }
    }
    async fn change<T: Into<u32>>(&mut self, by: T) -> u32 {
        once_more().await;
        self.0 += by.into();
        self.0
    }
    async fn lent<'a>(&'a self, text: &'a str) -> &'a str {
        text
    }
}

macro_rules! native {
    ($arm:expr, $log:expr) => {
        NativeExperiment::builder("native")
            .control("zero", Plus(0))
            .arm("ten", Plus(10))
            .selector(Fixed::to($arm))
            .collect(Counted)
            .recorder($log.clone())
            .build()
            .unwrap()
    };
}

#[tokio::test]
async fn native_async_methods_need_no_box() {
    let log = Log::default();
    for (arm, more) in [("zero", 0), ("ten", 10)] {
        let mut native = native!(arm, log);
        assert_eq!(native.get(1).await, Ok(1 + more));
        assert_eq!(native.change(5_u8).await, 5 + more);
        assert_eq!(native.lent("text").await, "text");
        assert_eq!(native.get(0).await, Err("none".into()));
        assert_eq!(
            log.take(),
            [
                format!("{arm}.get fixed calls=Some(1.0)count ok"),
                format!("{arm}.change fixed calls=Some(1.0)count ok"),
                format!("{arm}.lent fixed calls=Some(1.0)count ok"),
                format!("{arm}.get fixed calls=Some(1.0)count error(String)"),
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_of_known_type_can_be_spawned() {
    let native = Arc::new(native!("ten", Log::default()));
    let tasks: Vec<_> = (1..20)
        .map(|id| {
            let native = Arc::clone(&native);
            tokio::spawn(async move { native.get(id).await })
        })
        .collect();
    for (task, id) in tasks.into_iter().zip(1..) {
        assert_eq!(task.await.unwrap(), Ok(id + 10));
    }
}

#[variate::component]
trait SendGet: Send + Sync + 'static {
    fn get(&self, id: u32) -> impl Future<Output = u32> + Send;
}

impl SendGet for u32 {
    async fn get(&self, id: u32) -> u32 {
        once_more().await;
        id + self
    }
}

struct Now;
impl SendGet for Now {
    fn get(&self, id: u32) -> impl Future<Output = u32> + Send {
        ready(id)
    }
}

async fn spawned<S: SendGet>(get: S) -> u32 {
    tokio::spawn(async move { get.get(1).await }).await.unwrap()
}

#[tokio::test]
async fn futures_that_are_promised_to_be_send_are() {
    let get = |arm| {
        SendGetExperiment::builder("send")
            .control("now", Now)
            .arm("ten", 10_u32)
            .selector(Fixed::to(arm))
            .build()
            .unwrap()
    };
    assert_eq!(spawned(get("now")).await, 1);
    assert_eq!(spawned(get("ten")).await, 11);
}

mod async_trait_below {
    use async_trait::async_trait;

    use super::*;

    #[variate::component(factory)]
    #[async_trait]
    trait Below: Send + Sync {
        async fn get(&self, #[key] id: u32, text: &str) -> Result<usize, std::fmt::Error>;
        async fn defaulted(&self) -> usize {
            self.get(1, "one").await.unwrap_or_default()
        }
        fn plain(&self) -> usize;
    }

    #[async_trait]
    impl Below for usize {
        async fn get(&self, id: u32, text: &str) -> Result<usize, std::fmt::Error> {
            once_more().await;
            Ok(*self + text.len() + id as usize)
        }
        fn plain(&self) -> usize {
            *self
        }
    }

    #[tokio::test]
    async fn the_attribute_stands_below() {
        let log = Log::default();
        for (arm, more) in [("zero", 0), ("ten", 10), ("boxed", 20), ("made", 30)] {
            let below: Arc<dyn Below> = Arc::new(
                BelowExperiment::builder("below")
                    .control("zero", 0_usize)
                    .arm("ten", 10_usize)
                    .arm_boxed("boxed", Box::new(20_usize) as Box<dyn Below>)
                    .arm_with("made", || 30_usize)
                    .selector(Fixed::to(arm))
                    .collect(Counted)
                    .recorder(log.clone())
                    .build()
                    .unwrap(),
            );
            let spawned = Arc::clone(&below);
            let got = tokio::spawn(async move { spawned.get(3, "four").await });
            assert_eq!(got.await.unwrap(), Ok(7 + more));
            assert_eq!((below.defaulted().await, below.plain()), (4 + more, more));
            assert_eq!(log.take().len(), 3);
        }
    }

    #[variate::component]
    #[async_trait(?Send)]
    trait Local {
        async fn get(&self) -> usize;
    }

    #[async_trait(?Send)]
    impl Local for std::rc::Rc<usize> {
        async fn get(&self) -> usize {
            once_more().await;
            **self
        }
    }

    #[tokio::test]
    async fn futures_that_stay_on_their_thread_may_hold_what_must() {
        let local = LocalExperiment::builder("local")
            .control("one", std::rc::Rc::new(1))
            .build()
            .unwrap();
        assert_eq!(local.get().await, 1);
    }
}

mod async_trait_above {
    use async_trait::async_trait;

    use super::*;

    #[async_trait]
    #[variate::component]
    trait Above: Send + Sync {
        async fn get(&self, #[key] id: u32, text: &str) -> usize;
        async fn defaulted(&self) -> usize {
            self.get(1, "one").await
        }
    }

    #[async_trait]
    impl Above for usize {
        async fn get(&self, id: u32, text: &str) -> usize {
            once_more().await;
            *self + text.len() + id as usize
        }
    }

    #[tokio::test]
    async fn the_attribute_stands_above() {
        let log = Log::default();
        for (arm, more) in [("zero", 0), ("ten", 10)] {
            let above: Arc<dyn Above> = Arc::new(
                AboveExperiment::builder("above")
                    .control("zero", 0_usize)
                    .arm_boxed("ten", Box::new(10_usize) as Box<dyn Above>)
                    .selector(Fixed::to(arm))
                    .collect(Time("time", log.clone()))
                    .build()
                    .unwrap(),
            );
            let spawned = Arc::clone(&above);
            let got = tokio::spawn(async move { spawned.get(3, "four").await });
            assert_eq!(got.await.unwrap(), 7 + more);
            // The hooks are around the future's polls, and not around making it.
            assert_eq!(
                log.take(),
                [
                    &*format!("time before {arm}"),
                    "time enter 1",
                    "time exit 1",
                    "time enter 2",
                    "time exit 2",
                    "time stop",
                    "time after ok"
                ]
            );
            assert_eq!(above.defaulted().await, 4 + more);
            log.take();
        }
    }
}

#[variate::component]
trait Boxing {
    fn get<'a>(&'a self, id: u32) -> Pin<Box<dyn Future<Output = u32> + 'a>>;
}
impl Boxing for u32 {
    fn get<'a>(&'a self, id: u32) -> Pin<Box<dyn Future<Output = u32> + 'a>> {
        Box::pin(async move {
            once_more().await;
            id + self
        })
    }
}

#[tokio::test]
async fn boxed_futures_are_measured_to_their_end() {
    let log = Log::default();
    let boxing = BoxingExperiment::builder("boxing")
        .control("ten", 10_u32)
        .collect(Around("around", log.clone()))
        .build()
        .unwrap();
    let future = boxing.get(1);
    assert!(log.take().is_empty());
    assert_eq!(future.await, 11);
    assert_eq!(log.take().last().unwrap(), "around after ok");
}

#[test]
fn hooks_are_around_each_poll_and_a_dropped_future_was_cancelled() {
    #[variate::component]
    trait Wait {
        async fn wait(&self);
    }
    struct Forever;
    impl Wait for Forever {
        async fn wait(&self) {
            pending::<()>().await;
        }
    }
    let log = Log::default();
    let wait = WaitExperiment::builder("wait")
        .control("forever", Forever)
        .collect(Time("time", log.clone()))
        .collect(Resources("resources", log.clone()))
        .build()
        .unwrap();
    let mut future = Box::pin(wait.wait());
    let mut polled = Context::from_waker(Waker::noop());
    assert!(log.take().is_empty());
    for turn in 1..3 {
        assert!(future.as_mut().poll(&mut polled).is_pending());
        let mut lines = log.take();
        if turn == 1 {
            assert_eq!(lines.remove(0), "resources before forever");
            assert_eq!(lines.remove(1), "time before forever");
        }
        assert_eq!(
            lines,
            [
                format!("resources enter {turn}"),
                format!("time enter {turn}"),
                format!("time exit {turn}"),
                format!("resources exit {turn}")
            ]
        );
    }
    drop(future);
    assert_eq!(
        log.take(),
        [
            "time stop",
            "resources stop",
            "time error cancelled",
            "resources error cancelled"
        ]
    );
}

#[tokio::test]
async fn a_panic_of_a_future_is_told_from_its_cancellation() {
    #[variate::component]
    trait Fail {
        async fn fail(&self) -> u8;
    }
    struct Panics;
    impl Fail for Panics {
        async fn fail(&self) -> u8 {
            once_more().await;
            panic!("as told")
        }
    }
    let log = Log::default();
    let fail = Arc::new(
        FailExperiment::builder("fail")
            .control("panics", Panics)
            .collect(Counted)
            .recorder(log.clone())
            .build()
            .unwrap(),
    );
    let failed = tokio::spawn(async move { fail.fail().await }).await;
    let payload = failed.unwrap_err().into_panic();
    assert_eq!(*payload.downcast::<&str>().unwrap(), "as told");
    assert_eq!(
        log.take(),
        ["panics.fail random calls=Some(1.0)count panicked"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_calls_at_once_has_its_own_state() {
    #[variate::component]
    trait Sleepy {
        async fn after(&self, #[key] polls: u32) -> u32;
    }
    struct Times;
    impl Sleepy for Times {
        async fn after(&self, polls: u32) -> u32 {
            for _ in 1..polls {
                tokio::task::yield_now().await;
            }
            polls
        }
    }
    let log = Log::default();
    let sleepy = Arc::new(
        SleepyExperiment::builder("sleepy")
            .control("times", Times)
            .collect(crate::support::Polls)
            .recorder(log.clone())
            .build()
            .unwrap(),
    );
    let tasks: Vec<_> = (1..30)
        .map(|polls| {
            let sleepy = Arc::clone(&sleepy);
            tokio::spawn(async move { sleepy.after(polls).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut lines = log.take();
    lines.sort();
    let mut expected: Vec<_> = (1..30)
        .map(|polls| format!("times.after random polls=Some({polls}.0)count ok"))
        .collect();
    expected.sort();
    assert_eq!(lines, expected);
}
