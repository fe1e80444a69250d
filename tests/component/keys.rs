//! Who a call is for, whoever says which arm it goes to.

use variate::component::{
    Asked, Assigned, Fixed, Measurement, MemoryRecorder, Random, RoundRobin, Selection, Selector,
    Sticky, by,
};
use variate::{Config, Key, MemoryTracker, context};

use crate::support::Counted;

#[variate::component]
trait Which {
    fn which(&self, #[key] user: u64) -> u8;
    fn maybe(&self, #[key] user: Option<u64>) -> u8;
    fn both(&self, #[key] user: Option<u64>, #[key] session: Option<&str>) -> u8;
    fn asked(&self, #[key(user = number(user))] user: u64) -> u8;
}

fn number(user: u64) -> u64 {
    assert!(user < 1_000, "as told");
    user
}

impl Which for u8 {
    fn which(&self, _: u64) -> u8 {
        *self
    }
    fn maybe(&self, _: Option<u64>) -> u8 {
        *self
    }
    fn both(&self, _: Option<u64>, _: Option<&str>) -> u8 {
        *self
    }
    fn asked(&self, _: u64) -> u8 {
        *self
    }
}

macro_rules! which {
    ($recorder:expr, $($step:tt)*) => {
        WhichExperiment::builder("which")
            .control("zero", 0_u8)
            .arm("one", 1_u8)
            .arm("two", 2_u8)
            .collect(Counted)
            .recorder($recorder.clone())
            $($step)*
            .build()
            .unwrap()
    };
}

/// What was recorded of one call since the last time.
fn one(recorder: &MemoryRecorder) -> Measurement {
    let mut all = recorder.take();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The key that a unit has wherever nobody makes one of their own.
fn key_of(user: u64) -> Key {
    let recorder = MemoryRecorder::new();
    which!(recorder, .selector(Sticky::new())).which(user);
    one(&recorder).key.unwrap()
}

struct Nothing;
impl Selector for Nothing {
    fn select(&self, _: &Asked<'_>) -> Option<Selection> {
        None
    }
}

struct Own;
impl Selector for Own {
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let is_first = asked.context()?.get("user")?.to_string() == "1";
        is_first.then(|| Selection::of(1, "own").with_key(Key::from("of its own")))
    }
    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        asked.context().map(|_| Key::from("of its own"))
    }
}

#[test]
fn every_selection_has_the_key_of_its_unit() {
    let recorder = MemoryRecorder::new();
    let key = key_of(7);
    assert_ne!(key, key_of(8));
    macro_rules! check {
        ($reason:literal, $($step:tt)*) => {{
            let which = which!(recorder, $($step)*);
            which.which(7);
            let of = one(&recorder);
            assert_eq!((&*of.reason, of.key.as_ref()), ($reason, Some(&key)));
            which
        }};
    }
    check!("fixed", .selector(Fixed::to("two")));
    check!("random", .selector(Random::new()));
    check!("round_robin", .selector(RoundRobin::new()));
    check!("rule", .selector(by(|_| Some("two"))));
    check!("rule", .by_arguments(WhichArguments::new().which(|_| Some("two"))));
    check!("unknown_arm", .by_arguments(WhichArguments::new().which(|_| Some("three"))));
    check!("no_answer", .selector(Nothing));
    check!("selector_panicked", .selector(by(|_| panic!("as told"))));
    let which = check!("fixed", .selector(Fixed::to("two")));
    which.switches().set_arm_enabled("two", false).unwrap();
    which.which(7);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("arm_off", Some(key.clone())));
    which.switches().force("one").unwrap();
    which.which(7);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("forced", Some(key.clone())));
}

#[test]
fn a_unit_has_one_key_whichever_selector_of_a_tuple_answers() {
    let recorder = MemoryRecorder::new();
    let qa = || by(|asked| (asked.context()?.get("user")?.to_string() == "5").then_some("two"));
    let config = Config::builder().tracker(MemoryTracker::new());
    let config = config.build().unwrap();
    let which = which!(recorder, .selector((qa(), Assigned::by(config.clone()))));
    for user in [5, 6] {
        which.which(user);
        let key = config
            .experiment("which", context! { user: user })
            .key()
            .clone();
        assert_eq!(one(&recorder).key, Some(key));
    }
    let which = which!(recorder, .selector((Own, Fixed::to("two"))));
    for (user, reason) in [(1, "own"), (2, "fixed")] {
        which.which(user);
        let of = one(&recorder);
        assert_eq!(
            (&*of.reason, of.key),
            (reason, Some(Key::from("of its own")))
        );
    }
}

#[test]
fn a_call_whose_key_is_none_is_for_nobody() {
    let recorder = MemoryRecorder::new();
    let sticky = which!(recorder, .weights([1, 1_000, 1_000]).selector(Sticky::new()));
    assert_eq!(sticky.maybe(None), 0);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("no_key", None));
    sticky.maybe(Some(7));
    assert_eq!(one(&recorder).key, Some(key_of(7)));
    // What is known of a unit makes it one.
    assert_eq!(sticky.both(None, None), 0);
    assert_eq!(one(&recorder).key, None);
    sticky.both(None, Some("a"));
    let a = one(&recorder).key;
    sticky.both(None, Some("b"));
    assert!(a.is_some() && a != one(&recorder).key);

