//! Calls of a component beside a direct one, for all benchmarks alike.
//!
//! The method mixes two numbers: as little as an arm can do and not be optimised away.

use std::hint::black_box;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use variate::Config;
use variate::NoTracker;
use variate::component::{
    Assigned, Call, Collector, Fixed, Latency, Outcome, Phase, Random, Readings, Record,
    RoundRobin, Sticky, Summary, UnitOfMeasure,
};

/// The trait of a component.
#[variate::component]
pub trait Mix: Send + Sync {
    /// Mixes two numbers.
    fn mix(&self, #[key] user_id: u64, other: u64) -> u64;
    /// Mixes two numbers, and may fail.
    fn try_mix(&self, #[key] user_id: u64, other: u64) -> Result<u64, String>;
}

/// The same, asynchronous.
#[variate::component]
#[allow(async_fn_in_trait)]
pub trait MixLater {
    /// Mixes two numbers.
    async fn mix(&self, #[key] user_id: u64, other: u64) -> u64;
}

/// An arm.
#[derive(Debug, Clone, Copy)]
pub struct Arm(u64);

impl Mix for Arm {
    #[inline(never)]
    fn mix(&self, user_id: u64, other: u64) -> u64 {
        (user_id ^ self.0).wrapping_mul(other | 1)
    }

    #[inline(never)]
    fn try_mix(&self, user_id: u64, other: u64) -> Result<u64, String> {
        Ok((user_id ^ self.0).wrapping_mul(other | 1))
    }
}

impl MixLater for Arm {
    async fn mix(&self, user_id: u64, other: u64) -> u64 {
        black_box((user_id ^ self.0).wrapping_mul(other | 1))
    }
}

fn user(turn: usize) -> u64 {
    100_000 + (turn as u64 & 4095)
}

/// Reads a clock twice.
#[derive(Debug)]
pub struct Clocked;

impl Collector for Clocked {
    type State = (Option<Instant>, u64);
    const PHASE: Phase = Phase::Time;

    #[inline]
    fn before(&self, _: &Call<'_>) -> Self::State {
        (Some(Instant::now()), 0)
    }

    #[inline]
    fn stop(&self, _: &Call<'_>, (start, nanos): &mut Self::State) {
        *nanos = start.map_or(0, |start| start.elapsed().as_nanos() as u64);
    }

    #[inline]
    fn after(
        &self,
        _: &Call<'_>,
        (_, nanos): &mut Self::State,
        _: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        readings.add("time", *nanos as f64, UnitOfMeasure::Nanoseconds);
    }
}

/// A collector that does nothing.
#[derive(Debug)]
pub struct Idle;

impl Collector for Idle {
    type State = ();

    #[inline]
    fn before(&self, _: &Call<'_>) {}

    #[inline]
    fn after(&self, _: &Call<'_>, (): &mut (), _: &Outcome<'_>, _: &mut Readings<'_>) {}
}

/// How many values there were of each power of two.
fn powers(record: &Record<'_>) {
    static POWERS: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];
    if let Some(value) = record.value() {
        POWERS[(value as u64 | 1).ilog2() as usize].fetch_add(1, Ordering::Relaxed);
    }
}

macro_rules! component {
    ($turn:ident, $method:ident, $name:ident: $trait:path, $builder:expr) => {{
        // The type has no name, so the static holds it behind the trait; inside all is known.
        static COMPONENT: LazyLock<Box<dyn $trait>> = LazyLock::new(|| {
            Box::new(
                $name::builder("mix")
                    .control("a", Arm(3))
                    .arm("b", Arm(5))
                    .apply($builder),
            )
        });
        COMPONENT.$method(black_box(user($turn)), black_box(7))
    }};
}

/// Lets a macro end a builder.
trait Apply: Sized {
    fn apply<R>(self, end: impl FnOnce(Self) -> R) -> R {
        end(self)
    }
}
impl<T> Apply for T {}

macro_rules! case {
    ($(#[$doc:meta])* $case:ident, |$builder:ident| $body:expr) => {
        $(#[$doc])*
        #[inline(never)]
        pub fn $case(turn: usize) -> u64 {
            component!(turn, mix, MixExperiment: Mix, |$builder| $body.build().expect("it is complete"))
        }
    };
}

/// A direct call of a boxed trait object.
#[inline(never)]
pub fn direct(turn: usize) -> u64 {
    static DIRECT: LazyLock<Box<dyn Mix>> = LazyLock::new(|| Box::new(Arm(3)));
    DIRECT.mix(black_box(user(turn)), black_box(7))
}

case!(
    /// Nothing but a fixed arm.
    fixed, |builder| builder.selector(Fixed::to("b")));
case!(
    /// One arm after the other.
    round_robin, |builder| builder.selector(RoundRobin::new()));
case!(
    /// Drawn at random.
    random, |builder| builder.selector(Random::new()));
case!(
    /// By a hash of the key.
    sticky, |builder| builder.selector(Sticky::new()));
case!(
    /// A collector that does nothing.
    idle, |builder| builder.selector(Fixed::to("b")).collect(Idle));
case!(
    /// A clock around it.
    timed, |builder| builder.selector(Fixed::to("b")).collect(Clocked).recorder(powers));
case!(
    /// By a hash of the key, with a clock and counters.
    sticky_timed, |builder| builder.selector(Sticky::new()).collect(Clocked).recorder(powers));
case!(
    /// By a hash of the key, with a histogram of the time that it took.
    sticky_latency, |builder| builder.selector(Sticky::new()).collect(Latency::new(&Summary::without_keys())));
case!(
    /// The same, and the averages of units.
    sticky_latency_of_units, |builder| builder.selector(Sticky::new()).collect(Latency::new(&Summary::new())));
case!(
    /// As the DSL assigns, which tracks the exposure of each call to nobody.
    assigned, |builder| builder.selector(Assigned::by(
        Config::builder().tracker(NoTracker::new()).build().expect("it is complete"))));

/// Switched off.
#[inline(never)]
pub fn off(turn: usize) -> u64 {
    component!(turn, mix, MixExperiment: Mix, |builder| {
        let mix = builder.selector(Sticky::new()).collect(Idle).build().expect("it is complete");
        mix.switches().set_enabled(false);
        mix
    })
}

/// Arms in boxes.
#[inline(never)]
pub fn boxed(turn: usize) -> u64 {
    static COMPONENT: LazyLock<Box<dyn Mix>> = LazyLock::new(|| {
        let boxed = |arm| Box::new(Arm(arm)) as Box<dyn Mix>;
        let builder = MixExperiment::builder("mix").control_boxed("a", boxed(3));
        let builder = builder.arm_boxed("b", boxed(5)).selector(Fixed::to("b"));
        Box::new(builder.build().expect("it is complete"))
    });
    COMPONENT.mix(black_box(user(turn)), black_box(7))
}

fn ready(future: impl Future<Output = u64>) -> u64 {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => 0,
    }
}

/// A native asynchronous call.
#[inline(never)]
pub fn direct_async(turn: usize) -> u64 {
    ready(MixLater::mix(
        black_box(&Arm(3)),
        black_box(user(turn)),
        black_box(7),
    ))
}

/// The same through a component.
#[inline(never)]
pub fn fixed_async(turn: usize) -> u64 {
    later(turn, |later, id, other| ready(later.mix(id, other)))
}

/// Calls a component of known type that is made once.
fn later(turn: usize, call: fn(&Later, u64, u64) -> u64) -> u64 {
    static LATER: LazyLock<Later> = LazyLock::new(|| {
        MixLaterExperiment::builder("mix")
            .control("a", Arm(3))
            .arm("b", Arm(5))
            .selector(Fixed::to("b"))
            .build()
            .expect("it is complete")
    });
    call(&LATER, black_box(user(turn)), black_box(7))
}

type Later = MixLaterExperiment<
    variate::component::rt::Owned<
        variate::component::rt::Cons<
            variate::component::rt::Owned<Arm>,
            variate::component::rt::Last<variate::component::rt::Owned<Arm>>,
        >,
    >,
    Fixed,
>;

/// Something to measure: it gets its turn, and gives a number so that it is not optimised away.
pub type Case = (&'static str, fn(usize) -> u64);

/// All of it.
pub const CASES: &[Case] = &[
    ("direct call of a boxed trait", direct),
    ("off", off),
    ("fixed arm", fixed),
    ("fixed arm in a box", boxed),
    ("round robin", round_robin),
    ("random", random),
    ("sticky", sticky),
    ("fixed, idle collector", idle),
    ("fixed, clock", timed),
    ("sticky, clock", sticky_timed),
    ("sticky, latency histogram", sticky_latency),
    ("the same, also by units", sticky_latency_of_units),
    ("as the DSL assigns", assigned),
    ("direct asynchronous call", direct_async),
    ("fixed asynchronous arm", fixed_async),
];
