//! Falling back, running out of time, and leaving out what fails.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use variate::component::{CircuitBreaker, Fixed, Sleep, TimedOut};

use crate::support::{Counted, Log};

#[derive(Debug, PartialEq)]
enum Failed {
    Told(String),
    Late(Duration),
}

impl From<TimedOut> for Failed {
    fn from(late: TimedOut) -> Self {
        Self::Late(late.0)
    }
}

#[variate::component]
trait Quote {
    #[component(fallback)]
    fn quote(&self, item: String, how: How) -> Result<String, Failed>;
    fn bare(&self, how: How) -> Result<String, Failed>;
    #[component(fallback, timeout = "50ms")]
    async fn later(&self, item: String, how: How) -> Result<String, Failed>;
    #[component(timeout = "50ms")]
    async fn late(&self, how: How) -> Result<String, Failed>;
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Well,
    Err,
    Panic,
    Never,
    BothErr,
}

struct Arm(&'static str);

impl Arm {
    fn go(&self, how: How) -> Result<String, Failed> {
        let is_control = self.0 == "control";
        match how {
            How::BothErr => Err(Failed::Told(self.0.into())),
            How::Err if !is_control => Err(Failed::Told(self.0.into())),
            How::Panic if !is_control => panic!("as told"),
            _ => Ok(self.0.into()),
        }
    }
}

impl Quote for Arm {
    fn quote(&self, item: String, how: How) -> Result<String, Failed> {
        self.go(how).map(|name| name + &item)
    }
    fn bare(&self, how: How) -> Result<String, Failed> {
        self.go(how)
    }
    async fn later(&self, item: String, how: How) -> Result<String, Failed> {
        tokio::task::yield_now().await;
        if how == How::Never && self.0 != "control" {
            pending::<()>().await;
        }
        self.go(how).map(|name| name + &item)
    }
    async fn late(&self, how: How) -> Result<String, Failed> {
        self.later(String::new(), how).await
    }
}

macro_rules! quote {
    ($log:expr $(, $step:ident($($argument:tt)*))*) => {
        QuoteExperiment::builder("quote")
            .control("control", Arm("control"))
            .arm("new", Arm("new"))
            .selector(Fixed::to("new"))
            .collect(Counted)
            .recorder($log.clone())
            $(.$step($($argument)*))*
            .build()
            .unwrap()
    };
}

fn outcomes(log: &Log) -> Vec<String> {
    let lines = log.take();
    lines
        .iter()
        .map(|line| line.split(' ').next_back().unwrap().to_owned())
        .collect()
}

#[test]
fn an_arm_that_fails_falls_back_to_the_control() {
    let log = Log::default();
    let quote = quote!(log);
    let item = || String::from(" 1");
    assert_eq!(quote.quote(item(), How::Well).unwrap(), "new 1");
    assert_eq!(quote.quote(item(), How::Err).unwrap(), "control 1");
    assert_eq!(quote.quote(item(), How::Panic).unwrap(), "control 1");
    // Where the control fails as well, that is what the caller gets.
    let both = quote.quote(item(), How::BothErr);
    assert_eq!(both, Err(Failed::Told("control".into())));
    assert_eq!(
        outcomes(&log),
        [
            "ok",
            "fell_back(Error)",
            "fell_back(Panicked)",
            "error(Told)"
        ]
    );
    // Only where it was asked for.
    assert!(quote.bare(How::Err).is_err());
}

/// A timer whose time is over at once.
fn at_once(_: Duration) -> Sleep {
    Box::pin(async {})
}

/// A timer whose time is never over.
fn never(_: Duration) -> Sleep {
    Box::pin(pending())
}

#[tokio::test]
async fn an_arm_that_takes_too_long_falls_back_to_the_control() {
    let log = Log::default();
    let quote = quote!(log, timer(at_once));
    let item = || String::from(" 1");
    assert_eq!(quote.later(item(), How::Never).await.unwrap(), "control 1");
    assert_eq!(outcomes(&log), ["fell_back(TimedOut)"]);
    let quote = quote!(log, timer(never));
    assert_eq!(quote.later(item(), How::Well).await.unwrap(), "new 1");
    assert_eq!(quote.later(item(), How::Err).await.unwrap(), "control 1");
    assert_eq!(quote.later(item(), How::Panic).await.unwrap(), "control 1");
    assert_eq!(
        outcomes(&log),
        ["ok", "fell_back(Error)", "fell_back(Panicked)"]
    );
}

#[tokio::test]
async fn without_a_fallback_the_caller_hears_that_the_time_was_up() {
    let log = Log::default();
    let quote = quote!(log, timer(at_once));
    let late = quote.late(How::Never).await;
    assert_eq!(late, Err(Failed::Late(Duration::from_millis(50))));
    assert_eq!(outcomes(&log), ["timed_out"]);
}

#[tokio::test]
async fn the_timer_that_is_there_wakes_what_waits() {
    let log = Log::default();
    let quote = Arc::new(quote!(log));
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let quote = Arc::clone(&quote);
            tokio::spawn(async move { quote.later(String::new(), How::Never).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "control");
    }
    assert_eq!(outcomes(&log), ["fell_back(TimedOut)"; 3]);
}

#[tokio::test]
async fn a_broken_timer_breaks_no_call() {
    let log = Log::default();
    let quote = quote!(log, timer(|_: Duration| -> Sleep { panic!("as told") }));
    assert_eq!(quote.later(String::new(), How::Well).await.unwrap(), "new");
    assert_eq!(quote.switches().failures(), 1);
}

#[test]
fn a_breaker_leaves_an_arm_out_and_tries_it_again() {
    let log = Log::default();
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let breaker = CircuitBreaker::new()
        .failures(50.0)
        .calls(4)
        .window(Duration::from_secs(10))
        .open_for(Duration::from_secs(30))
        .clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let quote = quote!(log, breaker(breaker));
    let call = |how| quote.bare(how).unwrap_or_else(|_| "failed".into());
    // Half of three is not enough to judge.
    assert_eq!(
        [How::Err, How::Err, How::Well].map(call),
        ["failed", "failed", "new"]
    );
    // A new window begins to count anew.
    now.store(10, Ordering::Relaxed);
    assert_eq!(
        [How::Err, How::Err, How::Well].map(call),
        ["failed", "failed", "new"]
    );
    assert_eq!([How::Err, How::Err].map(call), ["failed", "control"]);
    now.store(39, Ordering::Relaxed);
    assert_eq!(call(How::Err), "control");
    // It is tried again with one call, which fails, and with another later, which does not.
    now.store(40, Ordering::Relaxed);
    assert_eq!([How::Err, How::Err].map(call), ["failed", "control"]);
    now.store(69, Ordering::Relaxed);
    assert_eq!(call(How::Well), "control");
    now.store(70, Ordering::Relaxed);
    assert_eq!([How::Well, How::Well].map(call), ["new", "new"]);
    let reasons = log.take();
    assert!(reasons.iter().any(|line| line.contains("breaker_open")));
}

#[tokio::test]
async fn only_one_call_at_a_time_tries_a_broken_arm_and_a_cancelled_one_says_nothing() {
    let log = Log::default();
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let breaker = CircuitBreaker::new()
        .calls(1)
        .clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let quote = quote!(log, breaker(breaker), timer(never));
    let failed = quote.late(How::Err).await;
    assert!(failed.is_err());
    now.store(1_000, Ordering::Relaxed);
    let mut probe = Box::pin(quote.late(How::Never));
    let mut polled = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(probe.as_mut().poll(&mut polled).is_pending());
    assert_eq!(quote.late(How::Well).await.unwrap(), "control");
    drop(probe);
    assert_eq!(quote.late(How::Well).await.unwrap(), "new");
    assert_eq!(quote.late(How::Well).await.unwrap(), "new");
}

#[test]
fn what_is_given_is_cloned_for_another_arm_only() {
    #[derive(Debug)]
    struct Counted(Arc<AtomicUsize>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::Relaxed);
            Self(Arc::clone(&self.0))
        }
    }
    #[variate::component]
    trait Take {
        #[component(fallback)]
        fn take(&self, given: Counted) -> Result<u8, u8>;
    }
    impl Take for u8 {
        fn take(&self, _: Counted) -> Result<u8, u8> {
            Err(*self)
        }
    }
    let clones = Arc::new(AtomicUsize::new(0));
    let take = |arm| {
        TakeExperiment::builder("take")
            .control("zero", 0_u8)
            .arm("one", 1_u8)
            .selector(Fixed::to(arm))
            .build()
            .unwrap()
            .take(Counted(Arc::clone(&clones)))
    };
    assert_eq!((take("zero"), clones.load(Ordering::Relaxed)), (Err(0), 0));
    assert_eq!((take("one"), clones.load(Ordering::Relaxed)), (Err(0), 1));
}