    let tracker = MemoryTracker::new();
    let config = Config::builder().tracker(tracker.clone()).build().unwrap();
    let assigned = which!(recorder, .selector(Assigned::by(config)));
    assert_eq!(assigned.maybe(None), 0);
    assert_eq!(&*one(&recorder).reason, "no_key");
    assert!(tracker.take().is_empty());

    // Somebody else may have an answer.
    let or_drawn = (Sticky::new(), Random::of(|| u64::MAX));
    let drawn = which!(recorder, .selector(or_drawn));
    assert_eq!(drawn.maybe(None), 2);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("random", None));

    let nobody = sticky.bind(context! { user: None::<u64> });
    assert_eq!(nobody.which(7), 0);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("no_key", None));
}

#[test]
fn a_rule_over_arguments_holds_for_a_bound_component_too() {
    let recorder = MemoryRecorder::new();
    let rules = || WhichArguments::new().which(|user| (*user == 9).then_some("two"));
    let make = || which!(recorder, .by_arguments(rules()).selector(Fixed::to("one")));
    let which = make();
    let context = context! { user: 7 };
    let key = Some(key_of(7));
    let check = |call: &dyn Fn(u64) -> u8| {
        for (user, arm, reason) in [(9, 2, "rule"), (8, 1, "fixed"), (9, 2, "rule")] {
            assert_eq!(call(user), arm);
            let of = one(&recorder);
            // The unit is the one that it is bound to.
            assert_eq!((&*of.reason, &of.key), (reason, &key));
        }
    };
    let bound = which.bind(&context);
    check(&|user| bound.which(user));
    drop(bound);
    let bound = which.into_bound(context! { user: 7 });
    check(&|user| bound.which(user));
    bound.switches().force("one").unwrap();
    bound.which(9);
    assert_eq!(one(&recorder).key, key);
    // And with a selector that has keys of its own.
    let config = Config::builder().tracker(MemoryTracker::new());
    let config = config.build().unwrap();
    let assigned = which!(recorder, .by_arguments(rules()).selector(Assigned::by(config.clone())));
    let bound = assigned.bind(&context);
    let key = Some(config.experiment("which", &context).key().clone());
    for user in [9, 8] {
        bound.which(user);
        assert_eq!(one(&recorder).key, key);
    }
}

#[test]
fn a_key_that_panics_breaks_no_call() {
    let recorder = MemoryRecorder::new();
    let which = which!(recorder, .selector(Sticky::new()));
    which.asked(7);
    assert_eq!(one(&recorder).key, Some(key_of(7)));
    assert_eq!(which.asked(1_000), 0);
    let of = one(&recorder);
    assert_eq!((&*of.reason, of.key), ("no_key", None));
    assert_eq!(which.switches().failures(), 1);
}
