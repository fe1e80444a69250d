//! Collectors, records and what goes wrong in them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};

use variate::component::{
    Call, Collector, Fixed, Outcome, Readings, Record, Sticky, UnitOfMeasure,
};

use crate::support::{Around, Counted, Log, Resources, Time, outcome};

#[derive(Debug)]
#[expect(dead_code, reason = "it is shown")]
enum OrderError {
    SoldOut { item: u32 },
}

struct Receipt {
    total: u32,
}

#[variate::component]
trait Orders {
    #[measure(item = item, total = |receipt| receipt.total)]
    fn place(&self, #[key] item: u32) -> Result<Receipt, OrderError>;
    #[measure(length = |text| text.len(), given = Some(times > 1))]
    fn text(&self, times: u8) -> String;
    fn panics(&self);
    #[component(ok = |status| *status < 500)]
    fn status(&self, status: u16) -> u16;
}

struct Shop;
impl Orders for Shop {
    fn place(&self, item: u32) -> Result<Receipt, OrderError> {
        if item == 0 {
            return Err(OrderError::SoldOut { item });
        }
        Ok(Receipt { total: item * 3 })
    }
    fn text(&self, times: u8) -> String {
        "ab".repeat(times.into())
    }
    fn panics(&self) {
        panic!("as told");
    }
    fn status(&self, status: u16) -> u16 {
        status
    }
}

#[test]
fn time_is_innermost_whatever_the_order_of_declaration() {
    let log = Log::default();
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .collect(Time("time", log.clone()))
        .collect(Around("first", log.clone()))
        .collect(Resources("resources", log.clone()))
        .collect(Around("second", log.clone()))
        .build()
        .unwrap();
    orders.status(200);
    let order = ["first", "second", "resources", "time"];
    let begin = order
        .iter()
        .flat_map(|name| [format!("{name} before shop"), format!("{name} enter 1")]);
    let stop = order
        .iter()
        .rev()
        .flat_map(|name| [format!("{name} exit 1"), format!("{name} stop")]);
    let after = order.iter().rev().map(|name| format!("{name} after ok"));
    assert_eq!(
        log.take(),
        begin.chain(stop).chain(after).collect::<Vec<_>>()
    );
}

#[test]
fn numbers_of_arguments_and_results_are_recorded() {
    let log = Log::default();
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .recorder(log.clone())
        .build()
        .unwrap();
    assert_eq!(orders.place(5).unwrap().total, 15);
    assert!(orders.place(0).is_err());
    orders.text(3);
    assert_eq!(
        log.take(),
        [
            "shop.place random item=Some(5.0) ok",
            "shop.place random total=Some(15.0) ok",
            "shop.place random item=Some(0.0) error(SoldOut)",
            "shop.text random length=Some(6.0) ok",
            "shop.text random given=Some(1.0) ok",
        ]
    );
    // Collectors see them, too.
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .collect(Around("around", log.clone()))
        .build()
        .unwrap();
    assert!(orders.place(5).is_ok());
    assert_eq!(
        log.take()[4..6],
        ["around measured item=5", "around measured total=15"]
    );
}

#[test]
fn the_outcome_is_what_the_caller_sees() {
    let log = Log::default();
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .collect(Counted)
        .recorder(log.clone())
        .build()
        .unwrap();
    orders.status(404);
    orders.status(500);
    let panicked = catch_unwind(AssertUnwindSafe(|| orders.panics())).unwrap_err();
    assert_eq!(*panicked.downcast::<&str>().unwrap(), "as told");
    assert_eq!(
        log.take(),
        [
            "shop.status random calls=Some(1.0)count ok",
            "shop.status random calls=Some(1.0)count error(refused_by_ok)",
            "shop.panics random calls=Some(1.0)count panicked",
        ]
    );
}

#[test]
fn errors_of_all_kinds_have_a_label_without_what_they_carry() {
    struct Bare;
    #[derive(Debug)]
    struct Debugged;
    /// As errors of `anyhow` are.
    struct Message;
    impl std::fmt::Debug for Message {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("Alice is unknown")
        }
    }
    type Alias<T> = Result<T, std::num::ParseIntError>;
    #[variate::component]
    trait Errors {
        fn bare(&self) -> Result<(), Bare>;
        fn debugged(&self) -> Result<(), Debugged>;
        fn shown(&self) -> Alias<()>;
        fn text(&self) -> Result<(), String>;
        fn generic<T, E: std::fmt::Debug>(&self, result: Result<T, E>) -> Result<T, E>;
    }
    impl Errors for () {
        fn bare(&self) -> Result<(), Bare> {
            Err(Bare)
        }
        fn debugged(&self) -> Result<(), Debugged> {
            Err(Debugged)
        }
        fn shown(&self) -> Alias<()> {
            "x".parse::<u8>().map(|_| ())
        }
        fn text(&self) -> Result<(), String> {
            Err("user 42 is unknown".into())
        }
        fn generic<T, E: std::fmt::Debug>(&self, result: Result<T, E>) -> Result<T, E> {
            result
        }
    }
    let log = Log::default();
    let messages = log.clone();
    let errors = ErrorsExperiment::builder("errors")
        .control("unit", ())
        .collect(Counted)
        .recorder(move |record: &Record<'_>| {
            let Outcome::Error(failure) = record.outcome() else {
                return messages.add("ok");
            };
            let message = failure.message().map(ToString::to_string);
            messages.add(format!("{} {message:?}", failure.label()));
        })
        .build()
        .unwrap();
    assert!(errors.bare().is_err());
    assert!(errors.debugged().is_err());
    assert!(errors.shown().is_err());
    assert!(errors.text().is_err());
    assert!(errors.generic(Err::<u8, _>(Debugged)).is_err());
    assert!(errors.generic(Err::<u8, _>(Message)).is_err());
    assert!(errors.generic(Err::<u8, _>(4_242_u64)).is_err());
    assert!(errors.generic(Err::<u8, _>(Some(4_242))).is_err());
    assert!(errors.generic(Ok::<_, Debugged>(1)).is_ok());
    assert_eq!(
        log.take(),
        [
            "Bare None",
            "Debugged None",
            "ParseIntError Some(\"invalid digit found in string\")",
            "String Some(\"user 42 is unknown\")",
            "Debugged None",
            "Message None",
            "u64 None",
            "Some None",
            "ok",
        ]
    );
}