#[test]
fn a_breaker_looks_at_calls_that_do_well_too() {
    let log = Log::default();
    let breaker = || {
        CircuitBreaker::new()
            .failures(50.0)
            .calls(2)
            .clock(|| Duration::from_secs(1))
    };
    let call = |quote: &dyn Fn(How) -> Result<String, Failed>, how| {
        quote(how).unwrap_or_else(|_| "failed".into())
    };
    // One of two failed, in whichever order.
    for calls in [[How::Err, How::Well], [How::Well, How::Err]] {
        let quote = quote!(log, breaker(breaker()));
        let bare = |how| quote.bare(how);
        for how in calls {
            assert_ne!(call(&bare, how), "control");
        }
        assert_eq!(call(&bare, How::Well), "control");
    }
    // Where nothing fails it never opens.
    let quote = quote!(log, breaker(breaker()));
    for _ in 0..9 {
        assert_eq!(call(&|how| quote.bare(how), How::Well), "new");
    }
}

#[test]
fn what_an_ok_rule_refuses_is_called_so() {
    #[variate::component]
    trait Price {
        #[component(ok = |price| *price > 0)]
        fn price(&self, price: i64) -> i64;
        #[component(ok = |price| price.as_ref().is_ok_and(|price| *price > 0))]
        fn found(&self, price: Result<i64, Failed>) -> Result<i64, Failed>;
    }
    struct Same;
    impl Price for Same {
        fn price(&self, price: i64) -> i64 {
            price
        }
        fn found(&self, price: Result<i64, Failed>) -> Result<i64, Failed> {
            price
        }
    }
    let log = Log::default();
    let price = PriceExperiment::builder("price")
        .control("same", Same)
        .collect(Counted)
        .recorder(log.clone())
        .build()
        .unwrap();
    price.price(1);
    price.price(0);
    price.found(Ok(0)).unwrap();
    // An error has a name of its own.
    price.found(Err(Failed::Told(String::new()))).unwrap_err();
    assert_eq!(
        outcomes(&log),
        [
            "ok",
            "error(refused_by_ok)",
            "error(refused_by_ok)",
            "error(Told)"
        ]
    );
}
