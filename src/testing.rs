//! For tests of code that runs experiments: stubs, recorded events and assertions, a clock and random bits
//! that a test holds in its hand. Behind the feature `testing`, which belongs into `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! variate = { version = "0.1", features = ["testing"] }
//! ```
//!
//! The code under test knows nothing of it. It may use the process's configuration, one of a scope, or
//! one that it was handed:
//!
//! ```
//! use variate::{Action, assert_exposed, assert_tracked, context, experiment, testing};
//!
//! fn page(user_id: u64) -> &'static str {
//!     experiment("pill", context! { user_id: user_id })
//!         .use_(|| "a grey pill")
//!         .variant("red", || "a red pill")
//!         .run()
//! }
//!
//! fn swallow(user_id: u64) {
//!     experiment("pill", context! { user_id: user_id }).track(Action::new("swallowed").value(9.99));
//! }
//!
//! // #[test]
//! fn red_pills_are_swallowed() {
//!     let events = testing::record();
//!     let _stub = testing::stub("pill", "red");
//!
//!     assert_eq!(page(42), "a red pill");
//!     swallow(42);
//!
//!     assert_exposed!(events, "pill", variant = "red", once);
//!     assert_tracked!(events, "pill", "swallowed", value = 9.99, context = context! { user_id: 42 });
//!     events.assert_one_key("pill");
//! }
//! # red_pills_are_swallowed();
//! ```
//!
//! # Stubs
//!
//! | until the guard is dropped | a unit gets | tracked |
//! |---|---|---|
//! | [`stub("pill", "red")`](stub) | `red`, whatever else is said | yes |
//! | [`enabled("pill")`](enabled) | what the rollout says; switches, dates and exclusions do not count | yes |
//! | [`disabled("pill")`](disabled) | the control | no |
//! | [`excluded("pill")`](excluded) | the control | no |
//! | [`assigned("pill", "red")`](assigned) | `red`, as if it were stored | yes |
//!
//! A stub whose variant the code does not have fails the test where its guard is dropped: the control
//! would have run, and the test might have passed. Handles that were used before keep their
//! assignment, as do those [restored](crate::Config::restore) from a signature, and an experiment whose
//! [nesting](crate::Nesting) is denied stays denied.
//!
//! # Events
//!
//! [`record`] gives [`Events`], for
//! [`assert_tracked!`](crate::assert_tracked!), [`assert_not_tracked!`](crate::assert_not_tracked!),
//! [`assert_exposed!`](crate::assert_exposed!), [`assert_not_exposed!`](crate::assert_not_exposed!) and
//! [`assert_tracked_in_order!`](crate::assert_tracked_in_order!). One that fails says what was tracked instead:
//!
//! ```text
//! `pill` `swallowed` with variant `red`, value 9.99 was not tracked
//!
//! tracked, the nearest first:
//!       experiment  action      variant  value  context          reason   differs in
//!   2.  pill        swallowed   red      19.5   {"user_id": 42}  stubbed  value, not 9.99
//!   1.  pill        assignment  red             {"user_id": 42}  stubbed  action; value, not 9.99
//! ```
//!
//! and what happened without being tracked, and why; and which stubs were never asked.
//!
//! # One unit, one key
//!
//! Where two places give an experiment different contexts, one unit has two keys: it is counted twice, and may meet
//! two variants. [`Events::assert_one_key`] finds that in a test of one unit, [`Events::assert_one_key_per`]
//! in one of several.
//!
//! # Parallel tests, threads, async
//!
//! Stubs and recordings hold on the thread that made them, so that parallel tests never see each other.
//! A test that starts threads or spawns tasks takes its [`Scope`] there. Futures that are polled by the
//! test itself, everything on a current-thread runtime, and candidates of shadow runs, wherever they run, need nothing. On a runtime with several threads:
//!
//! ```
//! # use variate::{assert_exposed, context, experiment};
//! use variate::testing::{self, Scope};
//!
//! # async fn page() -> &'static str { experiment("pill", context! {}).use_(|| "grey").variant("red", || "red").run() }
//! #[tokio::main]      // or #[tokio::test(flavor = "multi_thread")]
//! async fn main() {
//!     let events = testing::record();
//!     let _stub = testing::stub("pill", "red");
//!     let task = tokio::spawn(Scope::current().attach(async { page().await }));
//!     assert_eq!(task.await.unwrap(), "red");
//!     assert_exposed!(events, "pill", variant = "red");
//! }
//! ```
//!
//! Where a library spawns the tasks, as a server does for its connections, give the scope to every thread of
//! the runtime, with [`Scope::adopt`], or around each request in a middleware, with [`Scope::attach`].
//!
//! # The rest
//!
//! [`assert_distribution`] checks a rollout on made-up units; [`FakeClock`] and [`SeededRandomness`] go
//! into a [`ConfigBuilder`](crate::ConfigBuilder). Without stubs and recordings the feature costs one load of a
//! counter for each decision and event; without the feature there is nothing of it in the program.
#![allow(
    clippy::panic,
    clippy::manual_assert,
    reason = "an assertion fails by panicking"
)]

mod assertions;
mod distribution;
mod events;
mod fake_clock;
mod key_drift;
mod macros;
mod pattern;
mod report;
mod scope;
mod seeded_randomness;
mod stub;

pub use self::distribution::{assert_distribution, assert_distribution_of};
pub use self::events::{Events, RecordedEvent, Recording, record};
pub(crate) use self::events::{note, note_untracked};
pub use self::fake_clock::FakeClock;
pub use self::pattern::Pattern;
pub use self::scope::Scope;
pub(crate) use self::scope::is_in_force;
pub use self::seeded_randomness::SeededRandomness;
pub(crate) use self::stub::{Instead, StubState, note_missing};
pub use self::stub::{Stub, assigned, disabled, enabled, excluded, stub};
#[doc(no_inline)]
pub use crate::{
    assert_exposed, assert_not_exposed, assert_not_tracked, assert_tracked, assert_tracked_in_order,
};

/// The experiment's name without the configuration's prefix.
fn short_name<'e>(experiment: &'e crate::Experiment<'_>) -> &'e str {
    let name = experiment.name();
    experiment
        .config()
        .name_prefix()
        .and_then(|prefix| name.strip_prefix(prefix)?.strip_prefix('_'))
        .unwrap_or(name)
}