/// Panics in one of its hooks.
struct Broken(&'static str);

impl Broken {
    fn at(&self, hook: &str) {
        assert!(self.0 != hook, "as told");
    }
}

impl Collector for Broken {
    type State = ();
    fn before(&self, _: &Call<'_>) {
        self.at("before");
    }
    fn enter(&self, _: &Call<'_>, (): &mut ()) {
        self.at("enter");
    }
    fn exit(&self, _: &Call<'_>, (): &mut ()) {
        self.at("exit");
    }
    fn stop(&self, _: &Call<'_>, (): &mut ()) {
        self.at("stop");
    }
    fn measured(&self, _: &Call<'_>, (): &mut (), _: &'static str, _: f64) {
        self.at("measured");
    }
    fn after(&self, _: &Call<'_>, (): &mut (), _: &Outcome<'_>, readings: &mut Readings<'_>) {
        self.at("after");
        readings.add("broken", 1.0, UnitOfMeasure::Count);
    }
}

#[test]
fn whatever_panics_beside_a_call_breaks_neither_the_call_nor_the_others() {
    for hook in ["before", "enter", "exit", "stop", "measured", "after"] {
        let log = Log::default();
        let orders = OrdersExperiment::builder("orders")
            .control("shop", Shop)
            .collect(Counted)
            .collect(Broken(hook))
            .collect(Time("time", log.clone()))
            .recorder(|_: &Record<'_>| panic!("a recorder"))
            .recorder(log.clone())
            .build()
            .unwrap();
        assert_eq!(orders.place(1).unwrap().total, 3);
        let lines = log.take();
        let end = |line: &str| lines.iter().any(|found| found == line);
        assert!(end("time after ok"), "{hook}: {lines:?}");
        assert!(
            end("shop.place random calls=Some(1.0)count ok"),
            "{hook}: {lines:?}"
        );
        assert!(
            !lines.iter().any(|line| line.contains("broken")),
            "{hook}: {lines:?}"
        );
        // Three records, which the first recorder does not take, and the hook.
        assert_eq!(orders.switches().failures(), 4, "{hook}");
        // While the arm's own panic is under way, too.
        assert!(catch_unwind(AssertUnwindSafe(|| orders.panics())).is_err());
    }
}

#[test]
fn a_recorder_that_calls_the_component_does_not_do_so_for_ever() {
    use std::sync::OnceLock;
    static AGAIN: OnceLock<Box<dyn Orders + Send + Sync>> = OnceLock::new();
    let log = Log::default();
    let lines = log.clone();
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .collect(Counted)
        .recorder(move |_: &Record<'_>| {
            lines.add("record");
            if let Some(again) = AGAIN.get() {
                again.status(1);
            }
        })
        .build()
        .unwrap();
    let orders = AGAIN.get_or_init(|| Box::new(orders));
    orders.status(1);
    assert!((1..100).contains(&log.take().len()));
}

#[test]
fn a_recorded_key_is_a_digest_that_only_a_unit_shares() {
    let log = Log::default();
    let lines = log.clone();
    let orders = OrdersExperiment::builder("orders")
        .control("shop", Shop)
        .arm("same", Shop)
        .selector((OnlyPlace, Sticky::new()))
        .per_object()
        .collect(Counted)
        .recorder(move |record: &Record<'_>| {
            if record.metric() == "calls" {
                lines.add(record.key().map(ToString::to_string).unwrap_or_default());
            }
        })
        .build()
        .unwrap();
    for item in [7, 8, 7] {
        assert!(orders.place(item).is_ok());
    }
    orders.status(200);
    let keys = log.take();
    assert_eq!(keys[0].len(), 32);
    assert_eq!((&keys[0], keys[3].len()), (&keys[2], 0));
    assert_ne!(keys[0], keys[1]);
}

