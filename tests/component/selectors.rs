//! Which arm a call goes to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use variate::component::{
    Asked, Assigned, Fixed, MemoryRecorder, Outcomes, Random, RoundRobin, Selection, Selector,
    Sticky, by,
};
use variate::{Config, Declaration, Forcing, MemoryTracker, Unit, context};

struct User {
    id: u64,
    company: u32,
    name: String,
}

impl User {
    fn new(id: u64) -> Self {
        Self {
            id,
            company: u32::try_from(id % 10).unwrap(),
            name: format!("user {id}"),
        }
    }

    fn number(&self) -> u64 {
        self.id
    }
}

#[variate::component]
trait Which {
    fn which(&self, #[key(user.id)] user: &User) -> u8;
    fn named(&self, #[key(user_id = user.number(), plan = plan)] user: &User, plan: &str) -> u8;
    fn text(&self, #[key(user.name)] user: &User) -> u8;
    fn company(&self, #[key(user.id)] user: &User, item: u32) -> u8;
    #[component(skip)]
    fn ping(&self) -> u8;
}

impl Which for u8 {
    fn which(&self, _: &User) -> u8 {
        *self
    }
    fn named(&self, _: &User, _: &str) -> u8 {
        *self
    }
    fn text(&self, _: &User) -> u8 {
        *self
    }
    fn company(&self, _: &User, _: u32) -> u8 {
        *self
    }
    fn ping(&self) -> u8 {
        *self
    }
}

macro_rules! which {
    ($($step:tt)*) => {
        WhichExperiment::builder("which")
            .control("zero", 0_u8)
            .arm("one", 1_u8)
            .arm("two", 2_u8)
            $($step)*
            .build()
            .unwrap()
    };
}

fn counts(calls: impl IntoIterator<Item = u8>) -> [u32; 3] {
    let mut counts = [0; 3];
    for call in calls {
        counts[usize::from(call)] += 1;
    }
    counts
}

#[test]
fn fixed_goes_to_one_and_round_robin_to_one_after_the_other() {
    let user = User::new(1);
    let fixed = which!(.selector(Fixed::to("two")));
    assert_eq!(counts((0..9).map(|_| fixed.which(&user))), [0, 0, 9]);
    let turns = which!(.selector(RoundRobin::new()));
    let calls: Vec<_> = (0..6).map(|_| turns.which(&user)).collect();
    assert_eq!(calls, [0, 1, 2, 0, 1, 2]);
    // What is skipped is the control's.
    assert_eq!(fixed.ping(), 0);
}

#[test]
fn random_goes_by_the_weights() {
    // Each hundredth of all bits once.
    let next = AtomicU64::new(0);
    let hundredths = move || {
        let turn = next.fetch_add(1, Ordering::Relaxed) % 100;
        (u64::MAX / 100) * turn + u64::MAX / 200
    };
    let random = which!(.weights([70, 20, 10]).selector(Random::of(hundredths)));
    let user = User::new(1);
    assert_eq!(counts((0..100).map(|_| random.which(&user))), [70, 20, 10]);
    // Its own generator gives all of them.
    let random = which!(.weights([1, 1, 1]));
    assert!(
        counts((0..2_000).map(|_| random.which(&user)))
            .iter()
            .all(|count| *count > 300)
    );
}

#[test]
fn a_sticky_unit_stays_and_the_weights_hold_over_all() {
    let sticky = which!(.weights([50, 30, 20]).selector(Sticky::new()));
    let users: Vec<_> = (0..10_000).map(User::new).collect();
    let first: Vec<_> = users.iter().map(|user| sticky.which(user)).collect();
    let again: Vec<_> = users.iter().map(|user| sticky.company(user, 1)).collect();
    assert_eq!(first, again);
    let [zero, one, two] = counts(first.iter().copied());
    // Within five standard deviations.
    assert!(zero.abs_diff(5_000) < 250 && one.abs_diff(3_000) < 230 && two.abs_diff(2_000) < 200);
    // Texts, and several entries, have bits of their own.
    let texts = users.iter().map(|user| sticky.text(user));
    assert!(counts(texts.clone())[2].abs_diff(2_000) < 200);
    assert!(texts.zip(&first).any(|(text, first)| text != *first));
    let named = users.iter().map(|user| sticky.named(user, "pro"));
    assert!(counts(named)[2].abs_diff(2_000) < 200);
    // Another experiment draws independently.
    let other = WhichExperiment::builder("other")
        .control("zero", 0_u8)
        .arm("one", 1_u8)
        .selector(Sticky::new())
        .build()
        .unwrap();
    let both = users
        .iter()
        .filter(|user| other.which(user) == 1 && sticky.which(user) == 0);
    assert!(both.count().abs_diff(2_500) < 220);
}

#[test]
fn what_a_unit_gets_never_changes() {
    // Frozen: a release that changes these moves users from arm to arm.
    let sticky = which!(.selector(Sticky::new()));
    let arms: String = (0..40)
        .map(|id| sticky.which(&User::new(id)).to_string())
        .collect();
    assert_eq!(arms, FROZEN);
}
const FROZEN: &str = "1110000000100200211210012202121002121112";

#[test]
fn a_rule_over_arguments_comes_before_the_selector() {
    // Users of one company always get one arm: everyone else goes by the selector.
    let rules = WhichArguments::new()
        .which(|user| (user.company == 7).then_some("two"))
        .company(|_, item| (*item == 3).then_some("nowhere"));
    let which = which!(.by_arguments(rules).selector(Fixed::to("one")));
    assert_eq!(
        (which.which(&User::new(7)), which.which(&User::new(8))),
        (2, 1)
    );
    assert_eq!(
        (
            which.company(&User::new(7), 3),
            which.company(&User::new(7), 4)
        ),
        (0, 1)
    );
    let panics = WhichArguments::new().which(|_| panic!("as told"));
    let which = which!(.by_arguments(panics).selector(Fixed::to("one")));
    assert_eq!(which.which(&User::new(7)), 1);
    assert_eq!(which.switches().failures(), 1);
}

#[test]
fn the_first_selector_of_a_chain_that_answers_has_its_way() {
    let qa = by(|asked| {
        let user = asked.context()?.get("user_id")?.to_string();
        (user == "5").then_some("two")
    });
    let which = which!(.selector((qa, Fixed::to("one"))));
    assert_eq!(
        (which.which(&User::new(5)), which.which(&User::new(6))),
        (2, 1)
    );
    struct Nothing;
    impl Selector for Nothing {
        fn select(&self, _: &Asked<'_>) -> Option<Selection> {
            None
        }
    }
    assert_eq!(
        which!(.selector((Nothing, Nothing))).which(&User::new(1)),
        0
    );
    struct Beyond;
    impl Selector for Beyond {
        fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
            Some(Selection::of(asked.arms(), "beyond"))
        }
    }
    assert_eq!(which!(.selector(Beyond)).which(&User::new(1)), 0);
    let panics = which!(.selector(by(|_| panic!("as told"))));
    assert_eq!(panics.which(&User::new(1)), 0);
    assert_eq!(panics.switches().failures(), 1);
    let boxed: Box<dyn Selector> = Box::new(Fixed::to("two"));
    assert_eq!(which!(.selector(boxed)).which(&User::new(1)), 2);
}

fn config(declaration: Declaration) -> (Config, MemoryTracker) {
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .tracker(tracker.clone())
        .declare(declaration);
    (config.build().unwrap(), tracker)
}

fn page(config: &Config, id: u64) -> u8 {
    config
        .experiment("which", context! { user_id: id })
        .use_(|| 0)
        .variant("one", || 1)
        .variant("two", || 2)
        .run()
}

#[test]
fn a_page_and_a_component_agree_on_every_user() {
    let (config, tracker) = config(
        Declaration::new("which")
            .variants(["one", "two"])
            .exclude(|unit: &Unit<'_>| {
                unit.context()
                    .get("user_id")
                    .is_some_and(|id| id.to_string().ends_with('3'))
            })
            .segment("two", |unit: &Unit<'_>| {
                unit.context()
                    .get("user_id")
                    .is_some_and(|id| id.to_string().ends_with('4'))
            }),
    );
    let which = which!(.selector(Assigned::by(config.clone())));
    let mut seen = BTreeMap::new();
    for id in 0..500 {
        let arm = which.which(&User::new(id));
        let component = tracker.take();
        assert_eq!(arm, page(&config, id), "{id}");
        let page = tracker.take();
        // The exposures are one and the same.
        assert_eq!(component.len(), page.len());
        for (component, page) in component.iter().zip(&page) {
            assert_eq!(
                (
                    &component.experiment,
                    &component.variant,
                    &component.key,
                    &component.id
                ),
                (&page.experiment, &page.variant, &page.key, &page.id)
            );
        }
        *seen.entry((arm, component.len())).or_insert(0) += 1;
        if id % 10 == 3 {
            assert_eq!((arm, component.len()), (0, 0));
        }
        if id % 10 == 4 {
            assert_eq!(arm, 2);
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn calls_of_units_that_take_no_part_are_not_measured() {
    let (config, _) = config(Declaration::new("which").variants(["one", "two"]).exclude(
        |unit: &Unit<'_>| {
            let id = unit.context().get("user_id");
            id.is_some_and(|id| id.to_string() == "3")
        },
    ));
    let recorder = MemoryRecorder::new();
    let which = which!(
        .selector(Assigned::by(config.clone()))
        .collect(Outcomes::new())
        .recorder(recorder.clone())
    );
    for id in [1, 3, 5] {
        which.which(&User::new(id));
    }
    assert_eq!(recorder.measurements().len(), 2);
    config.set_experiment_enabled("which", false);
    which.which(&User::new(1));
    assert_eq!(recorder.measurements().len(), 2);
}

#[test]
fn the_kill_switch_and_overrides_of_the_configuration_hold_for_a_component() {
    let (config, _) = config(Declaration::new("which").variants(["one", "two"]));
    let which = which!(.selector(Assigned::by(config.clone())));
    let user = (0..1_000)
        .map(User::new)
        .find(|user| which.which(user) == 2)
        .unwrap();
    config.set_experiment_enabled("which", false);
    assert_eq!(which.which(&user), 0);
    config.set_experiment_enabled("which", true);
    assert_eq!(which.which(&user), 2);
    // Without a configuration of its own it goes by that of the scope.
    let process = which!(.selector(Assigned::new()));
    variate::with_config(&config, || assert_eq!(process.which(&user), 2));
}

#[test]
fn whom_the_configuration_forces_gets_the_arm_and_is_measured_in_none() {
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .declare(Declaration::new("which").variants(["one", "two"]))
        .tracker(tracker.clone())
        .forcing(Forcing::new("a secret of sixteen bytes or more").unwrap())
        .build()
        .unwrap();
    let recorder = MemoryRecorder::new();
    let which = which!(
        .selector(Assigned::by(config.clone()))
        .collect(Outcomes::new())
        .recorder(recorder.clone())
    );
    for (variant, arm) in [("control", 0), ("one", 1), ("two", 2)] {
        config.force("which", None, variant).unwrap();
        assert_eq!(which.which(&User::new(1)), arm);
    }
    assert_eq!(recorder.take().len(), 0);
    assert_eq!(tracker.take().len(), 0);
    config.clear_forced("which");
    which.which(&User::new(1));
    assert_eq!(recorder.take().len(), 1);
}

#[test]
fn a_bound_component_stays_with_one_arm() {
    let (config, tracker) = config(Declaration::new("which").variants(["one", "two"]));
    let which = which!(.selector(Assigned::by(config.clone())));
    for id in 0..50 {
        let expected = page(&config, id);
        tracker.take();
        let context = context! { user_id: id };
        let bound = which.bind(&context);
        // Nobody is exposed before the first call, and once only.
        assert!(tracker.take().is_empty());
        for other in 0..5 {
            assert_eq!(bound.which(&User::new(other)), expected);
        }
        assert_eq!(tracker.take().len(), 1);
    }
    let own = which!(.selector(Sticky::new()));
    let expected = own.which(&User::new(3));
    let own = own.into_bound(context! { user_id: 3 });
    assert!((0..50).all(|id| own.which(&User::new(id)) == expected));
}

#[test]
fn without_a_key_the_control_runs() {
    #[variate::component]
    trait Keyless {
        fn call(&self) -> u8;
    }
    impl Keyless for u8 {
        fn call(&self) -> u8 {
            *self
        }
    }
    let keyless = KeylessExperiment::builder("keyless")
        .control("zero", 0_u8)
        .arm("one", 1_u8)
        .selector(Sticky::new())
        .per_object()
        .build()
        .unwrap();
    assert_eq!(keyless.call(), 0);
    let arms = (0..100).map(|id| keyless.bind(context! { user_id: id }).call());
    assert!((20..80).contains(&arms.map(u32::from).sum::<u32>()));
}

#[test]
fn everything_can_be_switched_while_it_is_in_use() {
    let which = which!(.selector(Fixed::to("two")));
    let switches = which.switches();
    let user = User::new(1);
    switches.set_arm_enabled("two", false).unwrap();
    assert_eq!(which.which(&user), 0);
    switches.set_arm_enabled("two", true).unwrap();
    assert_eq!(which.which(&user), 2);
    switches.force("one").unwrap();
    assert_eq!(which.which(&user), 1);
    switches.set_enabled(false);
    assert_eq!(which.which(&user), 0);
    switches.set_enabled(true);
    assert_eq!(which.which(&user), 1);
    switches.clear_forced();
    assert_eq!(which.which(&user), 2);
    // The control is what everything falls back to.
    assert!(switches.set_arm_enabled("zero", false).is_err());
    assert_eq!(which.which(&user), 2);
    assert!(switches.force("three").is_err());
}

#[test]
fn an_arm_that_there_is_not_is_counted_and_the_control_runs() {
    let log = crate::support::Log::default();
    let which = WhichExperiment::builder("which")
        .control("zero", 0_u8)
        .arm("one", 1_u8)
        // Nobody after it is asked: it did answer.
        .selector((by(|_| Some("typo")), Fixed::to("one")))
        .collect(crate::support::Counted)
        .recorder(log.clone())
        .build()
        .unwrap();
    let switches = which.switches();
    assert_eq!(switches.unknown_arms(), 0);
    for _ in 0..3 {
        assert_eq!(which.which(&User::new(1)), 0);
    }
    assert_eq!((switches.unknown_arms(), switches.failures()), (3, 0));
    assert!(log.take()[0].starts_with("zero.which unknown_arm"));
}