/// Has nothing to say.
struct OnlyPlace;
impl variate::component::Selector for OnlyPlace {
    fn select(&self, _: &variate::component::Asked<'_>) -> Option<variate::component::Selection> {
        None
    }
}

#[test]
fn each_of_many_threads_has_its_own_state() {
    #[variate::component]
    trait Meet {
        #[measure(id = id)]
        fn meet(&self, id: u32, other: &Barrier);
    }
    impl Meet for () {
        fn meet(&self, _: u32, other: &Barrier) {
            other.wait();
        }
    }
    /// Keeps what it measured in its state until the end.
    struct Kept;
    impl Collector for Kept {
        type State = f64;
        fn before(&self, _: &Call<'_>) -> f64 {
            0.0
        }
        fn measured(&self, _: &Call<'_>, kept: &mut f64, _: &'static str, value: f64) {
            *kept = value;
        }
        fn after(
            &self,
            _: &Call<'_>,
            kept: &mut f64,
            _: &Outcome<'_>,
            readings: &mut Readings<'_>,
        ) {
            readings.add("kept", *kept, UnitOfMeasure::Count);
        }
    }
    let log = Log::default();
    let meet = Arc::new(
        MeetExperiment::builder("meet")
            .control("unit", ())
            .selector(Fixed::control())
            .collect(Kept)
            .recorder(log.clone())
            .build()
            .unwrap(),
    );
    let barrier = Arc::new(Barrier::new(4));
    std::thread::scope(|scope| {
        for id in 0..4 {
            let (meet, barrier) = (Arc::clone(&meet), Arc::clone(&barrier));
            scope.spawn(move || meet.meet(id, &barrier));
        }
    });
    let mut kept = log.take();
    kept.retain(|line| line.contains("kept"));
    kept.sort();
    let expected = [0, 1, 2, 3].map(|id| format!("unit.meet fixed kept=Some({id}.0)count ok"));
    assert_eq!(kept, expected);
}

#[test]
fn outcomes_have_codes() {
    assert_eq!(outcome(&Outcome::TimedOut), "timed_out");
    assert!(Outcome::Panicked.is_failure() && !Outcome::Cancelled.is_failure());
}

/// A collector whose state cannot be dropped.
struct Undroppable;

struct State;

impl Drop for State {
    fn drop(&mut self) {
        panic!("as told");
    }
}

impl Collector for Undroppable {
    type State = State;

    fn before(&self, _: &Call<'_>) -> State {
        State
    }

    fn after(&self, _: &Call<'_>, _: &mut State, _: &Outcome<'_>, _: &mut Readings<'_>) {}
}

#[test]
fn what_a_collector_keeps_breaks_no_call_when_it_is_dropped() {
    #[variate::component]
    trait Echo {
        fn echo(&self, text: &str) -> String;
    }
    struct Plain;
    impl Echo for Plain {
        fn echo(&self, text: &str) -> String {
            assert!(text != "panic", "as told");
            text.to_owned()
        }
    }
    let echo = EchoExperiment::builder("echo")
        .control("plain", Plain)
        .collect(Undroppable)
        .build()
        .unwrap();
    assert_eq!(echo.echo("text"), "text");
    assert_eq!(echo.switches().failures(), 1);
    // Nor does it while the arm's own panic is on its way.
    let panicked = catch_unwind(AssertUnwindSafe(|| echo.echo("panic")));
    assert!(panicked.is_err());
    assert_eq!(echo.switches().failures(), 2);
}
